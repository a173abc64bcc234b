"""No order of words, charters and evaluations leads to a release that the agreement does not give.

The machinery is played as it runs: a release is claimed, other things may happen, and the run then
asks whether it may move the alias. Every version that goes live is checked here from the entries
alone.
"""

from __future__ import annotations

import contextlib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.errors import DecisionError
from aipo_pipelines.ledger.events.agreements import CharterAdopted
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.overrides import ChampionStopped, OverrideApproved
from aipo_pipelines.ledger.events.releases import ReleaseApproved, ReleaseDecided
from aipo_pipelines.ledger.model.state import ActionKind, ActionStatus
from aipo_pipelines.policy.people.approval import approve, reject
from aipo_pipelines.policy.people.overrides import restore, rollback
from aipo_pipelines.policy.people.stopped_champion import confirm_stop, stop
from aipo_pipelines.policy.queue import next_actions
from aipo_pipelines.policy.rules.release_approval import decision_withdrawn, may_go_live
from tests.unit.policy.story import Story, threshold
from tests.unit.policy.team import ADA, INES, MO, RAE, REASON, governed

VALUE = 0.8
"""What every model reaches; a limit above it closes the gate."""
DECIDERS = {ADA, RAE}
OVERRIDERS = {ADA, INES}
WORDS: dict[str, Any] = {
    "rollback": rollback,
    "stop": stop,
    "confirm": confirm_stop,
    "restore": restore,
}
_PEOPLE = st.sampled_from([ADA, RAE, MO, INES])
_STEPS = st.one_of(
    st.tuples(st.just("approve"), _PEOPLE),
    st.tuples(st.just("reject"), _PEOPLE),
    st.tuples(st.sampled_from(sorted(WORDS)), _PEOPLE),
    st.tuples(
        st.just("adopt"),
        st.tuples(st.sampled_from([0.7, 0.75, 0.9]), st.sampled_from([0, 1, 2])),
    ),
    st.tuples(st.just("train"), st.none()),
    st.tuples(st.just("ripen"), st.none()),
    st.tuples(st.just("claim"), st.none()),
    st.tuples(st.just("move"), st.none()),
)


class Life:
    """A story with a release run that may be interrupted by anything.

    Attributes:
        moved: Versions the alias moved to, each with the number of entries before it.
    """

    def __init__(self) -> None:
        self.story = Story(agreed(0.7, 2)).adopts().delivers("w1")
        self.trained = 0
        self.moved: list[tuple[str, int]] = []

    def step(self, verb: str, subject: Any) -> None:
        if verb in ("approve", "reject"):
            self._say(approve if verb == "approve" else reject, subject)
        elif verb in WORDS:
            with contextlib.suppress(DecisionError):
                self.story.decides(WORDS[verb], person=subject, reason=REASON)
        elif verb == "adopt":
            self.story.adopts(agreed(*subject))
        elif verb == "train":
            self.trained += 1
            verdict = "pass" if self.story.charter.thresholds[0].limit <= VALUE else "fail"
            self.story.trains(str(self.trained)).evaluates(str(self.trained), accuracy=verdict)
        elif verb == "ripen":
            # Everything up to the moment before the alias moves, so that lives come so far often.
            for part in (("train", None), ("approve", ADA), ("approve", RAE), ("claim", None)):
                self.step(*part)
        elif verb == "claim":
            now = self.story.now
            for action in next_actions(self.story.state, now, {ActionKind.RELEASE}):
                self.story.starts(action)
        else:
            self._move()

    def _say(self, word: Any, person: str) -> None:
        for version in list(self.story.state.candidates):
            with contextlib.suppress(DecisionError):
                self.story.decides(word, version=version, person=person, reason=REASON)

    def _move(self) -> None:
        """What the run does: it asks, and moves the alias or takes the decision back."""
        story = self.story
        started = [
            action
            for action in story.state.actions.values()
            if action.kind is ActionKind.RELEASE and action.status is ActionStatus.STARTED
        ]
        for action in started:
            version = str(action.arguments["version"])
            if may_go_live(story.charter, story.state, version):
                story.decides(lambda c, s, now, v=version: decision_withdrawn(c, s, v, now))
            else:
                self.moved.append((version, len(story.entries)))
                story.materialises(
                    "champion", action=f"{action.entry}:{action.attempt}", version=version
                )
            story.finishes(action)


def agreed(limit: float, quorum: int) -> Charter:
    rights = {"roles": ["owner", "risk_officer", "model_steward"], "quorum": quorum}
    charter = governed(release=rights, override={"roles": ["owner", "incident_owner"], "quorum": 2})
    edits = {**charter.model_dump(mode="json"), "version": f"{limit}/{quorum}"}
    return Charter.model_validate({**edits, "thresholds": [threshold(limit=limit)]})


def in_force(entries: list[Entry]) -> tuple[int, float, int]:
    """Since which position a charter has been in force, its limit and its quorum.

    Adopting the same charter again changes no binding field.
    """
    place, version = 0, ""
    for at, entry in enumerate(entries):
        if entry.kind == CharterAdopted.kind and entry.body["version"] != version:
            place, version = at, str(entry.body["version"])
    limit, _, quorum = version.partition("/")
    return place, float(limit), int(quorum)


def approvers(entries: list[Entry], kind: str, since: int, **members: Any) -> set[str]:
    """Who said something since a moment."""
    return {
        str(entry.body["person"])
        for entry in entries[since:]
        if entry.kind == kind and all(entry.body[name] == value for name, value in members.items())
    }


def is_given(version: str, entries: list[Entry], before: set[str]) -> bool:
    """Whether the agreement in force gives a version, judged from the entries alone."""
    if version in before:
        # It was released before: it comes back by those who may override.
        stopped = approvers(entries, ChampionStopped.kind, 0)
        two = approvers(entries, OverrideApproved.kind, 0, completes=True)
        return bool((stopped | two) & OVERRIDERS)
    place, limit, quorum = in_force(entries)
    words_of = approvers(entries, ReleaseApproved.kind, place, version=version)
    enough = len(words_of & DECIDERS) >= quorum and words_of <= DECIDERS
    refused = any(
        entry.kind == ReleaseDecided.kind
        and entry.body["version"] == version
        and entry.body["rule"] == "rejected"
        for entry in entries
    )
    return limit <= VALUE and enough and not refused


@given(st.lists(_STEPS, max_size=40))
@settings(max_examples=150, deadline=None)
def test_nothing_goes_live_that_the_agreement_in_force_does_not_give(steps: list[Any]) -> None:
    life = Life()
    for verb, subject in steps:
        life.step(verb, subject)
    before: set[str] = set()
    # A stopped champion without a predecessor leaves no version in charge.
    moved = [(version, position) for version, position in life.moved if version]
    for version, position in moved:
        assert is_given(version, life.story.entries[:position], before)
        before.add(version)


@given(st.lists(_STEPS, max_size=40))
@settings(max_examples=80, deadline=None)
def test_a_champion_is_a_version_the_alias_was_moved_to(steps: list[Any]) -> None:
    life = Life()
    for verb, subject in steps:
        life.step(verb, subject)
        champion = life.story.state.champion
        in_charge = {champion.version} if champion else set()
        assert in_charge <= {version for version, _ in life.moved}


def test_such_lives_do_come_to_releases_rollbacks_and_refusals() -> None:
    life = Life()
    yes: list[tuple[str, Any]] = [("approve", ADA), ("approve", RAE), ("claim", None)]
    release = [("train", None), *yes, ("move", None)]
    for verb, subject in (*release, *release, ("rollback", ADA), ("rollback", INES)):
        life.step(verb, subject)
    for verb, subject in (("claim", None), ("move", None), *release[:-1], ("adopt", (0.9, 2))):
        life.step(verb, subject)
    life.step("move", None)
    assert [version for version, _ in life.moved] == ["1", "2", "1"]
    assert life.story.state.decisions["3"].rule == "gates"


def test_the_last_word_of_two_is_what_a_rollback_takes() -> None:
    life = Life()
    release = [("train", None), ("approve", ADA), ("approve", RAE), ("claim", None), ("move", None)]
    for verb, subject in (*release, *release, ("rollback", ADA), ("claim", None), ("move", None)):
        life.step(verb, subject)
    assert [version for version, _ in life.moved] == ["1", "2"]
    assert approvers(life.story.entries, OverrideApproved.kind, 0) <= OVERRIDERS
