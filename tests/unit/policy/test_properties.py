"""Rules of every story, for any events in any order."""

from __future__ import annotations

from datetime import timedelta
from functools import reduce
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.events.releases import ReleaseDecided
from aipo_pipelines.ledger.events.trainings import TrainingDue
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.model.state import Action, ActionStatus, ProductState
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.facts.freshness import check_freshness
from aipo_pipelines.policy.facts.live_thresholds import required
from aipo_pipelines.policy.queue import RUNS, in_flight, next_actions
from aipo_pipelines.policy.rules.engine import decide
from tests.unit.policy.story import DATA_CHECKS, MODEL_CHECKS, Story, charter

AGREED = charter(
    retraining={"window": {"first_batches": 2}, "maximum_age": "10d"},
    responses=[{"check": "data_drift", "reactions": ["escalate"], "fails": 2, "of": 3}],
)
_PARTITIONS = st.sampled_from(["w1", "w2", "w3", "late"])
_STEPS = st.one_of(
    st.tuples(st.just("deliver"), _PARTITIONS, st.sampled_from("ab")),
    st.tuples(st.just("labels"), _PARTITIONS, st.sampled_from("xy")),
    st.tuples(
        st.just("check"),
        _PARTITIONS,
        st.tuples(st.sampled_from(DATA_CHECKS + MODEL_CHECKS), st.sampled_from(Verdict)),
    ),
    st.tuples(st.just("start"), st.integers(0, 3), st.none()),
    st.tuples(st.just("run"), st.integers(0, 3), st.none()),
    st.tuples(
        st.sampled_from(["finish", "fail", "lose", "stale_finish", "stale_lose"]),
        st.integers(0, 9),
        st.none(),
    ),
    st.tuples(st.just("model"), st.sampled_from("12"), st.sampled_from(["challenger", "champion"])),
    st.tuples(st.just("wait"), st.integers(0, 10), st.none()),
)
_LIVES = st.lists(_STEPS, min_size=5, max_size=40)
_EXAMPLES = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _live(life: list[Any]) -> Story:
    story = Story(AGREED).adopts()
    for verb, subject, detail in life:
        _step(story, verb, subject, detail)
    return story


def _step(story: Story, verb: str, subject: Any, detail: Any) -> None:
    if verb == "deliver":
        story.delivers(subject, digest=detail)
    elif verb == "labels":
        if subject in story.state.batches:
            story.labels(subject, detail)
    elif verb == "check":
        story.checks(detail[0], subject, detail[1])
    elif verb in ("start", "run"):
        for action in next_actions(story.state, story.now, RUNS):
            story.runs(action) if verb == "run" else story.starts(action)
    elif verb == "model":
        story.materialises(detail, version=subject, window=["w1"])
    elif verb == "wait":
        story.later(days=subject).ticks()
    else:
        _end(story, verb, subject)


def _end(story: Story, verb: str, position: int) -> None:
    """Any action is reported as ended, in any status; `stale_` means its first attempt."""
    actions = list(story.state.actions.values())
    if not actions:
        return
    action = actions[position % len(actions)]
    if verb.startswith("stale_"):
        action = _first_attempt(action)
    ends = {"finish": story.finishes, "fail": story.fails, "lose": story.loses}
    ends[verb.removeprefix("stale_")](action)


def _first_attempt(action: Action) -> Action:
    return Action(
        entry=action.entry,
        kind=action.kind,
        partition=action.partition,
        arguments={},
        status=ActionStatus.STARTED,
        attempt=1,
        due_at=action.due_at,
    )


@_EXAMPLES
@given(_LIVES)
def test_two_runs_of_a_product_are_never_in_flight(life: list[Any]) -> None:
    story = Story(AGREED).adopts()
    for verb, subject, detail in life:
        _step(story, verb, subject, detail)
        running = [action for action in in_flight(story.state) if action.kind in RUNS]
        offered = next_actions(story.state, story.now, RUNS)
        assert len(running) + len(offered) <= 1


@_EXAMPLES
@given(_LIVES, st.integers(0, 60))
def test_folding_a_beginning_and_then_the_rest_equals_folding_the_whole(
    life: list[Any], cut: int
) -> None:
    story = _live(life)
    start = ProductState(product="churn")
    middle = reduce(apply, story.entries[:cut], start)
    assert reduce(apply, story.entries[cut:], middle) == story.state
    assert reduce(apply, story.entries, start) == story.state


@_EXAMPLES
@given(_LIVES)
def test_every_champion_rests_on_a_recorded_decision_for_its_version(life: list[Any]) -> None:
    story = _live(life)
    champion = story.state.champion
    if champion is not None:
        decision = story.entries[champion.decision]
        assert decision.kind == ReleaseDecided.kind
        assert (decision.body["version"], decision.body["go"]) == (champion.version, True)


@_EXAMPLES
@given(_LIVES)
def test_deciding_again_gives_the_same_drafts_under_keys_that_are_known(life: list[Any]) -> None:
    story = _live(life)
    known = {entry.key for entry in story.entries}
    state = ProductState(product="churn")
    for entry in story.entries:
        state = apply(state, entry)
        once, twice = (decide(AGREED, state, entry, entry.recorded_at) for _ in range(2))
        assert once == twice
        assert len({draft.key for draft in once}) == len(once)
        assert {draft.key for draft in once} <= known


@_EXAMPLES
@given(_LIVES)
def test_one_cause_never_has_two_open_incidents(life: list[Any]) -> None:
    incidents = [
        incident.cause for incident in _live(life).state.incidents.values() if incident.is_open
    ]
    assert len(incidents) == len(set(incidents))


@_EXAMPLES
@given(_LIVES, st.integers(0, 40))
def test_a_yes_always_rests_on_recent_evidence_of_every_required_check(
    life: list[Any], days: int
) -> None:
    story = _live([*_HEALTHY, *life]).later(days=days)
    if story.answer().verdict is Performing.YES:
        for key in required(AGREED):
            stand = check_freshness(AGREED, story.state, key, story.now)
            assert stand.evidence is not None
            assert story.now - stand.evidence.evidence_at <= timedelta(days=14)
            assert stand.evidence.verdict is Verdict.PASS


_HEALTHY = [
    ("deliver", "w1", "a"),
    ("deliver", "w2", "a"),
    *[("run", 0, None)] * 8,
]


def test_the_healthy_beginning_of_that_story_is_a_yes() -> None:
    assert _live(_HEALTHY).answer().verdict is Performing.YES


@_EXAMPLES
@given(_LIVES)
def test_a_quarantined_batch_is_in_no_training_window(life: list[Any]) -> None:
    story = Story(AGREED).adopts()
    for verb, subject, detail in life:
        before = len(story.entries)
        _step(story, verb, subject, detail)
        for due in story.entries[before:]:
            if due.kind == TrainingDue.kind:
                window = due.body["window"]
                assert isinstance(window, list)
                assert {story.state.batches[str(name)].status for name in window} == {"approved"}
