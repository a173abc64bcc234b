from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from aipo_pipelines.charter.model.charter import HALLUCINATION, Charter
from aipo_pipelines.evidence.outcome import Severity, Verdict
from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.policy.answer.answer import answer, to_json
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.statements.trainings import Untrained
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.policy.wording.sources import source_problem_text
from tests.unit.policy.story import (
    FAIL,
    INSUFFICIENT,
    PASS,
    START,
    Story,
    charter,
    figure,
    threshold,
)

PERFORMANCE, CONTRACT, DRIFT = (
    "performance/performance",
    "data_quality/contract",
    "drift/data_drift",
)


def _live(agreed: Charter | None = None) -> Story:
    """A champion is in charge and every check passed on batch w1."""
    return Story(agreed).adopts().delivers("w1").runs_all()


def _after(key: str, verdict: Verdict, **members: Any) -> Story:
    """A week later batch w2 is measured, and one check has another verdict."""
    story = _live().later(days=7).judges(key, "w2", verdict, **members)
    return story.delivers("w2").runs_all()


def _charter_without_model() -> Charter:
    return charter(model=None, thresholds=[], labels=None)


@pytest.mark.parametrize(
    ("agreed", "untrained"),
    [
        (charter(), None),
        (_charter_without_model(), Untrained.NO_MODEL),
        (
            charter(model={"task": "binary", "features": ["a"], "logged_predictions": "b"}),
            Untrained.PREDICTIONS_DELIVERED,
        ),
    ],
)
def test_the_answer_says_why_nothing_is_trained_here(
    agreed: Charter, untrained: Untrained | None
) -> None:
    assert Story(agreed).answer().untrained == untrained


def test_fresh_evidence_that_holds_is_a_yes() -> None:
    assert _live().answer().verdict is Performing.YES


def test_a_product_nothing_is_known_about_is_unknown_and_says_what_is_missing() -> None:
    result = Story().answer()
    assert result.verdict is Performing.UNKNOWN
    assert sentences(result.reasons) == (
        "No model is in charge yet: 0 batches are approved, the first model waits for 1.",
        "contract has not been evaluated yet.",
        "privacy has not been evaluated yet.",
        "performance has not been evaluated yet.",
    )


def test_the_last_moment_of_the_cadence_is_a_yes_and_the_next_is_unknown() -> None:
    story = _live().later(days=14)
    assert story.answer().verdict is Performing.YES
    stale = story.later(seconds=1).answer()
    assert stale.verdict is Performing.UNKNOWN
    assert "contract is 14 days old (batch w1" in sentences(stale.reasons)[0]


def test_a_failing_live_threshold_is_a_no_with_figure_limit_and_batch() -> None:
    figures = (figure(value=0.61, verdict="fail"),)
    result = _after(PERFORMANCE, FAIL, figures=figures).answer()
    assert result.verdict is Performing.NO
    assert sentences(result.reasons) == (
        "accuracy is 0.61 on batch w2, agreed is at least 0.7 (n = 500).",
    )


def test_old_evidence_that_failed_is_unknown_not_no() -> None:
    story = _after(PERFORMANCE, FAIL, figures=(figure(value=0.61, verdict="fail"),))
    assert story.later(days=15).answer().verdict is Performing.UNKNOWN


def test_performance_that_fails_its_baseline_is_a_no_though_the_limit_holds() -> None:
    story = _after(PERFORMANCE, FAIL, figures=(figure(),), summary="Fell below its baseline.")
    result = story.answer()
    assert result.verdict is Performing.NO
    assert sentences(result.reasons) == ("performance fails on batch w2: Fell below its baseline.",)


def test_a_critical_breach_of_contract_is_a_no() -> None:
    result = _after(CONTRACT, FAIL, summary="3 columns are missing.").answer()
    assert result.verdict is Performing.NO
    assert sentences(result.reasons)[0] == "contract fails on batch w2: 3 columns are missing."


def test_a_breach_that_is_a_warning_is_a_yes_with_a_caveat() -> None:
    result = _after(CONTRACT, FAIL, severity=Severity.WARNING, summary="11 blanks.").answer()
    assert result.verdict is Performing.YES
    (reason,) = sentences(result.reasons)
    assert reason.endswith("recent evidence: contract (with warnings), privacy, performance.")
    assert "contract has warnings on batch w2: 11 blanks." in sentences(result.caveats)


def _drifting(responses: list[dict[str, Any]]) -> tuple[str, ...]:
    """What is noted after two batches on which concept drift failed."""
    story = _live(charter(responses=responses))
    for week in ("w2", "w3"):
        story.later(days=7).delivers(week).runs_all()
        story.checks("performance/concept_drift", week, FAIL, summary="It rose.")
    return sentences(story.answer().caveats)


@pytest.mark.parametrize("responses", [[], [{"check": "concept_drift", "reactions": []}]])
def test_repeated_concept_drift_without_a_notice_is_noted(
    responses: list[dict[str, Any]],
) -> None:
    assert (
        "concept_drift failed on each of the last 2 batches with a verdict, and the charter "
        "agrees on no reaction: nobody is notified."
    ) in _drifting(responses)


def test_concept_drift_that_is_escalated_is_not_noted_as_unheard() -> None:
    noted = _drifting([{"check": "concept_drift", "reactions": ["escalate"]}])
    assert [caveat for caveat in noted if "nobody is notified" in caveat] == []


def test_insufficient_evidence_is_unknown() -> None:
    result = _after(PERFORMANCE, INSUFFICIENT, summary="Only 12 labels.").answer()
    assert result.verdict is Performing.UNKNOWN
    assert "performance is insufficient on batch w2: Only 12 labels." in sentences(result.reasons)


def test_an_insufficient_contract_is_unknown() -> None:
    assert _after(CONTRACT, INSUFFICIENT).answer().verdict is Performing.UNKNOWN


def test_an_estimate_without_labels_never_satisfies_a_threshold() -> None:
    story = _after(PERFORMANCE, PASS, figures=(figure(estimated=True),))
    result = story.answer()
    assert result.verdict is Performing.UNKNOWN
    assert result.kpis[0].figure.verdict is INSUFFICIENT


def test_a_threshold_without_a_figure_is_unknown_and_listed_as_not_measured() -> None:
    result = _after(PERFORMANCE, PASS, figures=(figure("f1"),)).answer()
    assert result.verdict is Performing.UNKNOWN
    assert "accuracy" in result.not_measured


def test_a_figure_about_a_slice_does_not_answer_for_the_whole() -> None:
    sliced = figure(subject="region=north")
    assert _after(PERFORMANCE, PASS, figures=(sliced,)).answer().kpis[0].figure.value is None


def test_an_open_critical_incident_is_a_no_even_when_the_newest_batch_is_clean() -> None:
    story = _after(CONTRACT, FAIL).later(days=7).delivers("w3").runs_all()
    result = story.answer()
    assert result.verdict is Performing.NO
    assert sentences(result.reasons)[0].startswith("Critical incident")


def test_an_open_warning_leaves_the_verdict_and_is_a_caveat() -> None:
    agreed = charter(responses=[{"check": "data_drift", "reactions": ["escalate"]}])
    story = _live(agreed).checks(DRIFT, "w1", FAIL, severity=Severity.WARNING)
    result = story.answer()
    assert result.verdict is Performing.YES
    assert any("data_drift fails on batch w1" in caveat for caveat in sentences(result.caveats))
    assert [incident.cause for incident in result.incidents] == [f"check:{DRIFT}"]


def test_a_product_without_a_model_is_judged_on_contract_and_privacy() -> None:
    story = Story(_charter_without_model()).adopts().delivers("w1").runs_all()
    assert story.answer().verdict is Performing.YES
    assert story.answer().kpis == ()


def test_a_model_without_a_live_threshold_is_never_a_yes() -> None:
    result = _live(charter(thresholds=[threshold(applies_to=["release"])])).answer()
    assert result.verdict is Performing.UNKNOWN
    assert sentences(result.reasons) == ("The charter has no threshold for live batches.",)


def test_if_labels_come_late_the_newest_decided_batch_answers_while_it_is_recent() -> None:
    agreed = charter(labels={"column": "left", "delay": "28d"})
    story = _live(agreed).judges(PERFORMANCE, "w3", INSUFFICIENT)
    story.later(days=14).delivers("w3").runs_all()
    result = story.answer()
    assert result.verdict is Performing.YES
    assert result.kpis[0].partition == "w1"


def test_an_older_verdict_does_not_answer_if_the_labels_are_due() -> None:
    assert _after(PERFORMANCE, INSUFFICIENT).answer().verdict is Performing.UNKNOWN


@pytest.mark.parametrize(
    ("limit", "verdict"),
    [(0.75, Performing.YES), (0.82, Performing.UNKNOWN), (0.85, Performing.NO)],
)
def test_a_limit_that_was_changed_since_judges_what_was_measured_before(
    limit: float, verdict: Performing
) -> None:
    story = _live().adopts(charter(thresholds=[threshold(limit=limit)]))
    result = story.answer()
    assert result.verdict is verdict
    assert result.kpis[0].figure.limit == limit


def test_fairness_is_answered_by_the_figure_of_its_attribute() -> None:
    metric = "selection_rate_difference"
    fair = threshold(metric, 0.1, attribute="gender")
    story = _live(charter(protected=["gender"], thresholds=[threshold(), fair]))
    old = figure(metric, 0.3, subject="age", verdict="fail", limit=0.1)
    new = figure(metric, 0.02, subject="gender", limit=0.1, minimum=100)
    story.checks("performance/fairness", "w1", PASS, figures=(old, new))
    kpi = story.answer().kpis[1]
    assert (kpi.figure.value, kpi.figure.direction, kpi.figure.verdict) == (0.02, "at_most", PASS)


def test_a_lower_minimum_sample_lets_the_newest_labelled_batch_answer() -> None:
    late = {"column": "left", "delay": "28d"}
    story = _live(charter(labels=late))
    few = figure(value=0.5, n=80, verdict="insufficient")
    story.later(days=7).judges(PERFORMANCE, "w2", INSUFFICIENT, figures=(few,))
    story.delivers("w2").runs_all()
    story.later(days=7).judges(PERFORMANCE, "w3", INSUFFICIENT, figures=())
    story.delivers("w3").runs_all()
    assert story.answer().verdict is Performing.YES
    story.adopts(charter(labels=late, thresholds=[threshold(minimum_sample=50)]))
    assert story.answer().verdict is Performing.NO
    assert story.answer().kpis[0].partition == "w2"


def test_a_drop_that_is_agreed_later_is_counted_from_the_signed_off_baseline() -> None:
    story = _after(PERFORMANCE, PASS, figures=(figure(value=0.72),))
    assert story.answer().verdict is Performing.YES
    story.adopts(charter(thresholds=[threshold(maximum_drop=0.01)]))
    result = story.answer()
    assert result.verdict is Performing.NO
    assert [kpi.figure.name for kpi in result.kpis] == ["accuracy", "accuracy_drop"]


def test_an_evaluation_of_another_version_does_not_answer_for_the_champion() -> None:
    agreed = charter(retraining={"window": {"first_batches": 2}})
    story = Story(agreed).adopts().delivers("w1").runs_all()
    story.checks(PERFORMANCE, "w1", PASS, figures=(figure(),))
    assert "performance has not been evaluated yet." in sentences(story.answer().reasons)


def test_logged_predictions_need_no_champion() -> None:
    model = {"task": "binary", "features": ["x1"], "logged_predictions": "predicted"}
    story = Story(charter(model=model)).adopts().delivers("w1").runs_all()
    story.checks(PERFORMANCE, "w1", PASS, figures=(figure(),))
    assert story.answer().verdict is Performing.YES


def test_a_kpi_shows_interval_sample_age_and_owner() -> None:
    kpi = _live().later(days=3).answer().kpis[0]
    assert (kpi.figure.value, kpi.figure.low, kpi.figure.high, kpi.figure.n, kpi.figure.limit) == (
        0.8,
        0.76,
        0.84,
        500,
        0.7,
    )
    assert kpi.age is not None
    assert (kpi.age.days, kpi.owner, kpi.partition) == (3, "Ada Ng", "w1")


def test_the_champion_is_shown_with_who_released_it() -> None:
    champion = _live().answer().champion
    assert champion is not None
    assert (champion.version, champion.released_by, champion.window) == (
        "1",
        "rule:release",
        ("w1",),
    )


def test_drifted_features_are_named() -> None:
    details = {"drifted": ["x1", "x2"], "critical_drifted": ["x2"], "method": "any"}
    drift = _live().checks(DRIFT, "w1", FAIL, details=details).answer().drift
    assert drift is not None
    assert (drift.drifted, drift.critical) == (("x1", "x2"), ("x2",))


@pytest.mark.parametrize(
    ("days", "overdue"),
    [(0, False), (6, False), (7, True)],
)
def test_retraining_is_overdue_once_a_moment_of_its_cadence_has_passed(
    days: int, overdue: bool
) -> None:
    agreed = charter(retraining={"cadence": "0 6 * * 1"})
    plan = _live(agreed).later(days=days).answer().retraining
    assert plan.last == START
    assert plan.overdue is overdue
    assert plan.next is not None
    assert (plan.next.weekday(), plan.next.hour) == (0, 6)


def test_retraining_that_was_tried_and_gave_no_release_is_not_overdue() -> None:
    agreed = charter(
        retraining={"cadence": "0 6 * * 1", "maximum_age": "10d", "cooldown": None, "attempts": 9}
    )
    story = _live(agreed).gates(2, champion="fail").gates(3, champion="fail")
    for _ in range(2):
        story.later(days=7).ticks().runs_all()
    result = story.later(days=1).answer()
    plan = result.retraining
    assert (plan.overdue, plan.overdue_since) == (False, None)
    assert plan.tried_at == START + timedelta(days=14)
    assert plan.too_old_since == START + timedelta(days=10)
    (note,) = [caveat for caveat in sentences(result.caveats) if "last tried" in caveat]
    assert note.startswith("The model in charge is older than agreed since 2026-03-12 09:00 UTC. ")
    assert "Retraining was last tried on 2026-03-16 09:00 UTC: version 3, turned down" in note
    assert story.later(days=7).answer().retraining.overdue


def test_a_training_that_broke_to_the_end_was_not_tried() -> None:
    agreed = charter(retraining={"cadence": "0 6 * * 1", "cooldown": None})
    story = _live(agreed).later(days=7).ticks()
    assert not story.answer().retraining.overdue
    plan = story.gives_up(story.next(ActionKind.TRAIN)).answer().retraining
    assert (plan.overdue, plan.tried_at) == (True, None)


@pytest.mark.parametrize(
    ("approval", "problem"),
    [
        (None, "nobody has approved it"),
        ({"by": "Ada Ng", "on": "2025-01-01", "until": "2026-03-01"}, "expired on 2026-03-01"),
        ({"by": "Ada Ng", "on": "2026-03-03", "until": "2027-03-01"}, "only on 2026-03-03"),
    ],
)
def test_a_source_that_is_not_approved_today_is_named(approval: Any, problem: str) -> None:
    sources = charter().model_dump(mode="json")["sources"]
    sources["crm"]["approval"] = approval
    sources["crm"]["retention"] = None
    result = Story(charter(sources=sources)).adopts().answer()
    assert [source.source for source in result.sources] == ["crm"]
    assert problem in source_problem_text(result.sources[0].problem)


def test_known_risks_that_nobody_measures_are_said() -> None:
    result = _live(charter(not_measured=["hallucination rate"])).answer()
    assert result.not_measured == ("hallucination rate",)


def test_the_hallucination_rate_of_a_model_that_writes_no_text_is_said_to_be_unmeasured() -> None:
    assert _live().answer().not_measured == (HALLUCINATION,)


def test_a_product_without_a_model_makes_nothing_up() -> None:
    agreed = charter(model=None, thresholds=[], labels=None, retraining={})
    assert Story(agreed).adopts().answer().not_measured == ()


def test_a_batch_of_the_training_window_delivered_again_is_a_caveat() -> None:
    story = _live().delivers("w1", digest="b").runs_all()
    assert any("trained on it: w1" in caveat for caveat in sentences(story.answer().caveats))


def test_the_answer_as_json_has_plain_values_and_says_when_it_is_simulated() -> None:
    story = _live().later(days=2)
    result = answer(story.charter, story.state, story.now, simulated=True)
    plain = json.loads(json.dumps(to_json(result)))
    assert (plain["verdict"], plain["simulated"]) == ("YES", True)
    assert plain["evidence_age"] == 2 * 86400
    assert plain["accountable"] == {"name": "Ada Ng", "email": "ada@example.org"}
    assert plain["kpis"][0]["evidence_at"] == "2026-03-02T09:00:00+00:00"


def test_a_first_model_that_could_not_be_trained_is_why_none_is_in_charge() -> None:
    story = Story().adopts().delivers("w1")
    story.runs(story.next(ActionKind.MEASURE)).gives_up(story.next(ActionKind.TRAIN))
    assert (
        "No model is in charge yet: the last training failed: "
        in sentences(story.answer().reasons)[0]
    )


def test_a_training_set_that_is_not_sufficient_is_why_no_model_is_in_charge() -> None:
    story = Story().adopts().delivers("w1")
    story.runs(story.next(ActionKind.MEASURE))
    story.checks("training_set/sufficient", "", INSUFFICIENT)
    assert "the last training set is not sufficient" in sentences(story.answer().reasons)[0]


def test_a_batch_dated_in_the_future_hides_none_that_comes_after_it() -> None:
    story = _live().later(days=1).delivers("w2", dated=START + timedelta(days=9999)).runs_all()
    story.later(days=1).judges(CONTRACT, "w3", FAIL).delivers("w3").runs_all()
    assert story.state.checks[CONTRACT].partition == "w3"
    assert "contract fails on batch w3" in sentences(story.answer().reasons)[0]
