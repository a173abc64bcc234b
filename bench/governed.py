"""The governed loop in memory: applies the rules of the charter to a stream, without Dagster.

Every decision is made by the functions the product itself calls: `windows_of`, `reach`,
`held_out_of`, `train`, `score`, `measure_retraining_value`, `measure_succession`, `judge_gates`,
`measure_drift`.
The loop has no cooldown and cap (the batches have no dates), no window `since_change`, no checks as
a trigger, and no people, because no stream here needs them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
import pandas as pd

from aipo_pipelines.assets.loading.records import Records
from aipo_pipelines.assets.training.holdout_size import held_out_of, reach
from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.charter.model.operations import WindowChoice
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.measures.comparison.loss import best_by_loss
from aipo_pipelines.measures.comparison.predecessor import measure_succession
from aipo_pipelines.measures.comparison.retraining_value import measure_retraining_value
from aipo_pipelines.measures.drift.check import measure_drift
from aipo_pipelines.measures.gates.gates import judge_gates
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.scoring import score
from aipo_pipelines.models.training import Fitted, train
from aipo_pipelines.models.windows import windows_of
from bench.streams import Stream

EVERY = 3
"""Batches between two retrainings by cadence."""


class Policy(StrEnum):
    """What makes retraining due, and whether the gates are asked before a release."""

    NEVER = "never"
    CADENCE = "every third batch"
    GATED_CADENCE = "every third batch, with gates"
    ALWAYS = "every batch"
    VALUE = "when it pays, with gates"

    @property
    def gated(self) -> bool:
        """Whether a challenger must pass its gates."""
        return self in (Policy.GATED_CADENCE, Policy.VALUE)


@dataclass(frozen=True, kw_only=True)
class Model:
    """A trained model.

    Attributes:
        window: The batches it learnt from, by number from 0, the newest in part.
        learnt: The records it learnt from.
    """

    fitted: Fitted
    window: tuple[int, ...]
    learnt: pd.Index


@dataclass(kw_only=True)
class Course:
    """The results of a policy on a stream.

    Attributes:
        accuracy: Share of right answers by batch, from the second on. While no model may go live,
            the answer is always the most frequent class so far.
        releases: Batches, by number from 1, after which a model went live, the first one counted.
        refused: Batches after which a challenger did not pass its gates.
        returns: Those of the releases that went back to the predecessor.
        drifted: Batches on which the check `data_drift` failed.
    """

    accuracy: list[float] = field(default_factory=list)
    releases: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    returns: list[int] = field(default_factory=list)
    drifted: list[int] = field(default_factory=list)

    @property
    def mean(self) -> float:
        """Accuracy over all batches, which are of one size."""
        return float(np.mean(self.accuracy))


class Loop:
    """Walks a stream; what was trained once serves all policies."""

    def __init__(self, stream: Stream) -> None:
        """Takes the stream, whose charter must have a model and no window `since_change`."""
        if stream.charter.model is None:
            raise ValueError("the charter has no model")
        if WindowChoice.SINCE_CHANGE in stream.charter.retraining.window.choices:
            raise ValueError("the window since_change is not simulated")
        self.charter = stream.charter
        self.spec: ModelSpec = stream.charter.model
        self.columns = Columns.of(stream.charter)
        self.batches = stream.batches
        self.records = _records(stream, self.columns)
        self.trained: dict[tuple[tuple[int, ...], int | None], Model] = {}
        self.held_out: dict[int, pd.Index] = {}

    def walk(self, policy: Policy, *, drift: bool = False) -> Course:
        """Governs the stream by a policy.

        Args:
            policy: What makes retraining due.
            drift: Whether drift is measured too.
        """
        course = Course()
        champion: Model | None = None
        former: Model | None = None
        worse: deque[bool] = deque(maxlen=self._reach)
        for number in range(len(self.batches)):
            answers = self._answer(course, champion, number)
            if champion is None or answers is None:
                # Without a champion, every batch is an occasion to release the first model.
                due, newer = True, self._challenge(number, None, gated=policy.gated)
            else:
                if drift:
                    self._note_drift(course, champion, number)
                worse.append(self._gives_way(answers, former, number))
                if former is not None and policy is Policy.VALUE and self._is_enough(worse):
                    course.returns.append(number + 1)
                    course.releases.append(number + 1)
                    worse.clear()
                    champion, former = former, None
                    continue
                due = self._is_due(policy, answers, number)
                newer = self._challenge(number, champion, gated=policy.gated) if due else None
            if newer is not None:
                course.releases.append(number + 1)
                worse.clear()
                champion, former = newer, champion
            elif due:
                course.refused.append(number + 1)
        return course

    def _note_drift(self, course: Course, champion: Model, number: int) -> None:
        if self._has_drifted(champion, number):
            course.drifted.append(number + 1)

    def _answer(self, course: Course, champion: Model | None, number: int) -> Scored | None:
        """The answers for a batch, with their accuracy noted; None for the first batch."""
        label = self.columns.label or ""
        if number == 0:
            return None
        if champion is None:
            # A policy that waits long for its first model pays for the wait in accuracy.
            known = pd.concat([batch[label] for batch in self.batches[:number]])
            right = self.batches[number][label] == known.mode()[0]
            course.accuracy.append(float(right.mean()))
            return None
        answers = self._ask(champion, number)
        course.accuracy.append(float((answers.predicted == answers.truth).mean()))
        return answers

    def _is_due(self, policy: Policy, answers: Scored, number: int) -> bool:
        if policy is Policy.VALUE:
            shadows = {
                choice: self._ask(self._model(window, None), number)
                for choice, window in self._windows(number).items()
            }
            outcome = measure_retraining_value(
                answers,
                shadows,
                self.charter.retraining,
                self.spec.seed,
                minimum_sample=self.charter.release.minimum_sample,
            )
            return outcome.verdict is Verdict.FAIL
        every_third = policy in (Policy.CADENCE, Policy.GATED_CADENCE)
        return policy is Policy.ALWAYS or (every_third and number % EVERY == 0)

    def _challenge(self, number: int, champion: Model | None, *, gated: bool) -> Model | None:
        """The best challenger on the held-out records; None if it may not go live."""
        models = {
            choice: self._model(window, number)
            for choice, window in self._windows(number + 1).items()
        }
        answers = {choice: self._ask_held_out(model, number) for choice, model in models.items()}
        best = best_by_loss(answers)
        rival = self._ask_held_out(champion, number) if champion else None
        gates = judge_gates(
            self.charter, answers[best], rival, None, choices=len(models), seed=self.spec.seed
        )
        passed = all(gate.verdict is Verdict.PASS for gate in gates)
        return models[best] if passed or not gated else None

    def _windows(self, known: int) -> dict[str, tuple[int, ...]]:
        """Batches by choice, of those before a number."""
        names = [str(number) for number in range(known)]
        windows = windows_of(names, self.charter.retraining.window)
        return {choice.value: tuple(map(int, window)) for choice, window in windows.items()}

    def _model(self, window: tuple[int, ...], judged_by: int | None) -> Model:
        """A model of some batches, without the held-out records of a batch, if it is given."""
        key = (window, judged_by)
        if key not in self.trained:
            records = self._of(window)
            if judged_by is not None:
                judged = self._held_out(judged_by)
                records = records.where(~records.frame.index.isin(judged))
            fitted = train(records.frame, records.truth, self.spec, self.columns)
            self.trained[key] = Model(fitted=fitted, window=window, learnt=records.frame.index)
        return self.trained[key]

    def _held_out(self, number: int) -> pd.Index:
        """The held-out records once a batch is there, in order of time."""
        if number not in self.held_out:
            known = self._of(range(number + 1))
            names = tuple(str(position) for position in range(number + 1))
            pool = reach(self.charter, self.spec, known, names)
            self.held_out[number] = held_out_of(self.charter, self.spec, known, pool)
        return self.held_out[number]

    def _of(self, numbers: Sequence[int]) -> Records:
        """The records of some batches."""
        return self.records.where(self.records.batches.isin([str(number) for number in numbers]))

    def _ask(self, model: Model, number: int) -> Scored:
        return self._score(model, self.batches[number])

    def _ask_held_out(self, model: Model, number: int) -> Scored:
        """Its answers for the held-out records, without the records that it learnt from."""
        judged = self._held_out(number)
        scored = self._score(model, self.records.frame.loc[judged])
        # The champion may have learnt from some of them: on those it would beat any challenger.
        unseen = judged[~judged.isin(model.learnt)]
        return replace(scored.only(unseen), out_of_fold=True, known=len(judged) - len(unseen))

    def _score(self, model: Model, table: pd.DataFrame) -> Scored:
        return score(model.fitted, table, table[self.columns.label or ""], self.spec, self.columns)

    def _has_drifted(self, champion: Model, number: int) -> bool:
        limits = self.charter.drift
        features = [name for name in self.spec.features if name not in limits.ignore]
        reference = pd.concat([self.batches[batch] for batch in champion.window], ignore_index=True)
        outcome = measure_drift(
            reference, self.batches[number], features, (), limits, self.spec.seed
        )
        return outcome.verdict is Verdict.FAIL

    def _gives_way(self, answers: Scored, former: Model | None, number: int) -> bool:
        if former is None or self.charter.release.rollback is None:
            return False
        theirs = self._ask(former, number)
        outcome = measure_succession(answers, theirs, self.charter.release, self.spec.seed)
        return outcome.verdict is Verdict.FAIL

    @property
    def _reach(self) -> int:
        agreed = self.charter.release.rollback
        return agreed.of if agreed else 1

    def _is_enough(self, worse: Sequence[bool]) -> bool:
        agreed = self.charter.release.rollback
        return agreed is not None and sum(worse) >= agreed.fails


def _records(stream: Stream, columns: Columns) -> Records:
    """All records of a stream under one index."""
    frame = pd.concat(stream.batches, ignore_index=True)
    sizes = [len(batch) for batch in stream.batches]
    names = [str(number) for number in range(len(sizes))]
    return Records(
        frame=frame,
        truth=frame[columns.label or ""],
        batches=pd.Series(np.repeat(names, sizes), index=frame.index),
        rows=pd.Series(np.concatenate([np.arange(size) for size in sizes]), index=frame.index),
        identity=pd.Series(np.arange(len(frame), dtype=np.uint64), index=frame.index),
    )
