"""The feed of the example product `customer_churn`: the customers of a week.

In week 5 the export has a column about the health of customers in the EU, which may not be used.
From week 6 on a new service desk books cancellations by letter only months later. Customers with an
invoice on paper, most of them seniors, then seem to stay. A model that learns from these weeks
overlooks the seniors who want to leave, and by the records its predictions seem right.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from aipo_pipelines.simulation.weeks import last_day

CUSTOMERS = 1600
HEALTH_WEEK = 5
DESK_WEEK = 6
HEALTH_COLUMN = "disability_degree"
SENIORS = 0.25
BOOKED = 0.1
"""Share of the cancellations by letter that the new desk books in time."""


def make_week(week: int, seed: int = 7) -> pd.DataFrame:
    """The customers of one week, one row each, with their decision as the records show it.

    Args:
        week: Number of the week from 1.
        seed: Seed of all weeks.
    """
    # The week is part of the seed, so that a week is the same when it is made alone.
    rng = np.random.default_rng([seed, week])
    tenure = rng.integers(0, 73, CUSTOMERS)
    contract = rng.choice(["monthly", "one_year", "two_years"], CUSTOMERS, p=[0.55, 0.25, 0.20])
    charges = np.round(rng.gamma(9.0, 7.5, CUSTOMERS) + 15, 2)
    calls = rng.poisson(1.2, CUSTOMERS)
    senior = rng.random(CUSTOMERS) < SENIORS
    on_paper = rng.random(CUSTOMERS) < np.where(senior, 0.85, 0.05)
    score = (
        -3.2
        - 0.035 * tenure
        + 0.030 * charges
        + 0.35 * calls
        + np.where(contract == "monthly", 1.6, 0.0)
    )
    churned = rng.random(CUSTOMERS) < 1 / (1 + np.exp(-score))
    # The customers did leave; only their records are late. This is a bias in the labels, and no
    # change of the customers.
    if week >= DESK_WEEK:
        churned &= ~on_paper | (rng.random(CUSTOMERS) < BOOKED)
    frame = pd.DataFrame(
        {
            "customer_id": [f"C{week:02d}{number:05d}" for number in range(CUSTOMERS)],
            "week_ending": last_day(week).isoformat(),
            "tenure_months": tenure,
            "monthly_charges": charges,
            "support_calls": calls,
            "contract_type": contract,
            "invoice": np.where(on_paper, "paper", "online"),
            "senior": np.where(senior, "yes", "no"),
            "churned": np.where(churned, "yes", "no"),
        }
    )
    if week == HEALTH_WEEK:
        frame[HEALTH_COLUMN] = rng.choice([0, 30, 50, 80], CUSTOMERS, p=[0.85, 0.07, 0.05, 0.03])
    return frame
