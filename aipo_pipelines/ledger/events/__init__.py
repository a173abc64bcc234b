"""The bodies of entries: one typed value per kind."""
