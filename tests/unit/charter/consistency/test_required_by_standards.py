"""A standard's requirements hold without a line in the charter, and exceptions end."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from aipo_pipelines.charter.consistency.required_by_standards import bounds, excepted
from aipo_pipelines.charter.model.charter import RiskTier
from aipo_pipelines.charter.model.problem import Fault, field_name
from aipo_pipelines.charter.model.standards import Exemption
from tests.samples import CHARTER
from tests.unit.charter.charters import (
    DATA_ONLY,
    ELSEWHERE,
    charter_of,
    standards_of,
    threshold_of,
)

BECAUSE = "by the standard"
LATE = {"check": "performance", "reactions": ["escalate"], "fails": 3, "of": 5}


def faults(tier: dict[str, Any], **changes: Any) -> list[tuple[str, str, str, str]]:
    standard = standards_of(**tier).tiers[RiskTier.LOW]
    return [
        (field_name(fault.path), fault.found, fault.expected, fault.hint)
        for fault in bounds(charter_of(**changes), standard, BECAUSE)
    ]


def limits(*thresholds: dict[str, Any]) -> dict[str, Any]:
    return {"thresholds": [*thresholds]}


METRICS = {"required_metrics": {"binary": ["roc_auc", "average_precision"]}}


def test_a_tier_without_further_requirements_asks_for_nothing() -> None:
    assert faults({}) == []


def test_one_of_the_required_metrics_is_enough() -> None:
    assert faults(METRICS) == []
    assert faults(METRICS, **limits(threshold_of(metric="average_precision"))) == []
    assert faults(METRICS, **limits(threshold_of(metric="accuracy"))) == [
        (
            "thresholds",
            "limits on accuracy",
            "a threshold for live and release on roc_auc or average_precision by the standard",
            "agree on one of these metrics and its limit",
        )
    ]
    assert faults(METRICS, thresholds=[])[0][1] == "limits on nothing"


def test_a_required_metric_holds_for_release_and_live_batches() -> None:
    live, release = threshold_of(applies_to=["live"]), threshold_of(applies_to=["release"])
    assert len(faults(METRICS, **limits(live))) == 1
    assert len(faults(METRICS, **limits(release))) == 1
    assert faults(METRICS, **limits(live, release)) == []
    other = {**release, "metric": "average_precision"}
    assert len(faults(METRICS, **limits(live, other))) == 1


def test_predictions_made_elsewhere_are_judged_live_only() -> None:
    live = limits(threshold_of(applies_to=["live"]))
    assert faults(METRICS, **live, model=ELSEWHERE) == []
    release = limits(threshold_of(applies_to=["release"]))
    assert faults(METRICS, **release, model=ELSEWHERE)[0][2].startswith("a threshold for live on")


def test_only_the_metrics_of_the_own_task_are_required() -> None:
    other = {"required_metrics": {"regression": ["mae"]}}
    assert faults(other) == []
    assert faults(METRICS, **DATA_ONLY) == []


@pytest.mark.parametrize(
    ("tier", "changes", "expected"),
    [
        ({"maximum_drift_limit": 0.15}, {"drift": {"limit": 0.16}},
         ("drift.limit", "0.16", "at most 0.15 by the standard", "lower it")),
        ({"maximum_margin": 0.1}, {"release": {"margin": 0.2}},
         ("release.margin", "0.2", "at most 0.1 by the standard", "lower it")),
        ({"minimum_held_out": 80}, {"release": {"minimum_sample": 79}},
         ("release.minimum_sample", "79", "at least 80 held-out records by the standard",
          "ask for a larger sample")),
        ({"separation_of_duties": True}, {"decision_rights": {"separation_of_duties": False}},
         ("decision_rights.separation_of_duties", "false", "true by the standard",
          "separate the duties")),
    ],
)  # fmt: skip
def test_bounds_of_the_tier_are_kept(
    tier: dict[str, Any], changes: dict[str, Any], expected: tuple[str, ...]
) -> None:
    assert faults(tier, **changes) == [expected]
    assert faults({}, **changes) == []


@pytest.mark.parametrize(
    ("tier", "changes"),
    [
        ({"maximum_drift_limit": 0.15}, {"drift": {"limit": 0.15}}),
        ({"maximum_margin": 0.1}, {"release": {"margin": 0.1}}),
        ({"minimum_held_out": 80}, {"release": {"minimum_sample": 80}}),
        ({"separation_of_duties": True}, {}),
    ],
)
def test_a_value_at_the_bound_is_right(tier: dict[str, Any], changes: dict[str, Any]) -> None:
    assert faults(tier, **changes) == []


def test_data_without_a_model_has_no_bounds_of_a_model() -> None:
    strict = {"maximum_drift_limit": 0.01, "maximum_margin": 0.001, "minimum_held_out": 5_000}
    assert len(faults(strict)) == 3
    assert faults(strict, **DATA_ONLY) == []


WINDOW = {"required_checks": ["performance"], "longest_response": {"fails": 2, "of": 4}}


def responding(**changes: Any) -> dict[str, Any]:
    return {"responses": [*CHARTER["responses"][:2], {**LATE, **changes}]}


def test_a_required_check_responds_early() -> None:
    assert faults(WINDOW, **responding()) == [
        (
            "responses[2].fails", "3", "at most 2 for performance by the standard",
            "respond earlier",
        ),
        ("responses[2].of", "5", "at most 4 for performance by the standard", "respond earlier"),
    ]  # fmt: skip
    assert faults(WINDOW, **responding(fails=2, of=4)) == []
    assert faults(WINDOW, **responding(check="data_drift")) == []
    by_full_name = responding(check="performance/performance", fails=2)
    assert [field for field, *_ in faults(WINDOW, **by_full_name)] == ["responses[2].of"]


FAULT = Fault(("release", "margin"), "0.99", "at most 0.1", "lower it")


def left(*exceptions: Exemption, today: date | None) -> list[Fault]:
    """What exceptions leave of one fault."""
    standards = standards_of().model_copy(update={"exceptions": exceptions})
    return [*excepted(charter_of(), standards, [FAULT], today)]


def exception(**changes: Any) -> Exemption:
    fields = {
        "product": "sample",
        "field": "release.margin",
        "value": "0.99",
        "decided_by": "Elin Berg",
        "reason": "A pilot.",
        "until": date(2026, 1, 31),
    }
    return Exemption.model_validate({**fields, **changes})


def test_an_exception_counts_on_its_last_day() -> None:
    assert left(exception(), today=date(2026, 1, 31)) == []
    assert left(exception(), today=None) == []


def test_after_its_last_day_an_exception_is_said_to_have_ended() -> None:
    assert left(exception(), today=date(2026, 2, 1)) == [
        FAULT._replace(hint="lower it; the exception that Elin Berg decided ended on 2026-01-31")
    ]


def test_of_several_exceptions_a_valid_exception_counts_and_the_last_is_remembered() -> None:
    later = exception(decided_by="Ida Moe", until=date(2026, 3, 31))
    assert left(exception(), later, today=date(2026, 2, 1)) == []
    (ended,) = left(later, exception(), today=date(2026, 4, 1))
    assert ended.hint.endswith("the exception that Ida Moe decided ended on 2026-03-31")


@pytest.mark.parametrize("changes", [{"product": "other"}, {"field": "release"}, {"value": "0.98"}])
def test_an_exception_is_for_one_product_field_and_value(changes: dict[str, Any]) -> None:
    assert left(exception(**changes), today=date(2026, 1, 1)) == [FAULT]
