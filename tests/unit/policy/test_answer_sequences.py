"""For any events in any order: never a YES that a new measurement would not give.

A world plays deliveries, labels, copies, slips, edits of the charter, releases, rollbacks and
stops, also while a run is under way, and measurements that are given up. In addition to the ledger
the world knows the content of each batch. So it knows the verdict of the newest judged batch by the
agreement in force, on the limit of accuracy and on its target. It also knows that nobody knows the
verdict on replaced records or labels while nothing measures the replacement.
"""

from __future__ import annotations

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.policy.answer.verdict import Performing
from tests.unit.policy.sequences import World

_CONTENT: Any = st.sampled_from(
    [(0.9, False), (0.9, False), (0.5, False), (0.68, False), (0.9, True)]
)
_SKILL: Any = st.sampled_from([0.9, 0.5])
_LABELS: Any = st.sampled_from([0, 40, 150, 500, 500])
_AHEAD: Any = st.sampled_from([0.0, 0.0, 0.0, -10.0, -20.0, 20.0, 60.0, None])
_INDEX: Any = st.integers(0, 5)
_EDIT: Any = st.one_of(
    st.fixed_dictionaries({"limit": st.sampled_from([0.4, 0.7, 0.95])}),
    st.fixed_dictionaries({"minimum": st.sampled_from([30, 100, 300])}),
    st.fixed_dictionaries({"confidence": st.sampled_from([0.9, 0.95])}),
    st.fixed_dictionaries({"late": st.booleans()}),
    st.fixed_dictionaries({"series": st.sampled_from([None, (1, 1), (2, 3)])}),
    st.fixed_dictionaries({"meaning": st.sampled_from([0, 1])}),
    st.fixed_dictionaries({"target": st.sampled_from([None, 0.65, 0.85])}),
)
_ACTS: Any = st.one_of(
    st.tuples(st.just("arrives"), _CONTENT, _LABELS, _AHEAD),
    st.tuples(st.just("again"), _INDEX, _CONTENT, _LABELS, _AHEAD),
    st.tuples(st.just("copies"), _INDEX, _INDEX),
    st.tuples(st.just("copied"), _INDEX),
    st.tuples(st.just("returns"), _INDEX, _INDEX, st.booleans()),
    st.tuples(st.just("moves"), _INDEX),
    st.tuples(st.just("labels"), _INDEX, _LABELS, _SKILL),
    st.tuples(st.just("edits"), _EDIT),
    st.tuples(st.just("edits_during"), _INDEX, _EDIT),
    st.tuples(st.just("labels_during"), _INDEX, _LABELS, _SKILL),
    st.tuples(st.just("gives_up"), st.booleans()),
    st.tuples(st.just("releases"), st.sampled_from(["", "pass"])),
    st.tuples(st.just("releases"), st.just("pass"), _LABELS, _SKILL),
    st.tuples(st.just("by_hand"), st.sampled_from(["resolve", "rollback", "stop"])),
    st.tuples(st.just("begins"), _INDEX),
    st.tuples(st.just("reports")),
    st.tuples(st.just("ticks")),
)


def _plays(world: World, act: str, *arguments: Any) -> None:
    if act == "ticks":
        world.story.later(days=1).ticks()
    elif act in {"edits", "edits_during"}:
        *indices, changes = arguments
        getattr(world, act)(*indices, **changes)
    elif act == "returns":
        *indices, away = arguments
        world.returns(*indices, away=away)
    else:
        getattr(world, act)(*arguments)


_GOOD, _POOR, _BROKEN = (0.9, False), (0.5, False), (0.9, True)
_MOVED = [
    ("arrives", _POOR, 500, 0.0),
    ("arrives", _GOOD, 500, 0.0),
    ("again", 2, _GOOD, 500, -10.0),
]
_BEGUN = [("arrives", _GOOD, 500, 0.0), ("begins", 1)]
_OLD_VERSION = [*_BEGUN, ("again", 1, _POOR, 500, 0.0), ("reports",)]
_FORMER = [*_BEGUN, ("releases", ""), ("reports",)]
_CORRECTED = [*_BEGUN, ("labels", 1, 500, 0.5), ("reports",)]
_UNASKED = [*_BEGUN[:1], ("again", 1, _POOR, 500, 0.0), ("gives_up", True)]
_RELABELLED = [*_BEGUN[:1], ("labels", 1, 150, 0.9), ("gives_up", False)]
_EVALUATED = [*_BEGUN[:1], ("releases", "pass", 500, 0.5)]
_MISSED = [("edits", {"target": 0.85, "limit": 0.4}), *_MOVED]
_QUARANTINED = [
    *_MOVED[:2],
    ("again", 2, _BROKEN, 500, 0.0),
    ("by_hand", "resolve"),
    ("arrives", _GOOD, 0, 0.0),
]

_HIDDEN_AHEAD = [
    ("arrives", _GOOD, 0, 0.0),
    ("edits", {"target": 0.65}),
    ("again", 1, _POOR, 150, 20.0),
    ("edits_during", 0, {"limit": 0.4}),
    ("arrives", _GOOD, 0, 0.0),
]
_UNDATED_BEFORE_POOR = [("arrives", _GOOD, 500, None), ("arrives", _POOR, 500, 0.0)]
_MOVED_DATA = [*_UNDATED_BEFORE_POOR, ("moves", 0)]
_BACK = [*_UNDATED_BEFORE_POOR, ("returns", 1, 0, True)]


@settings(deadline=None)
@given(st.lists(st.tuples(_ACTS, st.sampled_from([False, True, True])), min_size=1, max_size=10))
@example([(act, True) for act in _MOVED])
@example([(act, True) for act in _OLD_VERSION])
@example([(act, True) for act in _FORMER])
@example([(act, True) for act in _CORRECTED])
@example([*((act, True) for act in _UNASKED[:1]), *((act, False) for act in _UNASKED[1:])])
@example([*((act, True) for act in _RELABELLED[:1]), *((act, False) for act in _RELABELLED[1:])])
@example([(act, True) for act in _EVALUATED])
@example([(act, True) for act in _MISSED])
@example([(act, True) for act in _MOVED_DATA])
@example([(act, True) for act in _BACK])
@example([(act, False) for act in _HIDDEN_AHEAD])
@example(
    [
        *((act, True) for act in _QUARANTINED[:2]),
        *((act, act[0] != "by_hand") for act in _QUARANTINED[2:]),
    ]
)
def test_after_any_events_there_is_no_yes_that_a_new_measurement_would_not_give(
    acts: list[tuple[tuple[Any, ...], bool]],
) -> None:
    world = World()
    for act, runs in acts:
        world.fixes_measurements()
        _plays(world, *act)
        if runs:
            world.runs()
        if world.story.answer().verdict is Performing.YES:
            assert world.truth() == {Verdict.PASS}
