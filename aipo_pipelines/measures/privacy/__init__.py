"""Whether a batch may be used, and personal data that nobody declared."""
