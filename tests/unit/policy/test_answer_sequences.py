"""Whatever happens in whatever order: never a YES that measuring anew would not give.

A world plays deliveries, labels, copies, slips, edits of the charter, releases, rollbacks and
stops, also while a run is under way. Beside the ledger it knows what is in each batch, and so what
the newest batch that can be judged would say if it were measured by what is agreed now: about the
limit of accuracy, and about its target if one decides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from aipo_pipelines.charter.charter import Charter
from aipo_pipelines.charter.thresholds import Threshold
from aipo_pipelines.errors import DecisionError
from aipo_pipelines.ledger.events import BatchArrived
from aipo_pipelines.ledger.run_events import RunClaimed, RunEnded
from aipo_pipelines.ledger.state import ActionKind
from aipo_pipelines.measures.bounds import quantile_of, two_sided
from aipo_pipelines.measures.judging import judge
from aipo_pipelines.measures.outcome import Figure, Interval, Verdict, figure_to_json
from aipo_pipelines.policy.by_hand import resolve
from aipo_pipelines.policy.overriding import rollback, stop
from aipo_pipelines.policy.performing import Performing
from tests.unit.policy.story import Story, charter, threshold

_CONTRACT, _PERFORMANCE = "data_quality/contract", "performance/performance"
_ROWS = 500


@dataclass(frozen=True)
class Content:
    """What is in a batch: how right a model is on it, and whether it breaks its contract."""

    skill: float
    broken: bool = False


@dataclass(frozen=True)
class Known:
    """A version of a batch, and how many of its records have a label."""

    content: Content
    digest: str
    labels: int


@dataclass(frozen=True)
class Agreed:
    """What is agreed, as far as acts change it."""

    limit: float = 0.7
    minimum: int = 100
    confidence: float = 0.95
    late: bool = True
    series: tuple[int, int] | None = (1, 1)
    meaning: int = 0
    target: float | None = None

    @property
    def aims(self) -> tuple[Threshold, ...]:
        """What accuracy is held to: its limit, and its target if one decides."""
        limit = self.threshold
        if self.target is None:
            return (limit,)
        return limit, limit.model_copy(update={"limit": self.target})

    @property
    def threshold(self) -> Threshold:
        return Threshold.model_validate(
            threshold(limit=self.limit, minimum_sample=self.minimum, confidence=self.confidence)
        )

    @property
    def charter(self) -> Charter:
        response = {"check": "performance", "reactions": ["escalate"]}
        fails, of = self.series or (1, 1)
        kept = {"outcome": "Kept", "metric": "accuracy", "unit": "EUR", "missed_target": "decides"}
        return charter(
            outcome_map=[] if self.target is None else [{**kept, "target": self.target}],
            thresholds=[self.threshold],
            labels={"column": "left", **({"delay": "28d"} if self.late else {})},
            responses=[{**response, "fails": fails, "of": of}] if self.series else [],
        )

    def measures(self, skill: float, n: int, aim: Threshold | None = None) -> Figure:
        """The accuracy of so many records, judged; by the limit unless something else is given."""
        aim = aim or self.threshold
        if not n:
            return judge(Figure(metric="accuracy", value=None, n=0), aim)
        value = skill - 0.25 * self.meaning
        half = quantile_of(self.confidence) * 0.5 / n**0.5
        around = Interval(
            low=value - half, high=value + half, level=two_sided(self.confidence), method="normal"
        )
        return judge(Figure(metric="accuracy", value=value, n=n, interval=around), aim)


class _Story(Story):
    """A story that notes which version of a batch an evaluation was of."""

    def __init__(self, world: World, agreed: Charter) -> None:
        super().__init__(agreed)
        self.world = world

    def checks(self, key: str, partition: str, verdict: Verdict = Verdict.PASS, **said: Any) -> Any:
        self.world.evaluated(key, partition, self.world.batches[partition], self.world.version)
        return super().checks(key, partition, verdict, **said)


class World:
    """A product, and what is true about it.

    Attributes:
        batches: What was delivered last of each.
        contract, performance: What was measured last of each; performance, and by which champion.
        places: Where a batch stood when its contract was measured last.
        by_person: What the run that a person has started read when it began.
        models: By which decision a version went live, and what labels meant when it was evaluated.
    """

    def __init__(self, agreed: Agreed | None = None) -> None:
        self.agreed = agreed or Agreed()
        self.batches: dict[str, Known] = {}
        self.contract: dict[str, Known] = {}
        self.performance: dict[str, tuple[str, Known]] = {}
        self.places: dict[str, Any] = {}
        self.models: dict[str, tuple[int, int]] = {}
        self.trained, self.digests, self.hands = 1, 0, 0
        self.by_person: tuple[str, Known, str, Figure] | None = None
        self.story = _Story(self, self.agreed.charter)
        self.story.adopts()
        self.arrives((0.9, False), _ROWS, 0.0)
        self.runs()

    # What is true.

    def anew(self, known: Known, aim: Threshold) -> Verdict:
        """What measuring a batch would say by what is agreed now."""
        return self.agreed.measures(known.content.skill, known.labels, aim).verdict or _OPEN

    def truth(self) -> set[Verdict]:
        """What contract, limit and target of the newest batch say, if measured anew now."""
        names = sorted(self.contract, key=self.place)
        broken = self.contract[names[-1]].content.broken
        performs = (self.performs(names, aim) for aim in self.agreed.aims)
        return {Verdict.FAIL if broken else Verdict.PASS, *performs}

    def performs(self, names: list[str], aim: Threshold) -> Verdict:
        """What the newest batch says that the champion can be judged on, else its evaluation."""
        used = [name for name in names if not self.contract[name].content.broken]
        said = [
            (version == self.version, self.anew(known, aim))
            for version, known in (self.performance.get(name, _NOTHING) for name in used)
        ]
        newest_is_its, newest = said[-1] if said else (False, _OPEN)
        if newest_is_its and not self.agreed.late:
            return newest
        decided = [verdict for its, verdict in said if its and verdict is not _OPEN]
        return decided[-1] if decided else self.evaluation(aim)

    def place(self, name: str) -> Any:
        """Where a batch stands; what has just arrived and was not measured, where it stood."""
        waits = self.contract[name].digest != self.batches[name].digest
        return self.places[name] if waits else self.story.state.batches[name].position

    @property
    def version(self) -> str:
        """The champion, and since when."""
        champion = self.story.state.champion
        return f"{champion.version} {champion.decision}" if champion else ""

    def evaluation(self, aim: Threshold) -> Verdict:
        """What the evaluation of the champion says, if it has been in charge since."""
        champion = self.story.state.champion
        known = self.models.get(champion.version) if champion else None
        if champion is None or known != (champion.decision, self.agreed.meaning):
            return _OPEN
        level = two_sided(self.agreed.confidence)
        around = Interval(low=0.86, high=0.94, level=level, method="Wilson")
        figure = Figure(metric="accuracy", value=0.9, n=250, interval=around)
        return judge(figure, aim).verdict or _OPEN

    def evaluated(self, key: str, name: str, known: Known, by: str) -> None:
        """A check was evaluated on a version of a batch; by a champion, if it is of the model."""
        if key == _CONTRACT:
            self.contract[name] = known
            self.places[name] = self.story.state.batches[name].position
        if key == _PERFORMANCE:
            self.performance[name] = by, known

    # What happens.

    def says(self) -> None:
        """Fixes what measuring any batch would say now."""
        for name, known in self.batches.items():
            broken = Verdict.FAIL if known.content.broken else Verdict.PASS
            self.story.judges(_CONTRACT, name, broken)
            figure = self.agreed.measures(known.content.skill, known.labels)
            figures = (figure_to_json(figure),)
            self.story.judges(_PERFORMANCE, name, figure.verdict or _OPEN, figures=figures)

    def name(self, which: int) -> str:
        return sorted(self.batches)[which % len(self.batches)]

    def delivers(self, name: str, known: Known, ahead: float | None) -> None:
        self.batches[name] = known
        dated = None if ahead is None else self.story.now + timedelta(days=ahead)
        self.story.records(
            BatchArrived(
                partition=name,
                digest=known.digest,
                labels_digest=f"{known.labels}",
                location=f"{name}.csv",
                rows=_ROWS,
                batch_date=dated,
            )
        )

    def arrives(self, content: tuple[float, bool], labels: int, ahead: float | None) -> None:
        """A batch that was not there before."""
        self.story.later(days=7)
        self.digests += 1
        known = Known(Content(*content), f"{self.digests}", labels)
        self.delivers(f"b{len(self.batches):02}", known, ahead)

    def again(
        self, which: int, content: tuple[float, bool], labels: int, ahead: float | None
    ) -> None:
        """A version of a batch with other content, and perhaps another date."""
        self.digests += 1
        self.delivers(self.name(which), Known(Content(*content), f"{self.digests}", labels), ahead)

    def copies(self, which: int, original: int) -> None:
        """A copy of another batch in the place of one."""
        name, known = self.name(which), self.batches[self.name(original)]
        date = self.story.state.batches[name].occurred_at
        if known.digest != self.batches[name].digest:
            self.delivers(name, known, (date - self.story.now) / timedelta(days=1))

    def copied(self, original: int) -> None:
        """A copy of another batch under a name of its own."""
        self.story.later(days=7)
        self.delivers(f"b{len(self.batches):02}", self.batches[self.name(original)], 0.0)

    def labels(self, which: int, count: int) -> None:
        """Other labels of a batch."""
        name = self.name(which)
        if self.batches[name].labels != count:
            self.batches[name] = replace(self.batches[name], labels=count)
            self.story.records(
                BatchArrived(
                    partition=name,
                    digest=self.batches[name].digest,
                    labels_digest=f"{count}",
                    location="labels.csv",
                    rows=_ROWS,
                    batch_date=None,
                    labels_only=True,
                )
            )

    def edits(self, **changes: Any) -> None:
        """Another charter is adopted."""
        meaning = changes.get("meaning", self.agreed.meaning) != self.agreed.meaning
        self.agreed = replace(self.agreed, **changes)
        self.story.adopts(self.agreed.charter, *(["charter.labels.positive"] if meaning else []))

    def edits_during(self, which: int, **changes: Any) -> None:
        """A run of a batch began before an adoption, and ends after it."""
        self.story.runs_all()
        name = self.name(which)
        self.digests += 1
        known = self.batches[name]
        self.delivers(name, replace(known, digest=f"{self.digests}"), None)
        if self.story.state.champion is None or known.content.broken:
            return
        action = self.story.next(ActionKind.MEASURE)
        self.story.starts(action, "early")
        figure = self.agreed.measures(known.content.skill, known.labels)
        self.edits(**changes)
        asked: Any = {"run_id": "early", "action": f"{action.entry}:1"}
        for key in (_CONTRACT, "data_quality/privacy"):
            self.story.checks(key, name, **asked)
        said, figures = figure.verdict or _OPEN, (figure_to_json(figure),)
        self.story.checks(_PERFORMANCE, name, said, figures=figures, **asked)
        self.story.finishes(action)

    def begins(self, which: int) -> None:
        """A person starts a run of a batch: it reads what is there and what is agreed now."""
        name = self.name(which)
        if self.by_person is not None or self.story.state.champion is None:
            return
        self.hands += 1
        known = self.batches[name]
        figure = self.agreed.measures(known.content.skill, known.labels)
        self.by_person = name, known, self.version, figure
        self.story.records(RunClaimed(run_id=f"hand {self.hands}", job="monitor"))

    def reports(self) -> None:
        """That run says what it found, whatever happened meanwhile, and ends."""
        if self.by_person is None:
            return
        name, known, by, figure = self.by_person
        self.by_person, run = None, f"hand {self.hands}"
        said: dict[str, dict[str, Any]] = {_CONTRACT: {}, "data_quality/privacy": {}}
        if known.content.broken:
            said[_CONTRACT] = {"verdict": Verdict.FAIL}
        else:
            figures = (figure_to_json(figure),)
            said[_PERFORMANCE] = {"verdict": figure.verdict or _OPEN, "figures": figures}
        for key, members in said.items():
            # What is true is noted here: of the version and the champion that the run knew.
            Story.checks(self.story, key, name, run_id=run, **members)
            if known.digest == self.batches[name].digest:
                self.evaluated(key, name, known, by)
        self.story.records(RunEnded(run_id=run))

    def releases(self, as_live: str) -> None:
        """Another version is trained, evaluated and goes live."""
        self.trained += 1
        version, batches = f"{self.trained}", self.story.state.batches
        held_out = max(batches, key=lambda one: batches[one].position)
        self.story.trains(version, held_out=held_out).evaluates(version, as_live=as_live)
        self.runs()
        champion = self.story.state.champion
        if as_live and champion is not None and champion.version == version:
            self.models[version] = champion.decision, self.agreed.meaning

    def runs(self) -> None:
        self.says()
        self.story.runs_all()

    def by_hand(self, act: str) -> None:
        """A person resolves every incident, rolls back or stops."""
        said = {"person": "Ines Sol", "reason": "I have looked."}
        try:
            if act == "resolve":
                for one in [one for one in self.story.state.incidents.values() if one.is_open]:
                    self.story.says(resolve, incident=one.entry, **said)
            else:
                said["person"] = "Ada Ng"
                self.story.says(rollback if act == "rollback" else stop, **said)
        except DecisionError:
            return


_OPEN = Verdict.INSUFFICIENT
_NOTHING = ("", Known(Content(0.0), "", 0))


_CONTENT: Any = st.sampled_from(
    [(0.9, False), (0.9, False), (0.5, False), (0.68, False), (0.9, True)]
)
_LABELS: Any = st.sampled_from([0, 40, 150, 500, 500])
_AHEAD: Any = st.sampled_from([0.0, 0.0, 0.0, -10.0, -20.0, 20.0, 60.0, None])
_WHICH: Any = st.integers(0, 5)
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
    st.tuples(st.just("again"), _WHICH, _CONTENT, _LABELS, _AHEAD),
    st.tuples(st.just("copies"), _WHICH, _WHICH),
    st.tuples(st.just("copied"), _WHICH),
    st.tuples(st.just("labels"), _WHICH, _LABELS),
    st.tuples(st.just("edits"), _EDIT),
    st.tuples(st.just("edits_during"), _WHICH, _EDIT),
    st.tuples(st.just("releases"), st.sampled_from(["", "pass"])),
    st.tuples(st.just("by_hand"), st.sampled_from(["resolve", "rollback", "stop"])),
    st.tuples(st.just("begins"), _WHICH),
    st.tuples(st.just("reports")),
    st.tuples(st.just("ticks")),
)


def _plays(world: World, act: str, *said: Any) -> None:
    if act == "ticks":
        world.story.later(days=1).ticks()
    elif act in {"edits", "edits_during"}:
        *which, changes = said
        getattr(world, act)(*which, **changes)
    else:
        getattr(world, act)(*said)


_GOOD, _POOR, _BROKEN = (0.9, False), (0.5, False), (0.9, True)
_MOVED = [
    ("arrives", _POOR, 500, 0.0),
    ("arrives", _GOOD, 500, 0.0),
    ("again", 2, _GOOD, 500, -10.0),
]
_BEGUN = [("arrives", _GOOD, 500, 0.0), ("begins", 1)]
_OLD_VERSION = [*_BEGUN, ("again", 1, _POOR, 500, 0.0), ("reports",)]
_FORMER = [*_BEGUN, ("releases", ""), ("reports",)]
_MISSED = [("edits", {"target": 0.85, "limit": 0.4}), *_MOVED]
_GONE = [
    *_MOVED[:2],
    ("again", 2, _BROKEN, 500, 0.0),
    ("by_hand", "resolve"),
    ("arrives", _GOOD, 0, 0.0),
]


@settings(deadline=None)
@given(st.lists(st.tuples(_ACTS, st.sampled_from([False, True, True])), min_size=1, max_size=10))
@example([(act, True) for act in _MOVED])
@example([(act, True) for act in _OLD_VERSION])
@example([(act, True) for act in _FORMER])
@example([(act, True) for act in _MISSED])
@example([*((act, True) for act in _GONE[:2]), *((act, act[0] != "by_hand") for act in _GONE[2:])])
def test_whatever_happens_there_is_no_yes_that_measuring_anew_would_not_give(
    acts: list[tuple[tuple[Any, ...], bool]],
) -> None:
    world = World()
    for act, runs in acts:
        world.says()
        _plays(world, *act)
        if runs:
            world.runs()
        if world.story.answer().verdict is Performing.YES:
            assert world.truth() == {Verdict.PASS}
