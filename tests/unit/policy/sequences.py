"""A world in which acts happen to a product, and what a new measurement would give in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.thresholds import Threshold
from aipo_pipelines.errors import DecisionError
from aipo_pipelines.evidence.outcome import Figure, Interval, Verdict, figure_to_json
from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.ledger.events.runs import RunClaimed, RunEnded
from aipo_pipelines.ledger.model.state import Action, ActionKind
from aipo_pipelines.measures.metrics.verdict import judge
from aipo_pipelines.measures.statistics.interval_arithmetic import two_sided
from aipo_pipelines.policy.people.manual_actions import resolve
from aipo_pipelines.policy.people.overrides import rollback
from aipo_pipelines.policy.people.stopped_champion import stop
from tests.unit.policy.breaking import breaks, is_due
from tests.unit.policy.known_batches import Agreed, Content, Known
from tests.unit.policy.story import Story
from tests.unit.policy.withdrawing import withdraws

_CONTRACT, _PERFORMANCE = "data_quality/contract", "performance/performance"
_ROWS = 500


class _Story(Story):
    """A story that notes which version of a batch an evaluation was of."""

    def __init__(self, world: World, agreed: Charter) -> None:
        super().__init__(agreed)
        self.world = world

    def checks(
        self, key: str, partition: str, verdict: Verdict = Verdict.PASS, **members: Any
    ) -> Any:
        self.world.evaluated(key, partition, self.world.batches[partition], self.world.version)
        return super().checks(key, partition, verdict, **members)


class World:
    """A product, and what is true about it.

    Attributes:
        batches: What was delivered last of each.
        contract, performance: What was measured last of each; performance, and by which champion.
        places: Position of a batch with the version whose contract was measured last.
        by_person: What the run that a person has started read when it began, and what was measured
            of that batch by then.
        former: What each name held, oldest first, and its date.
        models: By which decision a version went live, what labels meant when it was evaluated, and
            on which batch.
    """

    def __init__(self, agreed: Agreed | None = None) -> None:
        self.agreed = agreed or Agreed()
        self.batches: dict[str, Known] = {}
        self.contract: dict[str, Known] = {}
        self.performance: dict[str, tuple[str, Known]] = {}
        self.places: dict[str, Any] = {}
        self.models: dict[str, tuple[int, int, str, Known]] = {}
        self.former: dict[str, list[tuple[Known, datetime | None]]] = {}
        self.trained, self.digests, self.hands = 1, 0, 0
        self.by_person: tuple[str, Known, str, Figure, object] | None = None
        self.story = _Story(self, self.agreed.charter)
        self.story.adopts()
        self.arrives((0.9, False), _ROWS, 0.0)
        self.runs()

    # What is true.

    def measured_again(self, known: Known, aim: Threshold) -> Verdict:
        """What measuring a batch would say by the agreement in force."""
        return self.agreed.measures(known.content.skill, known.labels, aim).verdict or _OPEN

    def truth(self) -> set[Verdict]:
        """What contract, limit and target of the newest batch say, if measured again now."""
        names = sorted(self.contract, key=self.place)
        known = self.contract[names[-1]]
        holds = Verdict.FAIL if known.content.broken else Verdict.PASS
        is_version = known.digest == self.batches[names[-1]].digest or is_due(self.story, names[-1])
        performs = (self.performs(names, aim) for aim in self.agreed.aims)
        return {holds if is_version else _OPEN, *performs}

    def performs(self, names: list[str], aim: Threshold) -> Verdict:
        """The verdict of the newest judged batch of the champion, otherwise of its evaluation."""
        used = [name for name in names if not self.contract[name].content.broken]
        verdicts = [
            (version == self.version, self.measured_again(known, aim), name, known)
            for name in used
            for version, known in [self.performance.get(name, _NOTHING)]
        ]
        decided = [known for known in verdicts if known[0] and known[1] is not _OPEN]
        newest = (
            verdicts[-1:] if verdicts and verdicts[-1][0] and not self.agreed.late else decided[-1:]
        )
        for _, verdict, name, known in newest:
            return verdict if self.holds(name, known) else _OPEN
        return self.evaluation(aim)

    def holds(self, name: str, known: Known) -> bool:
        """Whether a batch is what was measured of it, or is being measured again."""
        return known is self.batches.get(name) or is_due(self.story, name)

    def place(self, name: str) -> Any:
        """Position of a batch; its former position if the new version was not measured yet."""
        waits = self.contract[name].digest != self.batches[name].digest
        return self.places[name] if waits else self.story.state.batches[name].position

    def is_last(self, name: str) -> bool:
        """Whether a batch is last, or beside the last batch: many arrive at the same moment here.

        If a batch is dated ahead, the last batch depends on the other batches.
        """
        batches = self.story.state.batches
        beside = batches[self.last].position[0] - batches[name].position[0] < timedelta(seconds=1)
        return beside or any(batch.early for batch in batches.values())

    @property
    def last(self) -> str:
        """The last batch."""
        return max(self.batches, key=lambda name: self.story.state.batches[name].position)

    @property
    def version(self) -> str:
        """The champion, and since when."""
        champion = self.story.state.champion
        return f"{champion.version} {champion.decision}" if champion else ""

    def evaluation(self, aim: Threshold) -> Verdict:
        """What the evaluation of the champion says, if it has been in charge since."""
        champion = self.story.state.champion
        known = self.models.get(champion.version) if champion else None
        if champion is None or known is None:
            return _OPEN
        if known[:2] != (champion.decision, self.agreed.meaning) or not self.holds(*known[2:]):
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

    def fixes_measurements(self) -> None:
        """Fixes what measuring any batch would say now."""
        for name, known in self.batches.items():
            broken = Verdict.FAIL if known.content.broken else Verdict.PASS
            self.story.judges(_CONTRACT, name, broken)
            figure = self.agreed.measures(known.content.skill, known.labels)
            figures = (figure_to_json(figure),)
            self.story.judges(_PERFORMANCE, name, figure.verdict or _OPEN, figures=figures)

    def name(self, index: int) -> str:
        return sorted(self.batches)[index % len(self.batches)]

    def delivers(self, name: str, known: Known, ahead: float | None) -> None:
        dated = None if ahead is None else self.story.now + timedelta(days=ahead)
        self.delivered(name, known, dated)

    def delivered(self, name: str, known: Known, dated: datetime | None) -> None:
        if name in self.contract and self.contract[name].digest == self.batches[name].digest:
            self.places[name] = self.story.state.batches[name].position
        self.batches[name] = known
        self.former.setdefault(name, []).append((known, dated))
        self.story.records(
            BatchArrived(
                partition=name,
                digest=known.digest,
                labels_digest=known.labels_digest,
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
        self.delivers(f"b{len(self.former):02}", known, ahead)

    def again(
        self, index: int, content: tuple[float, bool], labels: int, ahead: float | None
    ) -> None:
        """A version of a batch with other content, and perhaps another date."""
        self.digests += 1
        self.delivers(self.name(index), Known(Content(*content), f"{self.digests}", labels), ahead)

    def copies(self, index: int, original: int) -> None:
        """A copy of another batch in the place of one."""
        name, known = self.name(index), self.batches[self.name(original)]
        date = self.story.state.batches[name].occurred_at
        if known.digest != self.batches[name].digest:
            self.delivers(name, known, (date - self.story.now) / timedelta(days=1))

    def copied(self, original: int) -> None:
        """A copy of another batch under a name of its own."""
        self.story.later(days=7)
        self.delivers(f"b{len(self.former):02}", self.batches[self.name(original)], 0.0)

    def returns(self, index: int, version: int, *, away: bool) -> None:
        """A version of a batch comes back, perhaps after its feed withdrew the last version."""
        name = self.name(index)
        known, dated = self.former[name][version % len(self.former[name])]
        last, same = self.last, known.digest == self.batches[name].digest
        if away:
            withdraws(self.story, name)
            self.voids(name)
        if away or not same:
            self.comes_back(name, known, dated)
        if same:
            assert self.is_last(last)

    def moves(self, first: int) -> None:
        """Another location is adopted; it has all delivered batches except one."""
        self.story.adopts(None, "charter.sources.crm.location")
        last, names = self.last, sorted(self.batches, reverse=True)
        cut = first % len(names)
        *moved, left = *names[cut:], *names[:cut]
        for name in names:
            self.voids(name)
        if left == last:
            moved.append(left)
        else:
            del self.batches[left]
        for name in moved:
            self.comes_back(name, self.batches[name], self.former[name][-1][1])
        assert self.is_last(last)

    def comes_back(self, name: str, known: Known, dated: datetime | None) -> None:
        """A run that has begun reports nothing about a returning version, although it read it."""
        if self.by_person is not None and self.by_person[0] == name:
            self.by_person = name, replace(self.by_person[1], digest=""), *self.by_person[2:]
        self.delivered(name, known, dated)

    def voids(self, name: str) -> None:
        self.contract.pop(name, None)
        self.performance.pop(name, None)

    def labels(self, index: int, count: int, skill: float | None = None) -> None:
        """Other labels of a batch, by which the model may be right more or less often."""
        self.relabels(self.name(index), count, skill)

    def relabels(self, name: str, count: int, skill: float | None = None) -> None:
        before = self.batches[name]
        content = before.content if skill is None else replace(before.content, skill=skill)
        known = replace(before, labels=count, content=content)
        if known != before:
            self.batches[name] = known
            self.story.records(
                BatchArrived(
                    partition=name,
                    digest=known.digest,
                    labels_digest=known.labels_digest,
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

    def edits_during(self, index: int, **changes: Any) -> None:
        """A run of a batch began before an adoption, and ends after it."""
        self.during(self.name(index), lambda: self.edits(**changes))

    def labels_during(self, index: int, *labels: Any) -> None:
        """A run of a batch began before other labels of it came, and ends after it."""
        self.during(self.name(index), lambda: self.relabels(self.name(index), *labels))

    def during(self, name: str, act: Callable[[], None]) -> None:
        """Something happens while a version of a batch is measured."""
        self.story.runs_all()
        self.digests += 1
        known = replace(self.batches[name], digest=f"{self.digests}")
        self.delivers(name, known, None)
        if self.story.state.champion is None or known.content.broken:
            return
        action = self.story.next(ActionKind.MEASURE)
        self.story.starts(action, "early")
        figure, by = self.agreed.measures(known.content.skill, known.labels), self.version
        act()
        run: Any = {"run_id": "early", "action": f"{action.entry}:1"}
        for key in (_CONTRACT, "data_quality/privacy"):
            self.story.checks(key, name, **run)
        verdict, figures = figure.verdict or _OPEN, (figure_to_json(figure),)
        Story.checks(self.story, _PERFORMANCE, name, verdict, figures=figures, **run)
        self.evaluated(_PERFORMANCE, name, known, by)
        self.story.finishes(action)

    def gives_up(self, judges_data: bool) -> None:
        """Every attempt at the next measurement fails, perhaps after the data was judged."""
        breaks(self.story, self.judges_data if judges_data else None)

    def judges_data(self, action: Action) -> None:
        if not action.arguments.get("assets"):
            broken = self.batches[action.partition].content.broken
            for key, fails in ((_CONTRACT, broken), ("data_quality/privacy", False)):
                failing = Verdict.FAIL if fails else Verdict.PASS
                attempt = f"{action.entry}:{action.attempt}"
                self.story.checks(key, action.partition, failing, action=attempt)

    def begins(self, index: int) -> None:
        """A person starts a run of a batch: it reads what is there and what is agreed now."""
        name = self.name(index)
        if self.by_person is not None or self.story.state.champion is None:
            return
        self.hands += 1
        known = self.batches[name]
        figure = self.agreed.measures(known.content.skill, known.labels)
        self.by_person = name, known, self.version, figure, self.performance.get(name)
        self.story.records(RunClaimed(run_id=f"hand {self.hands}", job="monitor"))

    def reports(self) -> None:
        """That run reports its results, regardless of other events, and ends."""
        if self.by_person is None:
            return
        name, known, by, figure, before = self.by_person
        self.by_person, run = None, f"hand {self.hands}"
        judgement: dict[str, dict[str, Any]] = {_CONTRACT: {}, "data_quality/privacy": {}}
        if known.content.broken:
            judgement[_CONTRACT] = {"verdict": Verdict.FAIL}
        else:
            figures = (figure_to_json(figure),)
            judgement[_PERFORMANCE] = {"verdict": figure.verdict or _OPEN, "figures": figures}
        for key, members in judgement.items():
            # The true results are noted for the version, the champion and the labels that the run
            # knew, except for labels that another run has reported on since.
            Story.checks(self.story, key, name, run_id=run, **members)
            has_spoken = self.performance.get(name) is not before
            now = self.batches.get(name, _NOTHING[1])
            is_former = key == _PERFORMANCE and known is not now and has_spoken
            if known.digest == now.digest and not is_former:
                self.evaluated(key, name, known, by)
        self.story.records(RunEnded(run_id=run))

    def releases(self, as_live: str, *labels: Any) -> None:
        """Another version is trained, evaluated, perhaps by labels that change, and goes live."""
        self.trained += 1
        version, held_out = f"{self.trained}", self.last
        known = self.batches[held_out]
        self.story.records(RunClaimed(run_id="run", job="retrain"))
        if labels:
            self.relabels(held_out, *labels)
            self.runs()
        self.story.trains(version, held_out=held_out).evaluates(version, as_live=as_live)
        self.story.records(RunEnded(run_id="run"))
        self.runs()
        champion = self.story.state.champion
        if as_live and champion is not None and champion.version == version:
            self.models[version] = champion.decision, self.agreed.meaning, held_out, known

    def runs(self) -> None:
        self.fixes_measurements()
        self.story.runs_all()

    def by_hand(self, act: str) -> None:
        """A person resolves every incident, rolls back or stops."""
        approval = {"person": "Ines Sol", "reason": "I have looked."}
        try:
            if act == "resolve":
                for incident in [
                    incident for incident in self.story.state.incidents.values() if incident.is_open
                ]:
                    self.story.decides(resolve, incident=incident.entry, **approval)
            else:
                approval["person"] = "Ada Ng"
                self.story.decides(rollback if act == "rollback" else stop, **approval)
        except DecisionError:
            return


_OPEN = Verdict.INSUFFICIENT
_NOTHING = ("", Known(Content(0.0), "", 0))
