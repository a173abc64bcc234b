"""Delivered tables as tables of their contract: names, types, dates, and what they look like."""
