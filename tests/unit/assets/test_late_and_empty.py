"""Batches that say nothing, or date themselves into the future, hide none that fails."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.ledger.model.state import BatchStatus
from aipo_pipelines.policy.answer.answer import answer
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.wording.sentences import sentences
from tests.samples import CHARTER, CONTRACT
from tests.world import START, World, sample_records

RECORDS = CONTRACT["schema"][0]
DATED: dict[str, Any] = {
    "contract_changes": {
        "schema": [
            RECORDS
            | {"properties": [*RECORDS["properties"], {"name": "day", "logicalType": "date"}]}
        ]
    },
    "time_column": "day",
}
TWO_OF_THREE = {"check": "performance", "reactions": ["escalate"], "fails": 2, "of": 3}
RESPONSES = [
    TWO_OF_THREE if response["check"] == "performance" else response
    for response in CHARTER["responses"]
]


def week(number: int, *, by_chance: bool = False) -> pd.DataFrame:
    """Records of a week; the first ends two days before the story begins."""
    day = START + timedelta(weeks=number - 1, days=-2)
    records = sample_records(f"week {number}").assign(day=str(day.date()))
    drawn = np.random.default_rng(number).integers(0, 2, len(records))
    return records.assign(y=drawn) if by_chance else records


def verdict(world: World, name: str, records: pd.DataFrame) -> Performing:
    """Delivers a batch, plays, and asks a week later."""
    world.put(f"data/{name}.csv", records.to_csv(index=False)).play().later(days=6)
    return answer(world.product.charter, world.state, world.clock.now()).verdict


def test_a_file_with_only_a_header_decides_until_the_next_batch(tmp_path: Path) -> None:
    world = World(tmp_path, **DATED, responses=RESPONSES)
    assert verdict(world, "w46", week(1)) is Performing.YES
    assert verdict(world, "w47", week(2).iloc[:0]) is Performing.UNKNOWN
    assert verdict(world, "w48", week(3)) is Performing.YES
    assert verdict(world, "w49", week(4, by_chance=True)) is Performing.NO
    assert not [incident for incident in world.state.incidents.values() if incident.is_open]
    assert verdict(world, "w50", week(5, by_chance=True)) is Performing.NO
    incidents = world.state.incidents.values()
    assert [str(incident.cause) for incident in incidents if incident.is_open] == [
        "check:performance/performance"
    ]


@pytest.mark.parametrize("date", ["2062-11-03", str((START + timedelta(days=22)).date())])
def test_a_typing_error_in_a_date_does_not_hide_the_next_batch(tmp_path: Path, date: str) -> None:
    world = World(tmp_path, **DATED)
    mistyped = week(1)
    mistyped["day"] = mistyped["day"].where(mistyped.index != 3, date)
    assert verdict(world, "w45", mistyped) is Performing.YES
    caveats = sentences(answer(world.product.charter, world.state, world.clock.now()).caveats)
    assert (
        "Records of batch w45 are dated far after all others (1): they do not date it." in caveats
    )
    assert world.state.batches["w45"].occurred_at.date() == (START - timedelta(days=2)).date()
    assert verdict(world, "w46", week(2, by_chance=True)) is Performing.NO


def test_a_batch_that_is_dated_far_ahead_as_a_whole_hides_no_other(tmp_path: Path) -> None:
    world = World(tmp_path, **DATED)
    mistyped = week(1).assign(day="2062-11-03")
    assert verdict(world, "w45", mistyped) is Performing.YES
    assert verdict(world, "w46", week(2, by_chance=True)) is Performing.NO
    caveats = sentences(answer(world.product.charter, world.state, world.clock.now()).caveats)
    assert any("The date of batch w45, 2062-11-03, is far after" in caveat for caveat in caveats)


def test_a_good_batch_in_another_order_ends_no_failure(tmp_path: Path) -> None:
    """A supplier that delivers old rows in a new order delivers no new evidence."""
    world = World(tmp_path)
    good = sample_records("week 1")
    assert verdict(world, "w1", good) is Performing.YES
    assert verdict(world, "w2", week(2, by_chance=True).drop(columns="day")) is Performing.NO
    again = good.sample(frac=1, random_state=1)[good.columns[::-1]]
    assert verdict(world, "w3", again) is Performing.NO
    assert world.state.batches["w3"].copy_of == "w1"
    other = sample_records("week 4")
    assert verdict(world, "w4", other) is Performing.YES


def test_a_declared_column_that_is_delivered_twice_quarantines_its_batch(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert verdict(world, "w1", sample_records("week 1")) is Performing.YES
    doubled = sample_records("week 2").assign(more=0.0).rename(columns={"more": "x1"})
    world.put("data/w2.csv", doubled.to_csv(index=False)).play()
    assert world.state.batches["w2"].status is BatchStatus.QUARANTINED
