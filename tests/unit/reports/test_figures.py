"""Key figures, business outcomes, fairness and calibration on the page of a product."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from aipo_pipelines.evidence.details.performance import CalibrationDetails, ReliabilityBin
from aipo_pipelines.evidence.outcome import Direction, Figure, Interval, Verdict
from aipo_pipelines.policy.answer.business_outcomes import OutcomeNote
from aipo_pipelines.policy.answer.kpis import Kpi
from aipo_pipelines.reports.figures import (
    CALIBRATION,
    FAIRNESS,
    calibration,
    fairness,
    key_figures,
    outcomes,
    release_costs,
)
from aipo_pipelines.reports.values import ProductReport
from tests.unit.policy.story import START
from tests.unit.reports.evaluations import evaluated, evaluation, measured
from tests.unit.reports.telling import HOSTILE, rows_of, words_of

Chartered = Callable[..., ProductReport]
DATA_ONLY: dict[str, Any] = {"model": None, "thresholds": [], "labels": None, "retraining": {}}


def kpi(figure: Figure, **changes: Any) -> Kpi:
    members: dict[str, Any] = {
        "check": "performance/performance",
        "partition": "w6",
        "evidence_at": START,
        "age": timedelta(days=2),
        "fresh": True,
        "owner": "Ada Ng",
        "reason": "agreed in spring",
    }
    return Kpi(figure=figure, **{**members, **changes})


def with_kpis(report: ProductReport, *kpis: Kpi) -> ProductReport:
    return replace(report, answer=replace(report.answer, kpis=kpis))


def accuracy(value: float | None = 0.8, **changes: Any) -> Figure:
    members = {"limit": 0.7, "direction": Direction.AT_LEAST, **changes}
    return measured("accuracy", value, **members)


def test_a_product_without_a_model_has_no_key_figures_and_no_fairness(chartered: Chartered) -> None:
    report = chartered(**DATA_ONLY)
    assert (key_figures(report), fairness(report)) == (None, None)


def test_a_model_without_a_limit_says_that_none_is_agreed(unborn: ProductReport) -> None:
    words = words_of(key_figures(with_kpis(unborn)))
    assert words == "Key figures No threshold is agreed for live batches. Nothing was measured yet."


def test_a_key_figure_is_shown_with_its_evidence_and_its_owner(unborn: ProductReport) -> None:
    assert rows_of(key_figures(with_kpis(unborn, kpi(accuracy())))) == [
        [
            "accuracy share of answers that are right",
            "0.8",
            "0.78 to 0.82",
            "500",
            "at least 0.7",
            "pass",
            "w6",
            "2 days",
            "agreed in spring (Ada Ng)",
        ]
    ]


@pytest.mark.parametrize(
    ("held", "cells"),
    [
        (
            kpi(accuracy(None, verdict=Verdict.INSUFFICIENT, n=0), partition="", age=None),
            {1: "not measured", 2: "none", 5: "insufficient", 6: "none", 7: "none"},
        ),
        (kpi(accuracy(), fresh=False), {7: "2 days, too old to count"}),
        (kpi(accuracy(note="25 records are open")), {5: "pass 25 records are open"}),
        (kpi(replace(accuracy(), metric="calls_saved")), {0: "calls saved"}),
        (kpi(accuracy(subject="sex")), {0: "accuracy of sex share of answers that are right"}),
    ],
    ids=["no evidence", "old evidence", "a note", "a custom metric", "of an attribute"],
)
def test_a_key_figure_says_what_is_special_about_it(
    unborn: ProductReport, held: Kpi, cells: dict[int, str]
) -> None:
    (row,) = rows_of(key_figures(with_kpis(unborn, held)))
    assert {place: row[place] for place in cells} == cells


def note(**changes: Any) -> OutcomeNote:
    reached = measured("recall", 0.66, limit=0.6, direction=Direction.AT_LEAST)
    members: dict[str, Any] = {
        "outcome": "Customers kept",
        "metric": "recall",
        "target": 0.6,
        "direction": Direction.AT_LEAST,
        "figure": reached,
        "partition": "w6",
        "fresh": True,
        "decides": False,
        "cost": None,
        "cost_at_release": None,
    }
    return OutcomeNote(**{**members, **changes})


def money(value: float, metric: str = "expected_cost", **changes: Any) -> Figure:
    unit = "EUR per 1,000 records"
    around = Interval(low=value * 0.9, high=value * 1.1, level=0.9, method="bootstrap")
    members = {"subject": "Customers kept", "unit": unit, "interval": around, **changes}
    return Figure(metric=metric, value=value, n=500, **members)


def mapped(chartered: Chartered, *notes: OutcomeNote, **costs: float) -> ProductReport:
    entry = {"outcome": "Customers kept", "metric": "recall", "target": 0.6, "unit": "EUR"}
    report = chartered(outcome_map=[{**entry, "costs": costs}])
    return replace(report, answer=replace(report.answer, outcomes=notes))


def with_risks(report: ProductReport, *risks: Figure) -> ProductReport:
    return replace(report, history=replace(report.history, risks=risks))


def test_without_a_mapped_outcome_there_is_no_section(unborn: ProductReport) -> None:
    assert outcomes(unborn) is None


def test_an_outcome_is_shown_with_its_value_its_target_and_the_price_of_errors(
    chartered: Chartered,
) -> None:
    report = mapped(chartered, note(cost=money(5_200)), false_negative=420, false_positive=12.5)
    assert rows_of(outcomes(report)) == [
        [
            "Customers kept",
            "recall",
            "0.66 (0.64 to 0.68) on batch w6",
            "at least 0.6",
            "yes",
            "5,200 (4,680 to 5,720) EUR per 1,000 records",
            "none",
            "420 EUR per missed event; 12.5 EUR per false alarm",
        ]
    ]


@pytest.mark.parametrize(
    ("changes", "cells"),
    [
        ({"figure": None, "partition": ""}, {2: "not measured", 4: "unknown"}),
        ({"decides": True}, {3: "at least 0.6, decides"}),
        ({"direction": Direction.AT_MOST}, {3: "at most 0.6"}),
        ({"figure": accuracy(verdict=Verdict.FAIL)}, {4: "no"}),
        (
            {"figure": accuracy(verdict=Verdict.INSUFFICIENT)},
            {4: "no, but the interval allows both"},
        ),
        ({"cost_at_release": money(4_000)}, {6: "4,000 (3,600 to 4,400) EUR per 1,000 records"}),
        ({}, {7: "not agreed"}),
    ],
    ids=["not measured", "decides", "upper", "missed", "undecided", "at release", "no price"],
)
def test_an_outcome_says_what_is_special_about_it(
    chartered: Chartered, changes: dict[str, Any], cells: dict[int, str]
) -> None:
    (row,) = rows_of(outcomes(mapped(chartered, note(**changes))))
    assert {place: row[place] for place in cells} == cells


def test_a_release_of_a_former_program_has_its_cost_in_the_risk_assessment(
    chartered: Chartered,
) -> None:
    report = with_risks(
        mapped(chartered, note()),
        money(9_000, subject="Another outcome"),
        money(7_000, "naive_expected_cost"),
        money(4_000),
    )
    assert rows_of(outcomes(report))[0][6] == "4,000 (3,600 to 4,400) EUR per 1,000 records"


def test_costs_at_the_release_name_the_outcome_and_whose_errors_they_are(
    unborn: ProductReport,
) -> None:
    report = with_risks(
        unborn,
        money(4_000),
        money(123.456, "naive_expected_cost", interval=None),
        replace(money(1), value=None),
        measured("accuracy", 0.8),
    )
    assert release_costs(report) == [
        ("Customers kept: 4,000 (3,600 to 4,400) EUR per 1,000 records with the version in charge"),
        "Customers kept: 123.5 EUR per 1,000 records with the naive answer instead",
    ]


@pytest.mark.parametrize(
    ("protected", "words"),
    [((), "No protected attribute is agreed."), (("group",), "Not measured.")],
)
def test_fairness_that_was_never_measured_says_whether_it_was_agreed(
    chartered: Chartered, protected: tuple[str, ...], words: str
) -> None:
    report = chartered(protected=list(protected))
    assert words_of(fairness(report)) == f"Fairness {words}"
    without_figures = evaluated(report, {FAIRNESS: (evaluation("w1"),)})
    assert words_of(fairness(without_figures)) == f"Fairness {words}"


def rates(*values: float, attribute: str = "sex") -> tuple[Figure, ...]:
    return tuple(
        measured("selection_rate", value, f"{attribute}=g{place}", limit=None, verdict=None)
        for place, value in enumerate(values)
    )


GAP = measured("selection_rate_difference", 0.3, "sex", verdict=Verdict.FAIL)


def test_all_figures_of_the_groups_are_in_the_table(lived: ProductReport) -> None:
    newest = evaluation("w6", GAP, *rates(0.5, 0.2), verdict=Verdict.FAIL)
    part = fairness(evaluated(lived, {FAIRNESS: (newest,)}))
    assert [(row[0], row[1], row[2], row[6]) for row in rows_of(part)] == [
        ("selection rate difference", "sex", "0.3", "fail"),
        ("selection rate", "sex=g0", "0.5", "not agreed"),
        ("selection rate", "sex=g1", "0.2", "not agreed"),
    ]


def test_rates_of_an_agreed_limit_are_drawn_and_of_no_other_attribute(
    lived: ProductReport,
) -> None:
    found_events = measured("true_positive_rate", 0.77, "sex=g0")
    newest = evaluation("w6", GAP, *rates(0.5, 0.2), found_events, *rates(0.4, attribute="town"))
    report = evaluated(lived, {FAIRNESS: (newest,)})
    agreed = with_kpis(report, kpi(GAP, check=FAIRNESS))
    drawn = words_of(fairness(agreed)).split("Thin lines")[0]
    assert "selection rate by sex" in drawn
    assert ("sex=g0" in drawn, "town=g0" in drawn, "0.77" in drawn) == (True, False, False)
    assert "<svg" not in str(fairness(with_kpis(report)))


def reliable(*groups: tuple[float, float, int]) -> CalibrationDetails:
    bins = [ReliabilityBin(stated=stated, observed=seen, n=n) for stated, seen, n in groups]
    return CalibrationDetails(reliability=tuple(bins))


def test_calibration_that_was_never_measured_has_no_section(unborn: ProductReport) -> None:
    assert calibration(unborn) is None


def test_stated_and_observed_shares_are_drawn_and_shown_as_numbers(lived: ProductReport) -> None:
    error = measured("expected_calibration_error", 0.03)
    newest = evaluation("w6", error, details=reliable((0.2, 0.25, 40), (0.8, 0.7, 60)))
    part = calibration(evaluated(lived, {CALIBRATION: (newest,)}))
    rows = rows_of(part)
    assert rows[:2] == [["0.2", "0.25", "40"], ["0.8", "0.7", "60"]]
    assert rows[2][:4] == ["expected calibration error", "the batch", "0.03", "0.01 to 0.05"]
    assert "Stated and observed, batch w6" in words_of(part)


def test_without_a_table_of_probabilities_there_is_no_chart(lived: ProductReport) -> None:
    newest = evaluation("w6", measured("calibration_slope", 0.9))
    part = calibration(evaluated(lived, {CALIBRATION: (newest,)}))
    assert "<svg" not in str(part)
    assert len(rows_of(part)) == 1


def test_notes_and_names_are_never_markup(lived: ProductReport) -> None:
    hostile = measured("selection_rate", 0.5, HOSTILE, note=HOSTILE)
    report = evaluated(lived, {FAIRNESS: (evaluation("w6", hostile),)})
    parts = (fairness(report), key_figures(with_kpis(report, kpi(accuracy(), reason=HOSTILE))))
    for part in parts:
        assert "<script>" not in str(part)
        assert "<script>alert(1)</script>" in words_of(part)
