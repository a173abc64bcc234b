"""Whether the model does what was agreed, with labels and without."""
