"""Numbers such as ages become groups in bands of ten; codes and words are groups by themselves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.models.columns import Columns, group_table


def groups(values: pd.Series) -> list[str | None]:
    table = group_table(pd.DataFrame({"x": values}), Columns(protected=("x",)))
    return [None if pd.isna(group) else str(group) for group in table["x"]]


@pytest.mark.parametrize("kind", ["Int64", "Float64", "float64"])
def test_ages_become_bands_of_ten(kind: str) -> None:
    ages = pd.Series([19, 20, 29, 30, None, 101], dtype=kind)
    assert groups(ages) == ["10 to 19", "20 to 29", "20 to 29", "30 to 39", None, "100 to 109"]


def test_codes_and_words_are_groups_by_themselves() -> None:
    assert groups(pd.Series([0, 1, 20])) == ["0", "1", "20"]
    assert groups(pd.Series(["41", "42"])) == ["41", "42"]
    assert groups(pd.Series([True, False])) == ["True", "False"]


def test_numbers_without_end_are_no_bands() -> None:
    assert groups(pd.Series([1.5, np.inf])) == ["1.5", "inf"]
