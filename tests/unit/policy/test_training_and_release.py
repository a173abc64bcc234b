from __future__ import annotations

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Severity, Verdict, figures_from_json
from aipo_pipelines.ledger.events.measurements import MeasurementDue
from aipo_pipelines.ledger.events.releases import ChampionReleased, ReleaseDecided
from aipo_pipelines.ledger.events.trainings import TrainingDue
from aipo_pipelines.ledger.model.state import ActionKind
from tests.unit.policy.story import FAIL, Story, charter, figure


def _waits_for(batches: int) -> Charter:
    return charter(retraining={"window": {"first_batches": batches}})


def _measured(*names: str, agreed: Charter | None = None) -> Story:
    """The batches have been measured, nothing has been trained yet."""
    story = Story(agreed or _waits_for(len(names))).adopts().later(weeks=1).delivers(*names)
    for _ in names:
        story.runs(story.next(ActionKind.MEASURE))
    return story


def test_the_first_model_is_trained_on_the_first_batches_in_their_order() -> None:
    story = Story(_waits_for(2)).adopts().later(weeks=2)
    story.delivers("w3", "w2", "w1").runs_all()
    assert [body["window"] for body in story.bodies(TrainingDue.kind)] == [["w1", "w2"]]


def test_training_waits_for_enough_approved_batches() -> None:
    story = Story(_waits_for(2)).adopts().delivers("w1").runs_all()
    assert TrainingDue.kind not in story.kinds()


def test_a_quarantined_batch_is_never_trained_on() -> None:
    story = Story(_waits_for(2)).adopts().delivers("w1", "w2", "w3")
    story.judges("data_quality/privacy", "w2", FAIL).runs_all()
    assert story.bodies(TrainingDue.kind)[0]["window"] == ["w1", "w3"]


def test_a_product_without_a_model_trains_nothing() -> None:
    story = Story(charter(model=None, thresholds=[])).adopts().delivers("w1").runs_all()
    assert TrainingDue.kind not in story.kinds()


def test_a_model_whose_predictions_are_logged_elsewhere_is_not_trained_here() -> None:
    model = {"task": "binary", "features": ["x1"], "logged_predictions": "predicted"}
    story = Story(charter(model=model)).adopts().delivers("w1").runs_all()
    assert TrainingDue.kind not in story.kinds()


def test_nothing_is_trained_while_a_training_waits_or_runs() -> None:
    story = _measured("w1").delivers("w2")
    story.starts(story.next(ActionKind.TRAIN))
    story.checks("data_quality/contract", "w2").checks("data_quality/privacy", "w2")
    assert story.kinds().count(TrainingDue.kind) == 1


def test_a_training_given_up_is_due_again_with_the_next_approved_batch() -> None:
    story = _measured("w1")
    story.gives_up(story.next(ActionKind.TRAIN)).delivers("w2").runs_all()
    assert story.kinds().count(TrainingDue.kind) == 2
    assert story.state.champion is not None


def _found_insufficient(*names: str) -> Story:
    """A training ran and found the labels of its window too few."""
    story = _measured(*names)
    training = story.next(ActionKind.TRAIN)
    story.starts(training).checks("training_set/sufficient", "", Verdict.INSUFFICIENT)
    return story.finishes(training)


def test_a_window_with_too_few_labels_is_tried_again_when_labels_come() -> None:
    story = _found_insufficient("w1").labels("w1", "l1")
    assert [body["window"] for body in story.bodies(TrainingDue.kind)] == [["w1"], ["w1"]]


def test_a_window_that_was_not_sufficient_grows_by_the_next_approved_batch() -> None:
    story = _found_insufficient("w1").delivers("w2").runs_all()
    assert story.bodies(TrainingDue.kind)[1]["window"] == ["w1", "w2"]
    assert story.state.champion is not None


def test_a_window_that_was_not_sufficient_is_not_tried_again_without_a_new_reason() -> None:
    story = _found_insufficient("w1").ticks()
    assert story.kinds().count(TrainingDue.kind) == 1


def test_the_first_champion_goes_live_by_its_gates_and_keeps_its_baseline() -> None:
    story = _measured("w1").runs_all()
    decision = story.bodies(ReleaseDecided.kind)[0]
    evidence = decision["evidence"]
    assert isinstance(evidence, dict)
    assert (decision["go"], decision["rule"]) == (True, "gates")
    gates = ("sample", "accuracy", "baseline", "champion")
    assert evidence["gates"] == dict.fromkeys(gates, "pass")
    assert story.state.champion is not None
    assert story.state.champion.model.baseline == figures_from_json([figure()])


def test_a_second_candidate_is_not_released_beside_the_first() -> None:
    story = _measured("w1").trains("1").trains("2").evaluates("1").evaluates("2")
    assert [(body["version"], body["go"]) for body in story.bodies(ReleaseDecided.kind)] == [
        ("1", True),
        ("2", False),
    ]


def test_a_candidate_that_was_not_evaluated_is_not_decided_on() -> None:
    story = _measured("w1").runs_all().trains("2")
    assert story.kinds().count(ReleaseDecided.kind) == 1
    assert story.state.candidates["2"].decision is None


def test_moving_the_alias_without_a_decision_makes_no_champion_and_is_reported() -> None:
    story = Story(_waits_for(9)).adopts().delivers("w1").materialises("champion", version="7")
    assert story.state.champion is None
    incident = story.incident("undecided_release")
    assert incident.severity is Severity.CRITICAL
    assert "7" in incident.title


def test_the_same_release_reported_twice_is_one_release() -> None:
    story = _measured("w1").runs_all().materialises("champion", version="1")
    assert story.kinds().count(ChampionReleased.kind) == 1
    assert story.state.incidents == {}


def test_batches_measured_before_the_champion_are_measured_with_it_in_order() -> None:
    story = _measured("w2", "w1", agreed=_waits_for(2)).runs_all()
    due = story.bodies(MeasurementDue.kind)
    assert [body["partition"] for body in due] == ["w1", "w2"]
    assert due[0]["assets"] == ["drift", "predictions", "performance"]
    assert {batch.measured_by for batch in story.state.batches.values()} == {"1"}


def test_batches_before_the_window_of_the_champion_are_not_measured_with_it() -> None:
    story = _measured("w1", "w2", "w3", agreed=_waits_for(3))
    story.starts(train := story.next(ActionKind.TRAIN))
    attempt = f"{train.entry}:{train.attempt}"
    story.trains("1", action=attempt, window=["w2", "w3"]).evaluates("1", action=attempt)
    story.finishes(train).runs_all()
    due = [body["partition"] for body in story.bodies(MeasurementDue.kind)]
    assert due == ["w2", "w3"]


def test_a_quarantined_batch_is_not_measured_with_the_champion() -> None:
    story = Story(_waits_for(1)).adopts().delivers("w1", "w2")
    story.judges("data_quality/contract", "w1", FAIL).runs_all()
    assert [body["partition"] for body in story.bodies(MeasurementDue.kind)] == ["w2"]


def test_a_batch_measured_under_the_champion_is_not_measured_again() -> None:
    story = _measured("w1").runs_all().delivers("w2").runs_all()
    assert story.kinds().count(MeasurementDue.kind) == 1


def test_a_measurement_that_began_before_the_release_is_repeated_after_it() -> None:
    story = Story(_waits_for(1)).adopts().delivers("w1")
    story.runs(story.next(ActionKind.MEASURE)).runs(story.next(ActionKind.TRAIN)).delivers("w2")
    release, measure = story.next(ActionKind.RELEASE), story.state.batches["w2"].entry
    story.starts(story.action(measure)).later(minutes=1).runs(release)
    story.checks("data_quality/contract", "w2").checks("data_quality/privacy", "w2")
    story.finishes(story.action(measure))
    assert story.bodies(MeasurementDue.kind)[-1]["partition"] == "w2"
