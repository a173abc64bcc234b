"""What changed between two agreements, and what the change affects."""
