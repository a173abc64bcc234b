"""Small tables and their profiles, roles, batches and plans, for the tests of this room."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from aipo_pipelines.charter.model.contract import FileLayout
from aipo_pipelines.charter.model.modelling import Lags, ModelSpec, Task
from aipo_pipelines.charter.model.sources import (
    FileBatches,
    RowBatches,
    SourceFormat,
    TimeBatches,
)
from aipo_pipelines.charter.model.standards import TierStandard
from aipo_pipelines.charter.model.thresholds import AppliesTo, Metric
from aipo_pipelines.drafting.batch_windows import Cut, FirstBatches
from aipo_pipelines.drafting.columns import Profile, profile_columns
from aipo_pipelines.drafting.features import Features
from aipo_pipelines.drafting.first_model import Measured
from aipo_pipelines.drafting.label import Goal
from aipo_pipelines.drafting.limits import Limit
from aipo_pipelines.drafting.plan import Model, Place, Plan
from aipo_pipelines.drafting.roles import Roles
from aipo_pipelines.drafting.table import Part, Table

NO_ROLES = Roles(identifiers=(), time=None, other_times=(), series=None)
STANDARD = TierStandard(
    maximum_cadence=timedelta(days=60),
    maximum_retraining_interval=timedelta(days=120),
    first_response=timedelta(days=1),
)
WHOLE = Cut(
    rule=FileBatches(by="file"),
    rows=40,
    fewest=40,
    batches=1,
    reason="the file is one delivery",
    is_ordered=False,
)
WEEKS = Cut(
    rule=TimeBatches(by="time", column="day", every=timedelta(weeks=1), starting=date(2026, 1, 5)),
    rows=40,
    fewest=30,
    batches=6,
    reason="6 windows of 7 days by day",
    is_ordered=True,
)
ROWS = Cut(
    rule=RowBatches(by="rows", rows=40),
    rows=40,
    fewest=40,
    batches=6,
    reason="the order of the file is taken for the order in time",
    is_ordered=True,
)


def table_of(*, parts: tuple[Part, ...] = (), rows: int | None = None, **columns: Any) -> Table:
    """A delimited file with these cells; an empty text is an empty cell."""
    frame = pd.DataFrame(columns).astype("str")
    return Table(
        frame=frame.mask(frame == ""), rows=len(frame) if rows is None else rows, parts=parts
    )


def profiled(table: Table) -> tuple[Profile, ...]:
    """The profiles of a table's columns."""
    return profile_columns(table)[0]


def profiles_of(**columns: Any) -> dict[str, Profile]:
    """The profiles of columns, by name."""
    return {profile.name: profile for profile in profiled(table_of(**columns))}


def profile_of(cells: Any, name: str = "x") -> Profile:
    """The profile of one column."""
    return profiles_of(**{name: cells})[name]


def numbers(count: int, seed: int = 5) -> Any:
    """Measurements without any pattern."""
    return np.random.default_rng(seed).normal(size=count).round(4)


def days(count: int, step: int = 1) -> list[str]:
    """Days in order, as text."""
    dates = pd.date_range("2026-01-05", periods=count, freq=f"{step}D")
    return list(dates.strftime("%Y-%m-%d"))


def limit_of(metric: Metric = Metric.ROC_AUC, **changes: Any) -> Limit:
    """A drafted limit for release and live batches, within reach of a batch."""
    return replace(
        Limit(
            metric=metric,
            limit=0.7,
            minimum_sample=30,
            maximum_drop=None,
            attribute=None,
            applies_to=(AppliesTo.RELEASE, AppliesTo.LIVE),
            measured="measured 0.75 [0.72, 0.78]",
            per_batch=400,
            held_out=120,
        ),
        **changes,
    )


def model_of(**changes: Any) -> Model:
    """The model of a draft that predicts whether `y` is 1 from `x`."""
    task = changes.pop("task", Task.BINARY)
    lags: Lags | None = changes.pop("lags", None)
    positive = "1" if task is Task.BINARY else None
    return replace(
        Model(
            goal=Goal(label="y", task=task, positive=positive, guessed=()),
            features=Features(used=("x",)),
            spec=ModelSpec(
                task=task,
                estimator="sklearn.linear_model.LogisticRegression",
                features=("x",),
                forecasting=lags,
            ),
            measured=Measured(rows=1200, looks="3 folds"),
            limits=(limit_of(),),
            first=FirstBatches(count=1, rows=400),
        ),
        **changes,
    )


def plan_of(table: Table | None = None, **changes: Any) -> Plan:
    """The plan of a product of data only, from a table of 40 records."""
    if table is None:
        table = table_of(id=range(1, 41), x=numbers(40), y=[0, 1] * 20)
    return replace(
        Plan(
            name="sample",
            place=Place(location="data.csv", format=SourceFormat.CSV, shown_as="data.csv"),
            table=table,
            layout=FileLayout(),
            profiles=profiled(table),
            categories={},
            roles=replace(NO_ROLES, identifiers=("id",)),
            cut=WHOLE,
            model=None,
            standard=STANDARD,
        ),
        **changes,
    )


def words(page: str) -> str:
    """A page without its marks of comments and breaks of lines."""
    return " ".join(page.replace("#", "").split())
