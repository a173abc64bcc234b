"""The embedded Postgres, the three databases on it or on a real server, and their first set-up."""
