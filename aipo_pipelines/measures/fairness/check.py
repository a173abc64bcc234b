"""The check `fairness`: are the groups of a protected attribute treated alike?

- Per group: selection rate, true and false positive rate and error rate with Wilson intervals
  (binary), error rate (several classes) or mean absolute error (numbers).
- Per threshold: the largest difference (or the smallest ratio) between two groups, judged by its
  interval as `metrics.verdict` describes. The check fails only if the whole interval lies beyond
  the limit. With more than two groups, each pair's interval is widened for the number of pairs
  (Bonferroni), because the extreme pair was chosen after looking.

Groups with fewer records than the threshold's minimum are named and not compared. They do not
decide: otherwise one record with a rare value would make every verdict insufficient. The minimum
counts the records of a rate, for example the true events of the true positive rate. Selection
rates need no truth. Intersections of two attributes are given for information.

The four-fifths rule is a US employment screening rule (29 CFR 1607) and never a default. A charter
that wants it sets `selection_rate_ratio` to 0.8.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from aipo_pipelines.charter.model.thresholds import AppliesTo, Threshold
from aipo_pipelines.evidence.details.performance import FairnessDetails, IntersectionRow
from aipo_pipelines.evidence.group import Group
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
        scored: Answers, and the truth if known; `groups` contains the attributes.
        thresholds: The charter's. Only fairness metrics are judged, each on its attribute, or on
            every attribute if the threshold has no attribute.
        seed: Seed of resampling (of mean errors; rates do not need it).
        applies_to: Whether the thresholds of live batches or of a release are used.

    Returns:
        The judged figures first (subject: the attribute), then one figure per group and rate
        (subject `attribute=value`); in the details `not_compared` and `intersections`.
    """
    agreed = thresholds_for(thresholds, applies_to, fairness=True)
    judged, left_out = _judged_thresholds(scored, agreed, seed)
    groups = _group_figures(scored, agreed, seed)
    alike = [*_spelled_alike(scored)]
    sentences = (
        _summary(judged, left_out, tuple(map(str, scored.groups.columns))),
        *(
            f"Groups of {attribute} differ in their spelling only, and are compared as several: "
            f"{', '.join(map(repr, spellings))}."
            for attribute, spellings in alike
        ),
    )
    return CheckOutcome(
        check=CHECK,
        verdict=overall(tuple(judged)) if agreed else Verdict.PASS,
        severity=Severity.CRITICAL,
        summary=" ".join(sentences),
        figures=(*judged, *groups),
        details=FairnessDetails(
            not_compared=tuple(left_out),
            spelled_alike=tuple(
                str(Group(attribute, group))
                for attribute, spellings in alike
                for group in spellings
            ),
            intersections=tuple(_intersections(scored, agreed, seed)),
        ),
    )


def _judged_thresholds(
    scored: Scored, agreed: Sequence[Threshold], seed: int
) -> tuple[list[Figure], list[str]]:
    """A figure with a verdict per threshold and attribute, and the groups that are too small."""
    judged: list[Figure] = []
    left_out: set[str] = set()
    for threshold in agreed:
        # A named attribute that the batch lacks is still judged: the limit has no evidence then.
        named = (threshold.attribute,) if threshold.attribute else tuple(scored.groups.columns)
        for attribute in named:
            figure, small = _judged(scored, attribute, threshold, seed)
            judged.append(figure)
            left_out |= {str(Group(attribute, name)) for name in small}
    return judged, sorted(left_out)


def _spelled_alike(scored: Scored) -> Iterator[tuple[str, list[str]]]:
    """Attribute and groups that differ in blanks, upper and lower case or width of letters only."""
    # The groups are reported, not merged: whether `Mrs` and `MRS` are one group is a decision of
    # the product, and split groups can fall below the minimum and hide a difference.
    for attribute in scored.groups.columns:
        by_plain_text: dict[str, list[str]] = {}
        for group in sorted(map(str, scored.groups[attribute].dropna().unique())):
            plain = " ".join(unicodedata.normalize("NFKC", group).casefold().split())
            by_plain_text.setdefault(plain, []).append(group)
        yield from (
            (str(attribute), spellings)
            for spellings in by_plain_text.values()
            if len(spellings) > 1
        )


def _judged(
    scored: Scored, attribute: str, threshold: Threshold, seed: int
) -> tuple[Figure, list[str]]:
    if attribute not in scored.groups.columns:
        note = "the batch does not contain this attribute"
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
    # These figures belong to no single threshold, so that the least strict minimum marks them.
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
        subject=str(Group(attribute, rate.name)),
        note="" if enough else f"fewer than {max(minimum, 1)} records",
        minimum=max(minimum, 1),
    )


def _intersections(
    scored: Scored, agreed: Sequence[Threshold], seed: int
) -> Iterator[IntersectionRow]:
    """The first rate of the task in each combination of two attributes, largest groups first."""
    minimum = min((threshold.minimum_sample for threshold in agreed), default=1)
    metric = rates_of_task(scored)[0]
    # Two attributes and one rate only: three attributes leave few records in each combination, and
    # figures that nobody reads. They have no verdict, because nothing is agreed about them.
    for first, second in combinations(scored.groups.columns, 2):
        column = crossed(scored.groups[first], scored.groups[second])
        for rate in rates_of_groups(scored, column, metric, CONFIDENCE, seed):
            if rate.n >= minimum:
                yield IntersectionRow(
                    groups=f"{first} x {second}: {rate.name}",
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
