"""What the monitor run does with one batch."""
