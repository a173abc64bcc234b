"""The stored copy of a batch is altered: people are notified, and the same content repairs it."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from aipo_pipelines.assets.loading.batch import labels_key
from aipo_pipelines.errors import SnapshotAlteredError
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.runs import RunFailed
from aipo_pipelines.ledger.model.state import (
    Action,
    ActionKind,
    ActionStatus,
    BatchStatus,
    Incident,
)
from aipo_pipelines.sensors.actions import attempt_key, claim
from tests.world import LATE, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two batches came, one is measured; what is stored of the other was altered."""
    world = World(tmp_path).deliver("w1").play().deliver("w2")
    world.take_in()
    alter(world)
    return world


def stored(world: World) -> Path:
    return Path(world.lake.path("sample", "w2", world.state.batches["w2"].digest))


def alter(world: World) -> None:
    table = pq.read_table(stored(world))
    pq.write_table(table.take(list(range(table.num_rows))[::-1]), stored(world))


def fail(world: World) -> Action:
    """The batch is measured and its run breaks, as Dagster would report it."""
    (due,) = world.due(ActionKind.MEASURE)
    assert claim(world.services, world.product, due)
    with pytest.raises(SnapshotAlteredError) as failed:
        world.measure("w2")
    broken = RunFailed(
        run_id="run",
        job="sample__monitor",
        partition="w2",
        error=str(failed.value),
        action=attempt_key(due),
        permanent=failed.value.is_lasting,
        altered=failed.value.is_altered,
    )
    world.append([broken])
    return world.state.actions[str(due.entry)]


def incident(world: World) -> Incident:
    (incident,) = world.state.incidents.values()
    return incident


def is_whole(world: World) -> bool:
    digest = world.state.batches["w2"].digest
    return len(world.lake.load("sample", "w2", digest)) > 0


def test_a_batch_whose_records_were_altered_is_tried_once_and_a_critical_incident(
    world: World,
) -> None:
    action = fail(world)
    assert (action.status, action.attempt) == (ActionStatus.GIVEN_UP, 1)
    assert incident(world).severity is Severity.CRITICAL
    assert incident(world).title == "Batch w2 could not be measured: the stored content was altered"
    assert "deliver the batch again as it was" in incident(world).summary


def test_a_run_that_fails_otherwise_is_a_warning(
    world: World,
) -> None:
    (due,) = world.due(ActionKind.MEASURE)
    assert claim(world.services, world.product, due)
    usual = RunFailed(
        run_id="run", job="j", partition="w2", error="?", action=attempt_key(due), permanent=True
    )
    world.append([usual])
    assert incident(world).severity is Severity.WARNING


def test_the_same_content_delivered_again_replaces_what_was_altered_and_is_measured(
    world: World,
) -> None:
    fail(world)
    world.deliver("w2").play()
    assert is_whole(world)
    assert world.state.batches["w2"].status is BatchStatus.APPROVED
    assert not incident(world).is_open


def test_it_is_replaced_also_before_anybody_has_found_it(world: World) -> None:
    world.deliver("w2").take_in()
    assert is_whole(world)


def test_the_content_of_the_feed_replaces_it_if_the_batch_could_not_be_measured(
    world: World,
) -> None:
    fail(world)
    assert world.take_in().problems == ()
    assert is_whole(world)


def test_late_labels_that_were_altered_are_replaced_too(tmp_path: Path) -> None:
    world = World(tmp_path, **LATE).deliver("w2", y=...).label("w2")
    world.take_in()
    digest = world.state.batches["w2"].labels_digest
    labels = Path(world.lake.path("sample", labels_key("w2"), digest))
    labels.write_bytes(labels.read_bytes()[:-4])
    fail(world)
    world.take_in()
    assert len(world.lake.load("sample", labels_key("w2"), digest)) > 0
    assert len(world.due(ActionKind.MEASURE)) == 1


def test_other_content_delivered_again_is_a_new_version_and_heals_nothing(world: World) -> None:
    altered = stored(world)
    fail(world)
    world.deliver("w2", x1=0.5).take_in()
    assert Path(stored(world)) != altered
    with pytest.raises(SnapshotAlteredError):
        world.lake.load("sample", "w2", f"sha256:{altered.stem}")


def test_what_is_whole_is_not_written_again(world: World) -> None:
    world.deliver("w2").take_in()
    os.utime(stored(world), ns=(1, 1))
    world.deliver("w2").take_in()
    assert stored(world).stat().st_mtime_ns == 1


def test_what_nobody_doubts_and_nobody_delivers_again_is_not_read(world: World) -> None:
    world.take_in()
    with pytest.raises(SnapshotAlteredError):
        is_whole(world)
