"""Settling drafts into entries, on the in-memory ledger."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aipo_pipelines.errors import LedgerConflictError, LedgerError
from aipo_pipelines.evidence.metadata.base import NO_METADATA, Metadata
from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.ledger.events.entry import Draft, Entry
from aipo_pipelines.ledger.events.measurements import AssetMaterialised
from aipo_pipelines.ledger.events.runs import RunFailed
from aipo_pipelines.ledger.in_memory import InMemoryLedger
from aipo_pipelines.ledger.model.state import Batch, BatchStatus, ProductState

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


ARRIVED = BatchArrived(
    partition="1", digest="a", labels_digest="", location="1.csv", rows=3, batch_date=None
)
OTHER = replace(ARRIVED, rows=4)
FAILED = RunFailed(run_id="run", job="job", partition="1", error="?")
MATERIALISED = AssetMaterialised(
    asset="mine", partition="1", run_id="run", data_version="", metadata=NO_METADATA
)
NOT_FINITE = replace(MATERIALISED, metadata=Metadata(further={"value": float("nan")}))


def draft(key: str, subject: str = "batch/1", product: str = "churn") -> Draft:
    return Draft(
        product=product,
        event=ARRIVED,
        subject=subject,
        actor="recorder",
        occurred_at=NOW,
        key=key,
    )


def count(state: ProductState, entry: Entry) -> ProductState:
    """A fold that notes each entry as a batch, in the order of folding."""
    batch = Batch(
        partition=entry.key,
        digest=str(entry.index),
        versions=tuple(state.batches),
        occurred_at=entry.occurred_at,
        arrived_at=entry.recorded_at,
        status=BatchStatus.ARRIVED,
    )
    return replace(state, batches={**state.batches, entry.key: batch})


def nothing(state: ProductState, entry: Entry, now: datetime) -> Sequence[Draft]:
    del state, entry, now
    return ()


def keys(entries: Sequence[Entry]) -> list[str]:
    return [entry.key for entry in entries]


def test_the_drafts_of_rules_are_settled_before_the_next_draft() -> None:
    def decide(state: ProductState, entry: Entry, now: datetime) -> Sequence[Draft]:
        del state, now
        return [draft(f"{entry.key}/{n}") for n in (1, 2)] if "/" not in entry.key else ()

    ledger = InMemoryLedger()
    entries = ledger.append("churn", [draft("a"), draft("b")], now=NOW, decide=decide, fold=count)
    assert keys(entries) == ["a", "a/1", "a/2", "b", "b/1", "b/2"]
    assert [entry.index for entry in entries] == list(range(6))


def test_the_rules_see_a_state_that_includes_the_entry_and_none_after_it() -> None:
    seen = []

    def decide(state: ProductState, entry: Entry, now: datetime) -> Sequence[Draft]:
        seen.append((entry.key, tuple(state.batches), now))
        return ()

    InMemoryLedger().append("churn", [draft("a"), draft("b")], now=NOW, decide=decide, fold=count)
    assert seen == [("a", ("a",), NOW), ("b", ("a", "b"), NOW)]


def test_rules_that_never_come_to_rest_are_stopped_and_nothing_is_stored() -> None:
    def endless(state: ProductState, entry: Entry, now: datetime) -> Sequence[Draft]:
        del state, now
        return [draft(f"again/{entry.index}")]

    ledger = InMemoryLedger()
    with pytest.raises(LedgerError, match="added more than 10000 entries"):
        ledger.append("churn", [draft("a")], now=NOW, decide=endless, fold=lambda s, _: s)
    assert ledger.size() == 0


def test_a_draft_handed_in_again_is_dropped_and_asks_no_rule() -> None:
    ledger = InMemoryLedger()
    ledger.append("churn", [draft("a")], now=NOW, decide=nothing, fold=count)
    later = replace(draft("a"), occurred_at=NOW + timedelta(hours=1), actor="unknown")
    added = ledger.append(
        "churn", [later, draft("b"), draft("b")], now=NOW, decide=nothing, fold=count
    )
    assert keys(added) == ["b"]


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (replace(draft("a"), event=OTHER), "with another body"),
        (replace(draft("a"), subject="batch/2"), "'batch/2'"),
        (replace(draft("a"), event=FAILED), "run_failed"),
    ],
)
def test_a_used_key_with_other_content_is_refused(other: Draft, message: str) -> None:
    ledger = InMemoryLedger()
    ledger.append("churn", [draft("a")], now=NOW, decide=nothing, fold=count)
    with pytest.raises(LedgerConflictError, match=message):
        ledger.append("churn", [draft("b"), other], now=NOW, decide=nothing, fold=count)
    assert ledger.size() == 1


def test_a_conflict_within_one_append_is_refused() -> None:
    twice = [draft("a"), replace(draft("a"), event=OTHER)]
    with pytest.raises(LedgerConflictError, match="'a' was used before"):
        InMemoryLedger().append("churn", twice, now=NOW, decide=nothing, fold=count)


def test_a_rule_that_words_its_answer_differently_adds_no_second_entry() -> None:
    def decide(state: ProductState, entry: Entry, now: datetime) -> Sequence[Draft]:
        del state, now
        answer = replace(draft("answer"), event=replace(FAILED, error=entry.key))
        return [answer, answer] if entry.key != "answer" else ()

    ledger = InMemoryLedger()
    entries = ledger.append("churn", [draft("a"), draft("b")], now=NOW, decide=decide, fold=count)
    more = ledger.append("churn", [draft("c")], now=NOW, decide=decide, fold=count)
    assert keys(entries) + keys(more) == ["a", "answer", "b", "c"]
    assert ledger.entry(1).event == replace(FAILED, error="a")


def test_a_rule_that_takes_the_key_of_another_product_is_refused() -> None:
    ledger = InMemoryLedger()
    ledger.append("fraud", [draft("x", product="fraud")], now=NOW, decide=nothing, fold=count)
    with pytest.raises(LedgerConflictError, match="Keys of rules name their product"):
        ledger.consider("churn", now=NOW, ask=lambda *_: [draft("x")], decide=nothing, fold=count)


def test_a_tick_with_the_same_answer_every_time_adds_one_entry() -> None:
    ledger = InMemoryLedger()

    def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
        event = replace(FAILED, error=f"{len(state.batches)} batches at {now}")
        return [replace(draft("due"), event=event)]

    for minute in range(3):
        now = NOW + timedelta(minutes=minute)
        ledger.consider("churn", now=now, ask=ask, decide=nothing, fold=count)
    assert [entry.event for entry in ledger.entries()] == [
        replace(FAILED, error=f"0 batches at {NOW}")
    ]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (draft("a", product="fraud"), "all entries of one append to be of one product"),
        (draft(""), "has no key"),
        (replace(draft("a"), occurred_at=datetime(2026, 1, 1)), "without a zone"),  # noqa: DTZ001
        (draft("a\0"), r"the key .* holds a character"),
        (draft("a", subject="\ud800"), r"the subject .* holds a character"),
        (replace(draft("a"), event=NOT_FINITE), r"body\.metadata\.value is not a finite number"),
    ],
)
def test_a_draft_that_cannot_be_stored_is_refused(wrong: Draft, message: str) -> None:
    ledger = InMemoryLedger()
    with pytest.raises(LedgerError, match=message):
        ledger.append("churn", [draft("first"), wrong], now=NOW, decide=nothing, fold=count)
    assert ledger.size() == 0


def test_the_bodies_of_new_entries_are_those_that_readers_get() -> None:
    (entry,) = InMemoryLedger().append(
        "churn",
        [
            replace(
                draft("a"),
                event=replace(
                    MATERIALISED, metadata=Metadata(further={"share": 1.0, "names": ["x"]})
                ),
            )
        ],
        now=NOW,
        decide=nothing,
        fold=count,
    )
    assert repr(entry.body["metadata"]) == "{'names': ['x'], 'share': 1}"


def test_a_clock_a_little_behind_takes_the_last_time_and_is_not_flagged() -> None:
    ledger = InMemoryLedger()
    ledger.append("churn", [draft("a")], now=NOW, decide=nothing, fold=count)
    behind = NOW - timedelta(seconds=10)
    (entry,) = ledger.append("churn", [draft("b")], now=behind, decide=nothing, fold=count)
    assert (entry.recorded_at, entry.clock_set_back) == (NOW, False)


def test_a_clock_set_back_is_kept_and_flagged_once() -> None:
    ledger = InMemoryLedger()
    ledger.append("churn", [draft("a")], now=NOW, decide=nothing, fold=count)
    back = NOW - timedelta(seconds=11)
    entries = ledger.append("churn", [draft("b"), draft("c")], now=back, decide=nothing, fold=count)
    assert [(entry.recorded_at, entry.clock_set_back) for entry in entries] == [
        (back, True),
        (back, False),
    ]
    assert ledger.verify().clock_set_back == (1,)
