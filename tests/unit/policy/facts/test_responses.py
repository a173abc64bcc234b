"""The agreed responses to a failing check, and the verdicts that they count."""

from __future__ import annotations

from typing import Any

import pytest

from aipo_pipelines.charter.changes.affected_checks import Bearing
from aipo_pipelines.charter.model.operations import Reaction, Response
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.model.state import BatchStatus, BatchVerdict, ProductState
from aipo_pipelines.policy.facts.responses import (
    check_name,
    holds,
    is_about_champion,
    quarantines,
    responses_to,
    series,
    verdicts,
    verdicts_in_force,
    verdicts_of_all_versions,
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
    product,
    verdict,
)
from tests.unit.policy.story import charter

PRIVACY, TARGET = "data_quality/privacy", "performance/business_target"
CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO
DEFAULT = (Reaction.QUARANTINE, Reaction.ESCALATE)


def agreed(*responses: tuple[str, list[str]], **changes: Any) -> Any:
    stated = [{"check": check, "reactions": reactions} for check, reactions in responses]
    return charter(responses=stated, **changes)


# Responses.


@pytest.mark.parametrize("name", ["performance", PERFORMANCE])
def test_a_response_names_its_check_with_or_without_the_asset(name: str) -> None:
    both = agreed((name, ["retrain"]), ("data_drift", ["escalate"]))
    (response,) = responses_to(both, PERFORMANCE, WARNING)
    assert response.reactions == (Reaction.RETRAIN,)
    assert responses_to(both, "drift/performance_drift", WARNING) == ()


def test_a_check_may_have_a_response_for_each_reaction() -> None:
    two = agreed(("performance", ["retrain"]), (PERFORMANCE, ["escalate"]))
    reactions = [response.reactions for response in responses_to(two, PERFORMANCE, CRITICAL)]
    assert reactions == [(Reaction.RETRAIN,), (Reaction.ESCALATE,)]


@pytest.mark.parametrize("key", [CONTRACT, PRIVACY])
def test_a_critical_breach_has_a_default_response(key: str) -> None:
    (response,) = responses_to(charter(), key, CRITICAL)
    assert (response.check, response.reactions) == (key, DEFAULT)
    for severity in (WARNING, INFO):
        assert responses_to(charter(), key, severity) == ()


def test_an_agreed_response_takes_the_place_of_the_default() -> None:
    shown = agreed(("contract", []))
    (response,) = responses_to(shown, CONTRACT, CRITICAL)
    assert response.reactions == ()
    assert responses_to(shown, PRIVACY, CRITICAL)[0].reactions == DEFAULT


@pytest.mark.parametrize("key", [DRIFT, PERFORMANCE, "dataset/schema"])
def test_other_checks_have_no_default_response(key: str) -> None:
    assert responses_to(charter(), key, CRITICAL) == ()


def test_a_missed_target_is_escalated_regardless_of_the_responses() -> None:
    silent = agreed(("business_target", []))
    for severity in Severity:
        (response,) = responses_to(silent, TARGET, severity)
        assert (response.check, response.reactions) == (TARGET, (Reaction.ESCALATE,))
    draft = silent.model_copy(update={"undecided": ("people.owner",)})
    assert responses_to(draft, TARGET, CRITICAL) == ()


# Quarantine.


@pytest.mark.parametrize("key", [CONTRACT, PRIVACY])
def test_a_charter_cannot_switch_off_the_quarantine_of_a_critical_breach(key: str) -> None:
    name = check_name(key)
    assert quarantines(agreed((name, [])), key, CRITICAL)
    assert not quarantines(agreed((name, ["quarantine"])), key, WARNING)
    assert not quarantines(agreed((name, ["quarantine"])), key, INFO)


def test_other_checks_quarantine_at_any_severity_if_the_charter_says_so() -> None:
    for severity in Severity:
        assert quarantines(agreed(("data_drift", ["retrain", "quarantine"])), DRIFT, severity)
        assert not quarantines(agreed(("data_drift", ["retrain", "escalate"])), DRIFT, severity)
        assert not quarantines(charter(), DRIFT, severity)


def test_the_name_of_a_check_has_no_asset() -> None:
    assert (check_name(DRIFT), check_name("drift/a/b")) == ("data_drift", "a/b")


# Series.


def judged(key: str, *recent: BatchVerdict, **facts: Any) -> ProductState:
    names = dict.fromkeys(verdict.partition for verdict in recent)
    batches = facts.pop("batches", [batch(name) for name in names])
    newest = evidence(recent[-1].partition, recent[-1].verdict)
    return product(batches=batches, checks=[check(key, newest, *recent)], **facts)


def response(fails: int = 1, of: int = 1) -> Response:
    return Response(check="performance", reactions=(Reaction.ESCALATE,), fails=fails, of=of)


def weeks(*results: Any) -> list[BatchVerdict]:
    return [verdict(f"w{number}", result) for number, result in enumerate(results, start=1)]


@pytest.mark.parametrize(
    ("results", "fails", "of", "expected"),
    [
        ((FAIL, PASS, FAIL), 2, 3, True),
        ((FAIL, PASS, PASS), 2, 3, False),
        ((FAIL, FAIL, PASS, PASS), 2, 3, False),
        ((FAIL, FAIL, PASS, PASS), 2, 4, True),
        ((FAIL,), 2, 3, False),
        ((FAIL,), 1, 3, True),
        ((FAIL, PASS), 1, 1, False),
        ((PASS, FAIL), 1, 1, True),
        ((FAIL, INSUFFICIENT, FAIL), 2, 2, True),
        ((FAIL, INSUFFICIENT), 1, 1, True),
    ],
    ids=str,
)
def test_a_response_holds_if_enough_of_the_last_verdicts_fail(
    results: tuple[Any, ...], fails: int, of: int, *, expected: bool
) -> None:
    state = judged(CONTRACT, *weeks(*results))
    assert holds(state, CONTRACT, response(fails, of)) is expected


def test_a_check_without_verdicts_fails_nothing() -> None:
    assert not holds(product(), CONTRACT, response())
    assert verdicts(product(), CONTRACT) == ()


def test_a_series_counts_verdicts_of_one_agreement_and_a_single_failure_any() -> None:
    since = {bearing: 12 if bearing is Bearing.DATA else 3 for bearing in Bearing}
    terms = agreement(judging_since=since, counting_since=since)
    recent = [verdict("w1", FAIL, 11), verdict("w2", FAIL, 12)]
    state = judged(CONTRACT, *recent, charter=terms)
    assert [each.partition for each in verdicts_in_force(state, CONTRACT)] == ["w2"]
    assert [each.partition for each in series(state, CONTRACT, response(1, 2))] == ["w2"]
    assert [each.partition for each in series(state, CONTRACT, response())] == ["w1", "w2"]
    assert not holds(state, CONTRACT, response(2, 2))
    alone = judged(CONTRACT, verdict("w1", FAIL, 11), charter=terms)
    assert holds(alone, CONTRACT, response())
    assert not holds(alone, CONTRACT, response(1, 2))


def test_a_copy_is_no_second_failure_and_its_newest_verdict_counts() -> None:
    copy = batch("w2", digest="a w1")
    state = judged(CONTRACT, *weeks(FAIL, FAIL), batches=[batch("w1"), copy])
    assert not holds(state, CONTRACT, response(2, 2))
    (counted,) = verdicts(
        judged(CONTRACT, *weeks(FAIL, PASS), batches=[batch("w1"), copy]), CONTRACT
    )
    assert (counted.partition, counted.verdict) == ("w2", PASS)


def test_batches_without_records_are_no_copies_of_each_other() -> None:
    batches = [batch("w1", rows=0, digest="empty"), batch("w2", rows=0, digest="empty")]
    state = judged(CONTRACT, *weeks(FAIL, FAIL), batches=batches)
    assert holds(state, CONTRACT, response(2, 2))


def test_checks_of_the_model_do_not_count_on_a_quarantined_batch() -> None:
    batches = [batch("w1"), batch("w2", status=BatchStatus.QUARANTINED)]
    for key, counted in ((PERFORMANCE, 1), (DRIFT, 1), (CONTRACT, 2)):
        state = judged(key, *weeks(FAIL, FAIL), batches=batches)
        assert len(verdicts(state, key)) == counted
        assert len(verdicts_of_all_versions(state, key)) == counted


# The version in charge.


@pytest.mark.parametrize(
    ("key", "counts"), [(PERFORMANCE, False), (DRIFT, False), (CONTRACT, True)]
)
def test_a_verdict_from_before_the_champion_is_about_a_former_version(
    key: str, *, counts: bool
) -> None:
    recent = [verdict("w1", FAIL, 11), verdict("w2", FAIL, 12)]
    state = judged(key, *recent, champion=champion(decision=12))
    assert is_about_champion(state, key, recent[0]) is counts
    assert is_about_champion(state, key, recent[1])
    assert len(verdicts(state, key)) == 1 + counts
    assert len(verdicts_of_all_versions(state, key)) == 2


def test_without_a_champion_every_verdict_counts() -> None:
    assert is_about_champion(product(), PERFORMANCE, verdict("w1", FAIL, 0))


@pytest.mark.parametrize(("scored_by", "counts"), [("", True), ("1", True), ("2", False)])
def test_a_verdict_of_an_older_program_is_about_the_version_that_scored_its_batch(
    scored_by: str, *, counts: bool
) -> None:
    state = product(batches=[batch("w1", measured_by=scored_by)], champion=champion("1"))
    assert is_about_champion(state, PERFORMANCE, verdict("w1", FAIL, None)) is counts
    assert is_about_champion(state, PERFORMANCE, verdict("w9", FAIL, None))
