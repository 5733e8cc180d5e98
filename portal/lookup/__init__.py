"""The officer: what a person has handed in already, asking for it again, and searching the own unit's papers."""
