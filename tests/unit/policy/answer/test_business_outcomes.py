"""Business outcomes in the answer: live figures, live money, and what a missed target does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from aipo_pipelines.evidence.outcome import Direction, Json, Severity
from aipo_pipelines.ledger.append import CLOCK_TOLERANCE
from aipo_pipelines.ledger.events.incidents import IncidentOpened
from aipo_pipelines.ledger.model.state import ActionKind, BatchStatus
from aipo_pipelines.policy.answer.answer import Answer, to_json
from aipo_pipelines.policy.answer.business_outcomes import OutcomeNote, outcome_notes
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.statements.targets import TargetJudged, TargetNotMeasured
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.policy.wording.targets import cost_text, target_sentence
from tests.unit.policy.story import INSUFFICIENT, PASS, Story, charter, figure

PERFORMANCE = "performance/performance"
MISSED = "check:performance/business_target"
CUSTOMERS_KEPT = "Customers kept"


def _mapped(**changes: Any) -> dict[str, Any]:
    return {
        "outcome": CUSTOMERS_KEPT,
        "metric": "recall",
        "target": 0.6,
        "unit": "EUR",
        "costs": {"false_negative": 420},
        **changes,
    }


def _cost(value: float) -> Json:
    return figure(
        "expected_cost",
        value,
        subject=CUSTOMERS_KEPT,
        low=value - 500,
        high=value + 500,
        unit="EUR per 1,000 records",
        limit=None,
        verdict=None,
    )


def _measured(recall: float | None, cost: float = 31_000, **mapped: Any) -> Story:
    """The champion was released at a cost of 9,000 and answers batch w2."""
    story = Story(charter(outcome_map=[_mapped(**mapped)])).adopts().delivers("w1")
    live = (figure("recall", recall, limit=None, verdict=None), _cost(cost))
    figures = (figure(), *(live if recall is not None else ()))
    story.judges(PERFORMANCE, "w2", PASS, figures=figures)
    return story.runs_all().later(days=7).delivers("w2").runs_all()


def _lines(result: Answer) -> list[str]:
    return [caveat for caveat in sentences(result.caveats) if caveat.startswith(CUSTOMERS_KEPT)]


def test_a_missed_target_is_a_line_of_its_own_and_no_no() -> None:
    result = _measured(0.5).answer()
    assert result.verdict is Performing.YES
    (line,) = _lines(result)
    measured = "recall 0.5 [0.46, 0.54] (n = 500) on batch w2"
    assert line == f"{CUSTOMERS_KEPT}: {measured}, the target is at least 0.6: missed."


def test_a_target_that_is_reached_warns_of_nothing() -> None:
    result = _measured(0.7).answer()
    assert (result.verdict, _lines(result)) == (Performing.YES, [])
    assert result.outcomes[0].verdict is PASS


def test_a_target_that_is_not_shown_to_be_reached_is_said_so() -> None:
    (line,) = _lines(_measured(0.58).answer())
    assert line.endswith("the target is at least 0.6: not shown to be reached.")


@pytest.mark.parametrize(
    ("recall", "verdict"),
    [
        (0.7, Performing.YES),
        (0.58, Performing.UNKNOWN),
        (0.5, Performing.NO),
        (None, Performing.UNKNOWN),
    ],
)
def test_a_target_that_decides_takes_part_in_the_answer(
    recall: float | None, verdict: Performing
) -> None:
    result = _measured(recall, missed_target="decides").answer()
    assert result.verdict is verdict
    assert _lines(result) == []


def test_a_target_that_decides_counts_for_as_long_as_its_evidence() -> None:
    story = _measured(0.5, missed_target="decides").later(days=15)
    assert story.answer().verdict is Performing.UNKNOWN


def test_people_are_notified_once_about_a_missed_target_that_decides() -> None:
    story = _measured(0.5, missed_target="decides").ticks().ticks()
    incident = story.incident(MISSED)
    assert (incident.severity, incident.partitions) == (Severity.WARNING, ("w2",))
    assert incident.summary == sentences(story.answer().reasons)[0]
    assert story.next(ActionKind.NOTIFY).arguments["incident"] == incident.entry
    assert story.kinds().count(IncidentOpened.kind) == 1


@pytest.mark.parametrize(
    ("recall", "missed_target"), [(0.5, "warns"), (0.58, "decides"), (0.7, "decides")]
)
def test_a_target_that_makes_no_no_raises_nothing(recall: float, missed_target: str) -> None:
    assert _measured(recall, missed_target=missed_target).ticks().state.incidents == {}


def test_the_incident_of_a_target_ends_when_it_is_reached_and_not_when_its_evidence_is_old() -> (
    None
):
    story = _measured(0.5, missed_target="decides").ticks().later(days=15).ticks()
    assert story.incident(MISSED).is_open
    reached = (figure(), figure("recall", 0.7, limit=None, verdict=None))
    story.judges(PERFORMANCE, "w3", PASS, figures=reached).delivers("w3").runs_all().ticks()
    assert not story.incident(MISSED).is_open


def test_an_upper_target_is_missed_from_above() -> None:
    story = _measured(0.5, metric="recall", target=0.3)
    assert story.answer().outcomes[0].verdict is PASS
    brier = Story(charter(outcome_map=[_mapped(metric="brier", target=0.2)])).adopts()
    brier.judges(PERFORMANCE, "w1", PASS, figures=(figure(), figure("brier", 0.3)))
    (line,) = _lines(brier.delivers("w1").runs_all().answer())
    assert line.endswith("the target is at most 0.2: missed.")


def _money(outcome: OutcomeNote) -> str:
    return cost_text(outcome.cost, outcome.cost_at_release, outcome.partition)


def test_money_is_that_of_the_newest_batch() -> None:
    (outcome,) = _measured(0.7).answer().outcomes
    assert outcome.cost is not None
    assert _money(outcome) == (
        "cost of errors 31,000 (30,500 to 31,500) EUR per 1,000 records on batch w2"
    )


def test_the_cost_at_release_is_shown_beside_the_cost_of_the_newest_batch() -> None:
    story = _measured(0.7)
    champion = story.state.champion
    assert champion is not None
    story.materialises(
        "challenger",
        version="2",
        mlflow_run_id="m",
        window=["w1"],
        baseline=[_cost(9_000)],
        trained_at=story.now.isoformat(),
        against=champion.version,
    )
    story.evaluates("2").runs_all().later(days=7)
    live = (figure(), figure("recall", 0.7, limit=None), _cost(31_000))
    story.judges(PERFORMANCE, "w3", PASS, figures=live).delivers("w3").runs_all()
    (outcome,) = story.answer().outcomes
    assert _money(outcome).endswith(
        "on batch w3, 9,000 (8,500 to 9,500) EUR per 1,000 records at release"
    )
    assert to_json(story.answer())["outcomes"] != []


def test_the_last_labelled_batch_gives_the_outcome_while_labels_are_missing() -> None:
    story = _measured(0.5)
    story.later(days=1).judges(PERFORMANCE, "w3", INSUFFICIENT, figures=())
    (outcome,) = story.delivers("w3").runs_all().answer().outcomes
    assert outcome.partition == "w2"


def test_an_outcome_that_is_written_as_a_sentence_keeps_its_sentence_in_order() -> None:
    story = Story(charter(outcome_map=[_mapped(outcome="Undecided.")])).adopts().delivers("w1")
    (note,) = story.runs_all().answer().outcomes
    assert target_sentence(note.result).startswith("Undecided: recall ")


def _note(story: Story, **later: float) -> OutcomeNote:
    (note,) = outcome_notes(story.charter, story.state, story.now + timedelta(**later))
    return note


def test_a_target_that_informs_is_judged_on_the_newest_labelled_batch() -> None:
    note = _note(_measured(0.7))
    assert (note.partition, note.fresh, note.decides, note.verdict) == ("w2", True, False, PASS)
    assert note.figure is not None
    assert (note.figure.value, note.figure.limit, note.figure.subject) == (0.7, 0.6, "")
    assert note.result == TargetJudged(
        outcome=CUSTOMERS_KEPT, target=0.6, figure=note.figure, partition="w2"
    )


def test_a_figure_counts_up_to_the_agreed_age() -> None:
    story = _measured(0.7)
    assert _note(story, days=14).fresh
    assert not _note(story, days=14, seconds=1).fresh


def test_a_figure_of_the_future_does_not_count() -> None:
    story, behind = _measured(0.7), -CLOCK_TOLERANCE.total_seconds()
    assert _note(story, seconds=behind).fresh
    assert not _note(story, seconds=behind - 1).fresh


def test_a_figure_by_a_former_meaning_of_labels_does_not_count() -> None:
    story = _measured(0.7)
    former = charter(outcome_map=[_mapped()], labels={"column": "other"}, version="2")
    assert not _note(story.adopts(former)).fresh


def test_a_figure_that_its_batch_does_not_hold_any_more_does_not_count() -> None:
    story = _measured(0.7)
    batches = story.state.batches
    replaced = replace(batches["w2"], entry=len(story.entries), status=BatchStatus.QUARANTINED)
    story.state = replace(story.state, batches={**batches, "w2": replaced})
    note = _note(story)
    assert (note.partition, note.fresh) == ("w2", False)


def test_an_estimate_and_a_missing_value_are_no_figures_of_a_target() -> None:
    story = _measured(None)
    assert _note(story).figure is None
    unmeasured = _note(story)
    assert (unmeasured.partition, unmeasured.fresh, unmeasured.cost) == ("", False, None)
    assert unmeasured.result == TargetNotMeasured(
        outcome=CUSTOMERS_KEPT, metric="recall", target=0.6, direction=Direction.AT_LEAST
    )
    for changed in (figure("recall", 0.7, estimated=True), figure("recall", None)):
        story.checks(PERFORMANCE, "w2", PASS, figures=(figure(), changed))
        assert _note(story).figure is None


def test_the_evaluation_answers_until_the_first_labelled_batch() -> None:
    story = Story(charter(outcome_map=[_mapped(metric="accuracy")])).adopts()
    story.delivers("w1").runs_all().trains("2", window=["w1"], held_out="w1")
    story.evaluates("2", as_live="pass").runs_all()
    note = _note(story)
    assert note.figure is not None
    assert (note.figure.value, note.partition) == (0.9, "w1")
    story.later(days=7).delivers("w2").runs_all()
    note = _note(story)
    assert note.figure is not None
    assert (note.figure.value, note.partition) == (0.8, "w2")


def test_the_cost_is_about_the_batch_of_the_figure() -> None:
    story = _measured(0.7)
    story.judges(PERFORMANCE, "w3", PASS, figures=(figure(), _cost(50_000)))
    story.later(days=7).delivers("w3").runs_all()
    # The newest batch has no figure of the target, so its cost has nothing to be compared with.
    note = _note(story)
    assert (note.partition, note.figure, note.cost) == ("", None, None)


def test_a_target_that_decides_has_evidence_of_its_own() -> None:
    story = _measured(0.7, missed_target="decides")
    note = _note(story)
    assert (note.decides, note.fresh, note.partition) == (True, True, "w2")
    assert not _note(story, days=14, seconds=1).fresh
    missing = _note(_measured(None, missed_target="decides"))
    assert (missing.fresh, missing.verdict) == (False, INSUFFICIENT)


def test_the_value_of_a_target_is_no_miss() -> None:
    note = _note(_measured(0.6))
    assert not note.is_missed
    assert replace(note, target=0.61).is_missed
    assert replace(note, target=0.59, direction=Direction.AT_MOST).is_missed
    assert not replace(note, target=0.61, direction=Direction.AT_MOST).is_missed
    assert not replace(note, figure=None).is_missed


def test_a_product_without_a_model_has_no_outcome_in_service() -> None:
    story = _measured(0.7)
    bare = charter(model=None, thresholds=[], labels=None)
    assert outcome_notes(bare, story.state, story.now) == ()
