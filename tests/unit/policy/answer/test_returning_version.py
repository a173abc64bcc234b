"""The results of a version from its former time in charge."""

from __future__ import annotations

from dataclasses import replace

from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.policy.answer.returning_version import failed_before, not_evaluated
from aipo_pipelines.policy.statements.evidence_gaps import (
    FailedBefore,
    FormerResult,
    NeverEvaluated,
    NotEvaluatedSinceReturn,
)
from tests.model_versions import altered
from tests.unit.policy.story import FAIL, INSUFFICIENT, PASS, Story, charter, threshold

KEY = "performance/performance"
CHECK = CheckKey("performance", "performance")


def in_charge(**former: Evidence) -> Story:
    """Version 1 is in charge, with evidence from a former time in charge."""
    story = Story().adopts().delivers("w1").runs_all()
    champion = story.state.champion
    assert champion is not None
    keys = {f"performance/{check}": evidence for check, evidence in former.items()}
    story.state = replace(story.state, champion=replace(champion, in_service=keys))
    return story


def evidence(verdict: Verdict, summary: str = "Measured.") -> Evidence:
    story = Story().adopts().delivers("w1").runs_all()
    newest = story.state.checks[KEY].newest
    return replace(newest, verdict=verdict, summary=summary, figures=())


def test_without_a_former_time_a_check_was_never_evaluated() -> None:
    story = in_charge()
    assert not_evaluated(story.charter, story.state, KEY) == NeverEvaluated(key=CHECK)
    none = Story().adopts()
    assert not_evaluated(none.charter, none.state, KEY) == NeverEvaluated(key=CHECK)


def test_a_former_result_is_shown_with_its_batch() -> None:
    for verdict, failed in ((FAIL, True), (PASS, False)):
        story = in_charge(performance=evidence(verdict))
        story.charter = charter(thresholds=[])
        assert not_evaluated(story.charter, story.state, KEY) == NotEvaluatedSinceReturn(
            key=CHECK,
            version="1",
            former=FormerResult(partition="w1", failed=failed, summary="Measured."),
        )


def test_a_former_evaluation_without_a_verdict_is_no_result() -> None:
    story = in_charge(performance=evidence(INSUFFICIENT))
    gap = NotEvaluatedSinceReturn(key=CHECK, version="1", former=None)
    assert not_evaluated(story.charter, story.state, KEY) == gap


def test_a_check_without_a_former_evaluation_has_no_result() -> None:
    story = in_charge(calibration=evidence(FAIL))
    gap = NotEvaluatedSinceReturn(key=CHECK, version="1", former=None)
    assert not_evaluated(story.charter, story.state, KEY) == gap


def test_the_agreement_in_force_judges_the_former_figures() -> None:
    story = Story().adopts().delivers("w1").runs_all()
    former = story.state.checks[KEY].newest
    champion = story.state.champion
    assert champion is not None
    returning = altered(champion, version="7", in_service={KEY: former})
    assert list(failed_before(story.charter, story.state, returning)) == []
    stricter = charter(thresholds=[threshold(limit=0.95)])
    (failure,) = failed_before(stricter, story.state, returning)
    assert (failure.key, failure.version, failure.partition) == (CHECK, "7", "w1")
    assert failure.summary.startswith("By the agreement in force it fails: accuracy 0.8")


def test_only_required_checks_that_failed_are_named() -> None:
    story = in_charge()
    champion = story.state.champion
    assert champion is not None
    returning = replace(
        champion,
        in_service={
            "data_quality/contract": evidence(FAIL, "Broken."),
            "data_quality/privacy": evidence(PASS),
            "drift/data_drift": evidence(FAIL),
        },
    )
    failure = FailedBefore(
        key=CheckKey("data_quality", "contract"), version="1", partition="w1", summary="Broken."
    )
    assert list(failed_before(story.charter, story.state, returning)) == [failure]
