"""Entries, and the state of a product that they add up to."""
