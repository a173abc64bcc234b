"""Whether the groups of a protected attribute are treated alike."""
