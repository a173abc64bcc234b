"""Two runs of one product at once: both end well, and nothing is done twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from aipo_pipelines.ledger.events.actions import ActionStarted
from aipo_pipelines.ledger.events.batches import BatchApproved, BatchArrived
from aipo_pipelines.ledger.events.releases import ChampionReleased
from tests.acceptance.place import SECONDS, Place, done_twice, make_place, unfinished

pytestmark = [pytest.mark.acceptance, pytest.mark.xdist_group("crash")]


@dataclass(frozen=True)
class Race:
    """Two commands that were started together, and where."""

    place: Place
    codes: list[int]
    errors: str


@pytest.fixture(scope="module")
def race(home_template: Path, module_folder: Path) -> Iterator[Race]:
    place = make_place(home_template, module_folder, batches=2)
    runners = [place.fork("run", "sample") for _ in range(2)]
    ended = [runner.ended(SECONDS) for runner in runners]
    yield Race(
        place,
        [process.returncode for process in ended],
        "".join(process.stderr for process in ended),
    )
    place.close()


def test_both_end_well(race: Race) -> None:
    assert race.codes == [0, 0], race.errors


def test_every_action_is_claimed_and_finished_once(race: Race) -> None:
    claims = Counter(entry.subject for entry in race.place.entries(ActionStarted.kind))
    assert set(claims.values()) == {1}
    assert done_twice(race.place) == []
    assert unfinished(race.place) == []


def test_every_batch_arrives_once_and_is_approved_once(race: Race) -> None:
    for kind in (BatchArrived.kind, BatchApproved.kind):
        subjects = [entry.subject for entry in race.place.entries(kind)]
        assert sorted(subjects) == ["batch/b0", "batch/b1"]


def test_one_champion_is_released(race: Race) -> None:
    assert len(race.place.entries(ChampionReleased.kind)) == 1
