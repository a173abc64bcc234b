"""The gates that compare a challenger on the same records: with the naive baseline, the champion.

Both rest on the relative gain of `gain` and on bounds, not on values: being better, or not worse,
must be shown. `baseline` asks for a gain above 0 of the answers over those of the naive baseline
(`skill_over_baseline`) or, where the model states probabilities, of these over stating for every
record how frequent each class is among these very records (`log_loss_skill`); one of the two is
enough, for with rare events the most frequent class is hard to beat by answers alone. `champion`
is a test of non-inferiority: the gain must lie above minus `release.margin` (above 0 where the
charter asks for superiority), and each metric with a `maximum_drop` above minus that. Confidence is
corrected for the number of windows tried (Bonferroni) and for the number of figures: those of the
baseline, where one is enough, by Bonferroni; those of the champion step by step (Holm, 1979).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType

import pandas as pd

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.operations import Release
from aipo_pipelines.charter.model.thresholds import AppliesTo, Metric, Threshold
from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.details.training import RivalDetails
from aipo_pipelines.evidence.outcome import (
    CheckOutcome,
    Figure,
    Severity,
    Verdict,
    overall,
)
from aipo_pipelines.measures.comparison.loss import in_words, relative_gain
from aipo_pipelines.measures.comparison.metrics import compare
from aipo_pipelines.measures.metrics.aligned import CLASSIFICATION, pair
from aipo_pipelines.measures.metrics.same_records import on_same_records
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.metrics.table import CONFIDENCE, metric_of_pairs
from aipo_pipelines.measures.metrics.verdict import smallest_visible_miss, thresholds_for
from aipo_pipelines.measures.statistics.multiple_testing import bonferroni, step_down

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
        name: Of the gate.
        challenger: Answers beside the truth and the naive baseline.
        release: Confidence and minimum sample.
        choices: Windows tried.
        seed: Seed of resampling.

    Returns:
        The skills, first those that decide, then the standard metrics of both (`mae`,
        `naive_mae`, ...). As one skill is enough, only what decides has the limit and a verdict:
        the other informs.
    """
    if challenger.naive is None or challenger.naive.isna().all():
        return CheckOutcome(
            check=name,
            verdict=Verdict.INSUFFICIENT,
            severity=Severity.CRITICAL,
            summary="Skill cannot be judged: the naive baseline has no answer for these records.",
            details=NO_DETAILS,
        )
    answers = replace(challenger, probability=None)
    naive = replace(answers, predicted=challenger.naive)
    rivals = {_SKILL: (answers, naive)}
    if challenger.task in CLASSIFICATION and pair(challenger).probabilistic:
        rivals[_LOG_LOSS_SKILL] = (challenger, _frequencies(naive))
    confidence = bonferroni(release.confidence, choices * len(rivals))
    skills = tuple(
        replace(
            shown_above(
                relative_gain(
                    ours,
                    theirs,
                    confidence,
                    seed,
                    minimum=release.minimum_sample,
                    names=("challenger", "naive baseline"),
                ),
                0.0,
                confidence,
            ),
            metric=metric,
        )
        for metric, (ours, theirs) in rivals.items()
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


def champion_gate(
    name: str,
    charter: Charter,
    challenger: Scored,
    champion: Scored | None,
    choices: int,
    seed: int,
) -> CheckOutcome:
    """Compares a challenger with the champion on the same records.

    Args:
        name: Of the gate.
        charter: What was agreed for a release.
        challenger: Answers beside the truth.
        champion: The champion's on the same rows; None where there is none.
        choices: Windows tried.
        seed: Seed of resampling.

    Returns:
        `relative_gain`, then `<metric>_advantage` per threshold for release with a
        `maximum_drop`. Without a champion it passes without a figure and says so.

    Raises:
        ModelError: The two did not answer the same rows.
    """
    if champion is None:
        return CheckOutcome(
            check=name,
            verdict=Verdict.PASS,
            severity=Severity.CRITICAL,
            summary="No version is in charge to compare with.",
            details=NO_DETAILS,
        )
    release, limit = (
        charter.release,
        0.0 if charter.release.superiority else -charter.release.margin,
    )

    def gain(level: float) -> Figure:
        found = relative_gain(challenger, champion, level, seed, minimum=release.minimum_sample)
        return shown_above(found, limit, level)

    guards = [partial(_guard, one, challenger, champion, seed) for one in _guards(charter)]
    figures = step_down([gain, *guards], bonferroni(release.confidence, choices))
    return CheckOutcome(
        check=name,
        verdict=overall(figures),
        severity=Severity.CRITICAL,
        summary=_beside_champion(figures, release),
        figures=figures,
        details=RivalDetails(confidence=release.confidence, choices=choices, seed=seed),
    )


def _any_of(skills: Sequence[Figure]) -> Verdict:
    verdicts = {figure.verdict for figure in skills}
    if Verdict.PASS in verdicts:
        return Verdict.PASS
    return Verdict.FAIL if verdicts == {Verdict.FAIL} else Verdict.INSUFFICIENT


def _deciding_first(verdict: Verdict, skills: Sequence[Figure]) -> tuple[Figure, ...]:
    """The skills by which the verdict fell, and the others without a limit behind them."""
    deciding = [replace(one, note=_noted(one)) for one in skills if one.verdict is verdict]
    others = (
        replace(one, limit=None, verdict=None) for one in skills if one.verdict is not verdict
    )
    return (*deciding, *(replace(one, limit=None, verdict=None) for one in others))


def _noted(figure: Figure) -> str:
    return f"decides the gate; {figure.note}" if figure.note else "decides the gate"


def _guards(charter: Charter) -> list[Threshold]:
    """Thresholds for a release that bound how much may be lost against the champion."""
    release = thresholds_for(charter.thresholds, AppliesTo.RELEASE, fairness=False)
    return [threshold for threshold in release if threshold.maximum_drop is not None]


def shown_above(figure: Figure, limit: float, confidence: float) -> Figure:
    """The figure with the limit and the verdict on it.

    Passed where its lower bound lies above the limit, failed where its upper one lies below,
    else insufficient, with a note on what so many records could have shown.

    Args:
        figure: With an interval of that confidence at each end; insufficient ones stay so.
        limit: In the unit of the figure.
        confidence: Level of each end as a one-sided bound.
    """
    figure = replace(figure, limit=limit)
    if figure.value is None or figure.interval is None or figure.verdict is Verdict.INSUFFICIENT:
        return replace(figure, verdict=Verdict.INSUFFICIENT)
    if figure.interval.low > limit:
        return replace(figure, verdict=Verdict.PASS)
    if figure.interval.high < limit:
        return replace(figure, verdict=Verdict.FAIL)
    needed = limit + smallest_visible_miss(figure.value, figure.interval.low, confidence)
    note = f"{figure.n} records would show it in 80 % of cases from a true value of {needed:.3g}"
    return replace(figure, verdict=Verdict.INSUFFICIENT, note=f"{figure.note}; {note}")


def _guard(
    threshold: Threshold, challenger: Scored, champion: Scored, seed: int, confidence: float
) -> Figure:
    figure = compare(threshold.metric, challenger, champion, confidence, seed)
    if figure.n < threshold.minimum_sample:
        note = f"{figure.n} records, the threshold asks for {threshold.minimum_sample}"
        figure = replace(figure, verdict=Verdict.INSUFFICIENT, note=note)
    return shown_above(figure, -(threshold.maximum_drop or 0.0), confidence)


def _frequencies(naive: Scored) -> Scored:
    """States for every record how frequent each class is among the labelled ones."""
    truth = pd.Series(dtype=str) if naive.truth is None else naive.truth.dropna().astype(str)
    shares = truth.value_counts(normalize=True)
    names = sorted({*shares.index, *([naive.positive] if naive.positive else [])})
    table = pd.DataFrame(
        {name: float(shares.get(name, 0.0)) for name in names}, index=naive.predicted.index
    )
    return replace(naive, probability=table)


def _standard(answers: Scored, naive: Scored, seed: int) -> tuple[Figure, ...]:
    wanted = (Metric.ACCURACY,) if answers.task in CLASSIFICATION else (Metric.WAPE, Metric.MAE)
    ours, theirs = on_same_records(answers, naive)
    return tuple(
        replace(figure, metric=f"{prefix}{metric.value}")
        for metric in wanted
        for prefix, side in (("", ours), ("naive_", theirs))
        for figure in (metric_of_pairs(metric, side, CONFIDENCE, seed),)
    )


def _beside_naive(
    verdict: Verdict, task: Task, skills: Sequence[Figure], standard: Sequence[Figure]
) -> str:
    values = {figure.metric: figure.value for figure in standard}
    pairs = [
        f"{metric} {_shown(values[metric])} against {_shown(values[f'naive_{metric}'])}"
        for metric in values
        if not metric.startswith("naive_")
    ]
    told = {
        Verdict.PASS: "The model is better than the naive baseline",
        Verdict.FAIL: "The model is worse than the naive baseline",
        Verdict.INSUFFICIENT: "The model is not shown to be better than the naive baseline",
    }[verdict]
    saved = "; ".join(f"{figure.metric} {_bounds(figure)}" for figure in skills)
    told += f" ({_NAIVE[task]}){_decided_by(verdict, skills)}"
    return f"{told} on the same {standard[0].n} records: {', '.join(pairs)} ({saved})."


def _decided_by(verdict: Verdict, skills: Sequence[Figure]) -> str:
    """By which of the two skills the verdict fell; nothing where there is only one."""
    if len(skills) == 1:
        return ""
    if verdict is Verdict.INSUFFICIENT:
        return ", neither " + " nor ".join(_BY[one.metric] for one in skills) + ","
    deciding = " and ".join(_BY[one.metric] for one in skills if one.verdict is verdict)
    others = [_BY[one.metric] for one in skills if one.verdict is not verdict]
    return f" {deciding}" + "".join(f", though not {one}," for one in others)


def _beside_champion(figures: Sequence[Figure], release: Release) -> str:
    gain, *guards = figures
    asked = (
        "it must be shown to be better"
        if release.superiority
        else f"at most {100 * release.margin:.1f} % more is allowed"
    )
    if gain.value is None or gain.interval is None:
        return f"Challenger and champion cannot be compared: {gain.note}."
    told = (
        f"On the same {gain.n} records the challenger makes {in_words(gain.value)} than the "
        f"champion ({_bounds(gain)}; {asked})"
    )
    named = (
        f"{one.metric} {_bounds(one)}, agreed is more than {one.limit:.3g}{_undecided(one)}"
        for one in guards
        if one.verdict is not Verdict.PASS
    )
    return "; ".join((told + _undecided(gain), *named)) + "."


def _undecided(figure: Figure) -> str:
    if figure.verdict is Verdict.INSUFFICIENT and figure.value is not None:
        return f"; this cannot be decided yet ({figure.note})"
    return ""


def _bounds(figure: Figure) -> str:
    if figure.value is None or figure.interval is None:
        return f"cannot be judged: {figure.note}"
    return f"{figure.value:.3g} [{figure.interval.low:.3g}, {figure.interval.high:.3g}]"


def _shown(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4g}"
