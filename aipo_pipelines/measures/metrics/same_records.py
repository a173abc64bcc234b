"""Several models on the same records."""

from __future__ import annotations

import numpy as np

from aipo_pipelines.errors import ModelError
from aipo_pipelines.measures.metrics.aligned import Pairs, pair
from aipo_pipelines.measures.metrics.scored import Scored


def on_same_records(*sides: Scored) -> tuple[Pairs, ...]:
    """The labelled records that all models answered, with the answers of each model.

    Args:
        sides: Answers of one model each, on the same rows in the same order.

    Raises:
        ModelError: They were not scored on the same rows with the same truth.
    """
    paired = [pair(side) for side in sides]
    if not paired:
        return ()
    rows = len(paired[0].counted)
    for side, pairs in zip(sides, paired, strict=True):
        if len(pairs.counted) != rows or side.task is not sides[0].task:
            raise ModelError(
                f"A model scored on {rows} rows ({sides[0].task.value}) cannot be compared with a "
                f"model scored on {len(pairs.counted)} ({side.task.value}); expected the same rows "
                "and task; score both on the same batch."
            )
    shared = np.logical_and.reduce([pairs.counted for pairs in paired])
    # The index alone is no proof: labels can be read again between two scorings. Only the shared
    # records are compared, as a record without an answer may have any truth.
    truths = [side.truth.to_numpy(dtype=object) for side in sides if side.truth is not None]
    if any(not np.array_equal(truths[0][shared], truth[shared]) for truth in truths[1:]):
        raise ModelError(
            "Two models were scored against different truths; expected the same records in the "
            "same order; score both on the same batch."
        )
    return tuple(pairs.select(shared[pairs.counted]) for pairs in paired)
