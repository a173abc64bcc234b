"""Whether the parts of a charter fit one another, its contract and the standards."""
