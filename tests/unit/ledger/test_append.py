"""Settling drafts into entries, on the in-memory ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType

import pytest

from aipo_pipelines.errors import LedgerConflictError, LedgerError
from aipo_pipelines.evidence.metadata.base import NO_METADATA, Metadata
from aipo_pipelines.ledger import append
from aipo_pipelines.ledger.append import Decide, Head, Settlement, Stored
from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.ledger.events.entry import Draft, Entry
from aipo_pipelines.ledger.events.measurements import AssetMaterialised
from aipo_pipelines.ledger.events.runs import RunFailed
from aipo_pipelines.ledger.in_memory import InMemoryLedger
from aipo_pipelines.ledger.integrity.canonical import body_hash, header
from aipo_pipelines.ledger.integrity.merkle import leaf_hash
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


def test_the_message_of_a_conflict_names_both_entries() -> None:
    ledger = InMemoryLedger()
    ledger.append("churn", [draft("a")], now=NOW, decide=nothing, fold=count)
    with pytest.raises(LedgerConflictError) as refusal:
        ledger.append(
            "churn", [replace(draft("a"), event=OTHER)], now=NOW, decide=nothing, fold=count
        )
    assert str(refusal.value) == (
        "key 'a' was used before for batch_arrived of 'batch/1' in product 'churn', and now for "
        "batch_arrived of 'batch/1' in product 'churn' with another body; nothing was stored. One "
        "key stands for one fact."
    )
    with pytest.raises(LedgerConflictError) as elsewhere:
        ledger.append(
            "fraud", [draft("a", "batch/2", "fraud")], now=NOW, decide=nothing, fold=count
        )
    assert str(elsewhere.value) == (
        "key 'a' was used before for batch_arrived of 'batch/1' in product 'churn', and now for "
        "batch_arrived of 'batch/2' in product 'fraud'; nothing was stored. One key stands for one "
        "fact."
    )


def test_the_message_about_a_key_of_another_product_names_both_products() -> None:
    ledger = InMemoryLedger()
    ledger.append("fraud", [draft("x", product="fraud")], now=NOW, decide=nothing, fold=count)
    with pytest.raises(LedgerConflictError) as refusal:
        ledger.consider("churn", now=NOW, ask=lambda *_: [draft("x")], decide=nothing, fold=count)
    assert str(refusal.value) == (
        "key 'x' of a rule of product 'churn' was used before by product 'fraud'; nothing was "
        "stored. Keys of rules name their product."
    )


def settlement(used: Mapping[str, Stored] = MappingProxyType({})) -> Settlement:
    """An append to a ledger of three entries, in which some keys were used."""
    return Settlement(
        product="churn",
        state=ProductState(product="churn"),
        head=Head(size=3, recorded_at=NOW),
        now=NOW,
        lookup=lambda keys: {key: used[key] for key in keys if key in used},
    )


def test_an_append_at_a_time_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001
    with pytest.raises(LedgerError) as refusal:
        replace(settlement(), now=naive)
    assert str(refusal.value) == "the moment of an append has no time zone; expected aware UTC"


def test_entries_are_recorded_in_utc_and_numbered_from_the_head() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=9)))
    known = replace(settlement(), now=elsewhere)
    event_time = replace(draft("a"), occurred_at=elsewhere)
    known.settle([event_time, draft("b")], decide=nothing, fold=count)
    assert [entry.index for entry in known.entries] == [3, 4]
    assert {entry.recorded_at.tzinfo for entry in known.entries} == {UTC}
    assert known.entries[0].occurred_at.tzinfo is UTC
    assert known.head == Head(size=5, recorded_at=NOW)


def test_an_erased_entry_may_be_handed_in_again_with_any_body() -> None:
    erased = Stored(product="churn", kind="batch_arrived", subject="batch/1", body=None)
    known = settlement({"a": erased})
    known.settle([draft("a"), replace(draft("a"), event=OTHER)], decide=nothing, fold=count)
    assert known.entries == ()
    with pytest.raises(LedgerConflictError):
        known.settle([draft("a", "batch/2")], decide=nothing, fold=count)


def test_the_stored_body_and_its_salt_give_the_hash_of_the_entry() -> None:
    known = settlement()
    known.settle([draft("a"), draft("b")], decide=nothing, fold=count)
    for sealed in known.sealed:
        hashed = body_hash(sealed.salt, sealed.body)
        assert leaf_hash(header(sealed.entry, hashed)) == sealed.entry.leaf_hash
    assert [len(sealed.salt) for sealed in known.sealed] == [16, 16]
    assert known.sealed[0].salt != known.sealed[1].salt


def test_a_key_that_was_used_within_the_append_is_dropped_for_a_rule() -> None:
    known = settlement()
    known.settle([draft("a")], decide=nothing, fold=count)
    known.settle_due([draft("a"), draft("b"), draft("b")], decide=nothing, fold=count)
    assert keys(known.entries) == ["a", "b"]


def test_a_rule_may_not_write_for_another_product() -> None:
    with pytest.raises(LedgerError, match="all entries of one append to be of one product"):
        settlement().settle_due([draft("a", product="fraud")], decide=nothing, fold=count)


def test_the_same_answer_about_several_waiting_entries_is_stored_once() -> None:
    def decide(state: ProductState, entry: Entry, now: datetime) -> Sequence[Draft]:
        del state, now
        answers = {"a": ["b", "c"], "b": ["d"], "c": ["d"]}
        return [draft(key) for key in answers.get(entry.key, [])]

    known = settlement()
    known.settle([draft("a")], decide=decide, fold=count)
    assert keys(known.entries) == ["a", "b", "c", "d"]


def test_each_append_may_cause_as_many_entries_as_the_bound_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(append, "MOST_CAUSED", 5)

    def decide(count_of: int) -> Decide:
        def answers(state: ProductState, entry: Entry, now: datetime) -> Sequence[Draft]:
            del state, now
            return [draft(str(n)) for n in range(count_of)] if entry.key == "a" else ()

        return answers

    def forget(state: ProductState, _: Entry) -> ProductState:
        return state

    full = settlement()
    full.settle([draft("a")], decide=decide(5), fold=forget)
    assert len(full.entries) == 6
    with pytest.raises(LedgerError) as refusal:
        settlement().settle([draft("a")], decide=decide(6), fold=forget)
    assert str(refusal.value) == (
        "the rules of product 'churn' added more than 5 entries to one append, the "
        "last after a batch_arrived under key 'a'; nothing was stored. Rules must stop once their "
        "answer is recorded."
    )
