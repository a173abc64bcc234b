"""The parts of every run: its lock, its claim, and errors that quote no data."""
