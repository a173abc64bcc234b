"""The feed of the example product `fraud_prevention`: the payments of a week.

In week 7 the payment provider delivers a column that was not agreed: full card numbers. From week 9
on fraudsters work differently. Before, they sent large amounts by night from new devices; now they
take over old accounts and send many small payments to young merchants. The payments look as before.
Only the relation between payments and fraud has changed, so no figure of the inputs shows it.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd

from aipo_pipelines.simulation.weeks import first_day

PAYMENTS = 2400
BY_NIGHT, YOUNG = 0.3, 0.35
CARD_WEEK = 7
PATTERN_WEEK = 9
CARD_COLUMN = "card_number"
TEST_CARDS = (
    "4111111111111111",
    "4242424242424242",
    "4012888888881881",
    "5555555555554444",
    "5105105105105100",
    "2223003122003222",
    "378282246310005",
    "371449635398431",
    "6011111111111117",
    "3530111333300000",
)
"""Numbers that payment providers publish for tests; no card has any of them."""


def make_week(week: int, seed: int = 11) -> pd.DataFrame:
    """The payments of one week, one row each, with the result of the investigation.

    Args:
        week: Number of the week from 1.
        seed: Seed of all weeks.
    """
    rng = np.random.default_rng([seed, week])
    amount = np.round(rng.gamma(2.0, 60.0, PAYMENTS) + 0.5, 2)
    by_night = rng.random(PAYMENTS) < BY_NIGHT
    device_days = rng.integers(0, 365, PAYMENTS)
    merchant_days = rng.integers(0, 1500, PAYMENTS)
    last_day_payments = rng.poisson(2.0, PAYMENTS)
    channel = rng.choice(["app", "web", "phone"], PAYMENTS, p=[0.5, 0.4, 0.1])
    # Every input is drawn before the pattern matters, and in the same way in each week: only the
    # relation to the label changes.
    young = rng.random(PAYMENTS) < YOUNG
    device, merchant = device_days / 365, merchant_days / 1500
    if week < PATTERN_WEEK:
        score = -3.6 + 0.013 * amount + 1.8 * by_night - 2.6 * device + 0.2 * last_day_payments
    else:
        score = -2.2 - 0.004 * amount + 0.6 * device - 3.0 * merchant + 0.8 * last_day_payments
    fraud = rng.random(PAYMENTS) < 1 / (1 + np.exp(-score))
    days = np.sort(rng.integers(0, 7, PAYMENTS))
    frame = pd.DataFrame(
        {
            "payment_id": [f"P{week:02d}-{number:05d}" for number in range(PAYMENTS)],
            "booked_on": [(first_day(week) + timedelta(days=int(day))).isoformat() for day in days],
            "amount_eur": amount,
            "by_night": np.where(by_night, "yes", "no"),
            "device_days": device_days,
            "merchant_days": merchant_days,
            "payments_last_day": last_day_payments,
            "channel": channel,
            "age_group": np.where(young, "under_30", "30_and_over"),
            "fraud": np.where(fraud, "yes", "no"),
        }
    )
    if week == CARD_WEEK:
        frame[CARD_COLUMN] = rng.choice(TEST_CARDS, PAYMENTS)
    return frame
