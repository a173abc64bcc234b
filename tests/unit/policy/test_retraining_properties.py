"""What holds of retraining and release in every story, crashes and restarts included."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.errors import DecisionError
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.events.actions import ActionFinished
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.measurements import AssetMaterialised
from aipo_pipelines.ledger.events.releases import ChampionReleased, ReleaseApproved, ReleaseDecided
from aipo_pipelines.ledger.events.trainings import TrainingDue
from aipo_pipelines.ledger.model.state import Action, ActionKind, ActionStatus
from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.measures.gates.terms import gate_names
from aipo_pipelines.policy.facts.first_models import FIRST_MODEL
from aipo_pipelines.policy.people.manual_actions import BY_HAND, retrain
from aipo_pipelines.policy.people.overrides import rollback
from aipo_pipelines.policy.queue import RUNS, next_actions
from tests.unit.policy.story import FAIL, Story, charter

COOLDOWN, PERIOD, CAP = timedelta(days=10), timedelta(days=60), 2
ADA = "Ada Ng"


def agreed(quorum: int) -> Charter:
    right = {"roles": ["owner"]}
    return charter(
        decision_rights={
            "data_source": right,
            "release": {**right, "quorum": quorum},
            "override": right,
            "sunset": right,
        },
        retraining={
            "cadence": "0 6 * * 1",
            "triggers": ["cadence", "checks", "value"],
            "cooldown": "10d",
            "attempts": CAP,
            "period": "60d",
        },
        responses=[{"check": "performance", "reactions": ["retrain"]}],
        release={"rollback": {"fails": 1, "of": 1}},
    )


BY_RULE, BY_PEOPLE = agreed(0), agreed(1)
_WEEKS = st.integers(1, 9)
_STEPS = st.one_of(
    st.tuples(st.just("week"), st.sampled_from(["performance", "retraining_value"])),
    st.tuples(st.just("week"), st.sampled_from(["performance", "succession"])),
    st.tuples(st.just("deliver"), _WEEKS),
    st.tuples(st.sampled_from(["performance", "succession", "retraining_value"]), _WEEKS),
    st.tuples(st.just("wait"), st.integers(0, 12)),
    st.tuples(st.just("run"), st.sampled_from(["pass", "pass", "fail", "insufficient"])),
    st.tuples(st.just("part"), st.integers(0, 3)),
    st.tuples(st.sampled_from(["finish", "fail", "lose", "stale_finish"]), st.integers(0, 9)),
    st.tuples(st.just("move"), st.integers(1, 4)),
    st.tuples(st.sampled_from(["approve", "retrain", "rollback"]), st.just(0)),
)
_LIVES = st.lists(_STEPS, min_size=5, max_size=30)
_EXAMPLES = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
_BOTH = pytest.mark.parametrize("rules", [BY_RULE, BY_PEOPLE], ids=["by rule", "by people"])


FIRST_CHAMPION = [("run", "pass"), ("run", "pass"), ("approve", 0), ("run", "pass")]


class _Life:
    """A story in which any process may end at any moment; models are numbered as they come."""

    def __init__(self, rules: Charter) -> None:
        self.story = Story(rules).adopts().delivers("w1")
        self.models, self.weeks = 0, 1
        # With a champion in charge the rest of the life has something to change.
        for verb, subject in FIRST_CHAMPION:
            self.lives(verb, subject)

    def lives(self, verb: str, subject: Any) -> None:
        story = self.story
        if verb == "week":
            self._passes_week(subject)
        elif verb == "deliver":
            story.delivers(f"w{subject}")
        elif verb == "wait":
            story.later(days=subject).ticks()
        elif verb == "move":
            story.materialises("champion", version=str(subject))
        elif verb in ("run", "part"):
            for action in next_actions(story.state, story.now, RUNS):
                self._acts(action, verb, subject)
        elif verb in ("approve", "retrain", "rollback"):
            self._decides(verb)
        elif verb in ("finish", "fail", "lose", "stale_finish"):
            self._ends(verb, subject)
        elif f"w{subject}" in story.state.batches:
            story.checks(f"performance/{verb}", f"w{subject}", FAIL)

    def _passes_week(self, check: str) -> None:
        """A week later the next batch is measured, unless work is under way, and a check fails."""
        self.weeks += 1
        self.story.later(days=7).delivers(f"w{self.weeks}")
        self.lives("run", "pass")
        for guard in ("data_quality/contract", "data_quality/privacy"):
            self.story.checks(guard, f"w{self.weeks}")
        self.story.checks(f"performance/{check}", f"w{self.weeks}", FAIL)

    def _acts(self, action: Action, verb: str, subject: Any) -> None:
        if action.kind is not ActionKind.TRAIN:
            self.story.runs(action) if verb == "run" else self.story.starts(action)
            return
        self.story.starts(action)
        parts = 3 if verb == "run" else subject
        gates = subject if verb == "run" else "pass"
        self._trains(f"{action.entry}:{action.attempt}", parts, gates)
        if verb == "run":
            self.story.finishes(action)

    def _trains(self, trigger: str, parts: int, gates: str) -> None:
        """A training records the first parts: challenger, evaluation, risk."""
        self.models += 1
        version = str(self.models)
        if parts > 0:
            self.story.trains(version, action=trigger, window=["w1"])
        if parts > 1:
            gate_results: Json = [
                {"gate": gate, "verdict": gates, "summary": "", "figures": []}
                for gate in gate_names(self.story.charter)
            ]
            self.story.materialises(
                "evaluation", action=trigger, version=version, gates=gate_results
            )
        if parts > 2:
            self.story.materialises("risk_assessment", action=trigger, version=version, text="")

    def _decides(self, verb: str) -> None:
        if verb == "approve":
            for version, known in self.story.state.candidates.items():
                seen = known.evaluated or 0
                self.story.records(
                    ReleaseApproved(
                        version=version, person=ADA, role="owner", reason="", evaluation=seen
                    )
                )
            return
        word = retrain if verb == "retrain" else rollback
        with contextlib.suppress(DecisionError):
            self.story.decides(word, person=ADA, reason="It was time.")

    def _ends(self, verb: str, position: int) -> None:
        actions = list(self.story.state.actions.values())
        if not actions:
            return
        action = actions[position % len(actions)]
        if verb == "stale_finish":
            self.story.records(ActionFinished(action=action.entry, attempt=1))
        else:
            ends = {"finish": "finishes", "fail": "fails", "lose": "loses"}
            getattr(self.story, ends[verb])(action)


def lived(rules: Charter, life: list[Any]) -> Story:
    course = _Life(rules)
    for verb, subject in life:
        course.lives(verb, subject)
    return course.story


def dues(story: Story) -> list[tuple[Trigger, datetime]]:
    """Trigger of each requested training, and the date of its newest data."""
    return [
        (Trigger.parse(str(body["trigger"])), datetime.fromisoformat(str(body["data_at"])))
        for body in story.bodies(TrainingDue.kind)
    ]


def gates_of(evaluated: Entry) -> list[Any]:
    metadata = evaluated.body["metadata"]
    assert isinstance(metadata, dict)
    gates = metadata["gates"]
    assert isinstance(gates, list)
    return gates


def of(entries: list[Entry], asset: str, version: str) -> list[Entry]:
    return [
        entry
        for entry in entries
        if entry.kind == AssetMaterialised.kind
        and entry.body["asset"] == asset
        and dict(entry.body["metadata"]).get("version") == version  # type: ignore[arg-type]
    ]


@_BOTH
@_EXAMPLES
@given(life=_LIVES)
def test_two_trainings_or_releases_are_never_asked_for_at_once(
    rules: Charter, life: list[Any]
) -> None:
    course = _Life(rules)
    for verb, subject in life:
        course.lives(verb, subject)
        busy = [
            action
            for action in course.story.state.actions.values()
            if action.kind is ActionKind.TRAIN
            and action.status in (ActionStatus.PENDING, ActionStatus.STARTED)
        ]
        assert len(busy) <= 1


@_BOTH
@_EXAMPLES
@given(life=_LIVES)
def test_no_version_goes_live_without_its_evaluation_its_risk_and_a_decision(
    rules: Charter, life: list[Any]
) -> None:
    story = lived(rules, life)
    for released in (entry for entry in story.entries if entry.kind == ChampionReleased.kind):
        version, before = str(released.body["version"]), story.entries[: released.index]
        (evaluated, *_), (assessed, *_) = (
            of(before, asset, version) for asset in ("evaluation", "risk_assessment")
        )
        decision = story.entries[int(str(released.body["decision"]))]
        assert evaluated.index < assessed.index < decision.index < released.index
        assert (decision.body["version"], decision.body["go"]) == (version, True)
        assert {dict(gate)["verdict"] for gate in gates_of(evaluated)} == {"pass"}


@_EXAMPLES
@given(life=_LIVES)
def test_if_people_decide_nothing_goes_live_without_their_approval(life: list[Any]) -> None:
    story = lived(BY_PEOPLE, life)
    rules = {str(event["rule"]) for event in story.bodies(ReleaseDecided.kind) if event["go"]}
    assert rules <= {"approved", "rollback"}


@_BOTH
@_EXAMPLES
@given(life=_LIVES)
def test_no_rule_trains_within_the_cooldown(rules: Charter, life: list[Any]) -> None:
    trainings = dues(lived(rules, life))
    for position, (trigger, at) in enumerate(trainings):
        if trigger not in (FIRST_MODEL, BY_HAND):
            assert all(at - before >= COOLDOWN for _, before in trainings[:position])


@_BOTH
@_EXAMPLES
@given(life=_LIVES)
def test_no_rule_trains_beyond_the_cap_of_a_period(rules: Charter, life: list[Any]) -> None:
    trainings = dues(lived(rules, life))
    for position, (trigger, at) in enumerate(trainings):
        if trigger not in (FIRST_MODEL, BY_HAND):
            counted = [
                trigger
                for trigger, before in trainings[:position]
                if trigger != FIRST_MODEL and before > at - PERIOD
            ]
            assert len(counted) < CAP


def test_such_lives_do_come_to_releases_and_retrainings() -> None:
    life: list[Any] = []
    for week in (3, 5, 7):
        life += [("wait", 14), ("deliver", week), ("run", "pass"), ("performance", week)]
        life += [("run", "pass")] * 2
    story = lived(BY_RULE, life)
    assert story.kinds().count(ChampionReleased.kind) >= 3
    assert len(dues(story)) >= 3
