"""The check `leakage`: does a feature give the answer away?

A feature that predicts the target almost alone usually was not known when the prediction was
needed. Three signs are looked for: a feature equal to the target; two features that sum to it; and
a feature from which a small decision tree predicts held-out records with a power above 0.98
(area under the ROC curve, averaged one against the rest for several classes; R2 for numbers). It
warns and proves nothing: some honest features are that good.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from pandas.api import types

from aipo_pipelines.charter.modelling import Task
from aipo_pipelines.measures.intervals import Floats
from aipo_pipelines.measures.outcome import (
    CheckOutcome,
    Direction,
    Figure,
    Json,
    Severity,
    Verdict,
    overall,
)
from aipo_pipelines.measures.pairs import CLASSIFICATION, numbers

CHECK = "leakage"
LIMIT = 0.98
SAMPLE = 10_000
MINIMUM = 100


def find_leaks(
    frame: pd.DataFrame, label: str, features: Sequence[str], task: Task, seed: int
) -> CheckOutcome:
    """Looks for features that give the target away.

    Args:
        frame: Training records with features and label.
        label: Target column.
        features: Features the model uses.
        task: What is predicted.
        seed: Seed of the sample (10,000 records at most) and of the trees.

    Returns:
        One figure `single_feature_power` per feature; in the details `leaking` and `sums`.
    """
    known = frame[frame[label].notna()]
    if len(known) < MINIMUM:
        return _too_few(len(known))
    rng = np.random.default_rng(seed)
    picks = rng.permutation(len(known))[:SAMPLE]
    sample = known.take(picks)
    target = _encoded(sample[label], as_class=task in CLASSIFICATION)
    names = [name for name in dict.fromkeys(features) if name in frame.columns]
    figures = tuple(_figure(sample[name], sample[label], target, task, seed) for name in names)
    sums = [] if task in CLASSIFICATION else _sums(sample, target, names)
    leaking = [figure.subject for figure in figures if figure.verdict is Verdict.FAIL]
    verdict = Verdict.FAIL if sums else overall(figures)
    return CheckOutcome(
        check=CHECK,
        verdict=verdict,
        severity=Severity.WARNING,
        summary=_summary(leaking, sums),
        figures=figures,
        details={"leaking": list(leaking), "sums": [list(pair) for pair in sums]},
    )


def _encoded(series: pd.Series, *, as_class: bool) -> Floats:
    kind = series.dtype
    if not as_class and types.is_numeric_dtype(kind) and not types.is_bool_dtype(kind):
        return numbers(series)
    if types.is_datetime64_any_dtype(kind) and not as_class:
        return numbers(series.rank())
    codes, _ = pd.factorize(series.astype(str).where(series.notna()))
    return np.where(codes < 0, np.nan, codes)


def _figure(feature: pd.Series, label: pd.Series, target: Floats, task: Task, seed: int) -> Figure:
    values = _encoded(feature, as_class=False)
    values = np.where(np.isfinite(values), values, np.nan)
    power = _power(values, target, task, seed)
    same = bool((feature.notna() & (feature.astype(str) == label.astype(str))).all())
    leaks = same or (power is not None and power > LIMIT)
    note = "equals the target in every record looked at" if same else ""
    return Figure(
        metric="single_feature_power",
        value=power,
        n=len(target),
        limit=LIMIT,
        direction=Direction.AT_MOST,
        verdict=Verdict.FAIL if leaks else Verdict.PASS,
        subject=str(feature.name),
        note=note or ("" if power is not None else "carries no information to test"),
    )


def _power(values: Floats, target: Floats, task: Task, seed: int) -> float | None:
    """Power of a small tree on one half, fitted on the other."""
    from sklearn.metrics import r2_score
    from sklearn.tree import (
        DecisionTreeClassifier,
        DecisionTreeRegressor,
    )

    half = len(target) // 2
    if not np.isfinite(values).any() or np.unique(target[:half]).size < 2:  # noqa: PLR2004
        return None
    inputs = values[:, None]
    settings = {"max_leaf_nodes": 128, "min_samples_leaf": 5, "random_state": seed}
    if task in CLASSIFICATION:
        tree = DecisionTreeClassifier(**settings).fit(inputs[:half], target[:half])
        return _mean_area(target[half:], tree.predict_proba(inputs[half:]), tree.classes_)
    if np.ptp(target[half:]) == 0:
        return None
    fitted = DecisionTreeRegressor(**settings).fit(inputs[:half], target[:half])
    return float(r2_score(target[half:], fitted.predict(inputs[half:])))


def _mean_area(target: Floats, probability: Floats, classes: Floats) -> float | None:
    from aipo_pipelines.measures.ranking import placements

    areas = []
    for column, name in enumerate(classes):
        event = (target == name).astype(np.float64)
        if 0 < event.sum() < len(event):
            areas.append(placements(event, probability[:, column]).area)
    return float(np.mean(areas)) if areas else None


def _sums(sample: pd.DataFrame, target: Floats, names: list[str]) -> list[tuple[str, str]]:
    """Pairs of numeric features that sum to the target in every record."""
    numeric = [name for name in names if types.is_any_real_numeric_dtype(sample[name].dtype)]
    columns = sample[numeric].to_numpy(dtype=np.float64, na_value=np.nan)
    found = []
    for place, name in enumerate(numeric):
        rest = (target - columns[:, place])[:, None]
        # A constant zero beside a copy of the target is no sum; the copy is found on its own.
        if not columns[:, place].any():
            continue
        hits = np.isclose(columns[:, place + 1 :], rest, rtol=1e-9, atol=0).all(axis=0)
        found += [
            (name, numeric[place + 1 + other])
            for other in np.flatnonzero(hits)
            if columns[:, place + 1 + other].any()
        ]
    return found


def _summary(leaking: list[str], sums: list[tuple[str, str]]) -> str:
    signs = [f"{name} alone gives the target away" for name in leaking]
    signs += [f"{one} and {other} sum to the target" for one, other in sums]
    if not signs:
        return "No feature gives the target away."
    return f"Possible leakage: {'; '.join(signs)}. Were these known when predictions are made?"


def _too_few(n: int) -> CheckOutcome:
    details: dict[str, Json] = {"leaking": [], "sums": []}
    return CheckOutcome(
        check=CHECK,
        verdict=Verdict.INSUFFICIENT,
        severity=Severity.WARNING,
        summary=f"Leakage cannot be judged: {n} labelled records, {MINIMUM} are needed.",
        details=details,
    )
