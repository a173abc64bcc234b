"""The charter, its contract and the standards as typed values."""
