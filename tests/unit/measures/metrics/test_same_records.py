"""Models are compared on the records that all of them answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from aipo_pipelines.errors import ModelError
from aipo_pipelines.measures.metrics.same_records import on_same_records
from aipo_pipelines.measures.metrics.scored import Scored

Make = Callable[..., Scored]


def test_only_records_that_all_answered_are_compared(numeric: Make) -> None:
    first = numeric([1.0, 2.0, 3.0], [1.0, np.nan, 3.0])
    second = numeric([1.0, 2.0, 3.0], [1.5, 2.5, np.nan])
    ours, theirs = on_same_records(first, second)
    assert (ours.truth.tolist(), theirs.truth.tolist()) == ([1.0], [1.0])
    assert (ours.predicted.tolist(), theirs.predicted.tolist()) == ([1.0], [1.5])


def test_nothing_is_compared_with_nothing() -> None:
    assert on_same_records() == ()


def test_other_rows_are_refused(numeric: Make) -> None:
    with pytest.raises(ModelError, match="expected the same rows and task"):
        on_same_records(numeric([1.0, 2.0], [1.0, 2.0]), numeric([1.0], [1.0]))


def test_another_truth_is_refused(numeric: Make) -> None:
    first = numeric([1.0, 2.0], [1.0, 2.0])
    assert first.truth is not None
    other = replace(first, truth=first.truth + 1)
    with pytest.raises(ModelError, match="different truths"):
        on_same_records(first, other)
