"""Identity is per record: what is delivered twice trains once, and is never judged in sample.

Labels are drawn by chance and the forest memorises rows: every result above chance is a leak.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.assets.loading.window import load_window
from aipo_pipelines.assets.training.steps import train_challenger
from aipo_pipelines.charter.load import load_product
from aipo_pipelines.evidence.outcome import CheckOutcome, Verdict
from aipo_pipelines.ledger.events.measurements import AssetMaterialised, CheckEvaluated
from aipo_pipelines.ledger.model.state import BatchStatus
from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.policy.agreements.decisions import approve_agreement
from aipo_pipelines.policy.answer.answer import answer
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.sensors.adoption import adopt_charter, hear_about
from tests.samples import CONTRACT, write_product
from tests.world import ROWS, START, World, facts_of, sample_records

FOREST: dict[str, Any] = {
    "model": {
        "task": "binary",
        "estimator": "sklearn.ensemble.RandomForestClassifier",
        "parameters": {"n_estimators": 20},
        "features": ["x1", "x2"],
    },
    "thresholds": [
        {
            "metric": "roc_auc",
            "limit": 0.62,
            "minimum_sample": 100,
            "owner": "owner",
            "reason": "Below this it is chance.",
        }
    ],
}
WAITING: dict[str, Any] = {
    "retraining": {"maximum_age": "90d", "window": {"first_batches": 3, "held_out": 0.5}}
}
RECORDS = CONTRACT["schema"][0]
UNKEYED: dict[str, Any] = {
    "contract_changes": {
        "schema": [
            RECORDS
            | {"properties": [{**column, "primaryKey": False} for column in RECORDS["properties"]]}
        ]
    }
}
"""Changes of the contract: a batch may contain a record more than once."""
ORDERS = 300


def coins(first: int, rows: int = ORDERS) -> pd.DataFrame:
    """Orders whose label is drawn by chance; the same numbers give the same orders."""
    drawn = np.random.default_rng(first).random((rows, 3))
    return pd.DataFrame(
        {
            "id": np.arange(first, first + rows),
            "x1": drawn[:, 0],
            "x2": drawn[:, 1],
            "y": (drawn[:, 2] < 0.3).astype(int),
        }
    )


def days(rows: int) -> list[str]:
    """A day for each order, twelve to a day."""
    first = START.date() - timedelta(days=1 + rows // 12)
    return [str(first + timedelta(days=number // 12)) for number in range(rows)]


def cut(every: str) -> dict[str, Any]:
    """Changes of the charter: batches are windows of time."""
    day = {"name": "day", "logicalType": "date"}
    properties = [*RECORDS["properties"], day]
    return {
        "batches": {"by": "time", "column": "day", "every": every, "starting": days(1200)[0]},
        "time_column": "day",
        "contract_changes": {"schema": [RECORDS | {"properties": properties}]},
    }


def change(world: World, **changes: Any) -> None:
    """Agrees on another charter, and plays on."""
    write_product(world.folder, version="2", **changes)
    adopt_charter(world.services, world.product)
    word = partial(approve_agreement, person="Ada Okafor", reason="Agreed.")
    hear_about(world.services, world.product, word)
    world.product = load_product(world.folder)
    world.play()


def auc(outcome: CheckOutcome) -> float:
    value = next(figure.value for figure in outcome.figures if figure.metric == "roc_auc")
    assert value is not None
    return value


def put(world: World, name: str, frame: pd.DataFrame) -> World:
    return world.put(f"data/{name}.csv", frame.to_csv(index=False))


def held_out_auc(world: World) -> float:
    """What the newest challenger reached on the records held out."""
    bodies = [
        body for body in world.bodies(AssetMaterialised.kind) if body["asset"] == "challenger"
    ]
    metadata = bodies[-1]["metadata"]
    assert isinstance(metadata, dict)
    figures = metadata["baseline"]
    assert isinstance(figures, list)
    value = next(
        figure["value"]
        for figure in figures
        if isinstance(figure, dict) and figure["metric"] == "roc_auc"
    )
    assert isinstance(value, float)
    return value


def test_a_file_delivered_again_under_another_name_leaves_a_guess_a_guess(tmp_path: Path) -> None:
    world = World(tmp_path, **WAITING, **FOREST)
    for month, first in (("2026-09", 0), ("2026-10", 1000), ("2026-11", 2000)):
        put(world, month, coins(first))
    put(world.play(), "2026-11 (1)", coins(2000)).play()
    assert world.state.champion is None
    assert held_out_auc(world) < 0.62
    window = load_window(world.services, world.product, world.state, [])
    assert window.partitions == ("2026-09", "2026-10", "2026-11 (1)")
    assert len(window.records.frame) == 3 * ORDERS


def test_people_see_that_a_batch_is_a_copy(tmp_path: Path) -> None:
    world = World(tmp_path, **WAITING, **FOREST)
    for month, first in (("2026-09", 0), ("2026-10", 1000), ("2026-11", 2000)):
        put(world, month, coins(first))
    put(world.play(), "2026-11 (1)", coins(2000)).play()
    assert world.outcome("2026-11 (1)", "volume").summary.endswith(
        "The same content as batch 2026-11."
    )
    caveats = sentences(answer(world.product.charter, world.state, world.clock.now()).caveats)
    assert (
        "Batch 2026-11 (1) has the same content as batch 2026-11, which came before: no new "
        "evidence, and its records count once in a training."
    ) in caveats
    assert (
        "300 rows of the last training set had been delivered more than once: each record counted "
        "once."
    ) in caveats
    checks = world.bodies(CheckEvaluated.kind)
    sufficient = [check for check in checks if check["check"] == "sufficient"][-1]
    details = sufficient["details"]
    assert isinstance(details, dict)
    assert details["repeated_records"] == ORDERS
    assert details["copies"] == {"2026-11": "2026-11 (1)"}
    assert "300 of 1200 rows come again" in str(sufficient["summary"])


def test_full_exports_leave_a_guess_a_guess(tmp_path: Path) -> None:
    world = World(tmp_path, **WAITING, **FOREST)
    for number in (1, 2, 3, 4):
        export = coins(0, number * ORDERS).sample(frac=1, random_state=number)
        put(world, f"export {number}", export)
    world.play()
    assert world.state.champion is None
    assert held_out_auc(world) < 0.62
    window = load_window(world.services, world.product, world.state, [])
    assert window.partitions == ("export 4",)
    assert window.repeats.emptied == ("export 1", "export 2", "export 3")


def test_a_changed_cut_leaves_a_guess_a_guess(tmp_path: Path) -> None:
    """Batches of the old and of the new cut stay approved, with the same records."""
    orders = coins(0, 1200).assign(day=days(1200))
    world = World(tmp_path, **WAITING, **FOREST, **cut("4w"))
    put(world, "orders", orders).play()
    former = set(world.state.batches)
    change(world, **WAITING, **FOREST, **cut("6w"))
    approved = [
        name for name, batch in world.state.batches.items() if batch.status is BatchStatus.APPROVED
    ]
    assert former < set(approved)
    assert world.state.champion is None
    list(train_challenger(world.services, world.product, approved, Trigger.of_entry(1)))
    window = load_window(world.services, world.product, world.state, approved)
    assert window.repeats.records > len(orders) / 2
    assert window.records.frame["x1"].is_unique
    assert held_out_auc(world) < 0.62


def test_a_record_trained_on_is_not_judged_in_sample_when_its_batch_comes_again(
    tmp_path: Path,
) -> None:
    world = World(tmp_path, **FOREST).deliver("w1").play()
    honest = auc(world.outcome("w1", "performance"))
    corrected = sample_records("w1")
    corrected["y"] = corrected["y"].where(corrected.index != 5, 1 - corrected["y"])
    put(world, "w1", corrected).take_in()
    again = world.measure("w1")["performance"]
    assert facts_of(again)["out_of_fold"] is True
    assert auc(again.checks[0]) == pytest.approx(honest, abs=0.02)


def test_a_copy_of_a_trained_batch_is_not_judged_beside_it(tmp_path: Path) -> None:
    world = World(tmp_path, **FOREST).deliver("w1").play()
    put(world, "w1 (1)", sample_records("w1")).take_in()
    copy = world.measure("w1 (1)")
    assert copy["performance"].checks[0].verdict is Verdict.INSUFFICIENT
    assert facts_of(copy["performance"])["known_records"] == ROWS
    assert "no independent evidence" in copy["drift"].checks[0].summary


def test_of_a_full_export_only_what_is_new_is_judged(tmp_path: Path) -> None:
    world = World(tmp_path, **FOREST).deliver("w1").play()
    old, new = sample_records("w1"), sample_records("w2")
    put(world, "w2", pd.concat([old, new]).sample(frac=1, random_state=0)).take_in()
    alone = World(tmp_path / "alone", **FOREST).deliver("w1").play().deliver("w2")
    alone.take_in()
    world.play()
    assert "400 records of batch w2 are not judged" in " ".join(
        sentences(answer(world.product.charter, world.state, world.clock.now()).caveats)
    )
    performance = world.measure("w2")["performance"]
    assert facts_of(performance)["known_records"] == ROWS
    assert auc(performance.checks[0]) == auc(alone.outcome("w2", "performance"))
    assert performance.checks[0].summary.endswith(
        "400 of 800 records were learnt from, or held out, when version 1 was trained: they are "
        "not judged."
    )


def test_known_records_with_other_features_are_not_judged(tmp_path: Path) -> None:
    """The stored answers are about the features as they were."""
    world = World(tmp_path, **FOREST).deliver("w1").play()
    put(world, "w2", sample_records("w1").assign(x1=1.0)).take_in()
    outcome = world.outcome("w2", "performance")
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert outcome.summary == (
        "Not measured: 400 of 400 records were learnt from, or held out, when version 1 was "
        "trained: they are not judged. If they are new records of the same subjects, add the "
        "columns that distinguish them to `identifiers` in the charter."
    )


def test_without_identifiers_the_inputs_of_the_model_identify_records(
    tmp_path: Path,
) -> None:
    world = World(tmp_path, **FOREST, identifiers=...).deliver("w1").play()
    again = pd.concat([sample_records("w1").assign(y=0), sample_records("w2")])
    put(world, "w2", again).take_in()
    assert facts_of(world.measure("w2")["performance"])["known_records"] == ROWS


def test_changed_identifiers_recognise_what_was_learnt_before_the_change(tmp_path: Path) -> None:
    """The identities stored at the training are useless now: the snapshots give new identities."""
    world = World(tmp_path, **FOREST).deliver("w1").play()
    change(world, **FOREST, identifiers=["id", "x1"])
    put(world, "w2", pd.concat([sample_records("w1"), sample_records("w2")])).take_in()
    assert facts_of(world.measure("w2")["performance"])["known_records"] == ROWS


@pytest.mark.parametrize(
    ("orders", "held", "verdict"), [(50, 70, Verdict.INSUFFICIENT), (ORDERS, 170, Verdict.PASS)]
)
def test_too_few_records_left_to_judge_by_are_not_sufficient(
    tmp_path: Path, orders: int, held: int, verdict: Verdict
) -> None:
    """The newest batch is mostly repeats: what is held out reaches back, as far as there is any."""
    world = World(tmp_path, **WAITING, **FOREST, **UNKEYED)
    for month, first in (("2026-09", 0), ("2026-10", 1000)):
        put(world, month, coins(first, orders))
    world.play()
    mostly_old = pd.concat([coins(3000, 40), *[coins(3000, 40)] * 9])
    put(world, "2026-11", mostly_old).play()
    sufficient = world.state.checks["training_set/sufficient"]
    assert sufficient.verdict is verdict
    sentence = f"{held} of them are held out to judge; at least 100 are needed."
    assert sentence in sufficient.summary


def test_rows_of_a_few_categories_identify_no_records(tmp_path: Path) -> None:
    world = World(tmp_path, **WAITING, **FOREST, **UNKEYED, identifiers=...)
    for month, first in (("2026-09", 0), ("2026-10", 1000), ("2026-11", 2000)):
        put(world, month, coins(first).assign(id=1, x1=np.arange(ORDERS) % 3, x2=0.5))
    world.play()
    window = load_window(world.services, world.product, world.state, [])
    assert len(window.records.frame) == 3 * ORDERS
    assert not window.repeats.rows_identify
    summary = world.state.checks["training_set/sufficient"].summary
    assert "name `identifiers` in the charter" in summary
    caveats = sentences(answer(world.product.charter, world.state, world.clock.now()).caveats)
    assert any("could not be distinguished" in caveat for caveat in caveats)
