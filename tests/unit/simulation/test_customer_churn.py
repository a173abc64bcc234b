from __future__ import annotations

import pandas as pd
import pytest

from aipo_pipelines.simulation.customer_churn import (
    CUSTOMERS,
    DESK_WEEK,
    HEALTH_COLUMN,
    HEALTH_WEEK,
    make_week,
)
from aipo_pipelines.simulation.weeks import WEEKS


@pytest.mark.parametrize("week", range(1, WEEKS + 1))
def test_only_one_week_brings_a_column_about_health(week: int) -> None:
    frame = make_week(week)
    assert (HEALTH_COLUMN in frame.columns) == (week == HEALTH_WEEK)
    assert len(frame) == CUSTOMERS
    assert frame["customer_id"].is_unique


def test_customers_of_different_weeks_are_different_people() -> None:
    ids = pd.concat([make_week(week)["customer_id"] for week in (1, 2, 11)])
    assert ids.is_unique


@pytest.mark.parametrize("week", range(1, WEEKS + 1))
def test_seniors_seem_to_stay_when_the_desk_books_late(week: int) -> None:
    frame = make_week(week)
    leaves = (frame["churned"] == "yes").groupby(frame["senior"]).mean()
    assert (leaves["yes"] < leaves["no"] / 2) == (week >= DESK_WEEK)


@pytest.mark.parametrize("week", [1, DESK_WEEK, WEEKS])
def test_those_with_an_online_invoice_leave_as_before(week: int) -> None:
    frame = make_week(week)
    online = frame[frame["invoice"] == "online"]
    assert (online["churned"] == "yes").mean() == pytest.approx(0.36, abs=0.05)
