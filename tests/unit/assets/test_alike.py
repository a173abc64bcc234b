"""Rows without identifiers: those of one delivery are different records, however alike they look.

Labels are drawn by chance and the forest memorises rows: every result above chance is a leak.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.assets.loading.known_records import records_of
from aipo_pipelines.assets.loading.records import Records
from aipo_pipelines.assets.loading.repeated_records import Repeats, count_once
from aipo_pipelines.assets.loading.window import load_window
from aipo_pipelines.assets.training.holdout import hold_out
from aipo_pipelines.evidence.details.base import details_of
from aipo_pipelines.evidence.details.performance import PerformanceDetails
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.model.state import Batch, BatchStatus
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.validation import out_of_fold
from aipo_pipelines.policy.answer.answer import answer
from aipo_pipelines.policy.wording.sentences import sentences
from tests.unit.assets.test_identity import (
    FOREST,
    ORDERS,
    UNKEYED,
    WAITING,
    coins,
    held_out_auc,
    put,
)
from tests.world import ROWS, START, World, facts_of, sample_records

WITHOUT: dict[str, Any] = {**UNKEYED, "identifiers": ...}
"""No identifiers, and a contract by which rows may repeat."""

rows = st.lists(st.tuples(st.integers(0, 6), st.sampled_from(["no", "yes"])), max_size=12)


def look_of(frame: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    """Orders that differ only in their content."""
    return frame.assign(id=1, **columns)


def _batch(name: str, number: int) -> Batch:
    return Batch(
        partition=name,
        digest=f"content of {name}",
        versions=(),
        occurred_at=START,
        arrived_at=START,
        status=BatchStatus.APPROVED,
        entry=number,
    )


def _counted(*deliveries: list[tuple[int, str]]) -> tuple[list[tuple[int, str]], Repeats]:
    """The rows that a window of some deliveries keeps, as look and label."""
    names = [f"b{number}" for number in range(len(deliveries))]
    index = pd.RangeIndex(sum(map(len, deliveries)))
    looks = [look for rows in deliveries for look, _ in rows]
    records = Records(
        frame=pd.DataFrame(index=index),
        truth=pd.Series([label for rows in deliveries for _, label in rows], dtype="str"),
        batches=pd.Series(np.repeat(names, [*map(len, deliveries)]), dtype="str"),
        rows=pd.Series([row for rows in deliveries for row in range(len(rows))]),
        identity=pd.Series(np.array(looks, dtype=np.uint64), index=index),
    )
    batches = {name: _batch(name, number) for number, name in enumerate(names)}
    left, repeats = count_once(records, batches, named=False)
    return list(zip(left.identity.tolist(), left.truth.tolist(), strict=True)), repeats


def test_rows_of_one_delivery_that_look_alike_are_all_learnt_from_with_their_labels() -> None:
    delivery = [(1, "yes"), (1, "no"), *((look, "no") for look in range(2, 30))]
    rows, repeats = _counted(delivery)
    assert rows == delivery
    assert (repeats.records, repeats.alike) == (0, 2)
    (sentence,) = repeats.sentences
    assert sentence == (
        "2 rows are alike to others, no more than chance gives: each counts as a record of its own."
    )


def test_of_rows_that_came_again_as_many_count_as_the_delivery_with_most_of_them_holds() -> None:
    distinct = [(look, "no") for look in range(2, 40)]
    rows, repeats = _counted([(1, "yes"), *distinct], [(1, "yes"), (1, "no"), *distinct])
    assert sorted(rows) == sorted([(1, "no"), (1, "yes"), *distinct])
    assert (repeats.records, repeats.emptied) == (39, ("b0",))


def test_a_truth_that_was_not_delivered_again_is_not_lost() -> None:
    distinct = [(look, "no") for look in range(2, 40)]
    rows, _ = _counted([(1, "yes"), (1, "no"), *distinct], [(1, "yes"), *distinct])
    assert sorted(rows) == sorted([(1, "no"), (1, "yes"), *distinct])


def test_a_corrected_label_replaces_the_former_label() -> None:
    distinct = [(look, "no") for look in range(2, 40)]
    rows, _ = _counted([(1, "yes"), (1, "no"), *distinct], [(1, "no"), (1, "no"), *distinct])
    assert sorted(rows) == sorted([(1, "no"), (1, "no"), *distinct])


def test_rows_of_two_deliveries_that_are_alike_by_chance_all_count() -> None:
    drawn = np.minimum(np.random.default_rng(0).zipf(1.3, 2000), 10**6)
    deliveries = [[(int(look), "no") for look in part] for part in np.split(drawn, 4)]
    rows, repeats = _counted(*deliveries)
    assert len(rows) == 2000
    assert repeats.records == 0


def test_rows_written_twice_in_any_delivery_hide_no_row_of_another_delivery() -> None:
    first, second, new = ([(look + n, "no") for look in range(300)] for n in (0, 1000, 2000))
    rows, repeats = _counted(first, second * 2, first + new * 2)
    assert sorted(rows) == sorted([*second * 2, *first, *new * 2])
    assert (repeats.records, repeats.emptied) == (300, ("b0",))


@settings(max_examples=60, deadline=None)
@given(st.lists(rows, min_size=1, max_size=4))
def test_no_delivery_loses_more_rows_than_later_deliveries_bring_again(
    deliveries: list[list[tuple[int, str]]],
) -> None:
    rows, repeats = _counted(*deliveries)
    assert len(rows) + repeats.records == sum(map(len, deliveries))
    for look in range(7):
        held = [sum(row == look for row, _ in delivery) for delivery in deliveries]
        count = sum(row == look for row, _ in rows)
        assert max(held) <= count <= sum(held)
    assert [delivery for delivery in deliveries[-1] if delivery not in rows] == []


def test_a_file_that_holds_each_record_twice_leaves_a_guess_a_guess(tmp_path: Path) -> None:
    world = World(tmp_path, **WAITING, **FOREST, **WITHOUT)
    for month, first in (("2026-09", 0), ("2026-10", 1000), ("2026-11", 2000)):
        twice = pd.concat([coins(first), coins(first)])
        put(world, month, look_of(twice.sample(frac=1, random_state=0)))
    world.play()
    assert world.state.champion is None
    assert held_out_auc(world) < 0.62


def test_a_month_among_new_rows_written_twice_leaves_a_guess_a_guess(tmp_path: Path) -> None:
    world = World(tmp_path, **WAITING, **FOREST, **WITHOUT)
    first, new = coins(0), coins(2000)
    put(put(world, "2026-09", look_of(first)), "2026-10", look_of(coins(1000)))
    mixed = pd.concat([first, new, new]).sample(frac=1, random_state=0)
    put(world, "2026-11", look_of(mixed)).play()
    assert world.state.champion is None
    assert held_out_auc(world) < 0.62


def test_a_column_that_no_model_reads_makes_no_other_record(tmp_path: Path) -> None:
    """Each export has a day of its own. The columns that the model can memorise come again."""
    world = World(tmp_path, **WAITING, **FOREST, **WITHOUT)
    for month, first, export in (("2026-09", 0, 1), ("2026-10", 1000, 2)):
        put(world, month, coins(first).assign(id=export))
    mixed = pd.concat([coins(0), coins(2000)]).sample(frac=1, random_state=0)
    put(world, "2026-11", mixed.assign(id=3)).play()
    assert world.state.champion is None
    assert held_out_auc(world) < 0.62
    window = load_window(world.services, world.product, world.state, [])
    assert (window.repeats.records, window.repeats.emptied) == (ORDERS, ("2026-09",))


def test_an_export_of_all_that_was_learnt_is_not_judged_in_sample(tmp_path: Path) -> None:
    world = put(World(tmp_path, **FOREST, **WITHOUT), "w1", sample_records("w1").assign(id=1))
    world.play()
    assert world.state.champion is not None
    put(world, "export", sample_records("w1").assign(id=2)).take_in()
    performance = world.measure("export")["performance"]
    assert facts_of(performance)["known_records"] == ROWS
    assert performance.checks[0].verdict is Verdict.INSUFFICIENT


@pytest.mark.parametrize(
    ("changes", "bounded"), [(WITHOUT, ", as far as features show"), ({}, "")], ids=["none", "id"]
)
def test_that_a_model_had_not_seen_a_record_is_only_said_as_far_as_it_is_known(
    tmp_path: Path, changes: dict[str, Any], bounded: str
) -> None:
    world = World(tmp_path, **FOREST, **changes).deliver("w1").play()
    assert world.outcome("w1", "performance").summary.endswith(
        f"each record was judged by a model that had not seen it{bounded}, not by the version in "
        "charge."
    )
    caveats = sentences(answer(world.product.charter, world.state, world.clock.now()).caveats)
    (shown,) = [caveat for caveat in caveats if "each record was judged" in caveat]
    assert f"by a model that had not seen it{bounded}. The performance of the version" in shown


def test_rows_that_are_alike_are_on_one_side_of_the_split(tmp_path: Path) -> None:
    world = World(tmp_path, **WAITING, **FOREST, **WITHOUT)
    for month, first in (("2026-09", 0), ("2026-10", 1000), ("2026-11", 2000)):
        records = coins(first)
        put(world, month, look_of(pd.concat([records, records.iloc[:40].assign(y=1)])))
    world.play()
    window = load_window(world.services, world.product, world.state, [])
    assert (window.repeats.records, window.repeats.alike) == (0, 240)
    model = world.product.charter.model
    assert model is not None
    trained, held = hold_out(world.product.charter, model, window)
    assert len(trained.records.frame) + len(held.frame) == 3 * 340
    assert not set(trained.records.identity) & set(held.identity)


def test_rows_that_are_alike_share_a_fold(tmp_path: Path) -> None:
    world = World(tmp_path, **WAITING, **FOREST, **WITHOUT)
    model = world.product.charter.model
    assert model is not None
    records = coins(0)[["x1", "x2", "y"]]
    twice = pd.concat([records, records], ignore_index=True)
    alike = pd.Series(np.tile(np.arange(len(records)), 2))
    ask = partial(
        out_of_fold, twice[["x1", "x2"]], twice["y"], model, Columns.of(world.product.charter)
    )
    apart, together = ask(), ask(alike=alike)
    assert (apart.predicted == apart.truth).mean() > 0.9
    assert (together.predicted == together.truth).mean() < 0.75


@pytest.fixture
def coarse(tmp_path: Path) -> World:
    """A champion of records with two coarse columns, which are alike by the dozen."""
    return put(World(tmp_path, **FOREST, **WITHOUT), "w1", coarse_records("w1")).play()


def coarse_records(batch: str, rows: int = 400) -> pd.DataFrame:
    """Records that often look like others; their labels follow from their columns."""
    frame = sample_records(batch, rows)
    return look_of(frame, x1=frame["x1"].round(1), x2=frame["x2"].round(1))


def test_an_honest_batch_of_coarse_rows_is_judged_as_a_whole(coarse: World) -> None:
    assert coarse.state.champion is not None
    put(coarse, "w2", coarse_records("w2")).take_in()
    performance = coarse.measure("w2")["performance"]
    assert facts_of(performance)["known_records"] == 0
    alike = details_of(PerformanceDetails, performance.checks[0].details).alike
    assert alike > 40
    assert performance.checks[0].summary.endswith(
        f"{alike} of 400 rows are alike to rows that version 1 learnt from, no more than chance "
        "gives: they are judged."
    )


def test_coarse_rows_delivered_again_with_a_corrected_label_are_not_judged_in_sample(
    coarse: World,
) -> None:
    again = coarse_records("w1")
    again["y"] = again["y"].where(again.index != 5, 1 - again["y"])
    put(coarse, "w1 again", again).take_in()
    assert facts_of(coarse.measure("w1 again")["performance"])["known_records"] == ROWS
    put(coarse, "w1", again).take_in()
    assert facts_of(coarse.measure("w1")["performance"])["out_of_fold"] is True


def test_drift_is_measured_against_each_record_that_the_version_knows_once(tmp_path: Path) -> None:
    """Held-out records are known, too; repeated records and records without a label are not."""
    world = World(tmp_path, retraining={"window": {"first_batches": 2}}).deliver("w1")
    first, second = sample_records("w1"), sample_records("w2").assign(x1=lambda rows: rows.x1 + 1)
    silent = sample_records("w3", 20).assign(x1=9.0, y=None)
    put(world, "w2", pd.concat([silent, first, second]).astype({"y": "Int64"})).play()
    champion = world.state.champion
    assert champion is not None
    frame = records_of(world.services, world.product, champion.model, ["id", "x1"])
    assert frame is not None
    assert sorted(frame["id"]) == sorted([*first["id"], *second["id"]])
    from scipy.stats import ks_2samp

    batch = sample_records("w4")
    put(world, "w4", batch).take_in()
    outcome = world.outcome("w4", "data_drift")
    (distance,) = [figure.value for figure in outcome.figures if figure.subject == "x1"]
    assert distance == pytest.approx(ks_2samp(frame["x1"], batch["x1"]).statistic)
