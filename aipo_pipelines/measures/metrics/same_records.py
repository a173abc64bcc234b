"""Several models on the same records."""

from __future__ import annotations

from collections.abc import Sequence

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
    _refuse_other_rows(paired)
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


def _refuse_other_rows(paired: Sequence[Pairs]) -> None:
    first = paired[0]
    for pairs in paired:
        if len(pairs.counted) != len(first.counted) or pairs.task is not first.task:
            raise ModelError(
                f"A model scored on {len(first.counted)} rows ({first.task.value}) cannot be "
                f"compared with a model scored on {len(pairs.counted)} ({pairs.task.value}); "
                "expected the same rows and task; score both on the same batch."
            )
