"""Our three databases: their addresses, roles and first set-up, and the server that serves them."""
