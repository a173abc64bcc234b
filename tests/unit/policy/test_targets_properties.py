"""A target that decides answers as a limit does: for any events in any order.

Two worlds live through the same. In one of them accuracy has a limit; in the other world it has a
limit that it never fails, and that number as a target which decides. Edits while a run is under way
are left out: a run judges by the limit that it knew, and a target is judged by the agreement when
the run reports.
"""

from __future__ import annotations

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.facts.business_targets import TARGET
from aipo_pipelines.policy.facts.freshness import check_freshness
from aipo_pipelines.policy.incidents.incident import open_incident
from tests.unit.policy.known_batches import Agreed
from tests.unit.policy.sequences import World
from tests.unit.policy.withdrawing import withdraws

_LIMIT = "performance/performance"
_NEVER_FAILED = 0.01
_CONTENT: Any = st.sampled_from([(0.9, False), (0.5, False), (0.68, False), (0.9, True)])
_LABELS: Any = st.sampled_from([0, 40, 150, 500, 500])
_AHEAD: Any = st.sampled_from([0.0, 0.0, -10.0, -20.0, 20.0, None])
_INDEX: Any = st.integers(0, 5)
_EDIT: Any = st.one_of(
    st.fixed_dictionaries({"limit": st.sampled_from([0.4, 0.7, 0.95])}),
    st.fixed_dictionaries({"minimum": st.sampled_from([30, 100, 300])}),
    st.fixed_dictionaries({"late": st.booleans()}),
    st.fixed_dictionaries({"meaning": st.sampled_from([0, 1])}),
)
_ACTS: Any = st.one_of(
    st.tuples(st.just("arrives"), _CONTENT, _LABELS, _AHEAD),
    st.tuples(st.just("again"), _INDEX, _CONTENT, _LABELS, _AHEAD),
    st.tuples(st.just("copies"), _INDEX, _INDEX),
    st.tuples(st.just("copied"), _INDEX),
    st.tuples(st.just("labels"), _INDEX, _LABELS),
    st.tuples(st.just("edits"), _EDIT),
    st.tuples(st.just("releases"), st.sampled_from(["", "pass"])),
    st.tuples(st.just("by_hand"), st.sampled_from(["resolve", "rollback", "stop"])),
    st.tuples(st.just("begins"), _INDEX),
    st.tuples(st.just("reports")),
    st.tuples(st.just("withdraws"), _INDEX),
    st.tuples(st.just("leaves")),
    st.tuples(st.just("ticks")),
)


def _plays(world: World, act: str, *arguments: Any) -> None:
    world.fixes_measurements()
    if act == "ticks":
        world.story.later(days=1).ticks()
    elif act == "leaves":
        world.story.adopts(None, "charter.sources.crm.location")
    elif act == "withdraws":
        withdraws(world.story, world.name(arguments[0]))
    elif act == "edits":
        (changes,) = arguments
        aimed = world.agreed.target is not None
        named = {"target" if aimed and name == "limit" else name: changes[name] for name in changes}
        world.edits(**named)
    else:
        getattr(world, act)(*arguments)


def _is_open(world: World, key: str) -> bool:
    return open_incident(world.story.state, Cause.of_check(key)) is not None


def _speaks(world: World, key: str) -> tuple[str, bool, Verdict | None]:
    """The evidence of a check: its batch, whether it is recent, and its verdict."""
    story = world.story
    stand = check_freshness(story.charter, story.state, key, story.now)
    evidence = stand.evidence
    return (evidence.partition, stand.is_fresh, evidence.verdict) if evidence else ("", False, None)


_MISSED = ("arrives", (0.5, False), 500, 0.0)
_ENDS_NOTHING = [
    ("again", 1, (0.9, False), 150, 0.0),
    ("copies", 1, 0),
    ("labels", 1, 150),
    ("again", 1, (0.5, False), 500, -10.0),
    ("withdraws", 1),
    ("leaves",),
    ("releases", ""),
]


@settings(deadline=None)
@given(
    st.sampled_from([None, (1, 1)]),
    st.lists(st.tuples(_ACTS, st.sampled_from([False, True, True])), min_size=1, max_size=10),
)
@example(None, [(_MISSED, True), *((act, True) for act in _ENDS_NOTHING)])
@example((1, 1), [(_MISSED, True), *((act, True) for act in _ENDS_NOTHING)])
def test_a_target_answers_and_is_reported_as_a_limit_is(
    series: tuple[int, int] | None, acts: list[tuple[tuple[Any, ...], bool]]
) -> None:
    limited = World(Agreed(series=series))
    aimed = World(Agreed(limit=_NEVER_FAILED, target=0.7, series=series))
    alike = series is not None
    for act, runs in acts:
        # The incident of a target outlasts a withdrawal; and an evaluation said in this world that
        # it passes, for any limit, while a target is judged on its figures.
        alike = alike and act[0] != "withdraws" and act != ("releases", "pass")
        for world in (limited, aimed):
            _plays(world, *act)
            if runs:
                world.runs()
        if alike:
            assert _is_open(aimed, TARGET) is _is_open(limited, _LIMIT)
        assert _speaks(aimed, TARGET) == _speaks(limited, _LIMIT)
        if _speaks(aimed, TARGET)[1:] != (True, Verdict.PASS):
            assert aimed.story.answer().verdict is not Performing.YES
