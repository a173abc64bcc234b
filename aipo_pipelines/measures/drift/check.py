"""The check `data_drift`: have the inputs of a batch left the champion's reference?

A feature has drifted only if its change is large (the distance reaches `limits.limit`) and also
not chance. Chance is excluded if its p-value, adjusted over all tests of the batch (Benjamini and
Hochberg, 1995), is at most `limits.alpha`.

The check fails if a critical feature has drifted, or if at least `limits.share` of the other
compared features have drifted. It is insufficient if a side has too few records, or if a critical
feature or all features could not be compared. The details name the drifted features for every
verdict.

Up to 100,000 records a side are all used. Above that, a seeded sample of 100,000 a side is
compared. Its Kolmogorov-Smirnov distance lies within 0.014 of the exact distance with a
probability above 99.9 % (Massart's bound, both sides). Missing shares are always counted on all
records.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from aipo_pipelines.charter.model.thresholds import DriftLimits
from aipo_pipelines.evidence.details.drift import DataDriftDetails
from aipo_pipelines.evidence.outcome import CheckOutcome, Figure, Severity, Verdict
from aipo_pipelines.measures.drift.feature import (
    FeatureDrift,
    Sides,
    judged_figures,
    measure_feature,
    table_row,
)
from aipo_pipelines.measures.statistics.multiple_testing import benjamini_hochberg

CHECK = "data_drift"
SAMPLE = 100_000
"""Records a side above which a sample is compared."""

Judged = list[tuple[FeatureDrift, tuple[Figure, ...]]]


def measure_drift(
    reference: pd.DataFrame,
    batch: pd.DataFrame,
    features: Sequence[str],
    categorical: Collection[str],
    limits: DriftLimits,
    seed: int,
) -> CheckOutcome[DataDriftDetails]:
    """Compares the features of a batch with those of the reference.

    Args:
        reference: Records that the champion learnt from, and its held-out records.
        batch: Records of the batch.
        features: Features that the model uses.
        categorical: Features that are categories, regardless of their type.
        limits: The charter's drift limits.
        seed: Seed of sampling and of intervals.

    Returns:
        One figure per feature (`ks_distance` or `total_variation`), and one more
        (`missing_share_difference`) if any value is missing. The details have `drifted`,
        `critical_drifted`, `not_compared`, `method` and the table `features`.
    """
    if min(len(reference), len(batch)) < limits.minimum_sample:
        return _too_few(len(reference), len(batch), limits)
    # Another seed for the batch: with the same seed, two deliveries of equal length would be
    # compared at the same places, and a pattern in their order could hide or show a change.
    sides = Sides(
        reference=reference,
        batch=batch,
        reference_sample=_sampled(reference, seed),
        batch_sample=_sampled(batch, seed + 1),
    )
    measured = [
        measure_feature(
            sides, feature, limits.minimum_sample, seed, categorical=feature in categorical
        )
        for feature in dict.fromkeys(features)
        if feature not in limits.ignore
    ]
    return _outcome(_judged(measured, limits), limits, _method(sides, seed))


def _sampled(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    if len(frame) <= SAMPLE:
        return frame
    picks = np.random.default_rng(seed).choice(len(frame), SAMPLE, replace=False, shuffle=False)
    return frame.take(np.sort(picks))


def _method(sides: Sides, seed: int) -> str:
    sampled = [
        f"{len(full):,} {side} records by a sample of {SAMPLE:,} (seed {own})"
        for side, full, own in (
            ("reference", sides.reference, seed),
            ("batch", sides.batch, seed + 1),
        )
        if len(full) > SAMPLE
    ]
    basis = "; ".join(sampled) if sampled else "all records of both sides"
    return (
        "Kolmogorov-Smirnov (numbers) and chi-squared with total variation (categories), "
        f"Benjamini-Hochberg over all tests, on {basis}"
    )


def _judged(measured: list[FeatureDrift], limits: DriftLimits) -> Judged:
    # All tests of the batch together: with 50 features, single tests at 1 % would find a drift in
    # two of five batches without any. The rate of false discoveries is limited instead of the
    # chance of any false alarm, because `share` already asks for several drifted features.
    adjusted = list(benjamini_hochberg([p for feature in measured for p in feature.p_values]))
    judged: Judged = []
    for feature in measured:
        own = tuple(adjusted.pop(0) for _ in feature.p_values)
        judged.append((feature, judged_figures(feature, own, limits)))
    return judged


@dataclass(frozen=True, slots=True, kw_only=True)
class _Findings:
    """The features of a batch by their verdicts.

    Attributes:
        missing: Critical features that could not be compared.
        blind: All features that could not be compared.
    """

    drifted: list[str]
    critical: list[str]
    compared: list[str]
    missing: list[str]
    blind: list[str]
    limits: DriftLimits

    @classmethod
    def of(cls, judged: Judged, limits: DriftLimits) -> Self:
        """Sorts the features by their verdicts."""
        drifted = _features(judged, Verdict.FAIL)
        # A feature that drifted by its missing share counts, even if its values have no verdict.
        undecided = _features(judged, Verdict.INSUFFICIENT)
        blind = [feature for feature in undecided if feature not in drifted]
        compared = [measured.feature for measured, _ in judged if measured.feature not in blind]
        return cls(
            drifted=drifted,
            critical=[feature for feature in drifted if feature in limits.critical],
            compared=compared,
            missing=[feature for feature in limits.critical if feature not in compared],
            blind=blind,
            limits=limits,
        )

    @property
    def left_out(self) -> tuple[str, ...]:
        """Features that could not be compared, with the critical features that were not there."""
        return tuple(dict.fromkeys(self.blind + self.missing))

    @property
    def share(self) -> float | None:
        """Share of drifted features, without the critical features; None if none is left."""
        # A critical feature decides alone, so it is not counted.
        counted = [feature for feature in self.compared if feature not in self.limits.critical]
        return (len(self.drifted) - len(self.critical)) / len(counted) if counted else None

    @property
    def verdict(self) -> Verdict:
        """The verdict on the batch."""
        too_many = self.share is not None and self.share >= self.limits.share
        # A shown drift remains a drift, even if another feature could not be compared.
        if self.critical or too_many:
            return Verdict.FAIL
        return Verdict.INSUFFICIENT if self.missing or not self.compared else Verdict.PASS


def _outcome(judged: Judged, limits: DriftLimits, method: str) -> CheckOutcome[DataDriftDetails]:
    findings = _Findings.of(judged, limits)
    return CheckOutcome(
        check=CHECK,
        verdict=findings.verdict,
        severity=Severity.CRITICAL if findings.critical else Severity.WARNING,
        summary=_summary(findings),
        figures=tuple(figure for _, figures in judged for figure in figures),
        details=DataDriftDetails(
            drifted=tuple(findings.drifted),
            critical_drifted=tuple(findings.critical),
            not_compared=findings.left_out,
            share_of_others=findings.share or 0.0,
            method=method,
            features=tuple(table_row(measured, figures) for measured, figures in judged),
        ),
    )


def _features(judged: Judged, verdict: Verdict) -> list[str]:
    return [measured.feature for measured, figures in judged if _has(figures, verdict)]


def _has(figures: tuple[Figure, ...], verdict: Verdict) -> bool:
    return any(figure.verdict is verdict for figure in figures)


def _summary(findings: _Findings) -> str:
    drifted, compared = findings.drifted, len(findings.compared)
    text = f"{len(drifted)} of {compared} compared features have drifted"
    if drifted:
        text += f": {', '.join(drifted)}"
    if findings.critical:
        text += f"; critical: {', '.join(findings.critical)}"
    if findings.left_out:
        text += f"; could not be compared: {', '.join(findings.left_out)}"
    return text + "."


def _too_few(reference: int, batch: int, limits: DriftLimits) -> CheckOutcome[DataDriftDetails]:
    return CheckOutcome(
        check=CHECK,
        verdict=Verdict.INSUFFICIENT,
        severity=Severity.WARNING,
        summary=(
            f"The reference has {reference} records and the batch {batch}; the charter asks for "
            f"{limits.minimum_sample} on each side, so drift cannot be judged."
        ),
        details=DataDriftDetails(),
    )
