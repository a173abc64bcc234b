"""One feature of a batch compared with the same feature of the reference.

Values and missing shares are tested separately, so that neither can hide the other. A feature that
one side lacks counts as missing in all its records.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from aipo_pipelines.charter.model.thresholds import DriftLimits
from aipo_pipelines.evidence.details.drift import FeatureRow
from aipo_pipelines.evidence.outcome import Direction, Figure, Interval, Verdict
from aipo_pipelines.measures.data.comparable import comparable, missing_share
from aipo_pipelines.measures.drift.distances import Distance, distance, homogeneity
from aipo_pipelines.measures.statistics.interval_arithmetic import difference, reaches
from aipo_pipelines.measures.statistics.intervals import wilson

CONFIDENCE = 0.975
"""Confidence of each end of the intervals shown (95 % two-sided)."""


@dataclass(frozen=True, kw_only=True)
class Sides:
    """Reference and batch, in full and as the samples that are compared."""

    reference: pd.DataFrame
    batch: pd.DataFrame
    reference_sample: pd.DataFrame
    batch_sample: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class FeatureDrift:
    """The measurements of one feature.

    Attributes:
        n: Present values of the batch that were compared.
        shift: Distance of the values; None if a side has too few.
        missing: Missing and all records, of the reference and of the batch.
        p_missing: P-value of the difference of the missing shares; None if no value is missing.
    """

    feature: str
    n: int
    shift: Distance | None
    missing: tuple[tuple[int, int], tuple[int, int]]
    p_missing: float | None

    @property
    def p_values(self) -> tuple[float, ...]:
        """P-values of the tests made, values first."""
        of_values = () if self.shift is None else (self.shift.p_value,)
        return of_values if self.p_missing is None else (*of_values, self.p_missing)


def measure_feature(
    sides: Sides, feature: str, minimum: int, seed: int, *, categorical: bool
) -> FeatureDrift:
    """Measures one feature; `minimum` present values are needed on each side."""
    samples = (sides.reference_sample, sides.batch_sample)
    present = [int(missing_share(frame, feature)[1]) for frame in samples]
    shift = None
    if min(present) >= minimum:
        shift = distance(comparable(*samples, feature, categorical=categorical), CONFIDENCE, seed)
    # Missing shares are counts, so that all records cost nothing: no sample for them.
    of_reference = missing_share(sides.reference, feature)
    of_batch = missing_share(sides.batch, feature)
    any_missing = of_reference[0] + of_batch[0] > 0
    return FeatureDrift(
        feature=feature,
        n=present[1],
        shift=shift,
        missing=(
            (int(of_reference[0]), len(sides.reference)),
            (int(of_batch[0]), len(sides.batch)),
        ),
        p_missing=homogeneity(of_reference, of_batch) if any_missing else None,
    )


def judged_figures(
    measured: FeatureDrift, adjusted: tuple[float, ...], limits: DriftLimits
) -> tuple[Figure, ...]:
    """The figures of a feature, judged on effect and adjusted significance.

    Args:
        measured: The feature.
        adjusted: Adjusted p-values, in the order of `measured.p_values`.
        limits: The charter's drift limits.
    """
    remaining = list(adjusted)
    figures = [_values_figure(measured, limits, remaining)]
    if measured.p_missing is not None:
        figures.append(_missing_figure(measured, limits, remaining.pop(0)))
    return tuple(figures)


def _values_figure(measured: FeatureDrift, limits: DriftLimits, adjusted: list[float]) -> Figure:
    shift = measured.shift
    if shift is None:
        # Without enough values the type is not known either; numbers are the usual case.
        return Figure(
            metric="ks_distance",
            value=None,
            n=measured.n,
            limit=limits.limit,
            direction=Direction.AT_MOST,
            verdict=Verdict.INSUFFICIENT,
            subject=measured.feature,
            note=f"fewer than {limits.minimum_sample} values on one side",
        )
    p_value = adjusted.pop(0)
    figure = _figure(measured.feature, shift.metric, shift.value, shift.interval, limits)
    note = f"{shift.unseen:.1%} of the batch at levels that the reference does not have"
    return replace(
        figure,
        n=measured.n,
        p_value=p_value,
        verdict=_verdict(shift.value, p_value, limits),
        note=note if shift.unseen else "",
    )


def _missing_figure(measured: FeatureDrift, limits: DriftLimits, p_value: float) -> Figure:
    (gone_before, before), (gone_now, now) = measured.missing
    shares = gone_now / now, gone_before / before
    change = difference(
        shares[0],
        wilson(gone_now, now, CONFIDENCE),
        shares[1],
        wilson(gone_before, before, CONFIDENCE),
    )
    # Fewer missing values are a change too: a gap that was filled can hold a default value. So the
    # size of the difference is judged, and its interval is folded at 0.
    size = abs(shares[0] - shares[1])
    interval = replace(change, method="absolute difference, Newcombe")
    if shares[0] < shares[1]:
        interval = replace(interval, low=-change.high, high=-change.low)
    interval = replace(interval, low=max(0.0, interval.low))
    figure = _figure(measured.feature, "missing_share_difference", size, interval, limits)
    return replace(
        figure,
        n=now,
        p_value=p_value,
        verdict=_verdict(size, p_value, limits),
        note=f"missing: {shares[1]:.1%} of the reference, {shares[0]:.1%} of the batch",
    )


def _figure(
    feature: str, metric: str, value: float, interval: Interval, limits: DriftLimits
) -> Figure:
    return Figure(
        metric=metric,
        value=value,
        n=0,
        interval=interval,
        limit=limits.limit,
        direction=Direction.AT_MOST,
        subject=feature,
    )


def _verdict(effect: float, p_value: float, limits: DriftLimits) -> Verdict:
    large = reaches(effect, limits.limit)
    return Verdict.FAIL if large and p_value <= limits.alpha else Verdict.PASS


def table_row(measured: FeatureDrift, figures: tuple[Figure, ...]) -> FeatureRow:
    """One row of the table of features."""
    (gone_before, before), (gone_now, now) = measured.missing
    row = FeatureRow(
        feature=measured.feature,
        metric=figures[0].metric,
        distance=figures[0].value,
        p_value=figures[0].p_value,
        drifted=any(figure.fails for figure in figures),
        n=measured.n,
        missing_reference=gone_before / before,
        missing_batch=gone_now / now,
    )
    shift = measured.shift
    if shift is None:
        return row
    by_chance = shift.psi_critical if np.isfinite(shift.psi_critical) else None
    return replace(row, psi=shift.psi, psi_by_chance=by_chance, unseen_share=shift.unseen)
