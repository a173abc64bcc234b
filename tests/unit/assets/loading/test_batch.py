from __future__ import annotations

import pandas as pd
import pyarrow.parquet as pq
import pytest

from aipo_pipelines.assets.loading.batch import (
    earlier_records,
    labels_key,
    load,
    load_columns,
    load_snapshot,
    truth_of,
)
from aipo_pipelines.errors import SnapshotAlteredError, SourceChangedError, SourceError
from aipo_pipelines.resources.lake.lake import Lake
from tests.unit.assets.conftest import Worlds
from tests.world import DATA_ONLY, LATE, ROWS, World


def test_a_batch_nobody_took_in_is_refused_and_the_message_says_what_to_do(world: World) -> None:
    world.deliver("w1")
    with pytest.raises(SourceError, match=r"'w1' of sample is not in the ledger.*aipo run sample"):
        load(world.services, world.product, "w1")


def test_a_batch_is_loaded_in_the_types_of_its_contract(world: World) -> None:
    world.deliver("w1").take_in()
    frame = load(world.services, world.product, "w1").frame
    assert len(frame) == ROWS
    assert pd.api.types.is_float_dtype(frame["x1"])
    assert pd.api.types.is_integer_dtype(frame["id"])


def test_a_batch_is_measured_from_the_lake_even_if_its_file_is_gone(world: World) -> None:
    world.deliver("w1").take_in()
    before = load(world.services, world.product, "w1").frame
    world.deliver("w1", x1=0.0)
    pd.testing.assert_frame_equal(load(world.services, world.product, "w1").frame, before)
    (world.folder / "data" / "w1.csv").unlink()
    pd.testing.assert_frame_equal(load(world.services, world.product, "w1").frame, before)


def test_a_snapshot_that_is_not_there_is_taken_from_the_feed_and_stored(world: World) -> None:
    world.deliver("w1").take_in()
    elsewhere = Lake(str(world.folder / "new lake"))
    loaded = load(world.speaking_to(lake=elsewhere), world.product, "w1")
    assert elsewhere.exists("sample", "w1", loaded.batch.digest)


def test_other_content_than_arrived_is_refused(world: World) -> None:
    world.deliver("w1").take_in()
    world.deliver("w1", x1=0.0)
    services = world.speaking_to(lake=Lake(str(world.folder / "new lake")))
    with pytest.raises(SourceChangedError, match="other content"):
        load(services, world.product, "w1")


def test_an_altered_snapshot_is_refused(world: World) -> None:
    world.deliver("w1").deliver("w2").take_in()
    first, second = (
        world.lake.path("sample", name, world.state.batches[name].digest) for name in ("w1", "w2")
    )
    with open(second, "rb") as other:  # noqa: PTH123 - the lake names places as text
        content = other.read()
    with open(first, "wb") as place:  # noqa: PTH123
        place.write(content)
    with pytest.raises(SnapshotAlteredError, match="no longer what was stored"):
        load(world.services, world.product, "w1")


def test_labels_in_the_batch_are_its_truth(world: World) -> None:
    world.deliver("w1").take_in()
    loaded = load(world.services, world.product, "w1")
    assert loaded.truth is not None
    assert loaded.truth.tolist() == loaded.frame["y"].tolist()


def test_a_product_without_labels_has_no_truth(world_of: Worlds) -> None:
    world = world_of(**DATA_ONLY).deliver("w1")
    world.take_in()
    assert load(world.services, world.product, "w1").truth is None


def test_a_label_column_that_was_not_delivered_leaves_every_label_unknown(world: World) -> None:
    world.deliver("w1", y=...).take_in()
    batch = world.state.batches["w1"]
    frame = load_snapshot(world.services, world.product, "w1", batch.digest)
    truth = truth_of(world.services, world.product, batch, frame.drop(columns="y", errors="ignore"))
    assert truth is not None
    assert truth.isna().all()


def test_late_labels_are_those_the_ledger_names(world_of: Worlds) -> None:
    world = world_of(**LATE).deliver("w1", y=...).label("w1")
    world.take_in()
    named = load(world.services, world.product, "w1").truth
    world.label("w1", flipped=True)
    again = load(world.services, world.product, "w1").truth
    assert named is not None
    assert again is not None
    assert named.tolist() == again.tolist()
    world.take_in()
    corrected = load(world.services, world.product, "w1").truth
    assert corrected is not None
    assert corrected.tolist() == ["10"[int(label)] for label in named.tolist()]


def test_labels_stored_at_arrival_outlive_their_source(world_of: Worlds) -> None:
    world = world_of(**LATE).deliver("w1", y=...).label("w1", rows=50)
    world.take_in()
    world.put("late/w1.csv", "")
    loaded = load(world.services, world.product, "w1")
    assert loaded.label_problem == ""
    assert loaded.truth is not None
    assert int(loaded.truth.notna().sum()) == 50


def test_labels_that_cannot_be_read_are_a_problem_and_the_batch_is_loaded(
    world_of: Worlds,
) -> None:
    world = world_of(**LATE).deliver("w1", y=...)
    world.take_in()
    world.put("late/w1.csv", "")
    loaded = load(world.services, world.product, "w1")
    assert "late/w1.csv is empty" in loaded.label_problem
    assert loaded.truth is None
    assert len(loaded.frame) == ROWS


def test_a_batch_may_be_named_like_the_labels_of_another(world_of: Worlds) -> None:
    assert labels_key("w1") not in {"w1", labels_key("w2")}
    world = world_of(**LATE).deliver("w1", y=...).label("w1")
    world.take_in()
    assert world.lake.exists("sample", labels_key("w1"), world.state.batches["w1"].labels_digest)


def test_only_forecasting_asks_for_earlier_records(world: World) -> None:
    world.deliver("w1").play()
    assert earlier_records(world.services, world.product, world.state, None) is None


@pytest.mark.parametrize("names", [["x2", "x1"], ["y"], ["x1", "nowhere"]])
def test_single_columns_are_those_of_the_whole_batches(world: World, names: list[str]) -> None:
    world.deliver("w1").deliver("w2").take_in()
    versions = [(name, batch.digest) for name, batch in world.state.batches.items()]
    wholes = [load_snapshot(world.services, world.product, *version) for version in versions]
    whole = pd.concat(wholes, ignore_index=True)
    loaded = load_columns(world.services, world.product, versions, names)
    assert loaded is not None
    pd.testing.assert_frame_equal(loaded, whole[[name for name in whole if name in names]])


def test_no_column_keeps_the_rows(world: World) -> None:
    world.deliver("w1").take_in()
    versions = [("w1", world.state.batches["w1"].digest)]
    loaded = load_columns(world.services, world.product, versions, [])
    assert loaded is not None
    assert loaded.shape == (ROWS, 0)


def test_rows_taken_away_are_found_though_no_column_is_read(world: World) -> None:
    world.deliver("w1").take_in()
    digest = world.state.batches["w1"].digest
    path = world.lake.path("sample", "w1", digest)
    pq.write_table(pq.read_table(path).slice(1), path)
    with pytest.raises(SnapshotAlteredError, match="no longer what was stored"):
        load_columns(world.services, world.product, [("w1", digest)], [])


def test_of_no_batches_there_are_no_columns(world: World) -> None:
    assert load_columns(world.services, world.product, [], ["x1"]) is None
