"""The last change: the newest batch at which a check began to fail."""

from __future__ import annotations

from typing import Any

import pytest

from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.facts.change_point import WITNESSES, change_point
from tests.unit.policy.stored_facts import (
    CONCEPT,
    CONTRACT,
    DRIFT,
    FAIL,
    INSUFFICIENT,
    PASS,
    PERFORMANCE,
    batch,
    champion,
    check,
    evidence,
    product,
    verdict,
)


def lived(weeks: int = 6, **results: dict[int, Any]) -> ProductState:
    """Checks with verdicts on numbered weeks; `drift={2: FAIL}`."""
    keys = {"drift": DRIFT, "concept": CONCEPT, "performance": PERFORMANCE, "contract": CONTRACT}
    checks = [
        check(keys[name], evidence(), *(verdict(f"w{at}", result) for at, result in by.items()))
        for name, by in results.items()
    ]
    return product(batches=[batch(f"w{number}") for number in range(1, weeks + 1)], checks=checks)


@pytest.mark.parametrize("key", WITNESSES)
def test_each_witness_shows_a_change(key: str) -> None:
    failing = check(key, evidence(), verdict("w1", PASS), verdict("w2", FAIL))
    assert change_point(product(batches=[batch("w1"), batch("w2")], checks=[failing])) == "w2"


@pytest.mark.parametrize(
    ("results", "begins"),
    [
        ({1: FAIL, 2: FAIL, 3: FAIL}, "w1"),
        ({1: FAIL, 2: PASS, 3: FAIL, 4: FAIL}, "w3"),
        ({1: PASS, 2: FAIL, 3: PASS}, "w2"),
        ({1: FAIL, 2: INSUFFICIENT, 3: FAIL}, "w1"),
        ({1: PASS, 2: PASS}, ""),
    ],
    ids=str,
)
def test_a_change_is_the_first_failure_of_the_last_series(
    results: dict[int, Any], begins: str
) -> None:
    assert change_point(lived(drift=results)) == begins


def test_the_newest_begin_of_all_witnesses_counts() -> None:
    drift, performance = {2: FAIL, 3: FAIL}, {3: PASS, 4: FAIL}
    assert change_point(lived(drift=drift, performance=performance)) == "w4"
    assert change_point(lived(drift={5: FAIL}, performance=performance)) == "w5"


def test_a_broken_contract_is_no_change_of_the_world() -> None:
    assert change_point(lived(contract={1: PASS, 2: FAIL})) == ""


def test_a_change_under_a_former_version_in_charge_counts() -> None:
    state = lived(performance={1: PASS, 2: FAIL})
    later = product(
        batches=state.batches.values(),
        checks=state.checks.values(),
        champion=champion(decision=99),
    )
    assert change_point(later) == "w2"


def test_a_failure_on_a_batch_that_the_state_does_not_know_begins_nothing() -> None:
    state = lived(weeks=1, drift={1: PASS, 2: FAIL, 3: FAIL})
    assert change_point(state) == ""
    assert change_point(product()) == ""
