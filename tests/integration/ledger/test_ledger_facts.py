"""A stored fact that differs from the entries is noticed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from aipo_pipelines.errors import DatabaseError
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.model.state import BatchStatus
from aipo_pipelines.ledger.postgres.sql import QUERIES
from aipo_pipelines.ledger.postgres.store import PostgresLedger
from aipo_pipelines.ledger.protocol import Ledger
from tests.integration.ledger.samples import (
    HOUR,
    T0,
    approval,
    arrival,
    evaluation,
    nothing,
    status,
    withdrawal,
)

pytestmark = pytest.mark.integration

WRONG = "value = jsonb_set(value::jsonb, '{status}', '\"quarantined\"')::json"
UPDATE = """UPDATE facts SET %s WHERE product = 'churn' AND kind = 'batch' AND key = '1'
    AND upper_inf(valid) AND upper_inf(recorded)"""
UPDATE_PAST = """UPDATE facts SET %s WHERE product = 'churn' AND kind = 'batch'
    AND NOT upper_inf(recorded)"""
ALTERING = (
    UPDATE % WRONG,
    UPDATE % "key = 'other'",
    UPDATE % "kind = 'other'",
    UPDATE % "product = 'fraud', key = 'other'",
    UPDATE % "entry = 0",
    UPDATE % "began = 1",
    UPDATE % "recorded = tstzrange('2020-01-01Z', NULL)",
    UPDATE % "valid = tstzrange('2020-01-01Z', NULL)",
    "DELETE FROM facts WHERE product = 'churn' AND key = '1'",
    "DELETE FROM facts WHERE product = 'churn'",
    """INSERT INTO facts (product, kind, key, value, valid, recorded, entry, began)
    SELECT product, kind, 'forged', value, valid, recorded, entry, began FROM facts
    WHERE product = 'churn' AND kind = 'batch' AND key = '2'""",
)
ALTERING_THE_PAST = (
    UPDATE_PAST % WRONG,
    UPDATE_PAST % "recorded = tstzrange(lower(recorded), upper(recorded) + interval '1 day')",
    "DELETE FROM facts WHERE product = 'churn' AND NOT upper_inf(recorded)",
    "DELETE FROM facts WHERE product = 'churn' AND NOT upper_inf(valid)",
)


@pytest.fixture
def ledger(url: str) -> PostgresLedger:
    """Two batches of a product, one of them approved an hour later, and one of another product."""
    ledger = PostgresLedger(url)
    first, _ = ledger.append(
        "churn", [arrival("1"), arrival("2")], now=T0, decide=nothing, fold=apply
    )
    ledger.append("churn", [approval(first, T0 + HOUR)], now=T0 + HOUR, decide=nothing, fold=apply)
    other = arrival("1", product="fraud")
    ledger.append("fraud", [other], now=T0 + HOUR, decide=nothing, fold=apply)
    return ledger


def test_facts_that_only_the_ledger_wrote_match_the_entries(ledger: Ledger) -> None:
    comparison = ledger.compare(fold=apply)
    assert (comparison.products, comparison.differences) == (2, ())
    assert comparison.facts > 4
    assert ledger.altered() == frozenset()


@pytest.mark.parametrize("statement", ALTERING)
def test_an_altered_fact_is_noticed_by_the_next_reader_who_reads_the_entries_instead(
    ledger: Ledger, admin: psycopg.Connection, url: str, statement: str
) -> None:
    before = ledger.state("churn")
    admin.execute(statement.encode())
    state = PostgresLedger(url).state("churn")
    assert state.altered
    assert (state.batches, state.actions) == (before.batches, before.actions)


@pytest.mark.parametrize("statement", [*ALTERING, *ALTERING_THE_PAST])
def test_an_altered_fact_is_found_by_its_sum_and_by_comparison(
    ledger: Ledger, admin: psycopg.Connection, statement: str
) -> None:
    admin.execute(statement.encode())
    assert "churn" in ledger.altered()
    assert "churn" in ledger.altered(["churn"])
    differences = ledger.compare(fold=apply).differences
    assert "churn" in {difference.product for difference in differences}


@pytest.mark.parametrize("statement", ALTERING_THE_PAST)
def test_a_moment_in_the_past_says_that_the_past_was_altered(
    ledger: Ledger, admin: psycopg.Connection, statement: str
) -> None:
    admin.execute(statement.encode())
    assert ledger.state("churn", known_at=T0).altered
    assert not ledger.state("fraud", known_at=T0 + 2 * HOUR).altered


def test_a_process_that_remembers_a_state_reads_it_again_once_it_was_found_altered(
    ledger: Ledger, admin: psycopg.Connection
) -> None:
    assert not ledger.state("churn").altered
    admin.execute(ALTERING[0].encode())
    assert not ledger.state("churn").altered
    assert ledger.altered() == {"churn"}
    assert ledger.state("churn").altered
    assert ledger.states()["churn"].altered


def test_an_alteration_is_still_seen_after_the_fact_was_replaced(
    ledger: Ledger, admin: psycopg.Connection, url: str
) -> None:
    assert not ledger.state("churn").altered
    admin.execute(ALTERING[0].encode())
    again = arrival("1", digest="b")
    PostgresLedger(url).append("churn", [again], now=T0 + 2 * HOUR, decide=nothing, fold=apply)
    assert PostgresLedger(url).state("churn").altered
    assert PostgresLedger(url).state("churn").batches["1"].versions == ("a", "b")


def test_sums_that_were_altered_with_the_facts_do_not_deceive_a_comparison(
    ledger: Ledger, admin: psycopg.Connection
) -> None:
    admin.execute(ALTERING[0].encode())
    admin.execute(
        b"UPDATE ledger_products p SET present = s.present, past = s.past "
        b"FROM ledger_sums(NULL) s WHERE s.product = p.product"
    )
    assert ledger.altered() == frozenset()
    (difference,) = ledger.compare(fold=apply).differences
    assert str(difference) == (
        'churn: batch 1: as of entry 2: status expected "approved", found "quarantined"'
    )


def test_a_newest_entry_that_was_set_back_is_found(
    ledger: Ledger, admin: psycopg.Connection
) -> None:
    admin.execute("UPDATE ledger_products SET entry = 1 WHERE product = 'churn'")
    (difference,) = ledger.compare(fold=apply).differences
    assert str(difference) == "churn: newest entry: expected 2, found 1"


def test_rebuilding_corrects_altered_facts(ledger: Ledger, admin: psycopg.Connection) -> None:
    before = ledger.state("churn")
    for statement in (*ALTERING_THE_PAST, *ALTERING):
        admin.execute(statement.encode())
    ledger.rebuild(fold=apply)
    assert ledger.compare(fold=apply).differences == ()
    assert ledger.altered() == frozenset()
    assert ledger.state("churn") == before
    assert status(ledger.state("churn", known_at=T0)) is BatchStatus.ARRIVED


def test_facts_are_taken_only_with_the_entry_that_made_them(ledger: Ledger, url: str) -> None:
    forged = {
        "product": "churn",
        "kinds": ["batch"],
        "keys": ["1"],
        "values": ['{"forged": true}'],
        "entries": [2],
    }
    assert ledger.size() == 4
    with psycopg.connect(url, autocommit=True) as application:
        for parameters in (forged, forged | {"entries": [9]}, forged | {"product": "fraud"}):
            with pytest.raises(psycopg.Error, match="this transaction wrote no such entry"):
                application.execute(QUERIES["project"], parameters)
    assert ledger.compare(fold=apply).differences == ()


def test_a_stray_call_that_drops_the_facts_is_noticed_and_nothing_is_lost(
    ledger: Ledger, url: str
) -> None:
    before = ledger.state("churn")
    with psycopg.connect(url, autocommit=True) as application:
        application.execute(QUERIES["clear_facts"])
        with pytest.raises(psycopg.Error, match="none were folded again"):
            application.execute(QUERIES["facts_folded"])
    assert ledger.altered() == {"churn", "fraud"}
    state = ledger.state("churn")
    assert (state.altered, state.batches) == (True, before.batches)
    assert len(ledger.compare(fold=apply).differences) > 3
    ledger.rebuild(fold=apply)
    assert ledger.state("churn") == before


def test_batches_that_another_arrival_moved_match_the_entries(
    ledger: Ledger,
) -> None:
    for number, days in enumerate((None, 400, None, -2, -1)):
        dated = None if days is None else T0 + timedelta(days=days)
        draft = arrival(f"slip {number}", digest=f"sha {number}", batch_date=dated)
        ledger.append("churn", [draft], now=T0 + 2 * HOUR, decide=nothing, fold=apply)
    before = ledger.state("churn")
    assert {batch.stands_at for batch in before.batches.values()} != {None}
    assert ledger.compare(fold=apply).differences == ()
    ledger.rebuild(fold=apply)
    assert ledger.state("churn") == before
    assert ledger.compare(fold=apply).differences == ()


def test_a_withdrawn_batch_matches_the_entries(ledger: Ledger) -> None:
    slip = arrival("undated", digest="sha 9")
    (arrived,) = ledger.append("churn", [slip], now=T0 + 2 * HOUR, decide=nothing, fold=apply)
    evaluated = evaluation("undated", T0 + 3 * HOUR)
    withdrawn = withdrawal(arrived, T0 + 4 * HOUR)
    again = replace(slip, key="undated again", occurred_at=T0 + 5 * HOUR)
    stale = replace(withdrawn, key="stale", occurred_at=T0 + 6 * HOUR)
    for draft in (evaluated, withdrawn, again, stale):
        ledger.append("churn", [draft], now=draft.occurred_at, decide=nothing, fold=apply)
        before = ledger.state("churn")
        assert ledger.compare(fold=apply).differences == ()
        ledger.rebuild(fold=apply)
        assert ledger.state("churn") == before
    then = ledger.state("churn", as_of=T0 + 4 * HOUR)
    assert then.batches["undated"].status is BatchStatus.WITHDRAWN
    assert then.checks["data_quality/contract"].withdrawn == "undated"
    assert ledger.state("churn").batches["undated"].status is BatchStatus.ARRIVED


def test_a_rebuild_that_dies_changed_nothing(ledger: Ledger) -> None:
    def dying(_state: object, _entry: object) -> object:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ledger.rebuild(fold=dying)  # type: ignore[arg-type]
    assert ledger.altered() == frozenset()
    assert ledger.compare(fold=apply).differences == ()


def test_facts_of_an_erased_body_differ_until_they_are_folded_again(
    ledger: Ledger, admin: psycopg.Connection
) -> None:
    admin.execute("SELECT ledger_erase_body(3, 'request')")
    differences = ledger.compare(fold=apply).differences
    erased = {(difference.product, difference.erased) for difference in differences}
    assert erased == {("fraud", True)}
    assert ledger.altered() == frozenset()
    ledger.rebuild(fold=apply)
    assert ledger.compare(fold=apply).differences == ()


def test_the_application_cannot_write_the_sums(ledger: Ledger, url: str) -> None:
    assert ledger.size() == 4
    with (
        psycopg.connect(url, autocommit=True) as application,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        application.execute("UPDATE ledger_products SET present = 0")


def test_a_moment_needs_no_sum_of_another_product(ledger: Ledger) -> None:
    moment = T0 + timedelta(minutes=1)
    assert status(ledger.state("churn", known_at=moment)) is BatchStatus.ARRIVED


def test_an_unknown_product_has_no_altered_facts(ledger: Ledger) -> None:
    assert ledger.altered(["nobody"]) == frozenset()
    assert not ledger.state("nobody").altered


def test_a_missing_database_is_an_error_and_no_alteration() -> None:
    with pytest.raises(DatabaseError):
        PostgresLedger("postgresql://aipo:x@127.0.0.1:1/aipo_ledger").altered()
