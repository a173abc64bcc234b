"""Evidence that is not independent, in sentences: copies, repeated records, trained batches."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from aipo_pipelines.evidence.details.dataset import FreshnessDetails
from aipo_pipelines.evidence.details.performance import PerformanceDetails
from aipo_pipelines.evidence.details.training import SufficientDetails
from aipo_pipelines.ledger.model.state import CheckState, ProductState
from aipo_pipelines.policy.facts.independence import is_part_of_training, not_independent
from aipo_pipelines.policy.wording.sentences import sentence_of
from tests.unit.policy.stored_facts import (
    CONTRACT,
    DRIFT,
    PERFORMANCE,
    batch,
    champion,
    check,
    evidence,
    measured,
    product,
)
from tests.unit.policy.story import START, charter, threshold

DAY, MICROSECOND = timedelta(days=1), timedelta(microseconds=1)
SUFFICIENT, ARRIVED = "training_set/sufficient", "dataset/freshness"


def sentences(state: ProductState, at: Any = START, **agreed: Any) -> list[str]:
    return [sentence_of(caveat) for caveat in not_independent(charter(**agreed), state, at)]


# The training set.


def test_a_batch_is_known_by_its_content_under_any_name() -> None:
    batches = [batch("w1"), batch("copy", digest="a w1"), batch("w2")]
    state = product(batches=batches, champion=champion())
    assert [is_part_of_training(state, name) for name in ("w1", "copy", "w2", "w9")] == [
        True,
        True,
        False,
        False,
    ]
    assert not is_part_of_training(product(batches=batches), "w1")


def test_another_order_of_the_same_records_is_the_same_content() -> None:
    learnt = batch("w1", versions=("first", "a w1"), records=("other", "same"))
    for records, is_part in ((("same",), True), (("other",), False), (("",), False), ((), False)):
        resorted = batch("w2", records=records)
        state = product(batches=[resorted, learnt], champion=champion())
        assert is_part_of_training(state, "w2") is is_part


def test_only_the_newest_version_of_a_batch_counts() -> None:
    learnt = batch("w1", records=("same",))
    former = batch("w2", records=("same", "next"), versions=("a", "b"))
    assert not is_part_of_training(product(batches=[learnt, former], champion=champion()), "w2")


def test_unknown_records_are_equal_to_no_records() -> None:
    batches = [batch("w1", records=("",)), batch("w2", records=("",))]
    assert not is_part_of_training(product(batches=batches, champion=champion()), "w2")


def test_records_of_a_version_that_was_not_learnt_prove_nothing() -> None:
    other = batch("w3", records=("same",))
    batches = [batch("w1"), other, batch("w2", records=("same",))]
    assert not is_part_of_training(product(batches=batches, champion=champion()), "w2")


# Copies.


def test_a_copy_is_named_with_its_original() -> None:
    state = product(batches=[batch("w1"), batch("w2", copy_of="w1")])
    (sentence,) = sentences(state)
    assert sentence == (
        "Batch w2 has the same content as batch w1, which came before: no new evidence, and its "
        "records count once in a training."
    )


def test_copies_are_named_together_for_each_original() -> None:
    copies = [
        batch(f"w{at}", copy_of=original) for at, original in ((3, "w1"), (4, "w2"), (5, "w1"))
    ]
    first, second = sentences(product(batches=[batch("w1"), batch("w2"), *copies]))
    assert first.startswith("Batches w3, w5 have the same content as batch w1, which came before")
    assert second.startswith("Batch w4 has the same content as batch w2, which came before")


def test_a_copy_is_reported_during_one_cadence() -> None:
    copy = batch("w1", copy_of="w0")
    later = batch("w4")
    state = product(batches=[copy, later])
    limit = START + 14 * DAY
    assert len(sentences(state, limit)) == 1
    assert sentences(state, limit + MICROSECOND) == []


def test_a_copy_is_reported_until_new_content_arrives() -> None:
    stuck = product(batches=[batch("w1"), batch("w2", copy_of="w1")])
    assert len(sentences(stuck, START + 400 * DAY)) == 1
    same_moment = product(batches=[batch("w1"), batch("w1 again", copy_of="w1", arrived_at=START)])
    assert len(sentences(same_moment, START + 400 * DAY)) == 1
    alone = product(batches=[batch("w2", copy_of="w1")])
    assert sentences(alone, START + 400 * DAY) == []


# Records that were left out.


def details(key: str, given: Any) -> CheckState:
    return check(key, evidence("w1"), details=given)


@pytest.mark.parametrize(
    ("member", "sentence"),
    [
        (
            "known_records",
            "7 records of batch w1 are not judged: the model in charge then was trained with them.",
        ),
        (
            "judged_records",
            "7 records of batch w1 are not judged again: they were judged in another batch.",
        ),
        ("strange_labels", "7 labels of batch w1 are neither class: they are no truth."),
        (
            "unlearnt_labels",
            (
                "7 labels of batch w1 are of a class that the model in charge then never learnt: "
                "each counts as a wrong answer. If the class is right, retrain; if it is wrong, "
                "correct the labels."
            ),
        ),
    ],
)
def test_records_that_were_not_judged_are_counted(member: str, sentence: str) -> None:
    members: dict[str, Any] = {member: 7}
    state = product(checks=[details(PERFORMANCE, PerformanceDetails(**members))])
    assert sentences(state) == [sentence]


def test_slipped_dates_are_counted() -> None:
    state = product(checks=[details(ARRIVED, FreshnessDetails(slipped_records=2))])
    (sentence,) = sentences(state)
    assert sentence == (
        "Records of batch w1 are dated far after all others (2): they do not date it."
    )


def test_repeated_records_of_a_training_are_counted() -> None:
    state = product(checks=[details(SUFFICIENT, SufficientDetails(repeated_records=3))])
    (sentence,) = sentences(state)
    assert sentence == (
        "3 rows of the last training set had been delivered more than once: each record counted "
        "once."
    )


def test_records_that_cannot_be_distinguished_are_named() -> None:
    state = product(checks=[details(SUFFICIENT, SufficientDetails(identified=False))])
    (sentence,) = sentences(state)
    assert sentence == (
        "Records of the last training set could not be distinguished: it is not known if a model "
        "was judged on records that it learnt. Name `identifiers` in the charter."
    )


def test_nothing_left_out_needs_no_sentence() -> None:
    nothing = [
        details(PERFORMANCE, PerformanceDetails(records=500)),
        details(ARRIVED, FreshnessDetails()),
        details(SUFFICIENT, SufficientDetails()),
    ]
    assert sentences(product(checks=nothing)) == []


# Trained batches.


def drifts(entry: int, partition: str = "w1", **changes: Any) -> ProductState:
    newest = evidence(partition, entry=entry, **changes)
    return product(
        batches=[batch("w1"), batch("w2")], checks=[check(DRIFT, newest)], champion=champion()
    )


def test_the_drift_of_a_batch_against_data_that_include_it_is_named() -> None:
    (sentence,) = sentences(drifts(6))
    assert sentence == (
        "Version 1 was trained on batch w1: its drift is measured against data that it is part "
        "of, which is no independent evidence."
    )
    assert sentences(drifts(6, "w2")) == []


def test_drift_from_before_the_champion_was_measured_against_other_data() -> None:
    assert sentences(drifts(5)) == []
    assert sentences(drifts(9, began=5)) == []
    assert len(sentences(drifts(9, began=6))) == 1


LIMITS = {
    "thresholds": [
        threshold(),
        threshold("expected_calibration_error", 0.2),
    ]
}


def scored(*keys: str, partition: str = "w1", **facts: Any) -> ProductState:
    figures = (measured(0.8), measured(0.8, "expected_calibration_error"))
    checks = [check(key, evidence(partition, figures=figures)) for key in keys]
    members: dict[str, Any] = {"batches": [batch("w1"), batch("w2")], "champion": champion()}
    return product(checks=checks, **{**members, **facts})


def test_checks_of_a_trained_batch_are_named_once_for_the_batch() -> None:
    state = scored(PERFORMANCE, "performance/calibration", CONTRACT)
    (sentence,) = sentences(state, **LIMITS)
    as_far_as_known = charter(**LIMITS).as_far_as_known
    assert sentence == (
        "calibration, performance on batch w1: version 1 was trained on it, and each record was "
        f"judged by a model that had not seen it{as_far_as_known}. The performance of the version "
        "in service is known from its first later batch on."
    )


def test_a_batch_that_the_champion_did_not_learn_needs_no_sentence() -> None:
    assert sentences(scored(PERFORMANCE, partition="w2"), **LIMITS) == []
    assert sentences(scored(PERFORMANCE, champion=None), **LIMITS) == []
    assert sentences(scored(CONTRACT), **LIMITS) == []


def test_a_check_without_evidence_hides_no_other_check() -> None:
    (sentence,) = sentences(scored(PERFORMANCE), **LIMITS)
    assert sentence.startswith("performance on batch w1: version 1 was trained on it")


def test_the_own_evaluation_of_the_champion_is_on_records_that_were_held_out() -> None:
    own = evidence("w1", figures=(measured(0.8),))
    state = scored(champion=champion(as_live={PERFORMANCE: own}))
    assert sentences(state) == []
