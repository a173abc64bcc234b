"""The check `fairness`: are the groups of a protected attribute treated alike?

Per group: selection rate, true and false positive rate and error rate with Wilson intervals
(binary), error rate (several classes) or mean absolute error (numbers). Per threshold: the largest
difference (or the smallest ratio) between two groups, decided on its interval as `judging` says,
so the check fails only where the near end of the interval lies beyond the limit. Where there are
more than two groups each pair's interval is widened for the number of pairs (Bonferroni), because
the extreme pair was picked after looking.

Groups with fewer records than the threshold's minimum are not compared. Their figures are
insufficient and they are named; they do not decide, or one record with a rare value would end
every judgement. The minimum counts the records a rate rests on: true events for the true positive
rate. Selection rates need no truth. Intersections of two attributes are given for information.
The four-fifths rule is a US employment screening rule (29 CFR 1607) and is nobody's default here:
a charter that wants it sets `selection_rate_ratio` to 0.8.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from aipo_pipelines.charter.model.thresholds import AppliesTo, Threshold
from aipo_pipelines.evidence.details.performance import FairnessDetails, IntersectionRow
from aipo_pipelines.evidence.outcome import (
    CheckOutcome,
    Figure,
    Severity,
    Verdict,
    overall,
)
from aipo_pipelines.measures.fairness.gaps import comparison_of_groups
from aipo_pipelines.measures.fairness.rates import (
    RATES,
    GroupRate,
    crossed,
    rates_of_groups,
    rates_of_task,
)
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.metrics.table import CONFIDENCE
from aipo_pipelines.measures.metrics.verdict import judge, thresholds_for

CHECK = "fairness"


def measure_fairness(
    scored: Scored,
    thresholds: Sequence[Threshold],
    seed: int,
    applies_to: AppliesTo = AppliesTo.LIVE,
) -> CheckOutcome[FairnessDetails]:
    """Compares the groups of the protected attributes.

    Args:
        scored: Answers, and the truth where known; `groups` holds the attributes.
        thresholds: The charter's; only fairness metrics are judged, each on its attribute, or on
            every attribute where it names none.
        seed: Seed of resampling (of mean errors; rates need none).
        applies_to: Whose thresholds are judged.

    Returns:
        The judged figures first (subject: the attribute), then one figure per group and rate
        (subject `attribute=value`); in the details `not_compared` and `intersections`.
    """
    agreed = thresholds_for(thresholds, applies_to, fairness=True)
    judged: list[Figure] = []
    left_out: set[str] = set()
    for threshold in agreed:
        named = (threshold.attribute,) if threshold.attribute else tuple(scored.groups.columns)
        for attribute in named:
            figure, small = _judged(scored, attribute, threshold, seed)
            judged.append(figure)
            left_out |= {f"{attribute}={name}" for name in small}
    groups = _group_figures(scored, agreed, seed)
    alike = [*_spelled_alike(scored)]
    return CheckOutcome(
        check=CHECK,
        verdict=overall(tuple(judged)) if agreed else Verdict.PASS,
        severity=Severity.CRITICAL,
        summary=" ".join(
            (
                _summary(judged, sorted(left_out), tuple(map(str, scored.groups.columns))),
                *(
                    f"Groups of {name} differ in their spelling only, and are compared as several: "
                    f"{', '.join(map(repr, one))}."
                    for name, one in alike
                ),
            )
        ),
        figures=(*judged, *groups),
        details=FairnessDetails(
            not_compared=tuple(sorted(left_out)),
            spelled_alike=tuple(f"{name}={group}" for name, one in alike for group in one),
            intersections=tuple(_intersections(scored, agreed, seed)),
        ),
    )


def _spelled_alike(scored: Scored) -> Iterator[tuple[str, list[str]]]:
    """Attribute and groups that differ in blanks, upper and lower case or width of letters only."""
    for attribute in scored.groups.columns:
        spellings: dict[str, list[str]] = {}
        for group in sorted(map(str, scored.groups[attribute].dropna().unique())):
            plain = " ".join(unicodedata.normalize("NFKC", group).casefold().split())
            spellings.setdefault(plain, []).append(group)
        yield from ((str(attribute), one) for one in spellings.values() if len(one) > 1)


def _judged(
    scored: Scored, attribute: str, threshold: Threshold, seed: int
) -> tuple[Figure, list[str]]:
    if attribute not in scored.groups.columns:
        note = "the batch does not carry this attribute"
        figure = Figure(
            metric=threshold.metric.value,
            value=None,
            n=0,
            subject=attribute,
            note=note,
            minimum=threshold.minimum_sample,
        )
        return judge(figure, threshold), []
    rates = rates_of_groups(
        scored, scored.groups[attribute], RATES[threshold.metric], threshold.confidence, seed
    )
    large = [rate for rate in rates if rate.n >= threshold.minimum_sample]
    small = [rate.name for rate in rates if rate.n < threshold.minimum_sample]
    figure = comparison_of_groups(large, threshold.metric, threshold.confidence)
    note = figure.note
    if small:
        names = ", ".join(small)
        note += f"; fewer than {threshold.minimum_sample} records, not compared: {names}"
    compared = replace(
        figure, subject=attribute, note=note.lstrip("; "), minimum=threshold.minimum_sample
    )
    return judge(compared, threshold), small


def _group_figures(scored: Scored, agreed: Sequence[Threshold], seed: int) -> list[Figure]:
    minimum = min((threshold.minimum_sample for threshold in agreed), default=0)
    return [
        _rate_figure(rate, metric, str(attribute), minimum)
        for attribute in scored.groups.columns
        for metric in rates_of_task(scored)
        for rate in rates_of_groups(scored, scored.groups[attribute], metric, CONFIDENCE, seed)
    ]


def _rate_figure(rate: GroupRate, metric: str, attribute: str, minimum: int) -> Figure:
    enough = rate.n >= max(minimum, 1)
    return Figure(
        metric=metric,
        value=rate.value if rate.n else None,
        n=rate.n,
        interval=rate.interval,
        subject=f"{attribute}={rate.name}",
        note="" if enough else f"fewer than {max(minimum, 1)} records",
        minimum=max(minimum, 1),
    )


def _intersections(
    scored: Scored, agreed: Sequence[Threshold], seed: int
) -> Iterator[IntersectionRow]:
    """The first rate of the task in each combination of two attributes, largest groups first."""
    minimum = min((threshold.minimum_sample for threshold in agreed), default=1)
    metric = rates_of_task(scored)[0]
    for one, other in combinations(scored.groups.columns, 2):
        column = crossed(scored.groups[one], scored.groups[other])
        for rate in rates_of_groups(scored, column, metric, CONFIDENCE, seed):
            if rate.n >= minimum:
                yield IntersectionRow(
                    groups=f"{one} x {other}: {rate.name}",
                    metric=metric,
                    value=rate.value,
                    n=rate.n,
                    low=rate.interval.low,
                    high=rate.interval.high,
                )


def _summary(judged: list[Figure], left_out: list[str], attributes: tuple[str, ...]) -> str:
    if not attributes and not judged:
        return "No protected attribute is declared; there is nothing to compare."
    if not judged:
        return f"No fairness limit is agreed; groups of {', '.join(attributes)} for information."
    sentences = []
    for figure in judged:
        if figure.verdict is Verdict.FAIL:
            sentences.append(
                f"{figure.subject}: {figure.metric} is {figure.value:.3f}, limit {figure.limit:.3f}"
            )
        elif figure.verdict is Verdict.INSUFFICIENT:
            sentences.append(f"{figure.subject}: {figure.metric} cannot be judged ({figure.note})")
    text = "; ".join(sentences) or (
        "The one agreed limit holds"
        if len(judged) == 1
        else f"All {len(judged)} agreed limits hold"
    )
    return f"{text}{'; not compared: ' + ', '.join(left_out) if left_out else ''}."
