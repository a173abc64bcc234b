"""The check `leakage`: does a feature give the answer away?

A feature that alone predicts the target almost perfectly was usually not known when the prediction
was needed. The check looks for these signs:

- A feature equals the target, or two features sum to it.
- A small decision tree on one feature predicts held-out records with an area under the ROC curve
  of 0.95 or more, or explains 90 % of a number. With several classes, one class against the rest
  is enough. The check tests all batches together and single batches.
- A feature is filled, empty or unusual only if the target has one class.
- All features together are nearly perfect: 0.99 or more.

The check warns and proves nothing: some features without a leak are that good.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api import types

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.evidence.details.training import LeakageDetails
from aipo_pipelines.evidence.outcome import (
    CheckOutcome,
    Direction,
    Figure,
    Severity,
    Verdict,
    overall,
)
from aipo_pipelines.measures.gates.leak_power import (
    encoded,
    encoded_feature,
    encoded_target,
    power_alone,
    power_together,
)
from aipo_pipelines.measures.gates.leak_signs import signs_of
from aipo_pipelines.measures.metrics.aligned import CLASSIFICATION
from aipo_pipelines.measures.statistics.intervals import Floats

CHECK = "leakage"
LIMIT_OF_AREA = 0.95
LIMIT_OF_EXPLAINED = 0.9
NEARLY_PERFECT = 0.99
SAMPLE = 10_000
"""Records of all batches that are tested: enough for a tree, and a bound on its time."""

MINIMUM = 100
"""Labelled records without which half of them cannot test the other half."""

# A leak can be in one batch only, for example after a change of an export. Five batches bound the
# time, and the sizes below keep a high area from being an accident of few records.
_MOST_BATCHES = 5
_OF_A_BATCH = 2_000
_FEWEST_OF_A_BATCH = 200
_FEWEST_OF_A_CLASS = 100
_TOGETHER = "all features"


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """Records with a truth, in which the check looks for leaks.

    Attributes:
        frame: Features and label.
        label: Column of the target.
        batches: Batch of each row of the frame; None if all rows belong to one batch.
        series: Column that names the series of a forecast, whose level is known; or None.
    """

    frame: pd.DataFrame
    label: str
    task: Task
    batches: pd.Series | None = None
    series: str | None = None

    def of(self, rows: pd.Series) -> Labelled:
        """The same for some of the rows."""
        batches = None if self.batches is None else self.batches[rows]
        return Labelled(
            frame=self.frame[rows],
            label=self.label,
            task=self.task,
            batches=batches,
            series=self.series,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample:
    """Records in random order, and the target as numbers."""

    frame: pd.DataFrame
    target: Floats
    batch: str = ""


def find_leaks(
    records: Labelled, features: Sequence[str], seed: int, *, together: bool = True
) -> CheckOutcome[LeakageDetails]:
    """Looks for features that give the target away.

    Args:
        records: Training records.
        features: Features the model uses.
        seed: Seed of the sample (10,000 records at most) and of the trees.
        together: Whether all features together are looked at too.

    Returns:
        One figure `single_feature_power` per feature, and one `all_features_power`. The details
        have `leaking`, the signs of each leaking feature in `signs`, and `sums`.
    """
    known = records.of(records.frame[records.label].notna())
    if len(known.frame) < MINIMUM:
        return _too_few(len(known.frame))
    rng = np.random.default_rng(seed)
    whole = _sample(known, rng, SAMPLE)
    parts = _batches(known, rng)
    names = [name for name in dict.fromkeys(features) if name in known.frame.columns]
    figures = [_figure(name, records, whole, parts, seed) for name in names]
    leaking = {
        str(figure.subject): figure.note for figure in figures if figure.verdict is Verdict.FAIL
    }
    sums = [] if records.task in CLASSIFICATION else _sums(whole, records.label, names)
    # Features with a sign are left out: together with them everything is nearly perfect, and the
    # test would only repeat the sign.
    innocent = _without_signs(names, leaking, sums)
    combined = [*_together(innocent, records, whole, seed)] if together else []
    figures += combined
    return CheckOutcome(
        check=CHECK,
        verdict=Verdict.FAIL if sums else overall(tuple(figures)),
        severity=Severity.WARNING,
        summary=_summary(leaking, sums, combined[0] if combined else None),
        figures=tuple(figures),
        details=LeakageDetails(leaking=tuple(leaking), sums=tuple(sums), signs=leaking),
    )


def _without_signs(
    names: Sequence[str], leaking: Collection[str], sums: Sequence[tuple[str, ...]]
) -> list[str]:
    """The features that give no sign of a leak."""
    signs = {*leaking, *(name for pair in sums for name in pair)}
    return [name for name in names if name not in signs]


def limit_of(task: Task) -> float:
    """The power at which a single feature becomes suspicious."""
    return LIMIT_OF_AREA if task in CLASSIFICATION else LIMIT_OF_EXPLAINED


def _sample(records: Labelled, rng: np.random.Generator, most: int, batch: str = "") -> _Sample:
    # In random order, because one half trains the tree and the other half tests it: halves in order
    # of time would differ.
    picks = rng.permutation(len(records.frame))[:most]
    frame = records.frame.take(picks)
    series = frame[records.series] if records.series in frame.columns else None
    return _Sample(
        frame=frame,
        target=encoded_target(frame[records.label], records.task, series),
        batch=batch,
    )


def _batches(records: Labelled, rng: np.random.Generator) -> list[_Sample]:
    """A few batches that are large enough to be tested alone, with the newest batch."""
    if records.batches is None:
        return []
    sizes = records.batches.value_counts(sort=False)
    large = [name for name in sizes.index if sizes[name] >= _FEWEST_OF_A_BATCH]
    if len(sizes) < 2 or not large:  # noqa: PLR2004 - one batch is all there is
        return []
    places = np.unique(np.linspace(0, len(large) - 1, _MOST_BATCHES).round().astype(int))
    samples = [
        _sample(records.of(records.batches == large[place]), rng, _OF_A_BATCH, str(large[place]))
        for place in places
    ]
    return [sample for sample in samples if _is_conclusive(sample, records.task)]


def _is_conclusive(sample: _Sample, task: Task) -> bool:
    """Whether a batch has enough records of two classes, so that a high area is no accident."""
    if task not in CLASSIFICATION:
        return True
    counts = np.sort(np.unique(sample.target, return_counts=True)[1])
    return len(counts) > 1 and bool(counts[-2] >= _FEWEST_OF_A_CLASS)


def _figure(
    name: str, records: Labelled, whole: _Sample, parts: Sequence[_Sample], seed: int
) -> Figure:
    task, limit = records.task, limit_of(records.task)
    power = power_alone(encoded_feature(whole.frame[name]), whole.target, task, seed)
    within = ""
    for part in parts:
        if power is not None and power >= limit:
            break
        in_part = power_alone(encoded_feature(part.frame[name]), part.target, task, seed)
        if in_part is not None and in_part >= limit:
            power, within = in_part, part.batch
    signs = [*_signs(name, records, whole, power, within)]
    return Figure(
        metric="single_feature_power",
        value=power,
        n=len(whole.target),
        limit=limit,
        direction=Direction.AT_MOST,
        verdict=Verdict.FAIL if signs else Verdict.PASS,
        subject=name,
        note="; ".join(signs) or ("" if power is not None else "carries no information to test"),
    )


def _signs(
    name: str, records: Labelled, whole: _Sample, power: float | None, within: str
) -> Iterator[str]:
    feature, label = whole.frame[name], whole.frame[records.label]
    if bool((feature.notna() & (feature.astype(str) == label.astype(str))).all()):
        yield "equals the target in every record looked at"
    if power is not None and power >= limit_of(records.task):
        place = f" within batch {within}" if within else ""
        yield (
            f"alone it has an AUC of {power:.3f}{place}"
            if records.task in CLASSIFICATION
            else f"alone it explains {power:.1%} of the target{place}"
        )
    yield from signs_of(feature, label, whole.target, records.task)


def _together(
    names: Sequence[str], records: Labelled, whole: _Sample, seed: int
) -> Iterator[Figure]:
    inputs = [encoded_feature(whole.frame[name]) for name in names]
    power = power_together(inputs, whole.target, records.task, seed)
    if power is None:
        return
    yield Figure(
        metric="all_features_power",
        value=power,
        n=len(whole.target),
        limit=NEARLY_PERFECT,
        direction=Direction.AT_MOST,
        verdict=Verdict.FAIL if power >= NEARLY_PERFECT else Verdict.PASS,
        subject=_TOGETHER,
    )


def _sums(sample: _Sample, label: str, names: list[str]) -> list[tuple[str, str]]:
    """Pairs of numeric features that sum to the target in every record."""
    frame, target = sample.frame, encoded(sample.frame[label], as_class=False)
    numeric = [name for name in names if types.is_any_real_numeric_dtype(frame[name].dtype)]
    columns = frame[numeric].to_numpy(dtype=np.float64, na_value=np.nan)
    pairs = []
    for place, name in enumerate(numeric):
        rest = (target - columns[:, place])[:, None]
        # A constant zero and a copy of the target are no sum: the copy has a sign of its own.
        if not columns[:, place].any():
            continue
        hits = np.isclose(columns[:, place + 1 :], rest, rtol=1e-9, atol=0).all(axis=0)
        pairs += [
            (name, numeric[place + 1 + step])
            for step in np.flatnonzero(hits)
            if columns[:, place + 1 + step].any()
        ]
    return pairs


def _summary(leaking: dict[str, str], sums: list[tuple[str, str]], perfect: Figure | None) -> str:
    signs = [f"{name} gives the target away ({reason})" for name, reason in leaking.items()]
    signs += [f"{first} and {second} sum to the target" for first, second in sums]
    if perfect is not None and perfect.verdict is Verdict.FAIL:
        signs.append(f"all other features together are nearly perfect ({perfect.value:.3f})")
    if not signs:
        return "No feature gives the target away."
    return f"Possible leakage: {'; '.join(signs)}. Were these known when predictions are made?"


def _too_few(n: int) -> CheckOutcome[LeakageDetails]:
    return CheckOutcome(
        check=CHECK,
        verdict=Verdict.INSUFFICIENT,
        severity=Severity.WARNING,
        summary=f"Leakage cannot be judged: {n} labelled records, {MINIMUM} are needed.",
        details=LeakageDetails(),
    )
