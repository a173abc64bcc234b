"""How far back the held-out records reach, and what the champion says about them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.assets.loading.records import Records
from aipo_pipelines.assets.training.holdout_size import held_out_of, reach
from aipo_pipelines.assets.training.steps import train_challenger
from aipo_pipelines.charter.load import load_product
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.ledger.model.trigger import Trigger
from tests.samples import write_product
from tests.world import World, facts_of

LEAST = 100
"""What the comparison of a release asks for in the sample."""


@pytest.fixture(scope="module")
def charter(tmp_path_factory: pytest.TempPathFactory) -> Charter:
    """Half of a batch is held out; a release asks for 100 records, as does each of two regions."""
    folder = tmp_path_factory.mktemp("sample") / "sample"
    loaded = load_product(write_product(folder)).charter
    gap = loaded.thresholds[0].model_copy(
        update={"metric": "selection_rate_ratio", "attribute": "region", "minimum_sample": 30}
    )
    return loaded.model_copy(
        update={"protected": ("region",), "thresholds": (*loaded.thresholds, gap)}
    )


def spec_of(charter: Charter) -> ModelSpec:
    assert charter.model is not None
    return charter.model


def records(sizes: list[int], rare: int = 2, unlabelled: int = 0) -> Records:
    """Batches b0, b1, ... of so many records; every `rare`th is of the region south."""
    total = sum(sizes)
    truth = pd.Series(np.arange(total) % 2, dtype="Int64")
    truth.iloc[total - unlabelled :] = pd.NA
    region = np.where(np.arange(total) % rare == 0, "south", "north")
    return Records(
        frame=pd.DataFrame({"x1": 0.0, "x2": 0.0, "region": region}),
        truth=truth,
        batches=pd.Series(np.repeat([f"b{size}" for size in range(len(sizes))], sizes)),
        rows=pd.Series(np.concatenate([np.arange(size) for size in sizes])),
        identity=pd.Series(np.arange(total, dtype=np.uint64)),
    )


def reached(charter: Charter, window: Records) -> tuple[str, ...]:
    return reach(charter, spec_of(charter), window, tuple(window.batches.unique()))


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([400, 200], ("b1",)),
        ([400, 400, 23], ("b1", "b2")),
        ([400, 60, 60, 60, 23], ("b1", "b2", "b3", "b4")),
        ([60, 60], ("b0", "b1")),
        ([60], ("b0",)),
    ],
)
def test_as_many_of_the_newest_batches_are_held_out_from_as_the_gates_need(
    charter: Charter, sizes: list[int], expected: tuple[str, ...]
) -> None:
    assert reached(charter, records(sizes)) == expected


def test_records_without_a_label_judge_nothing(charter: Charter) -> None:
    assert reached(charter, records([400, 220])) == ("b1",)
    assert reached(charter, records([400, 220], unlabelled=20)) == ("b0", "b1")


def test_a_group_that_is_compared_needs_its_own_sample(charter: Charter) -> None:
    assert reached(charter, records([900, 200], rare=3)) == ("b1",)
    assert reached(charter, records([900, 200], rare=10)) == ("b0", "b1")


def test_a_group_too_rare_for_the_whole_window_asks_for_nothing(charter: Charter) -> None:
    assert reached(charter, records([900, 200], rare=200)) == ("b1",)


@settings(max_examples=60, deadline=None)
@given(sizes=st.lists(st.integers(1, 250), min_size=1, max_size=7))
def test_no_shorter_reach_would_do(charter: Charter, sizes: list[int]) -> None:
    window, spec = records(sizes), spec_of(charter)
    names = tuple(window.batches.unique())
    pool = reached(charter, window)
    assert pool == names[-len(pool) :]
    enough = [
        len(held_out_of(charter, spec, window, names[-count:])) >= LEAST
        for count in range(1, len(names) + 1)
    ]
    if not enough[-1]:
        assert pool == names
    else:
        assert enough[len(pool) - 1]


def retrained(world: World, *names: str) -> dict[str, Any]:
    steps = train_challenger(world.services, world.product, list(names), Trigger.of_entry(9))
    return {step.asset: step for step in steps}


def test_a_small_last_batch_is_evaluated_together_with_the_batches_before(tmp_path: Path) -> None:
    """The champion learnt from `w1` and knows half of the held-out records: other models answer."""
    world = World(tmp_path).deliver("w1").play()
    assert world.state.champion is not None
    world.deliver("w2", rows=23).play()
    results = retrained(world, "w1", "w2")
    held = facts_of(results["challenger"])["held_out"]
    assert held["batches"] == {"w1": 188, "w2": 23}
    assert held["rows"] == 211
    (gate,) = [outcome for outcome in results["evaluation"].checks if outcome.check == "champion"]
    assert {figure.n for figure in gate.figures} == {211}
    (sample,) = [outcome for outcome in results["evaluation"].checks if outcome.check == "sample"]
    assert sample.figures[0].value == 211
