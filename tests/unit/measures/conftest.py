"""Small batches of known nature, and real data if it is available."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.people import Role
from aipo_pipelines.charter.model.thresholds import Metric, Threshold
from aipo_pipelines.measures.metrics.scored import Scored

_SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"

Binary = Callable[..., Scored]
Numeric = Callable[..., Scored]
Agreed = Callable[..., Threshold]


@pytest.fixture
def binary() -> Binary:
    """Makes a binary batch from 0/1 truths and scores; answers are positive from 0.5."""

    def make(
        truth: object,
        score: object,
        *,
        predicted: object = None,
        groups: pd.DataFrame | None = None,
        labelled: bool = True,
        out_of_fold: bool = False,
    ) -> Scored:
        scores = np.asarray(score, dtype=float)
        answers = scores >= 0.5 if predicted is None else np.asarray(predicted, dtype=bool)
        truths = np.where(np.asarray(truth, dtype=bool), "yes", "no")
        return Scored(
            task=Task.BINARY,
            predicted=pd.Series(np.where(answers, "yes", "no")),
            truth=pd.Series(truths) if labelled else None,
            probability=pd.DataFrame({"no": 1 - scores, "yes": scores}),
            positive="yes",
            groups=pd.DataFrame() if groups is None else groups,
            naive=pd.Series(["no"] * len(scores)),
            out_of_fold=out_of_fold,
        )

    return make


@pytest.fixture
def calibrated(binary: Binary) -> Binary:
    """Makes a batch of n records whose labels are drawn from their own scores."""

    def make(n: int, seed: int = 0, **more: object) -> Scored:
        rng = np.random.default_rng(seed)
        score = rng.random(n)
        return binary(rng.random(n) < score, score, **more)

    return make


@pytest.fixture
def numeric() -> Numeric:
    """Makes a regression batch; the naive baseline answers the mean of the truth."""

    def make(truth: object, predicted: object, *, out_of_fold: bool = False) -> Scored:
        truths = pd.Series(np.asarray(truth, dtype=float))
        return Scored(
            task=Task.REGRESSION,
            predicted=pd.Series(np.asarray(predicted, dtype=float)),
            truth=truths,
            naive=pd.Series([truths.mean()] * len(truths)),
            out_of_fold=out_of_fold,
        )

    return make


@pytest.fixture
def agreed() -> Agreed:
    """Makes a threshold of the model steward's."""

    def make(metric: Metric, limit: float, **more: object) -> Threshold:
        owner = Role.MODEL_STEWARD
        fields = {"metric": metric, "limit": limit, "owner": owner, "reason": "agreed", **more}
        return Threshold.model_validate(fields)

    return make


def _read(name: str) -> pd.DataFrame:
    path = _SHARED / name
    if not path.exists():
        pytest.skip(f"the shared data set {name} is not available")
    return pd.read_csv(path)


@pytest.fixture(scope="session")
def elec2() -> list[pd.DataFrame]:
    """Batches of 28 days of the electricity market; `elec2[0]` is batch 1."""
    frame = _read("elec2/elec2.csv.gz")
    return [frame.iloc[start : start + 1344] for start in range(0, len(frame) - 1343, 1344)]


@pytest.fixture(scope="session")
def telco() -> pd.DataFrame:
    """The telephone company's customers."""
    return _read("telco_churn/Telco-Customer-Churn.csv")


@pytest.fixture(scope="session")
def bikes() -> pd.DataFrame:
    """Hourly bicycle rentals."""
    return _read("bike_sharing/hour.csv")
