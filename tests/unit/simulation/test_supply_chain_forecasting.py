from __future__ import annotations

import pytest

from aipo_pipelines.simulation.supply_chain_forecasting import (
    GROUPS,
    REGIME_WEEK,
    WAREHOUSES,
    make_week,
)
from aipo_pipelines.simulation.weeks import WEEKS


@pytest.mark.parametrize("week", range(1, WEEKS + 1))
def test_every_warehouse_and_group_has_a_row_a_day(week: int) -> None:
    frame = make_week(week)
    assert len(frame) == 7 * len(WAREHOUSES) * len(GROUPS)
    assert not frame.duplicated(["day", "series"]).any()


@pytest.mark.parametrize("week", range(1, WEEKS + 1))
def test_level_season_and_backlog_change_together_and_stay(week: int) -> None:
    frame = make_week(week)
    by_day = frame.groupby("weekday")["units"].sum()
    changed = week >= REGIME_WEEK
    assert (frame["units"].sum() > 60_000) == changed
    assert (by_day["sun"] > by_day["mon"]) == changed
    assert (frame["backlog_days"].mean() > 5) == changed
