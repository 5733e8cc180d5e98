"""Mine: a citizen and the own papers, consents, shares, and who looked."""
