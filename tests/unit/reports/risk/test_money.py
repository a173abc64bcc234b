"""What errors cost, in sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.operations import Outcome
from aipo_pipelines.evidence.outcome import Figure, Interval
from aipo_pipelines.reports.risk.money import cost_sentence, pricing, recorded_costs

UNIT = "EUR per 1,000 records"
COST = Figure(
    metric="expected_cost",
    value=5_250.4,
    n=400,
    unit=UNIT,
    subject="Customers kept",
    interval=Interval(low=4_000.2, high=6_500.6, level=0.9, method="bootstrap"),
)
NAIVE = replace(COST, metric="naive_expected_cost", value=9_000.0, interval=None)


def test_a_cost_is_said_with_its_interval_beside_the_naive_baseline() -> None:
    assert cost_sentence("Customers kept", COST, NAIVE) == (
        'For "Customers kept" errors cost about 5,250 EUR per 1,000 records (90% interval 4,000 '
        "to 6,501) on 400 records; those of the naive baseline would cost about 9,000 EUR per "
        "1,000 records."
    )


def test_a_naive_baseline_of_fewer_records_is_said_with_their_number() -> None:
    sentence = cost_sentence("Customers kept", COST, replace(NAIVE, n=350))
    assert sentence.endswith("9,000 EUR per 1,000 records on the 350 of them it can answer.")


@pytest.mark.parametrize("naive", [None, replace(NAIVE, value=None)])
def test_without_a_naive_cost_there_is_nothing_to_compare_with(naive: Figure | None) -> None:
    sentence = cost_sentence("Customers kept", replace(COST, interval=None), naive)
    assert sentence == (
        'For "Customers kept" errors cost about 5,250 EUR per 1,000 records on 400 records; there '
        "is no naive baseline to compare with."
    )


def test_an_unknown_cost_is_said_with_its_reason() -> None:
    unknown = replace(COST, value=None, interval=None, note="no record is labelled")
    assert cost_sentence("Customers kept", unknown, NAIVE) == (
        'The cost of errors for "Customers kept" is unknown: no record is labelled.'
    )


def test_recorded_costs_are_those_of_the_model_beside_its_own_outcome() -> None:
    other = replace(COST, subject="Calls saved", value=10.0)
    sentences = recorded_costs([NAIVE, COST, replace(COST, value=None), other])
    assert [sentence.split(" errors")[0] for sentence in sentences] == [
        'For "Customers kept"',
        'For "Calls saved"',
    ]
    assert "9,000 EUR" in sentences[0]
    assert "no naive baseline" in sentences[1]


@pytest.mark.parametrize(
    ("task", "costs", "clause"),
    [
        (
            Task.BINARY,
            {"false_positive": 12.5, "false_negative": 420},
            'for "Customers kept" a false alarm costs 12.5 EUR and a missed event 420 EUR',
        ),
        (
            Task.MULTICLASS,
            {"per_unit_error": 3},
            'for "Customers kept" a wrong answer costs 3 EUR',
        ),
        (
            Task.REGRESSION,
            {"per_unit_error": 0.5},
            'for "Customers kept" one unit of error costs 0.5 EUR',
        ),
    ],
)
def test_the_agreed_price_is_said_for_the_errors_of_the_task(
    task: Task, costs: dict[str, Any], clause: str
) -> None:
    entry = {"outcome": "Customers kept", "metric": "recall", "target": 0.6, "unit": "EUR"}
    assert pricing(task, Outcome.model_validate({**entry, "costs": costs})) == clause
