"""`expect_columns_to_determine`: a functional dependency as a Great Expectations expectation.

The last column of `column_list` must be a function of the others: equal determinants have equal
dependents. A row is wrong if its dependent differs from the most common dependent of its group. If
several dependents are equally common, it is not known which is right, and all rows of the group
are wrong. Rows with a missing value in one of the columns are left out.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

NAME = "expect_columns_to_determine"


def rows_that_follow(columns: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """The rows that keep the dependency, as a mask with one entry per row.

    Args:
        columns: Determinants first, the dependent last; without missing values.
    """
    common, tied = _common_and_tied(columns)
    return common & ~tied


def explained(columns: pd.DataFrame) -> str:
    """The reasons why rows are wrong: they differ from most, or several values are as common.

    Args:
        columns: As for `rows_that_follow`; rows with a missing value are left out.
    """
    judged = columns.dropna()
    common, tied = _common_and_tied(judged)
    differing, undecided = int((~common & ~tied).sum()), int(tied.sum())
    reasons = []
    if differing:
        reasons.append(f"{differing} differ from the most common value of their group")
    if undecided:
        *determinants, _ = judged.columns
        count = len(judged.loc[tied, determinants].drop_duplicates())
        groups = "1 group" if count == 1 else f"{count} groups"
        reasons.append(
            f"{undecided} are in {groups} with several equally common values: it is not known "
            "which is right, so that all rows there count as wrong"
        )
    return "; ".join(reasons)


def _common_and_tied(
    columns: pd.DataFrame,
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Masks of the rows with a most common dependent, and of the rows whose group has several."""
    # Codes and counts instead of a `groupby` with a function per group: with
    # many small groups, those calls would take nearly all of the time.
    *determinants, dependent = columns.columns
    group = columns.groupby(determinants, sort=False, dropna=False).ngroup().to_numpy()
    value, _ = pd.factorize(columns[dependent], use_na_sentinel=False)
    width = int(value.max(initial=0)) + 1
    pair, pairs = pd.factorize(group * width + value)
    count = np.bincount(pair, minlength=len(pairs))
    group_of_pair = pairs // width
    most = np.zeros(int(group.max(initial=0)) + 1, dtype=np.int64)
    np.maximum.at(most, group_of_pair, count)
    common = count == most[group_of_pair]
    rivals = np.bincount(group_of_pair, weights=common, minlength=len(most))
    return common[pair], (rivals[group_of_pair] > 1)[pair]


@cache
def register() -> Any:
    """Makes the expectation known to Great Expectations, once; returns its class."""
    from great_expectations.execution_engine.pandas_execution_engine import (
        PandasExecutionEngine,
    )
    from great_expectations.expectations.expectation import (
        MulticolumnMapExpectation,
    )
    from great_expectations.expectations.metrics.map_metric_provider.multicolumn_condition_partial import (  # noqa: E501 - one long path
        multicolumn_condition_partial,
    )
    from great_expectations.expectations.metrics.map_metric_provider.multicolumn_map_metric_provider import (  # noqa: E501 - one long path
        MulticolumnMapMetricProvider,
    )

    class MulticolumnValuesDetermine(MulticolumnMapMetricProvider):
        """The condition, row by row, on the pandas engine."""

        condition_metric_name = "multicolumn_values.determine"
        condition_domain_keys = (
            "batch_id",
            "table",
            "column_list",
            "row_condition",
            "condition_parser",
            "ignore_row_if",
        )
        condition_value_keys = ()

        @multicolumn_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]  # as GX has it
        def _pandas(cls, column_list: pd.DataFrame, **_: Any) -> pd.Series:  # noqa: N805 - GX passes the class
            return pd.Series(rows_that_follow(column_list), index=column_list.index)

    class ExpectColumnsToDetermine(MulticolumnMapExpectation):
        """Expect the last column to be a function of the others."""

        ignore_row_if: Literal["all_values_are_missing", "any_value_is_missing", "never"] = (
            "any_value_is_missing"
        )
        map_metric = "multicolumn_values.determine"
        success_keys = ("mostly",)
        args_keys = ("column_list",)

    return ExpectColumnsToDetermine
