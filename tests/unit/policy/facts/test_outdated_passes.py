"""A pass that later events made outdated: by quarantine, by a new version, or by another place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.charter.changes.affected_checks import Bearing
from aipo_pipelines.ledger.model.state import (
    ActionKind,
    ActionStatus,
    BatchStatus,
    BatchVerdict,
    ProductState,
)
from aipo_pipelines.policy.facts.outdated_passes import (
    is_being_measured,
    outdated_by,
    replaced,
    why_outdated,
)
from tests.unit.policy.stored_facts import (
    CONTRACT,
    DRIFT,
    FAIL,
    INSUFFICIENT,
    PASS,
    PERFORMANCE,
    action,
    agreement,
    batch,
    champion,
    check,
    evidence,
    product,
    verdict,
)

REPLACED = (
    "batch w1 was delivered again since; that version has not been measured, or has nothing to be "
    "measured on"
)
RELABELLED = (
    "other labels of batch w1 came since; it has not been measured by them, or has nothing to be "
    "measured on"
)


def moved(key: str, *later: BatchVerdict, at: int = 20, **facts: Any) -> ProductState:
    """Batch w1 moved by entry 20 before the other judged batches; it passed at entry 10."""
    names = dict.fromkeys(verdict.partition for verdict in later)
    batches = [batch("w1", moved=at), *(batch(name) for name in names)]
    recent = (verdict("w1", PASS, 10), *later)
    return product(batches=batches, checks=[check(key, evidence(), *recent)], **facts)


# Quarantine.


def test_a_pass_of_the_model_on_a_batch_in_quarantine_answers_nothing() -> None:
    state = product(batches=[batch("w1", status=BatchStatus.QUARANTINED)])
    assert why_outdated(state, PERFORMANCE, evidence()) == (
        "It passed, and batch w1 is in quarantine now."
    )
    assert why_outdated(state, CONTRACT, evidence()) == ""


@pytest.mark.parametrize("result", [FAIL, INSUFFICIENT])
def test_only_a_pass_is_outdated(result: Any) -> None:
    state = product(batches=[batch("w1", status=BatchStatus.QUARANTINED)])
    assert why_outdated(state, PERFORMANCE, evidence(verdict=result)) == ""


def test_evidence_about_a_batch_that_the_state_does_not_know_is_not_outdated() -> None:
    state = product()
    assert why_outdated(state, PERFORMANCE, evidence()) == ""
    assert replaced(state, PERFORMANCE, evidence()) == ""
    assert outdated_by(state, PERFORMANCE, "w1") == ()


# Replaced records and labels.


@pytest.mark.parametrize("key", [CONTRACT, DRIFT, PERFORMANCE])
def test_a_pass_before_the_next_version_arrived_is_about_the_version_before(key: str) -> None:
    state = product(batches=[batch("w1", entry=11)])
    assert replaced(state, key, evidence(entry=10)) == REPLACED
    assert why_outdated(state, key, evidence(entry=10)) == f"It passed, and {REPLACED}."
    assert replaced(state, key, evidence(entry=11)) == ""


def test_late_labels_replace_only_what_was_measured_by_labels() -> None:
    state = product(batches=[batch("w1", relabelled=11)])
    assert replaced(state, PERFORMANCE, evidence(entry=10)) == RELABELLED
    assert replaced(state, PERFORMANCE, evidence(entry=11)) == ""
    assert replaced(state, DRIFT, evidence(entry=10)) == ""


def test_a_new_version_with_late_labels_is_reported_as_a_new_version() -> None:
    state = product(batches=[batch("w1", entry=11, relabelled=12)])
    assert replaced(state, PERFORMANCE, evidence(entry=10)) == REPLACED
    assert replaced(state, PERFORMANCE, evidence(entry=11)) == RELABELLED


def test_a_run_that_began_before_the_new_version_measured_the_version_before() -> None:
    state = product(batches=[batch("w1", entry=11)])
    assert replaced(state, PERFORMANCE, evidence(entry=15, began=10)) == REPLACED


@pytest.mark.parametrize(
    ("status", "why_not"),
    [
        (ActionStatus.PENDING, ""),
        (ActionStatus.STARTED, ""),
        (ActionStatus.FINISHED, REPLACED),
        (ActionStatus.GIVEN_UP, REPLACED),
        (ActionStatus.SUPERSEDED, REPLACED),
    ],
)
def test_the_version_before_answers_while_the_new_version_waits_for_its_measurement(
    status: ActionStatus, why_not: str
) -> None:
    measure = action(ActionKind.MEASURE, status, partition="w1")
    state = product(batches=[batch("w1", entry=11)], actions=[measure])
    assert replaced(state, PERFORMANCE, evidence(entry=10)) == why_not


def test_the_measurement_of_another_batch_does_not_help() -> None:
    measure = action(ActionKind.MEASURE, partition="w2")
    state = product(batches=[batch("w1", entry=11)], actions=[measure])
    assert replaced(state, PERFORMANCE, evidence(entry=10)) == REPLACED


# Batches that are after it since it moved.


def test_a_batch_judged_before_the_move_must_answer_again() -> None:
    state = moved(PERFORMANCE, verdict("w2", PASS, 19))
    assert outdated_by(state, PERFORMANCE, "w1") == ("w2",)
    assert why_outdated(state, PERFORMANCE, evidence()) == (
        "Batch w2 is after it since one of them has another date, or has its earlier content "
        "again; it is measured again."
    )


def test_several_batches_are_named_together() -> None:
    state = moved(CONTRACT, verdict("w2", PASS, 11), verdict("w3", PASS, 12))
    assert why_outdated(state, CONTRACT, evidence()) == (
        "Batches w2, w3 are after it since one of them has another date, or has its earlier "
        "content again; it is measured again."
    )


def test_a_batch_judged_since_the_move_answers_already() -> None:
    assert outdated_by(moved(PERFORMANCE, verdict("w2", PASS, 20)), PERFORMANCE, "w1") == ()


def test_a_failure_that_is_last_now_answers_although_it_was_judged_since() -> None:
    state = moved(PERFORMANCE, verdict("w2", FAIL, 21), verdict("w3", PASS, 22))
    assert outdated_by(state, PERFORMANCE, "w1") == ("w2",)


def test_a_failure_by_former_terms_counts_as_little_as_a_pass() -> None:
    since = dict.fromkeys(Bearing, 25)
    terms = agreement(judging_since=since, counting_since=since)
    state = moved(PERFORMANCE, verdict("w2", FAIL, 21), charter=terms)
    assert outdated_by(state, PERFORMANCE, "w1") == ()


def test_a_verdict_of_an_older_program_was_given_before_the_move() -> None:
    state = moved(CONTRACT, verdict("w2", PASS, None), at=1)
    assert outdated_by(state, CONTRACT, "w1") == ("w2",)
    assert outdated_by(moved(CONTRACT, verdict("w2", PASS, None), at=0), CONTRACT, "w1") == ()


def test_a_batch_before_it_or_beside_it_does_not_answer_in_its_place() -> None:
    state = moved(PERFORMANCE, verdict("w2", PASS, 11))
    batches = {**state.batches, "w1": replace(batch("w3"), partition="w1", moved=20)}
    assert outdated_by(replace(state, batches=batches), PERFORMANCE, "w1") == ()


def test_a_batch_is_not_after_itself() -> None:
    state = product(batches=[batch("w1", moved=20)], checks=[check(PERFORMANCE, evidence())])
    assert outdated_by(state, PERFORMANCE, "w1") == ()


def test_a_verdict_on_a_batch_that_is_gone_does_not_count() -> None:
    state = moved(PERFORMANCE, verdict("w2", PASS, 11))
    without = replace(state, batches={"w1": state.batches["w1"]})
    assert outdated_by(without, PERFORMANCE, "w1") == ()


def test_a_check_that_was_never_evaluated_is_outdated_by_nothing() -> None:
    assert outdated_by(product(batches=[batch("w1", moved=20)]), PERFORMANCE, "w1") == ()


def test_a_later_batch_in_quarantine_does_not_answer_about_the_model() -> None:
    for key, later in ((PERFORMANCE, ()), (CONTRACT, ("w2",))):
        state = moved(key, verdict("w2", PASS, 11))
        quarantined = batch("w2", status=BatchStatus.QUARANTINED)
        state = replace(state, batches={**state.batches, "w2": quarantined})
        assert outdated_by(state, key, "w1") == later


@pytest.mark.parametrize(("since", "later"), [(11, ("w2",)), (12, ())])
def test_a_verdict_on_a_former_version_in_charge_does_not_answer(
    since: int, later: tuple[str, ...]
) -> None:
    state = moved(PERFORMANCE, verdict("w2", PASS, 11), champion=champion(decision=since))
    assert outdated_by(state, PERFORMANCE, "w1") == later


def test_a_verdict_on_the_data_does_not_depend_on_the_version_in_charge() -> None:
    state = moved(CONTRACT, verdict("w2", PASS, 11), champion=champion(decision=12))
    assert outdated_by(state, CONTRACT, "w1") == ("w2",)


# Measurements under way.


def test_a_measurement_of_any_batch_is_under_way_until_it_ends() -> None:
    assert not is_being_measured(product())
    for status in ActionStatus:
        state = product(actions=[action(ActionKind.MEASURE, status, partition="w2")])
        waits = status in {ActionStatus.PENDING, ActionStatus.STARTED}
        assert is_being_measured(state) is waits
        assert is_being_measured(state, "w2") is waits
        assert not is_being_measured(state, "w1")


def test_a_training_is_no_measurement() -> None:
    assert not is_being_measured(product(actions=[action(ActionKind.TRAIN)]))
