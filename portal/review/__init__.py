"""Review: a person looks at the spots where the reading was in doubt and decides them."""
