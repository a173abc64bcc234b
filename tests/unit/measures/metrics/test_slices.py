"""Parts of a batch: one per value of each group column, rare values without their names."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.metrics.slices import MOST_GROUPS, groups_of, slices_of

Make = Callable[..., Scored]


def sizes(column: pd.Series) -> dict[str, int]:
    return {name: int(mask.sum()) for name, mask in groups_of(column)}


def test_values_are_groups_in_order_and_missing_is_no_group() -> None:
    assert sizes(pd.Series(["b"] * 10 + ["a"] * 12 + [None] * 5)) == {"a": 12, "b": 10}


def test_a_value_that_few_share_is_a_group_without_its_name() -> None:
    column = pd.Series(["zoe"] * 9 + ["north"] * 10 + ["adam"])
    assert sizes(column) == {"north": 10, "rare value 1": 9, "rare value 2": 1}


def test_a_column_with_too_many_values_has_no_groups() -> None:
    most = pd.Series([str(number) for number in range(MOST_GROUPS)] * 10)
    assert len(groups_of(most)) == MOST_GROUPS
    assert groups_of(pd.concat([most, pd.Series(["one more"] * 10)])) == []


def test_slices_are_named_by_column_and_value(binary: Make) -> None:
    groups = pd.DataFrame({"sex": ["f"] * 10 + ["m"] * 10, "old": ["y"] * 20})
    sizes = {
        name: int(mask.sum())
        for name, mask in slices_of(binary([1] * 20, [0.9] * 20, groups=groups))
    }
    assert sizes == {"sex=f": 10, "sex=m": 10, "old=y": 20}
