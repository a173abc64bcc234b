"""The feed of the example product `customer_churn`: one CSV file per week.

Twelve weeks. In week 6 a broken export delivers negative charges and an unknown contract type.
From week 10 on a competitor woos long-standing customers: tenure no longer protects, calls to
support tell more than prices, and there are more of them. Nothing of it fails visibly.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

WEEKS = 12
CUSTOMERS = 900
BROKEN_WEEK = 6
OFFER_WEEK = 10
SENIORS = 0.16


def write_feed(folder: Path, *, last_day: date, seed: int = 7) -> tuple[Path, ...]:
    """Writes the weekly files, the last of which ends on `last_day`.

    Args:
        folder: Made where missing; files of earlier calls are overwritten.
        last_day: Last day of the last week.
        seed: Seed of all weeks.

    Returns:
        The files, oldest first.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return tuple(
        _write_week(folder, week, last_day - timedelta(weeks=WEEKS - week), seed)
        for week in range(1, WEEKS + 1)
    )


def make_week(week: int, ending: date, seed: int) -> pd.DataFrame:
    """The customers of one week, one row each, with what became of them.

    Args:
        week: Number of the week from 1.
        ending: Last day of the week.
        seed: Seed of all weeks.
    """
    rng = np.random.default_rng([seed, week])
    offer = week >= OFFER_WEEK
    tenure = rng.integers(0, 73, CUSTOMERS)
    contract = rng.choice(["monthly", "one_year", "two_years"], CUSTOMERS, p=[0.55, 0.25, 0.20])
    charges = np.round(rng.gamma(9.0, 7.5, CUSTOMERS) + 15, 2)
    calls = rng.poisson(3.0 if offer else 1.2, CUSTOMERS)
    senior = rng.random(CUSTOMERS) < SENIORS
    by_tenure, by_price, by_calls = (0.015, 0.004, 0.80) if offer else (-0.035, 0.030, 0.35)
    score = (
        -3.2
        + by_tenure * tenure
        + by_price * charges
        + by_calls * calls
        + np.where(contract == "monthly", 0.4 if offer else 1.6, 0.0)
        - (1.0 if offer else 0.0)
    )
    churned = rng.random(CUSTOMERS) < 1 / (1 + np.exp(-score))
    frame = pd.DataFrame(
        {
            "customer_id": [f"C{week:02d}{number:05d}" for number in range(CUSTOMERS)],
            "week_ending": ending.isoformat(),
            "tenure_months": tenure,
            "monthly_charges": charges,
            "support_calls": calls,
            "contract_type": contract,
            "senior": np.where(senior, "yes", "no"),
            "churned": np.where(churned, "yes", "no"),
        }
    )
    if week == BROKEN_WEEK:
        frame.loc[frame.index % 5 == 0, "monthly_charges"] *= -1
        frame.loc[frame.index % 50 == 0, "contract_type"] = "#REF!"
    return frame


def _write_week(folder: Path, week: int, ending: date, seed: int) -> Path:
    path = folder / f"customers_{ending.isoformat()}.csv"
    make_week(week, ending, seed).to_csv(path, index=False, lineterminator="\n")
    return path
