"""The sentences of a risk assessment, from its numbers."""
