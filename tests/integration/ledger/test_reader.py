"""Reading the ledger in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import psycopg
import pytest

from aipo_pipelines.errors import LedgerAlteredError, LedgerError
from aipo_pipelines.ledger.events.entry import Draft, Entry
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.integrity.merkle import root
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.ledger.postgres import reader as reading
from aipo_pipelines.ledger.postgres.connections import Connections
from aipo_pipelines.ledger.postgres.reader import PostgresReader, fetch, stored_entries
from aipo_pipelines.ledger.postgres.store import PostgresLedger
from aipo_pipelines.resources.databases.addresses import Databases
from tests.integration.ledger.samples import HOUR, T0, arrival, nothing

pytestmark = pytest.mark.integration


@pytest.fixture
def ledger(fresh_ledger_url: str) -> PostgresLedger:
    return PostgresLedger(fresh_ledger_url)


@pytest.fixture
def reader(fresh_ledger_url: str) -> PostgresReader:
    """A reader that has read nothing yet."""
    return PostgresReader(fresh_ledger_url)


def append(
    ledger: PostgresLedger, *drafts: Draft, product: str = "churn", now: datetime = T0
) -> tuple[Entry, ...]:
    return ledger.append(product, drafts, now=now, decide=nothing, fold=apply)


def arrivals(count: int) -> Sequence[Draft]:
    return [arrival(f"{number:03}") for number in range(count)]


def test_a_named_statement_returns_its_rows_by_column(
    ledger: PostgresLedger, fresh_ledger_url: str
) -> None:
    append(ledger, arrival("1"))
    with Connections(fresh_ledger_url).transaction() as connection:
        assert fetch(connection, "size") == [{"size": 1}]
        assert fetch(connection, "known_keys", {"keys": ["churn/1/a", "other"]}) == [
            {"key": "churn/1/a"}
        ]


def test_a_reader_sees_what_a_writer_stored(ledger: PostgresLedger, reader: PostgresReader) -> None:
    assert (reader.size(), reader.products(), reader.states()) == (0, (), {})
    stored = append(ledger, arrival("1"), arrival("2"))
    assert tuple(reader.entries()) == stored
    assert reader.state("churn") == ledger.state("churn")
    assert (reader.size(), reader.products()) == (2, ("churn",))


def test_an_unchanged_state_is_remembered_and_a_changed_state_is_read(
    ledger: PostgresLedger, reader: PostgresReader
) -> None:
    append(ledger, arrival("1"))
    append(ledger, arrival("1", product="fraud"), product="fraud")
    churn, fraud = reader.states().values()
    append(ledger, arrival("2"), now=T0 + HOUR)
    states = reader.states()
    assert states["fraud"] is fraud
    assert states["churn"] is not churn
    assert list(states["churn"].batches) == ["1", "2"]


def test_a_rebuild_is_seen_although_it_stores_no_entry(
    ledger: PostgresLedger, reader: PostgresReader
) -> None:
    append(ledger, arrival("1"))
    assert list(reader.state("churn").batches) == ["1"]

    def forget(state: ProductState, _: Entry) -> ProductState:
        return state

    ledger.rebuild(fold=forget)
    assert reader.state("churn") == ProductState(product="churn")


def test_long_histories_are_read_in_pages(
    ledger: PostgresLedger, fresh_ledger_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGE", 3)
    stored = append(ledger, *arrivals(7))
    with Connections(fresh_ledger_url).transaction() as connection:
        read = [item.entry.index for item in stored_entries(connection)]
    assert read == list(range(7))
    assert ledger.verify().root == root([entry.leaf_hash for entry in stored])
    assert ledger.compare(fold=apply).differences == ()


def test_entries_are_read_on_from_both_ends(ledger: PostgresLedger) -> None:
    append(ledger, *arrivals(5))
    oldest = ledger.entries(after=1, limit=2)
    newest = ledger.entries(before=3, limit=2, newest_first=True)
    assert [entry.index for entry in oldest] == [2, 3]
    assert [entry.index for entry in newest] == [2, 1]
    assert ledger.entries(kinds=[]) == []


@pytest.mark.parametrize("index", [-1, 1])
def test_an_index_without_an_entry_is_refused(ledger: PostgresLedger, index: int) -> None:
    append(ledger, arrival("1"))
    with pytest.raises(LedgerError, match=f"no entry {index}; expected an index from 0 to 0"):
        ledger.entry(index)


def test_an_entry_that_a_superuser_removed_is_named(
    ledger: PostgresLedger, reader: PostgresReader, fresh_ledger: Databases
) -> None:
    append(ledger, *arrivals(3))
    with psycopg.connect(fresh_ledger.admin_url or "") as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute("DELETE FROM entry_bodies WHERE index = 1")
        admin.execute("DELETE FROM ledger_entries WHERE index = 1")
    with pytest.raises(LedgerAlteredError, match="the first bad index is 1: no such entry"):
        reader.verify()


def test_a_comparison_names_the_newest_entry_that_the_head_forgot(
    ledger: PostgresLedger, reader: PostgresReader, fresh_ledger: Databases
) -> None:
    append(ledger, arrival("1"), arrival("2"))
    with psycopg.connect(fresh_ledger.admin_url or "") as admin:
        admin.execute("DELETE FROM ledger_products")
    (difference,) = reader.compare(fold=apply).differences
    assert str(difference) == "churn: newest entry: expected 1, found none"


def test_a_comparison_counts_present_and_past_facts_of_all_products(
    ledger: PostgresLedger, reader: PostgresReader
) -> None:
    append(ledger, arrival("1"))
    append(ledger, arrival("1", product="fraud"), product="fraud")
    comparison = reader.compare(fold=apply)
    assert (comparison.facts, comparison.products) == (4, 2)
    append(ledger, replace(arrival("1", "b"), occurred_at=T0 + HOUR), now=T0 + HOUR)
    # The batch and its first action ended as they were, and each has a present value.
    assert reader.compare(fold=apply).facts > 4


def test_a_position_that_was_never_stored_is_0(reader: PostgresReader) -> None:
    assert reader.position("dagster") == 0


def test_a_reader_stays_usable_after_it_was_closed(
    ledger: PostgresLedger, reader: PostgresReader
) -> None:
    append(ledger, arrival("1"))
    reader.close()
    reader.close()
    assert reader.size() == 1
