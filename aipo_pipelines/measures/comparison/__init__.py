"""Two models on the same records."""
