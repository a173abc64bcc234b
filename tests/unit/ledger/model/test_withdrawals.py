"""When and why a feed withdrew a batch, as a part of its fact."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from aipo_pipelines.ledger.model.adapters import adapter
from aipo_pipelines.ledger.model.withdrawals import Withdrawal

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STORED = {"entry": 7, "at": "2026-03-02T09:00:00Z", "reason": "it is gone", "failed": ["a/b"]}
WITHDRAWAL = Withdrawal(entry=7, at=AT, reason="it is gone", failed=("a/b",))


def test_a_withdrawal_is_read_as_it_was_written() -> None:
    assert adapter(Withdrawal).dump_python(WITHDRAWAL, mode="json") == STORED
    assert adapter(Withdrawal).validate_python(STORED) == WITHDRAWAL


def test_a_withdrawal_of_an_older_program_failed_no_known_check() -> None:
    old = {name: value for name, value in STORED.items() if name != "failed"}
    assert adapter(Withdrawal).validate_python(old).failed == ()


def test_a_withdrawal_without_its_reason_cannot_be_read() -> None:
    with pytest.raises(ValidationError, match="reason"):
        adapter(Withdrawal).validate_python({"entry": 7, "at": "2026-03-02T09:00:00Z"})
