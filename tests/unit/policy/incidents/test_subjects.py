"""An open incident hides no later subject: the same people are notified about it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.charter.model.operations import Response
from aipo_pipelines.evidence.derived_metric import Derivation, derived
from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.outcome import Json, Severity
from aipo_pipelines.ledger.events.incidents import IncidentOpened
from aipo_pipelines.ledger.events.measurements import CheckEvaluated
from aipo_pipelines.ledger.model.state import Action, ActionKind
from aipo_pipelines.policy.incidents.subjects import failing_subjects, subjects_of, title_of
from aipo_pipelines.reports.notices import notice_of
from tests.unit.policy.stored_facts import measured
from tests.unit.policy.story import FAIL, PASS, Story, charter, figure

DRIFT, CONTRACT = "drift/data_drift", "data_quality/contract"
PERFORMANCE, FAIRNESS = "performance/performance", "performance/fairness"
WEEKS = [f"w{number}" for number in range(1, 9)]


def _story() -> Story:
    responses = [
        {"check": check, "reactions": ["escalate"]}
        for check in ("data_drift", "performance", "fairness")
    ]
    return Story(charter(responses=responses)).adopts().delivers(*WEEKS)


def _figures(metric: str, *subjects: str) -> tuple[dict[str, Json], ...]:
    members: dict[str, Any] = {"limit": 0.1, "direction": "at_most", "verdict": "fail"}
    good = figure(metric, 0.01, subject="sound", **{**members, "verdict": "pass"})
    return (good, *(figure(metric, 0.4, subject=subject, **members) for subject in subjects))


def _drifts(story: Story, week: str, *columns: str) -> Story:
    return story.checks(DRIFT, week, FAIL, figures=_figures("ks_distance", *columns))


def _notices(story: Story) -> list[Action]:
    return [action for action in story.state.actions.values() if action.kind is ActionKind.NOTIFY]


def test_a_column_that_drifts_later_is_reported_to_the_same_people() -> None:
    story = _drifts(_drifts(_story(), "w1", "x1"), "w2", "x1", "x2")
    incident = story.incident(f"check:{DRIFT}")
    assert (incident.partitions, incident.subjects) == (("w1", "w2"), ("x1", "x2"))
    first, second = (notice_of(story.charter, story.state, notice) for notice in _notices(story))
    assert second.targets == first.targets
    assert second.title == ("Customer churn: data_drift fails on batch w1, also: x2 (critical)")
    assert second.body.startswith("Also: x2 on batch w2. data_drift says fail.")


def test_what_comes_and_goes_is_reported_once() -> None:
    story = _drifts(_drifts(_story(), "w1", "x1"), "w2", "x2")
    for week in WEEKS[2:]:
        _drifts(story, week, *(("x1",) if int(week[1:]) % 2 else ("x2",)))
    assert len(_notices(story)) == 2
    assert story.incident(f"check:{DRIFT}").partitions == (*WEEKS,)


def test_a_batch_that_is_judged_again_and_fails_by_other_content_is_reported() -> None:
    story = _drifts(_drifts(_story(), "w1", "x1"), "w1", "x2")
    assert story.incident(f"check:{DRIFT}").subjects == ("x1", "x2")
    assert story.incident(f"check:{DRIFT}").partitions == ("w1",)
    assert len(_notices(story)) == 2


def test_an_incident_that_was_over_is_reported_again() -> None:
    story = _drifts(_story(), "w1", "x1").checks(DRIFT, "w2", PASS)
    _drifts(story, "w3", "x1")
    assert story.kinds().count(IncidentOpened.kind) == 2
    assert len(_notices(story)) == 2


def test_rules_groups_and_metrics_are_subjects_too() -> None:
    story = _story()
    for key, metric, first, second in (
        (CONTRACT, "type", "age", "price"),
        (FAIRNESS, "selection_rate_difference", "gender", "age_group"),
        (PERFORMANCE, "roc_auc", "", "north"),
    ):
        story.checks(key, "w1", FAIL, figures=_figures(metric, first))
        story.checks(key, "w2", FAIL, figures=_figures(metric, first, second))
        name = f"{metric} of {first}" if first else metric
        assert story.incident(f"check:{key}").subjects == (name, f"{metric} of {second}")
    assert len(_notices(story)) == 6


def test_a_check_that_became_silent_while_another_batch_was_is_reported() -> None:
    story = Story(charter(labels={"column": "left", "delay": "7d"})).adopts()
    story.delivers("w1").runs_all().later(days=15).ticks()
    stale = story.incident("stale")
    assert stale.subjects == ("contract", "privacy")
    story.later(days=7).ticks().ticks()
    assert story.incident("stale").subjects == ("contract", "privacy", "performance")
    assert [notice.arguments.get("also") for notice in _notices(story)] == [None, ["performance"]]


@given(
    batches=st.lists(
        st.lists(st.sampled_from("abcdef"), min_size=1, unique=True), min_size=1, max_size=8
    )
)
@settings(max_examples=50, deadline=None)
def test_every_subject_is_reported_once_in_any_order_of_failures(batches: list[list[str]]) -> None:
    story = _story()
    for week, columns in zip(WEEKS, batches, strict=False):
        _drifts(story, week, *columns)
    expected = [*dict.fromkeys(column for columns in batches for column in columns)]
    assert [*story.incident(f"check:{DRIFT}").subjects] == expected
    also = [line for notice in _notices(story) for line in _also(notice)]
    assert [*dict.fromkeys(batches[0]), *also] == expected


def _also(notice: Action) -> list[Json]:
    also = notice.arguments.get("also", [])
    assert isinstance(also, list)
    return also


# The subjects and the title of one evaluation.


def test_only_failing_figures_are_subjects_each_once_and_in_order() -> None:
    figures = (
        measured(metric="type", subject="price", verdict=FAIL),
        measured(metric="type", subject="age", verdict=PASS),
        measured(metric="range", subject="price", verdict=FAIL),
        measured(metric="type", subject="price", verdict=FAIL),
        measured(metric="rows"),
    )
    assert failing_subjects("contract", figures) == ("type of price", "range of price")
    assert failing_subjects("contract", figures[1:2]) == ()
    assert failing_subjects("contract", ()) == ()


def test_drift_is_counted_by_column_and_named_by_metric_if_it_has_no_column() -> None:
    figures = (
        measured(metric="ks_distance", subject="age", verdict=FAIL),
        measured(metric="share_missing", subject="age", verdict=FAIL),
        measured(metric="share_of_drifted_columns", verdict=FAIL),
    )
    assert failing_subjects("data_drift", figures) == ("age", "share_of_drifted_columns")


def test_drift_against_the_original_baseline_is_no_subject() -> None:
    figures = (
        measured(
            metric=derived("ks_distance", Derivation.ORIGINAL_DISTANCE), subject="fee", verdict=FAIL
        ),
        measured(
            metric=derived("roc_auc", Derivation.ORIGINAL_DROP), subject="tariff", verdict=FAIL
        ),
        measured(metric="ks_distance", subject="age", verdict=FAIL),
    )
    assert failing_subjects("data_drift", figures) == ("age",)


def test_the_subjects_of_an_evaluation_are_those_of_its_check() -> None:
    event = CheckEvaluated(
        asset="drift",
        check="data_drift",
        partition="w1",
        verdict=FAIL,
        severity=Severity.CRITICAL,
        summary="Age drifted.",
        figures=(measured(metric="ks_distance", subject="age", verdict=FAIL),),
        details=NO_DETAILS,
        run_id="run",
    )
    assert subjects_of(event) == ("age",)
    assert subjects_of(replace(event, check="contract")) == ("ks_distance of age",)


def test_a_title_names_the_check_the_batch_and_the_agreed_series() -> None:
    at_once = Response(check="performance", reactions=())
    series = Response(check="performance", reactions=(), fails=2, of=3)
    assert title_of(PERFORMANCE, "w1", None, ()) == "performance fails on batch w1"
    assert title_of(PERFORMANCE, "w1", at_once, ()) == "performance fails on batch w1"
    assert title_of(PERFORMANCE, "", at_once, ()) == "performance fails"
    assert title_of("dataset/rows/daily", "", at_once, ()) == "rows/daily fails"
    assert title_of(PERFORMANCE, "w1", series, ()) == (
        "performance fails on batch w1: 2 or more of the last 3 batches"
    )


def test_a_title_about_a_target_names_the_outcomes_that_are_missed() -> None:
    figures = (
        measured(subject="Kept", verdict=FAIL),
        measured(subject="Won", verdict=PASS),
        measured(subject="Paid", verdict=FAIL),
    )
    key = "performance/business_target"
    assert title_of(key, "w1", None, figures) == "Business target missed: Kept, Paid"
    assert title_of(key, "w1", None, ()) == "Business target missed"
