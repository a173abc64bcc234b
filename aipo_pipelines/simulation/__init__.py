"""Simulated feeds of the example products: the same seed and dates give the same bytes."""
