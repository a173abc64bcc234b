"""Agree: charters, standards and contracts as validated, typed values."""
