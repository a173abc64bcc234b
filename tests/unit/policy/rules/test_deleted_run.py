from __future__ import annotations

from datetime import timedelta

from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.incidents import IncidentOpened, IncidentResolved
from aipo_pipelines.policy.rules.deleted_run import on_missing_runs, runs_of
from tests.unit.policy.story import PASS, Story


def lived() -> Story:
    return (
        Story()
        .adopts()
        .delivers("w1")
        .checks("data_quality/contract", "w1", run_id="run 1")
        .checks("dataset/schema", "w1", run_id="run 2")
    )


def test_the_newest_evidence_names_its_runs() -> None:
    assert runs_of(lived().state) == {"run 1", "run 2"}
    assert runs_of(lived().checks("dataset/schema", "w1", run_id="").state) == {"run 1"}


def test_a_deleted_run_is_a_warning_that_names_run_and_checks() -> None:
    story = lived()
    (draft,) = on_missing_runs(story.charter, story.state, {"run 1"}, story.now)
    assert draft.kind == IncidentOpened.kind
    assert draft.body["cause"] == "missing_run"
    assert draft.body["severity"] == Severity.WARNING.value
    assert "no longer knows run 1, which evaluated contract." in str(draft.body["summary"])


def test_a_run_of_no_evidence_is_nobodys_concern() -> None:
    story = lived()
    assert on_missing_runs(story.charter, story.state, {"other"}, story.now) == ()
    assert on_missing_runs(story.charter, story.state, (), story.now) == ()


def test_it_is_said_once_while_it_is_open_and_ends_with_newer_evidence() -> None:
    story = lived().misses("run 1").misses("run 1")
    assert story.kinds().count(IncidentOpened.kind) == 1
    story.checks("data_quality/contract", "w1", PASS, run_id="three").misses("run 1")
    assert not story.incident("missing_run").is_open
    assert story.incident("missing_run").resolution == "by rule: no longer missing run"


def test_somebody_who_closed_it_is_left_alone_for_a_day() -> None:
    story = lived().misses("run 1")
    closed = IncidentResolved(incident=story.incident("missing_run").entry, resolution="by Ines")
    story.records(closed).later(hours=23).misses("run 1")
    assert story.kinds().count(IncidentOpened.kind) == 1
    story.now += timedelta(hours=1)
    assert story.misses("run 1").incident("missing_run").is_open
