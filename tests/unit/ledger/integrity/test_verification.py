"""Verification names the first entry that was tampered with."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aipo_pipelines.errors import LedgerAlteredError
from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.integrity.canonical import body_hash, header
from aipo_pipelines.ledger.integrity.merkle import leaf_hash, root
from aipo_pipelines.ledger.integrity.verification import StoredEntry, verify

NOW = datetime(2026, 11, 23, tzinfo=UTC)
Tamper = Callable[[list[StoredEntry]], object]


def stored(index: int, **changes: Any) -> StoredEntry:
    salt, body = bytes([index]) * 16, b'{"rows":%d}' % index
    entry = Entry(
        product="churn",
        kind=BatchArrived.kind,
        subject=f"batch/{index}",
        actor="recorder",
        occurred_at=NOW,
        key=str(index),
        body={},
        index=index,
        recorded_at=NOW + timedelta(seconds=index),
        leaf_hash=b"",
    )
    entry = replace(entry, **changes)
    hashed = body_hash(salt, body)
    entry = replace(entry, leaf_hash=leaf_hash(header(entry, hashed)))
    return StoredEntry(entry=entry, body_hash=hashed, salt=salt, body=body, erased=False)


def ledger() -> list[StoredEntry]:
    return [stored(index) for index in range(6)]


def edit(place: int, **changes: Any) -> Tamper:
    def tamper(items: list[StoredEntry]) -> None:
        item = items[place]
        items[place] = replace(item, entry=replace(item.entry, **changes))

    return tamper


def put(place: int, **changes: Any) -> Tamper:
    def tamper(items: list[StoredEntry]) -> None:
        items[place] = replace(items[place], **changes)

    return tamper


def swap(items: list[StoredEntry]) -> None:
    items[2], items[3] = items[3], items[2]


def renumber(items: list[StoredEntry]) -> None:
    """Takes entry 2 out and closes the gap, as a careful forger would."""
    items[2:] = [
        replace(item, entry=replace(item.entry, index=index))
        for index, item in enumerate(items[3:], start=2)
    ]


def test_an_untouched_ledger_verifies_with_its_root() -> None:
    verification = verify(ledger(), 6)
    assert (verification.size, verification.root) == (
        6,
        root(item.entry.leaf_hash for item in ledger()),
    )


@pytest.mark.parametrize(
    ("tamper", "index"),
    [
        (edit(3, actor="owner:Eve"), 3),
        (edit(3, subject="batch/9"), 3),
        (edit(0, occurred_at=NOW + timedelta(days=1)), 0),
        (edit(5, leaf_hash=bytes(32)), 5),
        (put(4, body=b'{"rows":0}'), 4),
        (put(4, salt=bytes(16)), 4),
        (put(4, body_hash=bytes(32)), 4),
        (put(1, body=None, salt=None), 1),
        (put(1, erased=True), 1),
        (swap, 2),
        (renumber, 2),
        (lambda items: items.pop(2), 2),
        (lambda items: items.pop(0), 0),
        (lambda items: items.pop(), 5),
        (lambda items: items.insert(2, items[2]), 3),
        (lambda items: items.append(stored(6)), 6),
        (lambda items: items.clear(), 0),
    ],
)
def test_each_alteration_is_found_and_named(tamper: Tamper, index: int) -> None:
    items = ledger()
    tamper(items)
    with pytest.raises(LedgerAlteredError, match=f"first bad index is {index}:"):
        verify(items, 6)


def test_a_hidden_clock_set_back_is_found() -> None:
    items = ledger()
    items[4] = stored(4, recorded_at=NOW)
    with pytest.raises(LedgerAlteredError, match="first bad index is 4: its mark of a clock"):
        verify(items, 6)


def test_a_flagged_clock_set_back_is_reported() -> None:
    items = ledger()
    items[5] = stored(5, recorded_at=NOW, clock_set_back=True)
    assert verify(items, 6).clock_set_back == (5,)


def test_an_erased_body_leaves_the_root_as_it_was() -> None:
    items = ledger()
    items[2] = replace(items[2], salt=None, body=None, erased=True)
    verification = verify(items, 6)
    assert (verification.erased, verification.root) == ((2,), verify(ledger(), 6).root)


def refusal(tamper: Tamper, size: int = 6) -> LedgerAlteredError:
    items = ledger()
    tamper(items)
    with pytest.raises(LedgerAlteredError) as error:
        verify(items, size)
    return error.value


@pytest.mark.parametrize(
    ("tamper", "fault"),
    [
        (edit(3, actor="owner:Eve"), "its header does not have its leaf hash"),
        (put(4, body=b'{"rows":0}'), "its body does not have its body hash"),
        (put(1, body=None, salt=None), "its body is gone, and no erasure is on record"),
        (put(1, salt=None), "its body is gone, and no erasure is on record"),
        (put(1, erased=True), "its body is there although its erasure is on record"),
        (
            lambda items: items.pop(2),
            "no such entry is stored, the next stored entry has index 3",
        ),
    ],
)
def test_the_fault_of_the_first_bad_entry_is_explained(tamper: Tamper, fault: str) -> None:
    error = refusal(tamper)
    assert error.fault == fault
    assert str(error) == (
        f"the ledger was altered: the first bad index is {error.index}: {fault}. Entries before it "
        "are as they were written. Compare with a checkpoint held elsewhere, and restore from a "
        "copy."
    )


def test_entries_that_are_missing_at_the_end_are_shown_by_the_head() -> None:
    error = refusal(lambda items: items.pop())
    assert (error.index, error.fault) == (5, "its head counts 6 entries, 5 are stored")
    assert str(error) == (
        "the ledger was altered: the first bad index is 5: its head counts 6 entries, 5 are stored"
    )


def test_entries_that_the_head_does_not_count_are_found() -> None:
    error = refusal(lambda _: None, size=4)
    assert (error.index, error.fault) == (4, "its head counts 4 entries, 6 are stored")


def test_entries_that_were_recorded_at_the_same_time_are_in_order() -> None:
    items = [stored(index, recorded_at=NOW) for index in range(3)]
    assert verify(items, 3).clock_set_back == ()


def test_the_first_entry_has_no_entry_before_it_and_no_mark() -> None:
    with pytest.raises(LedgerAlteredError, match="first bad index is 0: its mark of a clock"):
        verify([stored(0, clock_set_back=True)], 1)


def test_an_empty_ledger_has_the_root_of_no_leaf() -> None:
    verification = verify([], 0)
    assert verification.root == root([])
    assert (verification.size, verification.erased, verification.clock_set_back) == (0, (), ())
