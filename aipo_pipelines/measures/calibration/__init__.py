"""Whether stated probabilities happen."""
