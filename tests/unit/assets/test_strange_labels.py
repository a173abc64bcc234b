"""A label that is neither class of a binary task is no truth: it is counted and reported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from aipo_pipelines.errors import TrainingError
from aipo_pipelines.measures.outcome import Verdict
from aipo_pipelines.policy.answer import answer
from tests.samples import CONTRACT
from tests.world import LATE, ROWS, World, sample_records

RECORDS = CONTRACT["schema"][0]
WORDS: dict[str, Any] = {
    "contract_changes": {
        "schema": [
            RECORDS
            | {"properties": [*RECORDS["properties"][:3], {"name": "y", "logicalType": "string"}]}
        ]
    },
    "labels": {"column": "y", "positive": "yes"},
}
"""Changes of the sample: labels are words that the contract does not list."""


def label(world: World, name: str, labels: pd.DataFrame) -> World:
    return world.put(f"late/{name}.csv", labels[["id", "y"]].to_csv(index=False))


def with_words(name: str) -> pd.DataFrame:
    records = sample_records(name)
    return records.assign(y=records["y"].map({0: "no", 1: "yes"}))


def test_labels_that_are_pending_are_no_negatives(tmp_path: Path) -> None:
    world = World(tmp_path, **LATE).deliver("w1").label("w1").play()
    open_yet = sample_records("w2")
    open_yet["y"] = open_yet["y"].astype("str").where(open_yet.index >= 0.6 * ROWS, "pending")
    label(world.deliver("w2"), "w2", open_yet).play()
    performance = world.outcome("w2", "performance")
    assert performance.verdict is Verdict.INSUFFICIENT
    assert performance.summary.endswith("240 labels are neither class: they are no truth.")
    labels = world.outcome("w2", "labels")
    assert labels.figures[0].value == pytest.approx(0.4)
    assert "240 labels of batch w2 are neither class: they are no truth." in (
        answer(world.product.charter, world.state, world.clock.now()).caveats
    )


def test_labels_in_another_spelling_are_no_negatives(tmp_path: Path) -> None:
    world = World(tmp_path, **WORDS)
    world.put("data/w1.csv", with_words("w1").to_csv(index=False)).play()
    assert world.state.champion is not None
    shouted = with_words("w2")
    shouted["y"] = shouted["y"].str.upper()
    world.put("data/w2.csv", shouted.to_csv(index=False)).play()
    performance = world.outcome("w2", "performance")
    assert performance.verdict is Verdict.INSUFFICIENT
    assert performance.summary.endswith("400 labels are neither class: they are no truth.")


def test_one_mistyped_label_does_not_stop_a_training(tmp_path: Path) -> None:
    world = World(tmp_path, **WORDS)
    mistyped = with_words("w1")
    mistyped["y"] = mistyped["y"].where(mistyped.index != 7, "yse")
    world.put("data/w1.csv", mistyped.to_csv(index=False)).play()
    assert world.state.champion is not None
    sufficient = world.state.checks["training_set/sufficient"]
    assert sufficient.details["strange_labels"] == 1
    assert "1 label is neither class: left out." in sufficient.summary


def test_a_third_class_is_no_slip_of_the_pen(tmp_path: Path) -> None:
    world = World(tmp_path, **WORDS)
    third = with_words("w1")
    third["y"] = third["y"].where(third.index >= 0.05 * ROWS, "pending")
    world.put("data/w1.csv", third.to_csv(index=False)).take_in()
    with pytest.raises(TrainingError, match="found 3 classes in the label"):
        world.play()
