"""Dagster sensors: each performs one kind of pending action."""
