"""The gate `baseline`: is a challenger better than the naive baseline on the same records?

The gate decides on bounds of the relative gain of `comparison.loss`, not on values: being better
must be shown. It has two figures, and each of them is enough for a pass:

- `skill_over_baseline`: the gain of the answers over the answers of the naive baseline.
- `log_loss_skill`, if the model states probabilities: the gain of these probabilities over the
  frequency of each class among the same records.

The confidence is corrected for the number of windows tried and for the number of figures
(Bonferroni), because one figure is enough.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import pandas as pd

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.operations import Release
from aipo_pipelines.charter.model.thresholds import Metric
from aipo_pipelines.evidence.derived_metric import Derivation, derived, is_derived
from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.details.training import RivalDetails
from aipo_pipelines.evidence.outcome import (
    CheckOutcome,
    Figure,
    Severity,
    Verdict,
)
from aipo_pipelines.measures.comparison.loss import bounds_in_words, relative_gain
from aipo_pipelines.measures.metrics.aligned import CLASSIFICATION, pair
from aipo_pipelines.measures.metrics.same_records import on_same_records
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.metrics.table import CONFIDENCE, metric_of_pairs
from aipo_pipelines.measures.metrics.verdict import shown_above
from aipo_pipelines.measures.statistics.multiple_testing import bonferroni

_NAIVE: Mapping[Task, str] = MappingProxyType(
    {
        Task.BINARY: "always the most frequent class",
        Task.MULTICLASS: "always the most frequent class",
        Task.REGRESSION: "always the mean",
        Task.FORECASTING: "the value one season earlier",
    }
)

_SKILL, _LOG_LOSS_SKILL = Metric.SKILL.value, "log_loss_skill"
_BY = MappingProxyType(
    {_SKILL: "by its answers", _LOG_LOSS_SKILL: "by its probabilities (log loss)"}
)


def baseline_gate(
    name: str, challenger: Scored, release: Release, choices: int, seed: int
) -> CheckOutcome:
    """Compares a challenger with the naive baseline of its task on the same records.

    Args:
        name: Name of the gate.
        challenger: Answers beside the truth and the naive baseline.
        release: Confidence and minimum sample.
        choices: Number of windows tried.
        seed: Seed of resampling.

    Returns:
        The skills, first those that decide, then the standard metrics of both (`mae`,
        `naive_mae`, ...). As one skill is enough, only a deciding skill has the limit and a
        verdict; the other informs.
    """
    if challenger.naive is None or challenger.naive.isna().all():
        return CheckOutcome(
            check=name,
            verdict=Verdict.INSUFFICIENT,
            severity=Severity.CRITICAL,
            summary="Skill cannot be judged: the naive baseline has no answer for these records.",
            details=NO_DETAILS,
        )
    # The answers are compared without probabilities: the naive baseline has only answers, and a
    # log loss against an error rate is no gain.
    answers = replace(challenger, probability=None)
    naive = replace(answers, predicted=challenger.naive)
    rivals = {_SKILL: (answers, naive)}
    # With rare events, no answers can beat the most frequent class: a model of churn is useful by
    # its probabilities. So they have a comparison of their own.
    if challenger.task in CLASSIFICATION and pair(challenger).probabilistic:
        rivals[_LOG_LOSS_SKILL] = (challenger, _frequencies(naive))
    confidence = bonferroni(release.confidence, choices * len(rivals))
    skills = tuple(
        _skill(metric, sides, release, confidence, seed) for metric, sides in rivals.items()
    )
    verdict = _any_of(skills)
    standard = _standard(answers, naive, seed)
    return CheckOutcome(
        check=name,
        verdict=verdict,
        severity=Severity.CRITICAL,
        summary=_beside_naive(verdict, challenger.task, skills, standard),
        figures=(*_deciding_first(verdict, skills), *standard),
        details=RivalDetails(confidence=confidence, choices=choices, seed=seed),
    )


def _skill(
    metric: str, sides: tuple[Scored, Scored], release: Release, confidence: float, seed: int
) -> Figure:
    ours, theirs = sides
    gain = relative_gain(
        ours,
        theirs,
        confidence,
        seed,
        minimum=release.minimum_sample,
        names=("challenger", "naive baseline"),
    )
    return replace(shown_above(gain, 0.0, confidence), metric=metric)


def _any_of(skills: Sequence[Figure]) -> Verdict:
    verdicts = {figure.verdict for figure in skills}
    if Verdict.PASS in verdicts:
        return Verdict.PASS
    # A skill that is shown to be worse is no failure as long as the other may still pass.
    return Verdict.FAIL if verdicts == {Verdict.FAIL} else Verdict.INSUFFICIENT


def _deciding_first(verdict: Verdict, skills: Sequence[Figure]) -> tuple[Figure, ...]:
    """The skills that decide the verdict, and then the other skills without a limit."""
    deciding = [replace(skill, note=_noted(skill)) for skill in skills if skill.verdict is verdict]
    # Without its limit: a failing figure under a gate that passed would look like a failure.
    informing = (
        replace(skill, limit=None, verdict=None) for skill in skills if skill.verdict is not verdict
    )
    return (*deciding, *informing)


def _noted(figure: Figure) -> str:
    return f"decides the gate; {figure.note}" if figure.note else "decides the gate"


def _frequencies(naive: Scored) -> Scored:
    """States for every record the frequency of each class among the labelled records."""
    # The best constant probabilities that exist for these records: a strict opponent.
    truth = pd.Series(dtype=str) if naive.truth is None else naive.truth.dropna().astype(str)
    shares = truth.value_counts(normalize=True)
    names = sorted({*shares.index, *([naive.positive] if naive.positive else [])})
    table = pd.DataFrame(
        {name: float(shares.get(name, 0.0)) for name in names}, index=naive.predicted.index
    )
    return replace(naive, probability=table)


def _standard(answers: Scored, naive: Scored, seed: int) -> tuple[Figure, ...]:
    metrics = (Metric.ACCURACY,) if answers.task in CLASSIFICATION else (Metric.WAPE, Metric.MAE)
    ours, theirs = on_same_records(answers, naive)
    return tuple(
        replace(metric_of_pairs(metric, side, CONFIDENCE, seed), metric=name)
        for metric in metrics
        for name, side in (
            (metric.value, ours),
            (derived(metric.value, Derivation.NAIVE), theirs),
        )
    )


def _beside_naive(
    verdict: Verdict, task: Task, skills: Sequence[Figure], standard: Sequence[Figure]
) -> str:
    values = {figure.metric: figure.value for figure in standard}
    pairs = [
        f"{metric} {_shown(values[metric])} against "
        f"{_shown(values[derived(metric, Derivation.NAIVE)])}"
        for metric in values
        if not is_derived(metric, Derivation.NAIVE)
    ]
    result = {
        Verdict.PASS: "The model is better than the naive baseline",
        Verdict.FAIL: "The model is worse than the naive baseline",
        Verdict.INSUFFICIENT: "The model is not shown to be better than the naive baseline",
    }[verdict]
    saved = "; ".join(f"{figure.metric} {bounds_in_words(figure)}" for figure in skills)
    result += f" ({_NAIVE[task]}){_decided_by(verdict, skills)}"
    return f"{result} on the same {standard[0].n} records: {', '.join(pairs)} ({saved})."


def _decided_by(verdict: Verdict, skills: Sequence[Figure]) -> str:
    """The skill that decides the verdict, in words; empty if there is only one skill."""
    if len(skills) == 1:
        return ""
    if verdict is Verdict.INSUFFICIENT:
        return ", neither " + " nor ".join(_BY[skill.metric] for skill in skills) + ","
    deciding = " and ".join(_BY[skill.metric] for skill in skills if skill.verdict is verdict)
    contrary = [_BY[skill.metric] for skill in skills if skill.verdict is not verdict]
    return f" {deciding}" + "".join(f", though not {words}," for words in contrary)


def _shown(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4g}"
