"""Incidents: how they open, continue and end, and who is notified."""
