"""The check `concept_drift`: has the relation between inputs and truth changed?

Only labels can show this. The mean loss per record of the batch is compared with the release
figure signed off with the champion. Welch's test (1947) uses means, deviations and counts of both.
It is normal at these sizes, and one-sided: a smaller loss is no alarm.

The check fails if the rise is large (at least `limits.effect` of the mean loss at the release) and
also not chance (`limits.alpha`). A rise can also come from inputs that have moved into a region in
which the model is weak: compare it with `data_drift`. The calibration slope is given for
information.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import NormalDist

from aipo_pipelines.charter.model.thresholds import ConceptDriftLimits
from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.details.drift import ConceptDriftDetails
from aipo_pipelines.evidence.outcome import (
    CheckOutcome,
    Direction,
    Figure,
    Interval,
    Severity,
    Verdict,
    overall,
)
from aipo_pipelines.measures.calibration.slope import slope_figure
from aipo_pipelines.measures.metrics.aligned import Pairs, pair
from aipo_pipelines.measures.metrics.loss import LOSS_SD, MEAN_LOSS, loss_figures
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.statistics.interval_arithmetic import quantile_of, reaches, two_sided

CHECK = "concept_drift"
_SMALLEST_SHOWN = 0.0001
"""Probability below which only the bound is shown: the normal distribution is not that exact."""


def measure_concept_drift(
    scored: Scored, baseline: Sequence[Figure], limits: ConceptDriftLimits, seed: int
) -> CheckOutcome:
    """Compares the loss of a batch with the release figure.

    Args:
        scored: Answers beside the truth.
        baseline: Release figures of the champion.
        limits: The charter's limits.
        seed: Seed of resampling (of the slope of numeric products).

    Returns:
        Figures `mean_loss_rise` (a share of the mean loss at the release, which decides),
        `mean_loss`, `loss_sd` and `calibration_slope`.
    """
    pairs = pair(scored)
    if pairs.n < limits.minimum_sample:
        have = "no record has" if pairs.n == 0 else f"{pairs.n} records have"
        return _insufficient(
            f"{have} a known truth and a usable answer, the charter asks for "
            f"{limits.minimum_sample}",
            pairs,
            limits,
        )
    now, spread = loss_figures(pairs)
    before = _signed_off(baseline, now.unit)
    if before is None:
        return _insufficient(f"the release figures contain no mean {now.unit}", pairs, limits)
    rise = _rise(now, spread, before, limits)
    slope = slope_figure(pairs, seed)
    return CheckOutcome(
        check=CHECK,
        verdict=overall((rise,)),
        severity=Severity.CRITICAL,
        summary=_summary(rise, now, before),
        figures=(rise, now, spread, *slope),
        details=ConceptDriftDetails(
            baseline_mean_loss=before[0], baseline_n=before[2], loss=now.unit
        ),
    )


def _signed_off(baseline: Sequence[Figure], kind: str) -> tuple[float, float, int] | None:
    """Mean, standard deviation and count of the losses at the release, if they are of that kind."""
    # A log loss is never compared with an error rate: a model that stopped giving probabilities
    # would seem to have changed.
    by_metric = {figure.metric: figure for figure in baseline if figure.unit == kind}
    mean, deviation = by_metric.get(MEAN_LOSS), by_metric.get(LOSS_SD)
    if mean is None or deviation is None or mean.value is None or deviation.value is None:
        return None
    return mean.value, deviation.value, mean.n


def _rise(
    now: Figure, spread: Figure, before: tuple[float, float, int], limits: ConceptDriftLimits
) -> Figure:
    mean, deviation, n = before
    gap = (now.value or 0.0) - mean
    error = math.hypot((spread.value or 0.0) / math.sqrt(now.n), deviation / math.sqrt(n))
    # Without any loss before there is no share of it. The rise then has the unit of the loss.
    scale = mean if mean > 0 else 1.0
    p_value = 1 - NormalDist().cdf(gap / error) if error > 0 else float(gap <= 0)
    confidence = 1 - limits.alpha
    reach = quantile_of(confidence) * error
    figure = Figure(
        metric="mean_loss_rise",
        value=gap / scale,
        n=now.n,
        interval=Interval(
            low=(gap - reach) / scale,
            high=(gap + reach) / scale,
            level=two_sided(confidence),
            method="Welch, as a share of the baseline's mean loss",
        ),
        limit=limits.effect,
        direction=Direction.AT_MOST,
        p_value=p_value,
    )
    # Effect and significance: in large batches every small change is significant, and in small
    # batches a large change can be chance (decision 0009).
    large = reaches(gap / scale, limits.effect)
    return replace(
        figure, verdict=Verdict.FAIL if large and p_value <= limits.alpha else Verdict.PASS
    )


def _insufficient(reason: str, pairs: Pairs, limits: ConceptDriftLimits) -> CheckOutcome:
    return CheckOutcome(
        check=CHECK,
        verdict=Verdict.INSUFFICIENT,
        severity=Severity.CRITICAL,
        summary=f"Concept drift cannot be judged: {reason}.",
        figures=(
            Figure(
                metric="mean_loss_rise",
                value=None,
                n=pairs.n,
                limit=limits.effect,
                direction=Direction.AT_MOST,
                verdict=Verdict.INSUFFICIENT,
                note=reason,
            ),
        ),
        details=NO_DETAILS,
    )


def _summary(rise: Figure, now: Figure, before: tuple[float, float, int]) -> str:
    moved = "has risen" if (rise.value or 0.0) > 0 else "has not risen"
    return (
        f"The mean {now.unit} {moved}: {now.value:.4g} on {now.n} records against {before[0]:.4g} "
        f"signed off ({rise.value:+.1%}, {_chance(rise.p_value)})."
    )


def _chance(p_value: float | None) -> str:
    """A probability in words; a probability too small to be computed is not shown as 0."""
    if p_value is None:
        return "p unknown"
    return f"p = {p_value:.2g}" if p_value >= _SMALLEST_SHOWN else f"p < {_SMALLEST_SHOWN}"
