"""Record: events, the append-only store, and state as a fold over entries."""
