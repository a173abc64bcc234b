"""The Merkle tree, against the vectors of Certificate Transparency's reference tree."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.ledger.integrity.merkle import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

INPUTS = (
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)
LEAVES = tuple(leaf_hash(bytes.fromhex(text)) for text in INPUTS)
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def leaves_of(size: int) -> tuple[bytes, ...]:
    return tuple(leaf_hash(str(number).encode()) for number in range(size))


def flipped(value: bytes) -> bytes:
    return bytes([value[0] ^ 1]) + value[1:]


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_those_of_the_reference_tree(size: int) -> None:
    assert root(LEAVES[:size]).hex() == ROOTS[size - 1]


def test_the_empty_tree_has_the_hash_of_nothing_as_its_root() -> None:
    assert root(()) == sha256(b"").digest()


def test_an_inclusion_proof_is_that_of_the_reference_tree() -> None:
    assert [part.hex() for part in inclusion_proof(0, LEAVES)] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]


def test_a_consistency_proof_is_that_of_the_reference_tree() -> None:
    proof = consistency_proof(6, LEAVES)
    assert proof == (
        node_hash(LEAVES[4], LEAVES[5]),
        node_hash(LEAVES[6], LEAVES[7]),
        root(LEAVES[:4]),
    )


def test_the_empty_leaf_has_the_hash_of_rfc_6962() -> None:
    expected = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert leaf_hash(b"").hex() == expected


def test_a_leaf_cannot_pass_for_an_inner_node() -> None:
    left, right = LEAVES[:2]
    assert leaf_hash(left + right) != node_hash(left, right)


@given(st.data(), st.integers(1, 33))
def test_every_leaf_is_proved_in_every_tree(data: st.DataObject, size: int) -> None:
    leaves = leaves_of(size)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, leaves)
    assert verify_inclusion(leaves[index], index, size, proof, root(leaves))


@given(st.data(), st.integers(1, 33))
def test_every_tree_is_proved_to_continue_its_beginnings(data: st.DataObject, size: int) -> None:
    leaves = leaves_of(size)
    old = data.draw(st.integers(1, size))
    proof = consistency_proof(old, leaves)
    assert verify_consistency(old, size, root(leaves[:old]), root(leaves), proof)


@given(st.data(), st.integers(2, 33))
def test_an_inclusion_proof_with_any_element_changed_fails(data: st.DataObject, size: int) -> None:
    leaves = leaves_of(size)
    index = data.draw(st.integers(0, size - 1))
    leaf, proof, top = leaves[index], inclusion_proof(index, leaves), root(leaves)
    for place in range(len(proof)):
        broken = (*proof[:place], flipped(proof[place]), *proof[place + 1 :])
        assert not verify_inclusion(leaf, index, size, broken, top)
        assert not verify_inclusion(leaf, index, size, proof[:place], top)
    assert not verify_inclusion(flipped(leaf), index, size, proof, top)
    assert not verify_inclusion(leaf, index, size, proof, flipped(top))
    assert not verify_inclusion(leaf, index, size, (*proof, leaf), top)


@given(st.data(), st.integers(2, 33))
def test_an_inclusion_proof_for_another_place_fails(data: st.DataObject, size: int) -> None:
    leaves = leaves_of(size)
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(-1, size).filter(lambda place: place != index))
    proof = inclusion_proof(index, leaves)
    assert not verify_inclusion(leaves[index], other, size, proof, root(leaves))


@given(st.data(), st.integers(2, 33))
def test_a_consistency_proof_with_any_element_changed_fails(data: st.DataObject, size: int) -> None:
    leaves = leaves_of(size)
    old = data.draw(st.integers(1, size - 1))
    before, after, proof = root(leaves[:old]), root(leaves), consistency_proof(old, leaves)
    for place in range(len(proof)):
        broken = (*proof[:place], flipped(proof[place]), *proof[place + 1 :])
        assert not verify_consistency(old, size, before, after, broken)
        assert not verify_consistency(old, size, before, after, proof[:place])
    assert not verify_consistency(old, size, flipped(before), after, proof)
    assert not verify_consistency(old, size, before, flipped(after), proof)
    assert not verify_consistency(old, size, before, after, (*proof, before))


@given(st.integers(2, 33), st.data())
def test_a_consistency_proof_for_another_old_size_fails(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    old = data.draw(st.integers(1, size - 1))
    other = data.draw(st.integers(-1, size + 1).filter(lambda claimed: claimed != old))
    proof = consistency_proof(old, leaves)
    assert not verify_consistency(other, size, root(leaves[:old]), root(leaves), proof)


def test_a_tree_is_consistent_with_itself_by_the_empty_proof_only() -> None:
    top = root(LEAVES)
    assert verify_consistency(8, 8, top, top, ())
    assert not verify_consistency(8, 8, top, top, (top,))
    assert not verify_consistency(8, 8, top, flipped(top), ())


def test_a_grown_tree_is_not_proved_by_nothing() -> None:
    assert not verify_consistency(3, 8, root(LEAVES[:3]), root(LEAVES), ())


@pytest.mark.parametrize("index", [-1, 8])
def test_a_proof_for_a_leaf_that_is_not_there_is_refused(index: int) -> None:
    with pytest.raises(ValueError, match="index from 0 to 7"):
        inclusion_proof(index, LEAVES)


@pytest.mark.parametrize("size", [0, 9])
def test_a_proof_for_a_size_the_tree_never_had_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="size from 1 to 8"):
        consistency_proof(size, LEAVES)
