"""Decide: pure rules from charter, state and event to further events."""
