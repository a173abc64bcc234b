"""Intervals and significance: statistics that know nothing of models or contracts."""
