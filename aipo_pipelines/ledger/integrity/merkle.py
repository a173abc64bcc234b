"""The Merkle tree of RFC 6962 over leaf hashes, with inclusion and consistency proofs.

Hashes are SHA-256, 32 bytes. A leaf is hashed after the byte 0x00, an inner node after 0x01, so
that neither can pass as the other. Proofs follow section 2.1 of RFC 6962. Their verification
follows sections 2.1.3.2 and 2.1.4.2 of RFC 9162, which use every element of a proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()
"""Root of the tree without leaves."""


def leaf_hash(content: bytes) -> bytes:
    """Hash of a leaf over its content."""
    return sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node over the hashes of its two children."""
    return sha256(b"\x01" + left + right).digest()


def root(leaves: Iterable[bytes]) -> bytes:
    """Root over leaf hashes, in one pass and logarithmic memory."""
    peaks: list[tuple[int, bytes]] = []
    for leaf in leaves:
        size, peak = 1, leaf
        # Two complete trees of the same size become one, so the memory is logarithmic.
        while peaks and peaks[-1][0] == size:
            peak = node_hash(peaks.pop()[1], peak)
            size *= 2
        peaks.append((size, peak))
    if not peaks:
        return EMPTY_ROOT
    result = peaks.pop()[1]
    while peaks:
        result = node_hash(peaks.pop()[1], result)
    return result


def inclusion_proof(index: int, leaves: Sequence[bytes]) -> tuple[bytes, ...]:
    """Proves that the leaf at `index` is in the tree of these leaf hashes, lowest sibling first.

    Raises:
        ValueError: There is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise ValueError(f"expected an index from 0 to {len(leaves) - 1}, found {index}")
    if len(leaves) == 1:
        return ()
    half = _split(len(leaves))
    if index < half:
        return (*inclusion_proof(index, leaves[:half]), root(leaves[half:]))
    return (*inclusion_proof(index - half, leaves[half:]), root(leaves[:half]))


def consistency_proof(old_size: int, leaves: Sequence[bytes]) -> tuple[bytes, ...]:
    """Proves that the tree of the first `old_size` leaves is the beginning of the whole tree.

    Raises:
        ValueError: The old size is not between 1 and the number of leaves.
    """
    if not 1 <= old_size <= len(leaves):
        raise ValueError(f"expected a size from 1 to {len(leaves)}, found {old_size}")
    return _subproof(old_size, leaves, known=True)


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected_root: bytes
) -> bool:
    """Whether the proof leads from the leaf hash at `index` to the root of the tree of `size`."""
    if not 0 <= index < size:
        return False
    node, last, current = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            current = node_hash(sibling, current)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            current = node_hash(current, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and current == expected_root


def verify_consistency(
    old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the proof leads to both roots: the newer tree continues the older tree."""
    if not 1 <= old_size <= new_size:
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    # The steps are those of RFC 9162, section 2.1.4.2, with its names `fn` and `sn` spelt out.
    is_complete = old_size & (old_size - 1) == 0
    # A complete older tree is a node of the newer tree, so the proof does not contain its root.
    path = [old_root, *proof] if is_complete else list(proof)
    return bool(path) and _leads_to_both(
        path, old_size - 1, new_size - 1, old_root=old_root, new_root=new_root
    )


def _leads_to_both(
    path: Sequence[bytes], node: int, last: int, *, old_root: bytes, new_root: bytes
) -> bool:
    while node & 1:
        node, last = node >> 1, last >> 1
    older = newer = path[0]
    for sibling in path[1:]:
        # A path that is longer than the height of the tree proves nothing.
        if last == 0:
            return False
        if node & 1 or node == last:
            older, newer = node_hash(sibling, older), node_hash(sibling, newer)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            newer = node_hash(newer, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and older == old_root and newer == new_root


def _split(size: int) -> int:
    """Largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _subproof(old_size: int, leaves: Sequence[bytes], *, known: bool) -> tuple[bytes, ...]:
    if old_size == len(leaves):
        return () if known else (root(leaves),)
    half = _split(len(leaves))
    if old_size <= half:
        return (*_subproof(old_size, leaves[:half], known=known), root(leaves[half:]))
    return (*_subproof(old_size - half, leaves[half:], known=False), root(leaves[:half]))
