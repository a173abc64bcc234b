"""For any deliveries with overlaps: what counts in a training, and what is judged after it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aipo_pipelines.assets.loading.batch import load
from aipo_pipelines.assets.loading.known_records import known_to
from aipo_pipelines.assets.loading.out_of_fold import store_out_of_fold
from aipo_pipelines.assets.loading.records import Records
from aipo_pipelines.assets.loading.window import TrainingWindow, load_window
from aipo_pipelines.assets.training.holdout import HeldOut, hold_out
from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.ledger.events.batches import BatchApproved
from aipo_pipelines.ledger.model.model_version import ModelVersion
from aipo_pipelines.measures.metrics.scored import Scored
from tests.samples import CONTRACT
from tests.world import START, World

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

numbers = st.lists(st.integers(0, 30), min_size=2, max_size=30)
deliveries = st.lists(numbers, min_size=2, max_size=5)
distinct = st.lists(st.lists(st.integers(0, 30), min_size=2, unique=True), min_size=2, max_size=5)
"""Numbers of orders by batch, in the order in which they arrive."""


@settings(max_examples=25, deadline=None)
@given(deliveries, st.integers(1, 4))
@example([[1, 2, 3], [1, 2, 3], [4, 5]], 2)
@example([[1, 2], [1, 2, 3, 4], [1, 2, 3, 4, 5, 6]], 2)
def test_no_record_counts_twice_or_is_judged_by_a_model_that_learnt_from_it(
    batches: list[list[int]], trained: int
) -> None:
    _hold(batches, min(trained, len(batches) - 1), identifiers=["id"])


@settings(max_examples=15, deadline=None)
@given(distinct, st.integers(1, 4))
def test_the_same_holds_for_whole_rows_where_no_identifiers_are_named(
    batches: list[list[int]], trained: int
) -> None:
    _hold(batches, min(trained, len(batches) - 1), identifiers=...)


def _hold(batches: list[list[int]], trained: int, **changes: Any) -> None:
    with TemporaryDirectory() as place:
        world = World(Path(place), **UNKEYED, **changes)
        for number, orders in enumerate(batches):
            world.put(f"data/b{number}.csv", _orders(orders, number).to_csv(index=False))
            world.take_in()
        arrived = world.state.batches
        world.append(
            BatchApproved(partition=name, digest=batch.digest, evaluation=0)
            for name, batch in arrived.items()
        )
        learnt, held = _split(world, [f"b{number}" for number in range(trained)])
        _counts_once(learnt.records, held, set().union(*batches[:trained]))
        champion = _champion(world, learnt, held)
        for name in arrived:
            judged = _judged(world, champion, name)
            assert judged == set(batches[int(name[1:])]) - set().union(*batches[:trained])


def _split(world: World, partitions: list[str]) -> tuple[TrainingWindow, HeldOut]:
    model = world.product.charter.model
    assert model is not None
    window = load_window(world.services, world.product, world.state, partitions)
    return hold_out(world.product.charter, model, window)


def _counts_once(trained: Records, held: HeldOut, delivered: set[int]) -> None:
    counted = [*_numbers(trained.frame), *_numbers(held.frame)]
    assert sorted(counted) == sorted(delivered)


def _champion(world: World, learnt: TrainingWindow, held: HeldOut) -> ModelVersion:
    """A version that learnt from a window: only its stored identities matter here."""
    unseen, own = _answers(learnt.records.frame), _answers(held.frame)
    stored = store_out_of_fold(
        world.services, world.product.name, unseen, learnt.records, own, held.records
    )
    return ModelVersion(
        version="1",
        run_id="run",
        window=learnt.partitions,
        baseline=(),
        trained_at=START,
        inputs=learnt.digests,
        out_of_fold=stored,
    )


def _judged(world: World, champion: ModelVersion, partition: str) -> set[int]:
    """The orders of a batch that the champion's own answers are judged on."""
    frame = load(world.services, world.product, partition).frame
    known = known_to(world.services, world.product, champion, frame)
    judged = known.leave_out(_answers(frame)).predicted.index
    assert known.count == len(frame) - len(judged)
    return set(_numbers(frame.loc[judged]))


def _answers(frame: pd.DataFrame) -> Scored:
    return Scored(
        task=Task.BINARY, predicted=pd.Series("1", index=frame.index, dtype="str"), truth=None
    )


def _orders(numbers: list[int], batch: int) -> pd.DataFrame:
    """Orders by number; labels differ from batch to batch, as those that are corrected do."""
    x1 = [float(number) for number in numbers]
    return pd.DataFrame({"id": numbers, "x1": x1, "x2": 0.5, "y": (batch + len(x1)) % 2})


def _numbers(frame: pd.DataFrame) -> Iterable[int]:
    return [int(value) for value in frame["x1"]]
