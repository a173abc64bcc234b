"""State as a fold over entries, and state in pieces that are stored."""
