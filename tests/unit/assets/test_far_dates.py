"""Dates beyond the reach of nanoseconds, as in `valid_until`, are scored and trained on."""

from __future__ import annotations

from pathlib import Path

from aipo_pipelines.evidence.outcome import Verdict
from tests.samples import CHARTER, CONTRACT
from tests.world import World, sample_records

RECORDS = CONTRACT["schema"][0]
UNTIL = {"name": "valid_until", "logicalType": "date"}


def test_a_batch_with_dates_of_the_year_9999_is_trained_on_and_scored(tmp_path: Path) -> None:
    model = CHARTER["model"]
    world = World(
        tmp_path,
        contract_changes={"schema": [RECORDS | {"properties": [*RECORDS["properties"], UNTIL]}]},
        model=model | {"features": [*model["features"], "valid_until"]},
    )
    for name in ("w1", "w2"):
        records = sample_records(name)
        until = [
            "9999-12-31" if row % 50 == 0 else f"2027-01-{1 + row % 28:02}" for row in records.index
        ]
        world.put(f"data/{name}.csv", records.assign(valid_until=until).to_csv(index=False)).play()
    assert world.state.champion is not None
    assert world.outcome("w2", "performance").verdict is Verdict.PASS
    assert world.outcome("w2", "data_drift").verdict is Verdict.PASS
