"""The measurements of the monitor run on one batch."""
