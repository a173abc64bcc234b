"""Samples of sources that no charter describes yet, read with bounded memory."""
