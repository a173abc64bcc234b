"""A label that is neither class of a binary task is no truth: it is counted and reported."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from aipo_pipelines.assets.loading.window import load_window
from aipo_pipelines.charter.model.modelling import ModelSpec, Task
from aipo_pipelines.evidence.details.base import details_of
from aipo_pipelines.evidence.details.training import SufficientDetails
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.model.state import BatchStatus, ProductState
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.logged_predictions import from_logged
from aipo_pipelines.policy.answer.answer import answer
from aipo_pipelines.policy.wording.sentences import sentences
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
        sentences(answer(world.product.charter, world.state, world.clock.now()).caveats)
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
    assert details_of(SufficientDetails, sufficient.details).strange_labels == 1
    assert "1 label is neither class: left out." in sufficient.summary


def test_a_third_class_is_no_slip_of_the_pen_and_no_failure_of_the_run(tmp_path: Path) -> None:
    world = World(tmp_path, **WORDS)
    third = with_words("w1")
    third["y"] = third["y"].where(third.index >= 0.05 * ROWS, "pending")
    world.put("data/w1.csv", third.to_csv(index=False)).play()
    assert world.state.champion is None
    sufficient = world.state.checks["training_set/sufficient"]
    assert sufficient.verdict is Verdict.INSUFFICIENT
    assert "20 labels are neither the event nor the most frequent other word" in sufficient.summary


def test_a_batch_whose_labels_are_pending_waits_for_them(tmp_path: Path) -> None:
    world = World(tmp_path, **WORDS)
    world.put("data/w1.csv", with_words("w1").to_csv(index=False)).play()
    open_yet = with_words("w2")
    open_yet["y"] = open_yet["y"].where(open_yet.index >= 0.3 * ROWS, "pending")
    world.put("data/w2.csv", open_yet.to_csv(index=False)).take_in()
    window = load_window(world.services, world.product, _approved(world), ())
    assert (window.partitions, window.waiting) == (("w1",), ("w2",))


def _approved(world: World) -> ProductState:
    state = world.state
    batches = {
        name: replace(batch, status=BatchStatus.APPROVED) for name, batch in state.batches.items()
    }
    return replace(state, batches=batches)


def test_answers_that_a_batch_carries_make_no_truth_of_pending_labels() -> None:
    records = with_words("w1").assign(answer=lambda rows: rows["y"])
    records["y"] = records["y"].where(records.index >= 0.6 * ROWS, "pending")
    columns = Columns(label="y", positive="yes")
    spec = ModelSpec(task=Task.BINARY, features=("x",), logged_predictions="answer")
    scored = from_logged(records, records["y"], spec, columns)
    assert scored.strange == 240
    assert int(scored.labelled.sum()) == 160
    assert scored.classes == ("no", "yes")


def test_answers_in_another_spelling_are_no_negatives() -> None:
    shouted = with_words("w1").assign(answer=lambda rows: rows["y"].str.upper())
    spec = ModelSpec(task=Task.BINARY, features=("x",), logged_predictions="answer")
    scored = from_logged(shouted, shouted["y"], spec, Columns(label="y", positive="yes"))
    assert scored.predicted.notna().sum() == 0
    assert scored.strange == 0


def test_labels_of_a_class_the_model_never_learnt_are_counted() -> None:
    truth = pd.Series(["a", "b", "pending", None], dtype="str")
    scored = Scored(task=Task.MULTICLASS, predicted=truth, truth=truth, classes=("a", "b"))
    assert scored.unlearnt == 1
