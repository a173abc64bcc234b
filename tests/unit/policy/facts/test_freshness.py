"""The evidence that decides a check, its age, and since when a check is silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from aipo_pipelines.charter.changes.affected_checks import Bearing
from aipo_pipelines.evidence.outcome import Direction
from aipo_pipelines.ledger.append import CLOCK_TOLERANCE
from aipo_pipelines.ledger.model.state import BatchStatus, CheckState, ProductState
from aipo_pipelines.policy.facts.freshness import (
    CheckFreshness,
    allowed_age,
    check_freshness,
    has_lost_labels,
    silent_since,
)
from tests.unit.policy.stored_facts import (
    CONTRACT,
    DRIFT,
    FAIL,
    INSUFFICIENT,
    PASS,
    PERFORMANCE,
    agreement,
    batch,
    champion,
    check,
    evidence,
    measured,
    product,
)
from tests.unit.policy.story import START, charter, date_of, threshold

DAY, MICROSECOND = timedelta(days=1), timedelta(microseconds=1)
LATE = {"labels": {"column": "left", "delay": "28d"}}
LOGGED = {"task": "binary", "features": ["x1"], "logged_predictions": "predicted"}
WEEKS = [batch(f"w{number}") for number in range(1, 5)]


def decides(
    state: ProductState, key: str = PERFORMANCE, /, at: Any = START, **agreed: Any
) -> CheckFreshness:
    return check_freshness(charter(**agreed), state, key, at)


def known(*checks: CheckState, **facts: Any) -> ProductState:
    members: dict[str, Any] = {"batches": WEEKS, "champion": champion(), "charter": agreement()}
    return product(checks=checks, **{**members, **facts})


def scored(partition: str, value: float = 0.8, **changes: Any) -> Any:
    """An evaluation of the model on a batch: it passes from an accuracy of 0.7 on."""
    verdict = PASS if value >= 0.7 else FAIL
    judged = measured(value, limit=0.7, direction=Direction.AT_LEAST, verdict=verdict)
    return evidence(partition, verdict, figures=(judged,), **changes)


def unlabelled(partition: str, **changes: Any) -> Any:
    return evidence(partition, INSUFFICIENT, summary="No labels yet.", **changes)


# Age.


def test_evidence_counts_during_the_cadence_and_not_a_moment_longer() -> None:
    state = known(check(CONTRACT, evidence("w1")))
    limit = START + timedelta(days=14)
    at_limit, beyond = (decides(state, CONTRACT, at) for at in (limit, limit + MICROSECOND))
    assert (at_limit.age, at_limit.allowed, at_limit.is_fresh) == (14 * DAY, 14 * DAY, True)
    assert not beyond.is_fresh
    assert (at_limit.name, at_limit.key) == ("contract", CONTRACT)


@pytest.mark.parametrize(
    ("key", "days"), [(PERFORMANCE, 42), ("performance/fairness", 42), (CONTRACT, 14), (DRIFT, 14)]
)
def test_checks_that_need_labels_have_the_delay_of_labels_in_addition(key: str, days: int) -> None:
    assert allowed_age(charter(**LATE), key) == days * DAY
    assert allowed_age(charter(), key) == 14 * DAY


def test_a_batch_that_is_dated_ahead_has_no_negative_age() -> None:
    state = known(check(CONTRACT, evidence(evidence_at=START + CLOCK_TOLERANCE)))
    now = decides(state, CONTRACT)
    assert (now.age, now.ahead, now.is_fresh) == (timedelta(0), False, True)


def test_evidence_of_a_clock_that_was_ahead_is_not_fresh() -> None:
    later = evidence(evidence_at=START + CLOCK_TOLERANCE + MICROSECOND)
    now = decides(known(check(CONTRACT, later)), CONTRACT)
    assert (now.ahead, now.is_fresh) == (True, False)


def test_without_evidence_or_with_a_withdrawn_batch_there_is_no_age() -> None:
    never = decides(known(), CONTRACT)
    assert (never.evidence, never.age, never.is_fresh, never.ahead) == (None, None, False, False)
    withdrawn = evidence("", INSUFFICIENT, withdrawn="w1")
    now = decides(known(check(CONTRACT, withdrawn)), CONTRACT)
    assert (now.evidence, now.age, now.is_fresh) == (withdrawn, None, False)


# The evaluation that decides.


def test_the_newest_evaluation_decides_if_labels_do_not_come_late() -> None:
    state = known(check(PERFORMANCE, unlabelled("w2"), decided=scored("w1")))
    assert decides(state).evidence == unlabelled("w2")


def test_late_labels_let_the_last_verdict_answer_while_it_is_fresh() -> None:
    state = known(check(PERFORMANCE, unlabelled("w2"), decided=scored("w1")))
    limit = START + 42 * DAY
    assert decides(state, at=limit, **LATE).evidence == scored("w1")
    assert decides(state, at=limit + MICROSECOND, **LATE).evidence == unlabelled("w2")


def test_the_newest_evaluation_decides_although_labels_come_late_if_it_has_a_verdict() -> None:
    state = known(check(PERFORMANCE, scored("w2", 0.5), decided=scored("w1")))
    now = decides(state, **LATE).evidence
    assert now is not None
    assert (now.partition, now.verdict) == ("w2", FAIL)


def test_checks_of_the_data_do_not_wait_for_labels() -> None:
    newest = evidence("w2", INSUFFICIENT)
    state = known(check(CONTRACT, newest, decided=evidence("w1")))
    assert decides(state, CONTRACT, **LATE).evidence == newest


def test_a_lower_minimum_lets_a_later_evaluation_decide() -> None:
    few = evidence("w2", INSUFFICIENT, figures=(measured(0.8, n=80),))
    lowered = agreement(entry=11, judging_since=dict.fromkeys(Bearing, 3))
    state = known(
        check(PERFORMANCE, unlabelled("w3"), decided=scored("w1"), undecided=(few,)),
        charter=lowered,
    )
    enough = {**LATE, "thresholds": [threshold(minimum_sample=80)]}
    before, now = decides(state, **LATE).evidence, decides(state, **enough).evidence
    assert before is not None
    assert now is not None
    assert (before.partition, now.partition, now.verdict) == ("w1", "w2", PASS)


def test_without_any_verdict_the_evaluation_that_lost_it_decides() -> None:
    lost = unlabelled("w1")
    state = known(check(PERFORMANCE, unlabelled("w2"), decided=lost))
    assert decides(state, **LATE).evidence == lost


def test_until_its_first_labelled_batch_the_own_evaluation_of_the_champion_decides() -> None:
    own = scored("w1", 0.9)
    crowned = champion(as_live={PERFORMANCE: own})
    assert decides(known(champion=crowned)).evidence == own
    state = known(check(PERFORMANCE, unlabelled("w2"), decided=None), champion=crowned)
    assert decides(state, **LATE).evidence == own
    assert decides(state).evidence == unlabelled("w2")
    state = known(check(PERFORMANCE, scored("w2", 0.5)), champion=crowned)
    assert decides(state, **LATE).evidence == scored("w2", 0.5)


def test_evaluations_of_a_former_champion_are_no_evidence() -> None:
    state = known(check(PERFORMANCE, scored("w1")), champion=champion(decision=11))
    assert decides(state).evidence is None
    data = known(check(CONTRACT, evidence("w1")), champion=champion(decision=11))
    assert decides(data, CONTRACT).evidence == evidence("w1")


def test_no_evidence_before_the_place_of_a_failure_replaces_it() -> None:
    for days, expected in ((7, "w2"), (8, "w1")):
        failed = scored("w1", 0.5, stood_at=START + days * DAY)
        state = known(check(PERFORMANCE, scored("w2"), decided=failed))
        now = decides(state).evidence
        assert now is not None
        assert now.partition == expected


def test_a_failure_without_a_place_of_its_own_is_replaced() -> None:
    state = known(check(PERFORMANCE, scored("w2"), decided=scored("w1", 0.5)))
    assert decides(state).evidence == scored("w2")
    unknown = known(
        check(PERFORMANCE, scored("w9"), decided=scored("w1", 0.5, stood_at=START + 99 * DAY))
    )
    assert decides(unknown).evidence == scored("w9")


def test_a_target_without_an_evaluation_of_its_own_is_judged_by_the_figures_of_its_check() -> None:
    mapped = {"outcome": "Kept", "metric": "accuracy", "target": 0.9, "unit": "EUR"}
    agreed = {"outcome_map": [{**mapped, "missed_target": "decides"}]}
    state = known(check(PERFORMANCE, scored("w1")))
    now = decides(state, "performance/business_target", **agreed)
    assert now.evidence is not None
    assert (now.evidence.verdict, now.age) == (FAIL, timedelta(0))


def test_a_target_with_an_evaluation_of_its_own_is_judged_by_that() -> None:
    mapped = {"outcome": "Kept", "metric": "accuracy", "target": 0.75, "unit": "EUR"}
    agreed = {"outcome_map": [{**mapped, "missed_target": "decides"}]}
    target = "performance/business_target"
    state = known(check(PERFORMANCE, scored("w2", 0.5)), check(target, scored("w1")))
    now = decides(state, target, **agreed).evidence
    assert now is not None
    assert (now.partition, now.verdict) == ("w1", PASS)
    crowned = known(champion=champion(as_live={PERFORMANCE: scored("w1", 0.5)}))
    own = decides(crowned, target, **agreed).evidence
    assert own is not None
    assert own.verdict is FAIL
    assert decides(crowned, CONTRACT, **agreed).evidence is None


# Passes that do not count any more.


def test_an_outdated_pass_answers_with_the_reason_and_without_figures() -> None:
    batches = [batch("w1", status=BatchStatus.QUARANTINED)]
    now = decides(known(check(PERFORMANCE, scored("w1")), batches=batches)).evidence
    assert now is not None
    assert (now.verdict, now.figures, now.summary) == (
        INSUFFICIENT,
        (),
        "It passed, and batch w1 is in quarantine now.",
    )


def test_the_own_evaluation_of_the_champion_has_no_place_among_live_batches() -> None:
    own = scored("w1", 0.9)
    crowned = champion(as_live={PERFORMANCE: own})
    quarantined = [batch("w1", status=BatchStatus.QUARANTINED)]
    assert decides(known(champion=crowned, batches=quarantined)).evidence == own
    now = decides(known(champion=crowned, batches=[batch("w1", entry=11)])).evidence
    assert now is not None
    assert (now.verdict, now.figures) == (INSUFFICIENT, ())
    assert now.summary == (
        "The evaluation passed, and batch w1 was delivered again since; that version has not been "
        "measured, or has nothing to be measured on."
    )
    failed = champion(as_live={PERFORMANCE: scored("w1", 0.5)})
    now = decides(known(champion=failed, batches=[batch("w1", entry=11)])).evidence
    assert now is not None
    assert now.verdict is FAIL


# Silence.


def silence(state: ProductState, key: str = PERFORMANCE, /, **agreed: Any) -> Any:
    return silent_since(charter(**agreed), state, key)


def test_a_check_is_silent_since_the_date_of_its_last_verdict() -> None:
    state = known(check(PERFORMANCE, unlabelled("w3"), decided=scored("w2")))
    assert silence(state) == date_of("w2")


def test_a_verdict_of_a_withdrawn_batch_was_a_verdict() -> None:
    at = START + 9 * DAY
    withdrawn = evidence("", INSUFFICIENT, withdrawn="w2", evidence_at=at)
    assert silence(known(check(CONTRACT, withdrawn)), CONTRACT) == at


@pytest.mark.parametrize(
    "decided", [None, unlabelled("w2"), scored("w2", entry=4)], ids=["none", "lost", "former"]
)
def test_without_a_verdict_on_the_champion_its_release_began_the_silence(decided: Any) -> None:
    state = known(check(PERFORMANCE, unlabelled("w3"), decided=decided))
    assert silence(state) == START + timedelta(hours=1)
    assert silence(replace(state, champion=None)) is None


def test_without_a_verdict_on_the_data_the_adoption_began_the_silence() -> None:
    since = START - 3 * DAY
    state = product(charter=agreement(since=since))
    assert silence(state, CONTRACT) == since
    assert silence(product(), CONTRACT) is None


def test_a_model_that_is_trained_elsewhere_is_silent_since_the_adoption() -> None:
    state = product(charter=agreement(since=START))
    assert silence(state, PERFORMANCE, model=LOGGED) == START
    assert silence(state, PERFORMANCE) is None


# Lost labels.


def test_a_verdict_that_was_lost_is_known_while_its_champion_is_in_charge() -> None:
    lost = known(check(PERFORMANCE, unlabelled("w2")))
    assert has_lost_labels(charter(), lost, PERFORMANCE)
    former = replace(lost, champion=champion(decision=11))
    assert not has_lost_labels(charter(), former, PERFORMANCE)
    decided = known(check(PERFORMANCE, unlabelled("w2"), decided=scored("w1")))
    assert not has_lost_labels(charter(), decided, PERFORMANCE)
    never = known(check(PERFORMANCE, unlabelled("w2"), decided=None))
    assert not has_lost_labels(charter(), never, PERFORMANCE)
    assert not has_lost_labels(charter(), known(), PERFORMANCE)
