"""When retraining is due, and when it must wait."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.incidents import IncidentOpened
from aipo_pipelines.ledger.events.measurements import AssetMaterialised
from aipo_pipelines.ledger.events.releases import ChampionReleased, ReleaseRequested
from aipo_pipelines.ledger.events.trainings import TrainingDue
from aipo_pipelines.ledger.model.models import TrainingStatus
from aipo_pipelines.ledger.model.state import ActionKind, ActionStatus
from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.policy.facts.training import approved, data_of
from aipo_pipelines.policy.queue import RUNS, next_actions
from aipo_pipelines.policy.rules.retraining import due, retrain_on_check, retrain_on_tick
from tests.unit.policy.contexts import context_now
from tests.unit.policy.story import FAIL, INSUFFICIENT, PASS, Story, charter, date_of
from tests.unit.policy.team import governed, waits, yes

PERFORMANCE = "performance/performance"
CADENCE = Trigger("cadence")
_RETRAINS = {"check": "performance", "reactions": ["retrain"]}


def _story(retraining: dict[str, Any] | None = None, **responses: Any) -> Story:
    """Champion 1 is in charge, trained on w1; a failing performance check retrains."""
    response = {**_RETRAINS, **responses}
    agreed = charter(responses=[response], retraining=retraining or {})
    return Story(agreed).adopts().delivers("w1").runs_all()


def _triggers(story: Story) -> list[object]:
    return [body["trigger"] for body in story.bodies(TrainingDue.kind)]


def _fails(story: Story, *partitions: str) -> Story:
    for name in partitions:
        story.judges(PERFORMANCE, name, FAIL).delivers(name).later(days=7).runs_all()
    return story


def test_a_failing_check_whose_response_is_to_retrain_makes_it_due() -> None:
    story = _fails(_story(), "w2")
    assert _triggers(story) == ["first model", f"check:{PERFORMANCE}"]
    assert story.state.champion is not None
    assert story.state.champion.version == "2"


def test_a_retraining_may_use_all_approved_batches_and_knows_the_change() -> None:
    story = _fails(_story(), "w2")
    due = story.bodies(TrainingDue.kind)[1]
    assert (due["window"], due["change"]) == (["w1", "w2"], "w2")


def test_a_quarantined_batch_is_never_trained_on() -> None:
    story = _story().judges("data_quality/contract", "w2", FAIL).delivers("w2").runs_all()
    assert _fails(story, "w3").bodies(TrainingDue.kind)[1]["window"] == ["w1", "w3"]


def test_checks_retrain_only_if_they_are_among_the_triggers() -> None:
    story = _fails(_story({"triggers": ["cadence"]}), "w2")
    assert _triggers(story) == ["first model"]


def test_verdicts_on_a_former_champion_do_not_count_against_the_new_version() -> None:
    story = _fails(_story({"cooldown": "1d", "attempts": 9}, fails=2, of=3), "w2", "w3")
    assert len(_triggers(story)) == 2
    assert len(_triggers(_fails(story, "w4"))) == 2
    assert len(_triggers(_fails(story, "w5"))) == 3


def test_the_value_of_retraining_makes_it_due_if_it_is_a_trigger() -> None:
    for triggers, expected in (
        (["value"], ["first model", "value"]),
        (["checks"], ["first model"]),
    ):
        story = _story({"triggers": triggers}).delivers("w2").later(days=7).runs_all()
        story.checks("performance/retraining_value", "w2", FAIL)
        assert _triggers(story) == expected


def _a_month_later() -> Story:
    """The first of the month has passed, and there is new data."""
    return _story({"cadence": "0 6 1 * *"}).later(days=31).delivers("w4").runs_all()


def test_the_cadence_makes_it_due_on_a_tick_once_per_moment() -> None:
    story = _a_month_later().ticks().ticks()
    assert _triggers(story) == ["first model", "cadence"]
    story.runs_all().later(days=1).ticks()
    assert len(_triggers(story)) == 2


def test_the_cadence_waits_for_new_data() -> None:
    story = _story({"cadence": "0 6 1 * *"}).later(days=31).ticks()
    assert _triggers(story) == ["first model"]


def test_the_cadence_does_not_ask_again_for_a_moment_whose_model_was_refused() -> None:
    story = _a_month_later().gates(2, champion="fail").ticks()
    story.runs_all().later(hours=1).ticks()
    assert _triggers(story) == ["first model", "cadence"]


def test_there_is_rest_between_two_retrainings_by_the_dates_of_the_data() -> None:
    story = _fails(_story({"cooldown": "10d"}), "w2", "w3", "w4")
    assert _triggers(story) == ["first model", f"check:{PERFORMANCE}"]


def test_there_is_no_rest_if_the_charter_agrees_on_no_rest() -> None:
    story = _fails(_story({"cooldown": None, "attempts": 9}), "w2", "w3", "w4")
    assert len(_triggers(story)) == 4


def test_beyond_the_cap_an_incident_opens_instead() -> None:
    story = _fails(_story({"attempts": 1, "period": "60d"}), "w2", "w3")
    assert len(_triggers(story)) == 2
    assert story.incident("retraining_cap").is_open


def test_the_incident_of_the_cap_ends_when_retraining_is_allowed_again() -> None:
    story = _fails(_story({"attempts": 1, "period": "20d"}), "w2", "w3", "w4", "w5")
    assert len(_triggers(story)) == 3
    assert not story.incident("retraining_cap").is_open


def test_a_check_that_fails_after_the_retraining_it_asked_for_was_not_cured() -> None:
    story = _fails(_story({"attempts": 9}), "w2", "w3")
    incident = story.incident(f"not_cured:{PERFORMANCE}")
    assert incident.is_open
    story.judges(PERFORMANCE, "w4", PASS).delivers("w4").runs_all()
    assert not story.incident(f"not_cured:{PERFORMANCE}").is_open


def test_a_version_that_waits_for_people_had_no_chance_to_cure() -> None:
    rights = governed(retraining={"attempts": 9}, responses=[_RETRAINS])
    story = _fails(yes(waits(rights), "1").runs_all(), "w2", "w3")
    assert [body["version"] for body in story.bodies(ReleaseRequested.kind)] == ["1", "2", "3"]
    assert not any(
        incident.cause.kind == "not_cured" for incident in story.state.incidents.values()
    )


def test_a_first_failure_is_not_called_uncured() -> None:
    story = _fails(_story(), "w2")
    assert not any(
        incident.cause.kind == "not_cured" for incident in story.state.incidents.values()
    )


def _entry(story: Story, kind: type[Any], cause: str = "") -> Entry:
    """The newest entry of a kind and a cause."""
    return next(
        entry
        for entry in reversed(story.entries)
        if entry.kind == kind.kind and str(entry.body.get("cause", "")) == cause
    )


def test_the_entry_of_a_training_names_the_check_its_summary_and_the_data() -> None:
    story = _story().later(days=7).judges(PERFORMANCE, "w2", FAIL, summary="0.5 is low.")
    story.delivers("w2")
    story.runs(story.next(ActionKind.MEASURE))
    entry = _entry(story, TrainingDue)
    assert isinstance(entry.event, TrainingDue)
    assert (entry.event.reason, entry.event.data_at) == ("0.5 is low.", date_of("w2"))
    assert entry.event.data == data_of(approved(story.state))
    assert (entry.subject, entry.actor) == ("model", "rule:retrain")
    assert entry.key == f"policy/churn/{entry.index - 1}/retrain/due"


def test_the_incident_of_the_cap_says_how_many_retrainings_were_not_enough() -> None:
    story = _fails(_story({"attempts": 1, "period": "60d"}), "w2", "w3")
    entry = _entry(story, IncidentOpened, "retraining_cap")
    assert entry.body["title"] == "Retraining is due again, and its cap is reached"
    assert entry.body["summary"] == (
        "1 retrainings in the agreed period were not enough; the charter allows no more by rule. "
        "Now due by: check:performance/performance."
    )
    assert (entry.body["severity"], entry.subject) == ("warning", "incident/retraining_cap")
    assert entry.key.endswith("/retrain/cap")


def test_the_end_of_the_cap_says_that_retraining_is_allowed_again() -> None:
    story = _fails(_story({"attempts": 1, "period": "20d"}), "w2", "w3", "w4", "w5")
    number = story.incident("retraining_cap").entry
    assert story.incident("retraining_cap").resolution == ("by rule: retraining is allowed again")
    entry = next(entry for entry in story.entries if entry.subject == f"incident/{number}")
    assert entry.key.endswith("/retrain/uncap")


def test_a_check_that_a_retraining_did_not_fix_is_a_warning_on_its_batch() -> None:
    story = _fails(_story({"attempts": 9}), "w2")
    story.judges(PERFORMANCE, "w3", FAIL, summary="0.5 is low.").delivers("w3").runs_all()
    cause = f"not_cured:{PERFORMANCE}"
    entry = _entry(story, IncidentOpened, cause)
    assert entry.body["title"] == "Retraining did not fix performance"
    assert entry.body["summary"] == (
        "It was the reason of the last retraining, and it fails again: 0.5 is low."
    )
    assert (entry.body["severity"], entry.body["partition"]) == ("warning", "w3")
    assert (entry.subject, entry.key.rpartition("/retrain/")[2]) == (f"incident/{cause}", cause)
    story.judges(PERFORMANCE, "w4", PASS).delivers("w4").runs_all()
    number = story.incident(cause).entry
    assert story.incident(cause).resolution == "by rule: performance passes again"
    end = next(entry for entry in story.entries if entry.subject == f"incident/{number}")
    assert end.key.endswith(f"/retrain/cured:{PERFORMANCE}")


def test_an_insufficient_verdict_shows_no_fix() -> None:
    story = _fails(_story({"attempts": 9}), "w2", "w3")
    story.judges(PERFORMANCE, "w4", INSUFFICIENT, figures=()).delivers("w4").runs_all()
    assert story.incident(f"not_cured:{PERFORMANCE}").is_open


def test_a_rule_records_nothing_without_a_champion_an_evaluation_or_a_reason() -> None:
    story = _story()
    assert list(retrain_on_check(context_now(Story().adopts()))) == []
    assert list(retrain_on_check(context_now(story.checks("performance/performance", "w1")))) == []
    assert retrain_on_tick(story.charter, story.state, story.now) == ()


def _due(story: Story) -> list[str]:
    drafts = due(story.charter, story.state, CADENCE, "It is Monday.", story.now, "cause")
    return [draft.key for draft in drafts]


def test_a_training_is_due_only_if_a_model_is_trained_here_on_approved_batches() -> None:
    story = _story({"cooldown": None})
    assert _due(story) == ["cause/due"]
    story.charter = charter(model=None, thresholds=[])
    assert _due(story) == []
    empty = Story(charter(retraining={"cooldown": None})).adopts()
    assert _due(empty) == []


def test_what_became_of_a_training_is_remembered() -> None:
    story = _fails(_story(), "w2")
    assert [(training.status, training.version) for training in story.state.trainings.values()] == [
        (TrainingStatus.TRAINED, "1"),
        (TrainingStatus.TRAINED, "2"),
    ]


def test_a_training_that_failed_to_the_end_is_remembered_as_given_up() -> None:
    story = _a_month_later().ticks()
    story.gives_up(story.next(ActionKind.TRAIN))
    assert list(story.state.trainings.values())[-1].status is TrainingStatus.GIVEN_UP


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["fail", "pass", "value", "tick", "lose", "break"]), st.integers(0, 3)
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=60, deadline=None)
@given(steps=_STEPS, refused=st.sets(st.integers(2, 8)))
def test_after_any_events_cooldown_cap_and_evaluation_hold(
    steps: list[tuple[str, int]], refused: set[int]
) -> None:
    """Any interleaving of failures, losses, ticks and refusals keeps the promises of policy."""
    retraining = {
        "cadence": "0 6 * * 1",
        "cooldown": "10d",
        "attempts": 2,
        "period": "35d",
        "triggers": ["cadence", "checks", "value"],
    }
    story = _story(retraining)
    for model in refused:
        story.gates(model, champion="fail")
    for number, (step, days) in enumerate(steps, start=2):
        name = f"w{number}"
        story.judges(PERFORMANCE, name, FAIL if step == "fail" else PASS)
        story.later(days=7 + days).delivers(name)
        _plays(story, step)
        if step == "value":
            story.checks("performance/retraining_value", name, FAIL)
        if step == "tick":
            story.ticks()
    _keeps_its_promises(story)


def _plays(story: Story, step: str) -> None:
    """Plays the pending actions; the first run is lost or fails if the step says so."""
    for offered in next_actions(story.state, story.now, RUNS):
        if step == "lose":
            story.starts(offered).loses(offered)
        if step == "break":
            story.starts(offered).fails(offered).later(minutes=2)
    story.runs_all()
    busy = (ActionStatus.PENDING, ActionStatus.STARTED)
    trainings = [
        action
        for action in story.state.actions.values()
        if action.kind is ActionKind.TRAIN and action.status in busy
    ]
    assert len(trainings) <= 1


def _keeps_its_promises(story: Story) -> None:
    again = [
        training
        for training in story.state.trainings.values()
        if str(training.trigger) != "first model"
    ]
    moments = [training.data_at for training in story.state.trainings.values()]
    pairs = pairwise(moments)
    assert all(later - earlier >= timedelta(days=10) for earlier, later in pairs)
    for training in again:
        window = [
            other
            for other in again
            if training.data_at - timedelta(days=35) < other.data_at <= training.data_at
        ]
        assert len(window) <= 2
    evaluated = {str(body["metadata"]["version"]) for body in _evaluations(story)}
    assert {str(body["version"]) for body in story.bodies(ChampionReleased.kind)} <= evaluated


def _evaluations(story: Story) -> list[Any]:
    materialised = story.bodies(AssetMaterialised.kind)
    return [body for body in materialised if body["asset"] == "evaluation"]
