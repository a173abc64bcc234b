"""The ledger in memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from aipo_pipelines.errors import LedgerAlteredError, LedgerError
from aipo_pipelines.evidence.outcome import Json, Severity
from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.ledger.events.entry import Draft, Entry
from aipo_pipelines.ledger.events.incidents import IncidentOpened
from aipo_pipelines.ledger.events.runs import RunClaimed, RunEnded
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.in_memory import InMemoryLedger
from aipo_pipelines.ledger.integrity.fact_comparison import Comparison
from aipo_pipelines.ledger.integrity.merkle import root
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.state import ProductState
from tests.integration.ledger.samples import HOUR, T0, arrival, nothing


@pytest.fixture
def ledger() -> InMemoryLedger:
    return InMemoryLedger()


def append(
    ledger: InMemoryLedger,
    *drafts: Draft,
    product: str = "churn",
    now: datetime = T0,
    **members: Any,
) -> tuple[Entry, ...]:
    return ledger.append(product, drafts, now=now, decide=nothing, fold=apply, **members)


def claim(run_id: str = "run", product: str = "churn") -> Draft:
    event = RunClaimed(run_id=run_id, job="monitor")
    return replace(arrival("x", product=product), event=event, key=f"{product}/{run_id}")


def incident(number: str = "1") -> Draft:
    event = IncidentOpened(
        cause=Cause("stale"),
        title="",
        summary="",
        severity=Severity.WARNING,
        partition="",
        owner="",
        ladder=[],
    )
    return replace(arrival("x"), event=event, subject="incident/stale", key=f"incident {number}")


def keys(entries: Sequence[Entry]) -> list[str]:
    return [entry.key for entry in entries]


def test_its_name_shows_the_number_of_entries(ledger: InMemoryLedger) -> None:
    append(ledger, arrival("1"), arrival("2"))
    assert repr(ledger) == "InMemoryLedger(2 entries)"


def test_it_is_written_as_one_line_for_each_entry(ledger: InMemoryLedger) -> None:
    append(ledger, arrival("1"), arrival("2"))
    assert ledger.dump() == (
        "0\tbatch_arrived\tbatch/1\trecorder\tchurn/1/a\n"
        "1\tbatch_arrived\tbatch/2\trecorder\tchurn/2/a"
    )


# Reading.


def test_the_installation_is_no_product(ledger: InMemoryLedger) -> None:
    append(ledger, arrival("1", product=""), product="")
    append(ledger, arrival("1", product="fraud"), product="fraud")
    append(ledger, arrival("1"))
    assert ledger.products() == ("churn", "fraud")
    assert ledger.states().keys() == {"churn", "fraud"}
    assert ledger.states()["fraud"] == ledger.state("fraud")
    assert ledger.state("fraud").product == "fraud"
    assert keys(ledger.entries("")) == ["/1/a"]


def test_entries_are_found_by_every_argument(ledger: InMemoryLedger) -> None:
    append(ledger, arrival("1"), claim(), arrival("2"), incident())
    append(ledger, claim("other", "fraud"), product="fraud")
    search = ledger.entries
    assert [entry.index for entry in search()] == [0, 1, 2, 3, 4]
    assert [entry.index for entry in search("churn")] == [0, 1, 2, 3]
    assert [entry.index for entry in search(kinds=[RunClaimed.kind])] == [1, 4]
    assert [entry.index for entry in search(kinds=[])] == []
    assert [entry.index for entry in search(subject="batch/2")] == [2]
    assert [entry.index for entry in search(after=1)] == [2, 3, 4]
    assert [entry.index for entry in search(before=2)] == [0, 1]
    assert [entry.index for entry in search(after=0, before=3)] == [1, 2]
    assert [entry.index for entry in search(limit=2)] == [0, 1]
    assert [entry.index for entry in search(limit=2, newest_first=True)] == [4, 3]


def test_at_most_a_thousand_entries_are_returned_by_default(ledger: InMemoryLedger) -> None:
    claims = [claim(str(number)) for number in range(1_001)]
    ledger.append("churn", claims, now=T0, decide=nothing, fold=lambda state, _: state)
    assert len(ledger.entries()) == 1_000


def test_the_number_of_an_incident_finds_the_entry_that_opened_it(ledger: InMemoryLedger) -> None:
    append(ledger, arrival("1"), incident("1"), incident("2"))
    assert keys(ledger.entries(subject="incident/1")) == ["incident 1"]
    assert keys(ledger.entries(subject="incident/0")) == []
    assert keys(ledger.entries(subject="incident/stale")) == ["incident 1", "incident 2"]


@pytest.mark.parametrize("index", [-1, 2])
def test_an_index_without_an_entry_is_refused(ledger: InMemoryLedger, index: int) -> None:
    append(ledger, arrival("1"), arrival("2"))
    with pytest.raises(LedgerError, match=f"no entry {index}; expected an index from 0 to 1"):
        ledger.entry(index)
    assert [ledger.entry(n).index for n in (0, 1)] == [0, 1]


def test_the_used_keys_among_some_keys_are_known(ledger: InMemoryLedger) -> None:
    append(ledger, arrival("1"), arrival("2"))
    assert ledger.known_keys(["churn/1/a", "churn/9/a"]) == {"churn/1/a"}
    assert ledger.known_keys([]) == frozenset()


def test_a_moment_without_a_zone_is_refused(ledger: InMemoryLedger) -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001
    for times in ({"as_of": naive}, {"known_at": naive}):
        with pytest.raises(LedgerError, match="without a time zone"):
            ledger.state("churn", **times)


def test_the_state_of_the_past_is_what_was_known_then(ledger: InMemoryLedger) -> None:
    append(ledger, arrival("1"))
    late = replace(arrival("2"), occurred_at=T0 - HOUR)
    append(ledger, late, now=T0 + HOUR)
    assert list(ledger.state("churn").batches) == ["1", "2"]
    assert list(ledger.state("churn", known_at=T0).batches) == ["1"]
    assert list(ledger.state("churn", as_of=T0 - HOUR).batches) == ["2"]
    assert list(ledger.state("churn", as_of=T0 - HOUR, known_at=T0).batches) == []


# Writing.


def test_an_append_counts_from_the_last_entry_of_all_products(ledger: InMemoryLedger) -> None:
    append(ledger, arrival("1"), now=T0 + HOUR)
    second = append(ledger, arrival("1", product="fraud"), product="fraud", now=T0)
    assert (second[0].index, second[0].clock_set_back) == (1, True)
    assert ledger.size() == 2


def test_a_key_of_another_product_is_refused_and_nothing_is_stored(ledger: InMemoryLedger) -> None:
    append(ledger, arrival("1"))
    other = replace(arrival("1"), product="fraud")
    with pytest.raises(LedgerError, match="was used before"):
        append(ledger, arrival("2", product="fraud"), other, product="fraud")
    assert ledger.size() == 1
    assert ledger.products() == ("churn",)


def test_the_position_of_a_recorder_never_moves_back(ledger: InMemoryLedger) -> None:
    assert ledger.position("dagster") == 0
    append(ledger, arrival("1"), position=("dagster", 7))
    append(ledger, arrival("2"), position=("dagster", 5))
    append(ledger, arrival("3"))
    assert ledger.position("dagster") == 7
    assert ledger.position("other") == 0


def test_a_refused_append_moves_no_position(ledger: InMemoryLedger) -> None:
    with pytest.raises(LedgerError):
        append(ledger, replace(arrival("1"), key=""), position=("dagster", 7))
    assert ledger.position("dagster") == 0


def test_what_is_due_is_asked_in_the_state_of_the_product(ledger: InMemoryLedger) -> None:
    append(ledger, arrival("1"))
    seen: list[tuple[int, datetime]] = []

    def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
        seen.append((len(state.batches), now))
        return [arrival("2"), arrival("1")]

    stored = ledger.consider("churn", now=T0 + HOUR, ask=ask, decide=nothing, fold=apply)
    assert seen == [(1, T0 + HOUR)]
    assert keys(stored) == ["churn/2/a"]
    assert list(ledger.state("churn").batches) == ["1", "2"]


def test_rules_may_read_the_ledger_while_they_decide(ledger: InMemoryLedger) -> None:
    def decide(state: ProductState, entry: Entry, now: datetime) -> Sequence[Draft]:
        del state, now
        ledger.rebuild(fold=apply)
        return [claim(entry.key)] if entry.kind == BatchArrived.kind else []

    entries = ledger.append("churn", [arrival("1")], now=T0, decide=decide, fold=apply)
    assert [entry.kind for entry in entries] == [BatchArrived.kind, RunClaimed.kind]


def test_appends_of_several_threads_lose_no_entry(ledger: InMemoryLedger) -> None:
    def work(product: str) -> None:
        for number in range(20):
            append(ledger, arrival(str(number), product=product), product=product)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [entry.index for entry in ledger.entries()] == list(range(60))
    assert ledger.verify().size == 60


# Verification, comparison, rebuilding.


def test_the_root_is_that_of_its_entries(ledger: InMemoryLedger) -> None:
    append(ledger, arrival("1"), arrival("2"))
    leaves = [entry.leaf_hash for entry in ledger.entries()]
    assert ledger.verify().root == root(leaves)
    assert ledger.verify().erased == ()


def test_an_altered_entry_is_found(ledger: InMemoryLedger) -> None:
    append(ledger, arrival("1"), arrival("2"))
    ledger.alter(1, actor="owner Ada Ng")
    with pytest.raises(LedgerAlteredError, match="the first bad index is 1"):
        ledger.verify()


def test_unaltered_facts_equal_the_facts_of_the_entries(ledger: InMemoryLedger) -> None:
    append(ledger, arrival("1"), claim(), arrival("1", "b"), now=T0)
    append(ledger, arrival("1", product="fraud"), product="fraud", now=T0 + HOUR)
    # Two batches, three actions and a run: a superseded action stays.
    assert ledger.compare(fold=apply) == Comparison(facts=6, products=2, differences=())


def altered(ledger: InMemoryLedger) -> InMemoryLedger:
    append(ledger, arrival("1"))
    append(ledger, arrival("1", product="fraud"), product="fraud")
    value: Json = {"run_id": "run", "job": "", "action": "", "by_hand": True, "entry": 0}
    append(ledger, claim(), now=T0 + HOUR)
    ledger.alter_fact("churn", "run", "run", value)
    return ledger


def test_an_altered_fact_is_found_and_the_state_is_folded_from_the_entries(
    ledger: InMemoryLedger,
) -> None:
    altered(ledger)
    state = ledger.state("churn")
    assert (state.altered, state.runs["run"].job) == (True, "monitor")
    past = ledger.state("churn", known_at=T0 + HOUR)
    assert (past.altered, past.runs["run"].job) == (True, "")
    assert ledger.state("churn", as_of=T0 + HOUR).altered
    assert not ledger.state("fraud").altered
    (difference,) = ledger.compare(fold=apply).differences
    assert (difference.product, difference.kind, difference.key) == ("churn", "run", "run")
    (entry, job) = difference.text.split("; ")
    assert entry == "as of entry 2: entry expected 2, found 0"
    assert job == 'job expected a text of 7 letters (sha256 7de97367c9cd…), found ""'


def test_altered_products_are_named(ledger: InMemoryLedger) -> None:
    altered(ledger)
    assert ledger.altered() == {"churn"}
    assert ledger.altered(["churn", "fraud"]) == {"churn"}
    assert ledger.altered(["fraud"]) == frozenset()


def test_rebuilding_makes_the_facts_of_the_entries_again(ledger: InMemoryLedger) -> None:
    before = append(ledger, arrival("1"))
    altered(InMemoryLedger())
    state = ledger.state("churn")
    append(ledger, claim(), now=T0 + HOUR)
    ledger.alter_fact("churn", "run", "run", None)
    ledger.rebuild(fold=apply)
    assert ledger.altered() == frozenset()
    assert ledger.compare(fold=apply).differences == ()
    assert ledger.state("churn", known_at=T0) == state
    assert ledger.state("churn").runs.keys() == {"run"}
    assert before == (ledger.entry(0),)


def test_rebuilding_forgets_finished_work_as_an_append_does(ledger: InMemoryLedger) -> None:
    append(ledger, claim(), arrival("1"))
    end = replace(claim(), event=RunEnded(run_id="run"), key="end")
    append(ledger, end, now=T0 + timedelta(days=1))
    known = ledger.state("churn")
    ledger.rebuild(fold=apply)
    assert ledger.state("churn") == known
    assert known.runs == {}


# Locks.


def test_a_product_and_a_run_are_locked_while_they_are_held(ledger: InMemoryLedger) -> None:
    assert not ledger.is_product_locked("churn")
    with ledger.product_lock("churn"):
        assert ledger.is_product_locked("churn")
    with ledger.product_lock("churn") as held, ledger.product_lock("churn", wait=False) as again:
        assert (held, again) == (True, True)
        assert ledger.is_product_locked("churn")
        assert not ledger.is_product_locked("fraud")
        assert not ledger.is_locked("churn")
    assert not ledger.is_product_locked("churn")
    with ledger.run_lock("run") as held:
        assert held
        assert ledger.is_locked("run")
        assert not ledger.is_locked("other")
        assert not ledger.is_product_locked("run")
    assert not ledger.is_locked("run")
    assert ledger.product_held_since("churn") is None


def test_a_lock_is_free_after_an_error(ledger: InMemoryLedger) -> None:
    with pytest.raises(RuntimeError, match="broken"), ledger.run_lock("run"):
        raise RuntimeError("broken")
    assert not ledger.is_locked("run")


def test_a_launcher_is_there_until_the_ledger_is_closed(ledger: InMemoryLedger) -> None:
    assert not ledger.has_launcher()
    ledger.show_launcher()
    ledger.show_launcher()
    assert ledger.has_launcher()
    ledger.close()
    assert not ledger.has_launcher()
