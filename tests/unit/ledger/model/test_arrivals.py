"""When the content of a batch arrived, as a part of its fact."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from aipo_pipelines.ledger.model.adapters import adapter
from aipo_pipelines.ledger.model.arrivals import Arrival
from tests.unit.ledger.values import START

STORED = {"entry": 7, "at": "2026-03-02T09:00:00Z"}


def test_an_arrival_is_read_as_it_was_written() -> None:
    known = Arrival(entry=7, at=START)
    assert adapter(Arrival).dump_python(known, mode="json") == STORED
    assert adapter(Arrival).validate_python(STORED) == known


@pytest.mark.parametrize("member", ["entry", "at"])
def test_an_arrival_without_its_entry_or_its_time_cannot_be_read(member: str) -> None:
    with pytest.raises(ValidationError, match=member):
        adapter(Arrival).validate_python({k: v for k, v in STORED.items() if k != member})
