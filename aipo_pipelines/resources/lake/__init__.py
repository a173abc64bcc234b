"""The lake: immutable snapshots, and the digests that name them."""
