"""Evidence that an adopted agreement makes invalid, from the entry of its adoption on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aipo_pipelines.charter.changes.affected_checks import Bearing
from aipo_pipelines.ledger.append import CLOCK_TOLERANCE
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.facts.outdated_evidence import is_ahead, is_of_former, judged_by_former
from tests.unit.policy.stored_facts import (
    CONCEPT,
    CONTRACT,
    DRIFT,
    FAIL,
    PERFORMANCE,
    agreement,
    evidence,
    product,
    verdict,
)
from tests.unit.policy.story import START

OF_DATA = "judged by the former contract, privacy rules or sources; it is measured again"
OF_DRIFT = "judged by the former limits of drift; it is measured again"
OF_TRUTH = "measured by the former labels or decision threshold; it is measured again"
CHANGED = 8
"""The entry that changed some terms; all other terms are those of entry 3."""


def changed(*bearings: Bearing) -> ProductState:
    """An agreement that changed these terms, and did more than tighten them."""
    since = {bearing: CHANGED if bearing in bearings else 3 for bearing in Bearing}
    return product(charter=agreement(judging_since=since, counting_since=since))


@pytest.mark.parametrize(
    ("key", "bearing", "reason"),
    [
        (CONTRACT, Bearing.DATA, OF_DATA),
        ("data_quality/privacy", Bearing.DATA, OF_DATA),
        ("dataset/schema", Bearing.DATA, OF_DATA),
        (DRIFT, Bearing.DRIFT, OF_DRIFT),
        (CONCEPT, Bearing.DRIFT, OF_DRIFT),
        (CONCEPT, Bearing.TRUTH, OF_TRUTH),
        (PERFORMANCE, Bearing.TRUTH, OF_TRUTH),
        ("performance/fairness", Bearing.TRUTH, OF_TRUTH),
    ],
)
def test_evidence_from_before_its_terms_changed_is_measured_again(
    key: str, bearing: Bearing, reason: str
) -> None:
    state = changed(bearing)
    assert judged_by_former(state, key, evidence(entry=CHANGED - 1)) == reason
    assert judged_by_former(state, key, evidence(entry=CHANGED)) == ""


@pytest.mark.parametrize(
    ("key", "bearing"),
    [
        (CONTRACT, Bearing.TRUTH),
        (DRIFT, Bearing.TRUTH),
        (DRIFT, Bearing.DATA),
        (PERFORMANCE, Bearing.DATA),
        (PERFORMANCE, Bearing.DRIFT),
        # A limit changes no figure: each reader judges the figure again.
        (PERFORMANCE, Bearing.PERFORMANCE),
        ("performance/fairness", Bearing.FAIRNESS),
        ("training_set/sufficient", Bearing.TRUTH),
    ],
)
def test_other_terms_leave_evidence_valid(key: str, bearing: Bearing) -> None:
    assert judged_by_former(changed(bearing), key, evidence(entry=CHANGED - 1)) == ""


def test_changed_labels_come_before_changed_limits_of_drift() -> None:
    state = changed(Bearing.TRUTH, Bearing.DRIFT)
    assert judged_by_former(state, CONCEPT, evidence(entry=CHANGED - 1)) == OF_TRUTH


def test_a_run_that_began_before_an_adoption_does_not_know_it() -> None:
    late = evidence(entry=CHANGED + 5, began=CHANGED - 1)
    assert judged_by_former(changed(Bearing.DATA), CONTRACT, late) == OF_DATA


def test_every_adoption_counts_if_an_older_program_did_not_record_what_it_changed() -> None:
    state = product(charter=agreement(entry=CHANGED, judging_since=None))
    assert judged_by_former(state, CONTRACT, evidence(entry=CHANGED - 1)) == OF_DATA
    assert judged_by_former(state, CONTRACT, evidence(entry=CHANGED)) == ""


def test_without_an_agreement_no_evidence_is_outdated() -> None:
    assert judged_by_former(product(), CONTRACT, evidence(entry=0)) == ""
    assert not is_of_former(product(), CONTRACT, verdict("w1", FAIL, known_up_to=0))


@pytest.mark.parametrize(
    ("key", "bearing"),
    [
        (CONTRACT, Bearing.DATA),
        (DRIFT, Bearing.DRIFT),
        (CONCEPT, Bearing.TRUTH),
        (PERFORMANCE, Bearing.TRUTH),
        (PERFORMANCE, Bearing.PERFORMANCE),
        ("performance/calibration", Bearing.CALIBRATION),
        ("performance/fairness", Bearing.FAIRNESS),
        ("performance/succession", Bearing.SUCCESSION),
    ],
)
def test_a_series_begins_again_with_other_terms_and_other_limits(
    key: str, bearing: Bearing
) -> None:
    state = changed(bearing)
    assert is_of_former(state, key, verdict("w1", FAIL, known_up_to=CHANGED - 1))
    assert not is_of_former(state, key, verdict("w1", FAIL, known_up_to=CHANGED))


@pytest.mark.parametrize("bearing", [Bearing.CALIBRATION, Bearing.DATA, Bearing.DRIFT])
def test_limits_of_another_check_do_not_begin_a_series_again(bearing: Bearing) -> None:
    assert not is_of_former(changed(bearing), PERFORMANCE, verdict("w1", FAIL, CHANGED - 1))


def test_an_edit_that_only_tightens_keeps_the_series_and_outdates_the_evidence() -> None:
    judging = dict.fromkeys(Bearing, CHANGED)
    counting = dict.fromkeys(Bearing, 3)
    state = product(charter=agreement(judging_since=judging, counting_since=counting))
    assert not is_of_former(state, CONTRACT, verdict("w1", FAIL, known_up_to=CHANGED - 1))
    assert judged_by_former(state, CONTRACT, evidence(entry=CHANGED - 1)) == OF_DATA


def test_a_verdict_of_an_older_program_counts_under_every_agreement() -> None:
    assert not is_of_former(changed(Bearing.DATA), CONTRACT, verdict("w1", FAIL, None))


def test_evidence_is_ahead_beyond_the_tolerance_of_clocks() -> None:
    bound = START + CLOCK_TOLERANCE
    assert not is_ahead(evidence(evidence_at=bound), START)
    assert is_ahead(evidence(evidence_at=bound + timedelta(microseconds=1)), START)
