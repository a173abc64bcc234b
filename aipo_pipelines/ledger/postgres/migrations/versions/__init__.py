"""The migrations in their order: `vNNNN_<what it does>`, as a script and its SQL."""
