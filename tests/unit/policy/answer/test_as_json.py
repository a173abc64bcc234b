"""Values of policy as plain JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.policy.answer.as_json import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    trigger: Trigger
    since: datetime
    length: timedelta
    batches: tuple[str, ...]


def test_a_value_is_an_object_of_texts_and_numbers() -> None:
    rest = Rest(
        trigger=Trigger.of_check("drift/data_drift"),
        since=datetime(2026, 3, 2, 9, tzinfo=UTC),
        length=timedelta(minutes=2),
        batches=("w1", "w2"),
    )
    assert plain({"rest": rest}) == {
        "rest": {
            "trigger": "check:drift/data_drift",
            "since": "2026-03-02T09:00:00+00:00",
            "length": 120.0,
            "batches": ["w1", "w2"],
        }
    }
