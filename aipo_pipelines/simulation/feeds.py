"""The feeds of all example products, by the name of the product."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from aipo_pipelines.simulation import customer_churn, fraud_prevention, supply_chain_forecasting
from aipo_pipelines.simulation.weeks import deliver


@dataclass(frozen=True, slots=True)
class Feed:
    """A simulated feed.

    Attributes:
        stem: Beginning of the names of its files.
        make_week: Makes the records of a week, by its number from 1; the same at every call.
    """

    stem: str
    make_week: Callable[[int], pd.DataFrame]


FEEDS: Mapping[str, Feed] = MappingProxyType(
    {
        "fraud_prevention": Feed("payments", fraud_prevention.make_week),
        "customer_churn": Feed("customers", customer_churn.make_week),
        "supply_chain_forecasting": Feed("demand", supply_chain_forecasting.make_week),
    }
)
"""The feeds in the order of the demonstration."""


def deliver_week(home: Path, product: str, week: int) -> Path:
    """Puts the file of a week into the feed of a product, below `feeds` in the home folder."""
    feed = FEEDS[product]
    return deliver(home / "feeds" / product, feed.stem, week, feed.make_week(week))
