"""Canonical bytes, the Merkle tree, and verification."""
