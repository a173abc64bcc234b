"""Schedules and dates as charters and deliveries write them."""
