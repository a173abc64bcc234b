"""After any withdrawals in any order, the evidence is that of the remaining batches."""

from __future__ import annotations

from functools import reduce
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.model.state import ActionKind, ProductState
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.facts.freshness import check_freshness
from aipo_pipelines.policy.facts.live_thresholds import required
from tests.unit.policy.story import Story, charter, figure
from tests.unit.policy.withdrawing import withdraws

CONTRACT, PERFORMANCE = "data_quality/contract", "performance/performance"
_OUTCOMES: dict[str, dict[str, tuple[Verdict, dict[str, Any]]]] = {
    "good": {},
    "broken": {CONTRACT: (Verdict.FAIL, {})},
    "poor": {
        PERFORMANCE: (Verdict.FAIL, {"figures": (figure(value=0.5, verdict="fail"),)}),
    },
    "without labels": {PERFORMANCE: (Verdict.INSUFFICIENT, {"figures": ()})},
}
_NAMES = ("w2", "w3", "w4", "w5", "undated")
_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["arrives", "arrives", "withdrawn", "starts", "runs"]),
        st.sampled_from(_NAMES),
        st.sampled_from(sorted(_OUTCOMES)),
    ),
    max_size=16,
)
_EXAMPLES = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class _Feed:
    """A product whose batches are as good as their last delivery says."""

    def __init__(self, *, late: bool) -> None:
        labels = {"column": "left", "delay": "70d"} if late else {"column": "left"}
        agreed = charter(
            labels=labels,
            monitoring={"cadence": "90d"},
            responses=[{"check": PERFORMANCE, "reactions": ["escalate"], "fails": 2, "of": 3}],
        )
        self.story = Story(agreed).adopts().delivers("w1").runs_all().later(days=40)

    def steps(self, act: str, name: str, how: str) -> None:
        if act == "arrives":
            self.arrives(name, how)
        elif act == "withdrawn":
            self.withdraws(name)
        elif act == "starts":
            for action in self._waiting()[:1]:
                self.story.starts(action)
        else:
            self.settles()

    def arrives(self, name: str, how: str) -> None:
        """A batch arrives that is not there already."""
        known = self.story.state.batches.get(name)
        if known is not None and known.stands:
            return
        for key in (CONTRACT, PERFORMANCE):
            verdict, members = _OUTCOMES[how].get(key, (Verdict.PASS, {}))
            self.story.judges(key, name, verdict, **members)
        self.story.later(days=1).delivers(name, digest=f"{name} {how}")

    def withdraws(self, name: str) -> None:
        if name in self.story.state.batches:
            withdraws(self.story, name)

    def settles(self) -> None:
        """Running actions are lost and tried again, and everything that is due is done."""
        for action in list(self.story.state.actions.values()):
            if action.status == "started":
                self.story.loses(action)
        self.story.runs_all()

    def answers(self) -> dict[str, tuple[str, Verdict] | None]:
        story = self.story
        stands = (check_freshness(story.charter, story.state, key, story.now) for key in _KEYS)
        return {
            freshness.key: (freshness.evidence.partition, freshness.evidence.verdict)
            if freshness.evidence
            else None
            for freshness in stands
        }

    @property
    def is_judged(self) -> bool:
        """Whether every delivery was judged; measuring again may still be due."""
        return all(batch.status != "arrived" for batch in self.story.state.batches.values())

    def _waiting(self) -> list[Any]:
        measures = (
            action
            for action in self.story.state.actions.values()
            if action.kind is ActionKind.MEASURE
        )
        return [action for action in measures if action.status == "pending"]


_KEYS = required(charter())


def _lived(steps: list[tuple[str, str, str]], *, late: bool) -> _Feed:
    feed = _Feed(late=late)
    for step in steps:
        feed.steps(*step)
    return feed


def _as_if_never_withdrawn(lived: _Feed, steps: list[tuple[str, str, str]], late: bool) -> _Feed:
    """The same life without the batches that are withdrawn at its end.

    A batch that came back is there from the first arrival of its content.
    """
    stands = {name for name, batch in lived.story.state.batches.items() if batch.stands}
    arrived = {(name, _came_first(steps, name)) for name in stands}
    remaining = [
        step for place, step in enumerate(steps) if step[0] == "runs" or (step[1], place) in arrived
    ]
    feed = _lived(remaining, late=late)
    feed.settles()
    return feed


def _came_first(steps: list[tuple[str, str, str]], name: str) -> int:
    """The step by which what a batch holds at the end arrived first; -1 if it was there before."""
    arrived: dict[str, int] = {}
    held = ""
    for place, (act, about, how) in enumerate(steps):
        if about == name and act == "withdrawn":
            held = ""
        elif about == name and act == "arrives" and not held:
            held = how
            arrived.setdefault(how, place)
    return arrived.get(held, -1)


@_EXAMPLES
@given(_STEPS, st.booleans())
def test_the_evidence_is_what_it_would_be_without_the_batches_withdrawn(
    steps: list[tuple[str, str, str]], late: bool
) -> None:
    lived = _lived(steps, late=late)
    lived.settles()
    assert lived.answers() == _as_if_never_withdrawn(lived, steps, late).answers()


@_EXAMPLES
@given(_STEPS, st.booleans())
def test_a_withdrawal_makes_no_yes_that_measuring_what_remains_would_not_give(
    steps: list[tuple[str, str, str]], late: bool
) -> None:
    feed = _Feed(late=late)
    for place, step in enumerate(steps, start=1):
        feed.steps(*step)
        if feed.is_judged and feed.story.answer().verdict is Performing.YES:
            expected = _as_if_never_withdrawn(feed, steps[:place], late)
            assert {verdict and verdict[1] for verdict in expected.answers().values()} == {
                Verdict.PASS
            }


@_EXAMPLES
@given(_STEPS, st.booleans())
def test_folding_the_entries_again_gives_the_same_state(
    steps: list[tuple[str, str, str]], late: bool
) -> None:
    story = _lived(steps, late=late).story
    assert reduce(apply, story.entries, ProductState(product="churn")) == story.state


@_EXAMPLES
@given(_STEPS, st.booleans())
def test_nothing_that_is_known_is_about_a_batch_withdrawn(
    steps: list[tuple[str, str, str]], late: bool
) -> None:
    state = _lived(steps, late=late).story.state
    withdrawn = {name for name, batch in state.batches.items() if not batch.stands}
    for check in state.checks.values():
        evaluations = [check.newest, *check.undecided, *([check.decided] if check.decided else [])]
        about = [batch.partition for batch in evaluations] + [
            batch.partition for batch in check.recent
        ]
        assert withdrawn.isdisjoint(about)
