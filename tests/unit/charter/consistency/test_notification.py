"""A check that fails in silence, or makes the answer NO before a notice, is a warning."""

from __future__ import annotations

from typing import Any

import pytest

from aipo_pipelines.charter.consistency.notification import unheard_faults
from aipo_pipelines.charter.model.problem import Fault, Weight, field_name
from tests.samples import CHARTER
from tests.unit.charter.charters import (
    DATA_ONLY,
    ELSEWHERE,
    GAP,
    charter_of,
    standards_of,
    threshold_of,
)

OF_DATA = CHARTER["responses"][:2]
NO_STANDARD: dict[str, Any] = {"required_checks": []}


def response(check: str, *reactions: str, fails: int = 1, of: int = 1) -> dict[str, Any]:
    window = {"fails": fails, "of": of} if of > 1 else {}
    return {"check": check, "reactions": [*reactions], **window}


def faults(*responses: dict[str, Any], **changes: Any) -> list[Fault]:
    """The warnings of a charter with these responses beside those about data."""
    charter = charter_of(**{"responses": [*OF_DATA, *responses], **changes})
    return [*unheard_faults(charter, standards_of())]


def unheard(*responses: dict[str, Any], **changes: Any) -> list[str]:
    """The checks that fail in silence."""
    found = [fault.found for fault in faults(*responses, **changes)]
    return [text.removeprefix("no response to ") for text in found]


SHOWN = [response(check) for check in ("data_drift", "performance", "concept_drift")]


def test_the_sample_has_no_warning() -> None:
    assert [*unheard_faults(charter_of(), standards_of())] == []


def test_a_check_without_a_response_is_a_warning() -> None:
    (fault,) = faults(*SHOWN[1:])
    assert fault == Fault(
        ("responses",),
        "no response to data_drift",
        "one: nobody is notified when data_drift fails",
        (
            "add `{check: data_drift, reactions: [escalate]}`, or with `reactions: []` state that "
            "a failure is only shown"
        ),
        Weight.WARNING,
    )


@pytest.mark.parametrize(
    ("thresholds", "checks"),
    [
        ([], ["data_drift", "concept_drift"]),
        ([threshold_of()], ["data_drift", "performance", "concept_drift"]),
        ([threshold_of(applies_to=["release"])], ["data_drift", "concept_drift"]),
        ([threshold_of(metric="expected_calibration_error")],
         ["data_drift", "calibration", "concept_drift"]),
        ([GAP], ["data_drift", "fairness", "concept_drift"]),
        ([GAP, threshold_of()], ["data_drift", "performance", "fairness", "concept_drift"]),
    ],
)  # fmt: skip
def test_the_checks_that_can_fail_follow_from_the_limits(
    thresholds: list[Any], checks: list[str]
) -> None:
    assert unheard(thresholds=thresholds, protected=["x2"]) == checks


def test_nothing_drifts_from_training_data_that_is_not_known() -> None:
    assert unheard(model=ELSEWHERE) == ["performance"]


def test_a_product_of_data_only_has_no_check_of_a_model() -> None:
    assert unheard(**DATA_ONLY) == []


def test_a_response_under_the_full_name_counts() -> None:
    assert unheard(*SHOWN[:2], response("performance/concept_drift")) == []


def test_a_response_that_the_standard_requires_is_no_warning_beside_its_error() -> None:
    charter = charter_of(responses=[*OF_DATA, *SHOWN[:2]])
    required = standards_of(required_checks=["concept_drift"])
    assert [*unheard_faults(charter, required)] == []
    assert len([*unheard_faults(charter, standards_of(**NO_STANDARD))]) == 1


def late(*responses: dict[str, Any], **changes: Any) -> Fault:
    """The one warning about responses to `performance`, which are at the places from 4 on."""
    (fault,) = faults(*SHOWN[::2], *responses, **changes)
    assert fault.weight is Weight.WARNING
    return fault


def test_a_no_that_is_never_escalated_is_a_warning() -> None:
    fault = late(response("performance", "retrain"))
    assert field_name(fault.path) == "responses[4].reactions"
    assert fault.found == "retrain for performance, and no escalation"
    assert fault.expected == (
        "an escalation: performance makes the answer NO, and nobody is notified"
    )
    assert fault.hint == (
        "write `{check: performance, reactions: [escalate]}` and `{check: performance, reactions: "
        "[retrain]}`"
    )


WEEKS = {"batches": {"by": "time", "column": "day", "every": "7d"}}
MONTHS = {"batches": {"by": "time", "column": "day", "every": "month"}}


@pytest.mark.parametrize(
    ("fails", "changes", "wait"),
    [
        (2, {}, "until one more batch has failed, which may take 30d by the cadence"),
        (3, {}, "until 2 more batches have failed, which may take 60d by the cadence"),
        (2, WEEKS, "until one more batch has failed, 1w later at the earliest"),
        (4, WEEKS, "until 3 more batches have failed, 3w later at the earliest"),
        (2, MONTHS, "until one more batch has failed, 31d later at the earliest"),
    ],
)
def test_a_no_that_is_escalated_later_says_how_late(
    fails: int, changes: dict[str, Any], wait: str
) -> None:
    fault = late(response("performance", "escalate", fails=fails, of=5), **changes)
    assert fault.found == f"performance escalates after {fails} of 5 batches"
    assert fault.expected == f"at the first: it makes the answer NO, and nobody is notified {wait}"
    assert fault.hint == "write `{check: performance, reactions: [escalate]}`"


def test_other_reactions_stay_as_they_were_agreed() -> None:
    fault = late(response("performance", "escalate", "retrain", fails=2, of=3))
    assert fault.hint == (
        "write `{check: performance, reactions: [escalate]}` and `{check: performance, reactions: "
        "[retrain], fails: 2, of: 3}`"
    )


def test_the_warning_is_at_the_response_that_escalates() -> None:
    fault = late(
        response("performance", "retrain"),
        response("performance", "escalate", fails=2, of=3),
    )
    assert field_name(fault.path) == "responses[5].reactions"


@pytest.mark.parametrize(
    "responses",
    [
        [response("performance", "escalate")],
        [response("performance", "retrain"), response("performance", "escalate")],
        [response("performance", "escalate", fails=1, of=3)],
        [response("performance")],
        [response("performance/performance", "escalate")],
    ],
)
def test_a_no_that_is_escalated_at_once_is_no_warning(responses: list[Any]) -> None:
    assert faults(*SHOWN[::2], *responses) == []


def test_the_data_checks_make_the_answer_no_as_well() -> None:
    (fault,) = faults(
        *SHOWN,
        responses=[response("contract", "quarantine"), OF_DATA[1], *SHOWN],
    )
    assert fault.found == "quarantine for contract, and no escalation"
    assert field_name(fault.path) == "responses[0].reactions"


def test_drift_changes_no_answer_and_may_be_escalated_late() -> None:
    assert faults(response("data_drift", "retrain"), *SHOWN[1:]) == []
    slow = response("concept_drift", "escalate", fails=2, of=3)
    assert faults(*SHOWN[:2], slow) == []
