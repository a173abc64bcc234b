from __future__ import annotations

import pytest

from aipo_pipelines.measures.privacy.identifiers import is_card
from aipo_pipelines.simulation.fraud_prevention import (
    CARD_COLUMN,
    CARD_WEEK,
    PATTERN_WEEK,
    PAYMENTS,
    TEST_CARDS,
    make_week,
)
from aipo_pipelines.simulation.weeks import WEEKS

FEATURES = ("amount_eur", "device_days", "merchant_days", "payments_last_day")


@pytest.mark.parametrize("week", range(1, WEEKS + 1))
def test_only_one_week_brings_card_numbers(week: int) -> None:
    frame = make_week(week)
    assert (CARD_COLUMN in frame.columns) == (week == CARD_WEEK)
    assert len(frame) == PAYMENTS
    assert frame["payment_id"].is_unique


def test_the_card_numbers_are_those_published_for_tests() -> None:
    delivered = set(make_week(CARD_WEEK)[CARD_COLUMN])
    assert delivered == set(TEST_CARDS)
    assert all(is_card(number) for number in delivered)


@pytest.mark.parametrize("feature", FEATURES)
def test_the_payments_look_the_same_before_and_after_the_change(feature: str) -> None:
    before, after = make_week(PATTERN_WEEK - 1)[feature], make_week(PATTERN_WEEK)[feature]
    assert after.mean() == pytest.approx(before.mean(), rel=0.06)


@pytest.mark.parametrize("week", range(1, WEEKS + 1))
def test_fraud_moves_from_large_amounts_to_small_amounts(week: int) -> None:
    frame = make_week(week)
    fraud = frame["fraud"] == "yes"
    larger = frame.loc[fraud, "amount_eur"].mean() > frame.loc[~fraud, "amount_eur"].mean()
    assert larger == (week < PATTERN_WEEK)


@pytest.mark.parametrize("week", [1, PATTERN_WEEK])
def test_about_one_payment_in_seven_is_fraud(week: int) -> None:
    assert (make_week(week)["fraud"] == "yes").mean() == pytest.approx(0.15, abs=0.03)
