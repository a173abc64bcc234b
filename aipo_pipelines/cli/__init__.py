"""The `aipo` command."""
