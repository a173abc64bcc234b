"""The feed of the example product `supply_chain_forecasting`: daily demand by warehouse and group.

From week 7 on a rival has closed its shops: demand is much higher, most of all at the weekend, and
the backlog of orders grows. The level and the season that the model learnt are no longer true.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import numpy as np
import pandas as pd

from aipo_pipelines.simulation.weeks import first_day

WAREHOUSES = {
    "Aarhus": 0.6,
    "Bremen": 1.3,
    "Ghent": 0.8,
    "Lyon": 1.6,
    "Malmo": 0.7,
    "Porto": 0.9,
    "Split": 0.5,
    "Turin": 1.4,
}
"""Demand of each warehouse, in shares of a mean warehouse."""
GROUPS = {"garden": 110.0, "kitchen": 180.0, "light": 90.0, "paint": 70.0, "tools": 140.0}
"""Units of each product group that a mean warehouse sends on a mean day."""
REGIME_WEEK = 7
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_BEFORE = (1.00, 0.95, 0.95, 1.00, 1.15, 1.25, 0.70)
_AFTER = (0.80, 0.75, 0.80, 0.90, 1.20, 1.75, 1.60)
_RISE = 1.5
_PROMOTED, _UPLIFT = 0.25, 1.6
_NOISE = 0.08


def make_week(week: int, seed: int = 5) -> pd.DataFrame:
    """The demand of one week, one row per day, warehouse and product group.

    Args:
        week: Number of the week from 1.
        seed: Seed of all weeks.
    """
    rng = np.random.default_rng([seed, week])
    changed = week >= REGIME_WEEK
    # Level and profile of the week change together: a fix of one is not enough.
    profile = dict(zip(_DAYS, _AFTER if changed else _BEFORE, strict=True))
    frame = pd.DataFrame(
        product(enumerate(_DAYS), WAREHOUSES, GROUPS), columns=["day", "warehouse", "group"]
    )
    weekday = frame["day"].str[1]
    promoted = rng.random(len(frame)) < _PROMOTED
    expected = (
        frame["warehouse"].map(WAREHOUSES)
        * frame["group"].map(GROUPS)
        * weekday.map(profile)
        * (_RISE if changed else 1.0)
        * np.where(promoted, _UPLIFT, 1.0)
    )
    return pd.DataFrame(
        {
            "day": [(first_day(week) + timedelta(days=day)).isoformat() for day, _ in frame["day"]],
            "series": frame["warehouse"] + " " + frame["group"],
            "warehouse": frame["warehouse"],
            "product_group": frame["group"],
            "weekday": weekday,
            "promotion": np.where(promoted, "yes", "no"),
            "backlog_days": rng.gamma(6.0, 1.1 if changed else 0.5, len(frame)).round(2),
            "units": (expected * rng.lognormal(0.0, _NOISE, len(frame))).round().astype(int),
        }
    )
