"""What every ledger refuses in the same way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from aipo_pipelines.errors import LedgerError
from aipo_pipelines.ledger.protocol import no_entry, refuse_naive

AWARE = datetime(2026, 1, 1, tzinfo=UTC)
NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001


def test_moments_with_a_zone_and_missing_moments_are_accepted() -> None:
    refuse_naive()
    refuse_naive(None, AWARE, AWARE.astimezone(timezone(timedelta(hours=5))))


@pytest.mark.parametrize("moments", [(NAIVE,), (None, NAIVE), (AWARE, NAIVE), (NAIVE, AWARE)])
def test_one_moment_without_a_zone_is_enough_to_refuse(
    moments: tuple[datetime | None, ...],
) -> None:
    with pytest.raises(LedgerError) as refusal:
        refuse_naive(*moments)
    assert str(refusal.value) == "a moment was given without a time zone; expected aware UTC"


def test_an_error_about_a_missing_entry_says_which_entries_there_are() -> None:
    error = no_entry(7, 5)
    assert isinstance(error, LedgerError)
    assert str(error) == "the ledger has no entry 7; expected an index from 0 to 4"
