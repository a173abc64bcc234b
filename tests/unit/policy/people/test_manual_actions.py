"""What people set going or end by hand: rollbacks, trainings, incidents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from aipo_pipelines.errors import DecisionError
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.releases import ReleaseDecided
from aipo_pipelines.ledger.events.trainings import TrainingDue
from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.policy.facts.training import approved, data_of
from aipo_pipelines.policy.people.manual_actions import may_end, resolve, retrain
from aipo_pipelines.policy.people.overrides import rollback
from tests.unit.policy.changed_charters import person
from tests.unit.policy.story import FAIL, Story, charter, date_of
from tests.unit.policy.team import (
    ADA,
    DARA,
    INES,
    MO,
    RAE,
    again,
    by_rule,
    governed,
    released,
    succeeded,
    waits,
    yes,
)

REASON = "Complaints since Monday."
KEY = "performance/performance"


def refusal(story: Story, word: Any, name: str = ADA, reason: str = REASON, **options: Any) -> str:
    """The answer to a refused decision, which must leave no trace."""
    before = len(story.entries)
    with pytest.raises(DecisionError) as refused:
        story.decides(word, person=name, reason=reason, **options)
    assert len(story.entries) == before
    return str(refused.value)


def test_a_rollback_puts_the_predecessor_back_in_charge() -> None:
    story = succeeded().decides(rollback, person=INES, reason=REASON).runs_all()
    assert story.state.champion is not None
    assert story.state.champion.version == "1"
    assert story.state.champion.released_by == f"incident_owner {INES}"
    decision = story.bodies(ReleaseDecided.kind)[-1]
    assert (decision["rule"], decision["reason"], decision["signature"]) == (
        "rollback",
        REASON,
        "unsigned",
    )


@pytest.mark.parametrize("story", [waits, released])
def test_a_rollback_with_no_predecessor_is_refused(story: Callable[[], Story]) -> None:
    assert "rollback with no predecessor" in refusal(story(), rollback)


def test_a_rollback_is_not_rolled_back() -> None:
    story = succeeded().decides(rollback, person=ADA, reason=REASON).runs_all()
    message = refusal(story, rollback)
    assert "rollback with no predecessor: version 1 is in charge" in message


def test_a_rollback_needs_the_right_to_override() -> None:
    message = refusal(succeeded(), rollback, RAE)
    assert "Rae Holt (risk officer) may not override the decisions about churn" in message
    assert "Ada Ng (owner), Ines Sol (incident owner)" in message


def test_a_rollback_waits_for_a_training_to_end() -> None:
    story = succeeded().decides(retrain, person=MO, reason=REASON)
    assert "a training of churn is under way" in refusal(story, rollback)


def test_of_two_rollbacks_at_once_the_second_is_refused() -> None:
    story = succeeded().decides(rollback, person=ADA, reason=REASON)
    assert "a release of churn is under way" in refusal(story, rollback, INES)


def test_a_rollback_that_was_given_up_may_be_asked_for_again() -> None:
    story = succeeded().decides(rollback, person=ADA, reason=REASON)
    story.gives_up(story.next(ActionKind.RELEASE))
    story.decides(rollback, person=ADA, reason="Again.").runs_all()
    assert story.state.champion is not None
    assert story.state.champion.version == "1"


def test_a_training_by_hand_takes_all_approved_batches_and_names_who_asked() -> None:
    story = released().delivers("w2").runs_all().decides(retrain, person=MO, reason=REASON)
    (due,) = [body for body in story.bodies(TrainingDue.kind) if body["trigger"] == "by hand"]
    assert due["window"] == ["w1", "w2"]
    assert due["reason"] == f"{MO}: {REASON}"
    assert story.entries[-1].actor == f"model_steward {MO}"


def test_a_training_by_hand_is_counted_at_the_date_of_the_data() -> None:
    story = (
        released()
        .delivers("w3")
        .later(days=30)
        .runs_all()
        .decides(retrain, person=MO, reason=REASON)
    )
    (training,) = [
        training
        for training in story.state.trainings.values()
        if str(training.trigger) == "by hand"
    ]
    assert training.data_at == date_of("w3")


def test_cooldown_and_cap_hold_no_person_back() -> None:
    capped = charter(retraining={"attempts": 1, "cooldown": "30d"})
    story = Story(capped).adopts().delivers("w1").runs_all()
    for _ in range(2):
        story.decides(retrain, person=ADA, reason=REASON).runs_all()
    assert [str(training.trigger) for training in story.state.trainings.values()][1:] == [
        "by hand",
        "by hand",
    ]


def test_of_two_trainings_at_once_the_second_is_refused() -> None:
    story = released().decides(retrain, person=MO, reason=REASON)
    assert "a training of churn is under way" in refusal(story, retrain, ADA)


def test_nothing_is_trained_while_a_release_is_under_way() -> None:
    assert "a release of churn is under way" in refusal(yes(waits(), "1"), retrain)


def test_a_release_that_waits_for_people_keeps_nobody_from_training() -> None:
    story = again(released(), "2").decides(retrain, person=MO, reason=REASON)
    assert story.next(ActionKind.TRAIN).arguments["trigger"] == "by hand"


def test_without_an_approved_batch_nothing_is_trained() -> None:
    assert "no batch of churn is approved" in refusal(Story(by_rule()).adopts(), retrain)


@pytest.mark.parametrize(
    "model", [None, {"task": "binary", "features": ["x1"], "logged_predictions": "predicted"}]
)
def test_a_product_that_trains_nothing_here_is_refused(model: dict[str, Any] | None) -> None:
    story = Story(charter(model=model, thresholds=[])).adopts().delivers("w1").runs_all()
    assert "no model that is trained here" in refusal(story, retrain)


@pytest.mark.parametrize("word", [retrain, rollback])
def test_a_stranger_or_an_empty_reason_is_refused(word: Any) -> None:
    assert "'Eve Adler' is not named" in refusal(succeeded(), word, "Eve Adler")
    assert "the reason is empty" in refusal(succeeded(), word, reason=" ")


def _troubled(severity: Severity = Severity.CRITICAL, key: str = KEY) -> Story:
    check = key.rpartition("/")[2]
    responses = charter(responses=[{"check": check, "reactions": ["escalate"]}]).responses
    agreed = governed().model_copy(update={"responses": responses})
    return Story(agreed).adopts().delivers("w1").checks(key, "w1", FAIL, severity=severity)


@pytest.mark.parametrize(("name", "role"), [(INES, "incident_owner"), (DARA, "data_steward")])
def test_anybody_the_charter_names_may_resolve_an_incident(name: str, role: str) -> None:
    story = _troubled(Severity.WARNING).later(hours=2)
    entry = story.incident(f"check:{KEY}").entry
    story.decides(resolve, incident=entry, person=name, reason="The feed was late.")
    incident = story.incident(f"check:{KEY}")
    assert not incident.is_open
    assert incident.resolution == f"{name}: The feed was late."
    assert incident.resolved_at == incident.opened_at + timedelta(hours=2)
    assert (story.entries[-1].actor, story.entries[-1].subject) == (
        f"{role} {name}",
        f"incident/{entry}",
    )


@pytest.mark.parametrize("name", [ADA, RAE, MO, DARA])
def test_a_critical_incident_is_ended_by_who_holds_the_right_alone(name: str) -> None:
    story = _troubled()
    entry = story.incident(f"check:{KEY}").entry
    message = refusal(story, resolve, name, incident=entry)
    assert f"may not end the critical incident {entry} of churn" in message
    assert "expected one of: Ines Sol (incident owner); the charter's decision_rights" in message


@pytest.mark.parametrize(("name", "role"), [(DARA, "data_steward"), (RAE, "risk_officer")])
def test_a_critical_incident_about_personal_data_may_be_ended_by_those_who_mind_the_data(
    name: str, role: str
) -> None:
    story = _troubled(key="data_quality/privacy")
    entry = story.incident("check:data_quality/privacy").entry
    assert "Ines Sol (incident owner)" in refusal(story, resolve, ADA, incident=entry)
    story.decides(resolve, incident=entry, person=name, reason="The column is gone.")
    assert not story.incident("check:data_quality/privacy").is_open
    assert story.entries[-1].actor == f"{role} {name}"


def test_the_right_to_end_critical_incidents_is_the_charters() -> None:
    story = _troubled()
    rights = governed(incident={"roles": ["owner"]}).decision_rights
    story.adopts(story.charter.model_copy(update={"decision_rights": rights}))
    entry = story.incident(f"check:{KEY}").entry
    assert "Ada Ng (owner)" in refusal(story, resolve, INES, incident=entry)
    story.decides(resolve, incident=entry, person=ADA, reason="Seen.")
    assert not story.incident(f"check:{KEY}").is_open


def test_an_incident_is_resolved_once() -> None:
    story = _troubled()
    entry = story.incident(f"check:{KEY}").entry
    story.decides(resolve, incident=entry, person=INES, reason="Done.")
    message = refusal(story, resolve, incident=entry)
    assert "was resolved already, on 2026-03-02 09:00 UTC (Ines Sol: Done.)" in message


def test_an_incident_nobody_knows_is_refused_with_those_that_are_open() -> None:
    story = _troubled()
    entry = story.incident(f"check:{KEY}").entry
    message = refusal(story, resolve, incident=999)
    assert f"no incident 999 of churn is known; expected an open incident: {entry};" in message


def test_a_stranger_resolves_nothing() -> None:
    story = _troubled()
    entry = story.incident(f"check:{KEY}").entry
    assert "'Eve Adler' is not named" in refusal(story, resolve, "Eve Adler", incident=entry)


def test_the_entry_of_a_training_by_hand_names_the_training_before_it() -> None:
    story = succeeded().later(hours=3)
    last = max(training.entry for training in story.state.trainings.values())
    (draft,) = retrain(story.charter, story.state, INES, REASON, story.now)
    assert (draft.key, draft.subject) == (f"retrain/churn/{last}", "model")
    assert (draft.actor, draft.occurred_at) == (f"incident_owner {INES}", story.now)
    story.state = replace(story.state, trainings={})
    (first,) = retrain(story.charter, story.state, INES, REASON, story.now)
    assert first.key == "retrain/churn/none"


def test_a_training_by_hand_names_the_content_of_its_batches() -> None:
    story = succeeded()
    (draft,) = retrain(story.charter, story.state, ADA, REASON, story.now)
    assert isinstance(draft.event, TrainingDue)
    assert draft.event.data == data_of(approved(story.state))


def test_a_product_whose_model_is_not_trained_here_is_refused_with_the_expected_charter() -> None:
    story = succeeded()
    story.charter = charter(model=None, thresholds=[])
    assert refusal(story, retrain) == (
        "churn has no model that is trained here; expected a charter with a model and without "
        "logged predictions"
    )


@pytest.mark.parametrize("kind", [ActionKind.TRAIN, ActionKind.RELEASE])
def test_a_training_waits_for_the_work_that_is_under_way(kind: ActionKind) -> None:
    story = yes(again(released(), "2"), "2")
    if kind is ActionKind.TRAIN:
        story = succeeded().decides(retrain, person=INES, reason=REASON)
    action = story.next(kind)
    noun = "training" if kind is ActionKind.TRAIN else "release"
    assert refusal(story, retrain) == (
        f"a {noun} of churn is under way (entry {action.entry}, pending), so nothing can be "
        "trained now; let it end first: aipo run churn"
    )


def test_a_person_who_may_not_end_a_critical_incident_is_named_with_every_role() -> None:
    story = _troubled()
    story.charter = governed(people={"model_steward": person(DARA)})
    entry = story.incident(f"check:{KEY}").entry
    assert refusal(story, resolve, DARA, incident=entry) == (
        f"Dara Ek (model steward, data steward) may not end the critical incident {entry} of "
        "churn; expected one of: Ines Sol (incident owner); the charter's decision_rights.incident "
        "names who may"
    )


def test_a_critical_incident_is_ended_in_the_role_of_the_right() -> None:
    story = _troubled()
    twice = {"owner": person(INES)}
    story.charter = governed(people=twice, incident={"roles": ["owner"]})
    entry = story.incident(f"check:{KEY}").entry
    (draft,) = resolve(story.charter, story.state, entry, INES, "Seen.", story.now)
    assert draft.actor == f"owner {INES}"
    assert (draft.key, draft.occurred_at) == (f"resolve/churn/{entry}", story.now)


def test_a_warning_may_be_ended_by_every_person_of_the_charter() -> None:
    incident = _troubled(Severity.WARNING).incident(f"check:{KEY}")
    assert {holder.name for holder in may_end(governed(), incident)} == {ADA, RAE, MO, INES, DARA}
    critical = _troubled().incident(f"check:{KEY}")
    assert [holder.name for holder in may_end(governed(), critical)] == [INES]


def test_an_incident_that_ended_on_an_unknown_day_is_resolved_already() -> None:
    story = _troubled()
    entry = story.incident(f"check:{KEY}").entry
    story.decides(resolve, incident=entry, person=INES, reason="Done.")
    ended = replace(story.incident(f"check:{KEY}"), resolved_at=None)
    story.state = replace(story.state, incidents={str(entry): ended})
    assert refusal(story, resolve, incident=entry) == (
        f"incident {entry} of churn was resolved already, on an unknown day (Ines Sol: Done.); "
        "nothing was recorded now"
    )
    assert "expected an open incident: none is; see: aipo incidents churn" in refusal(
        story, resolve, incident=999
    )
