"""Rules: what an entry, or the passage of time, leads to."""
