"""A batch of answers beside the truth: parts of it, and several of them together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.measures.metrics.scored import Scored, joined

ROWS = pd.Index(["r1", "r2", "r3"])


def batch(*, index: pd.Index = ROWS, **changes: Any) -> Scored:
    """Three answers with everything that a batch can have."""
    full = Scored(
        task=Task.MULTICLASS,
        predicted=pd.Series(["a", "b", "a"], index=index),
        truth=pd.Series(["a", "b", None], index=index),
        probability=pd.DataFrame({"a": [0.9, 0.2, 0.6], "b": [0.1, 0.8, 0.4]}, index=index),
        groups=pd.DataFrame({"sex": ["f", "m", "f"]}, index=index),
        naive=pd.Series(["a", "a", "a"], index=index),
        model_version="3",
    )
    return replace(full, **changes)


def later(**changes: Any) -> Scored:
    return batch(index=pd.Index(["s1", "s2", "s3"]), **changes)


def members(scored: Scored) -> list[pd.Series | pd.DataFrame]:
    """All members with one row per record, none of them missing."""
    every = [scored.predicted, scored.truth, scored.probability, scored.groups, scored.naive]
    return [member for member in every if member is not None]


def test_some_records_keep_all_that_belongs_to_them() -> None:
    part = batch().only(pd.Index(["r3", "r1"]))
    assert [member.index.tolist() for member in members(part)] == [["r3", "r1"]] * 5
    assert part.probability is not None
    assert part.probability["a"].tolist() == [0.6, 0.9]
    assert part.groups["sex"].tolist() == ["f", "f"]


def test_no_record_leaves_an_empty_batch_with_its_columns() -> None:
    part = batch().only(pd.Index([]))
    assert [len(member) for member in members(part)] == [0] * 5
    assert part.model_version == "3"


def test_another_index_changes_no_answer() -> None:
    renamed = batch().renamed(pd.Index([10, 11, 12]))
    assert [member.index.tolist() for member in members(renamed)] == [[10, 11, 12]] * 5
    assert renamed.predicted.tolist() == ["a", "b", "a"]
    assert renamed.groups["sex"].tolist() == ["f", "m", "f"]


@pytest.mark.parametrize("absent", ["truth", "probability", "naive"])
def test_a_member_that_a_batch_lacks_is_lacked_by_its_parts_too(absent: str) -> None:
    absence: dict[str, Any] = {absent: None}
    lacking = batch(**absence)
    assert getattr(lacking.only(ROWS[:1]), absent) is None
    assert getattr(lacking.renamed(ROWS), absent) is None


def test_groups_without_a_column_need_no_index_of_the_batch() -> None:
    without = batch(groups=pd.DataFrame())
    assert without.only(ROWS[:2]).predicted.tolist() == ["a", "b"]
    assert without.renamed(pd.Index([1, 2, 3])).predicted.index.tolist() == [1, 2, 3]


def test_a_record_is_labelled_if_its_truth_is_known() -> None:
    assert batch().labelled.to_dict() == {"r1": True, "r2": True, "r3": False}


def test_without_a_column_of_labels_no_record_is_labelled() -> None:
    assert batch(truth=None).labelled.to_dict() == {"r1": False, "r2": False, "r3": False}


def test_a_label_of_a_class_that_the_model_does_not_know_is_unlearnt() -> None:
    assert batch(classes=("a", "b")).unlearnt == 0
    assert batch(classes=("a",)).unlearnt == 1


@pytest.mark.parametrize(
    "changes",
    [{"classes": ()}, {"classes": ("x",), "truth": None}, {"classes": ("x",), "task": Task.BINARY}],
    ids=["classes unknown", "no labels", "binary"],
)
def test_without_several_known_classes_and_labels_nothing_is_unlearnt(
    changes: dict[str, Any],
) -> None:
    assert batch(**changes).unlearnt == 0


def test_one_part_is_the_whole() -> None:
    only = batch()
    assert joined([only]) is only


def test_parts_follow_each_other_with_all_that_belongs_to_them() -> None:
    whole = joined([batch(), later()])
    rows = ["r1", "r2", "r3", "s1", "s2", "s3"]
    assert [member.index.tolist() for member in members(whole)] == [rows] * 5
    assert whole.model_version == "3"


def test_a_class_that_a_part_never_saw_has_probability_zero_there() -> None:
    third = pd.DataFrame({"a": [0.5] * 3, "c": [0.5] * 3}, index=pd.Index(["s1", "s2", "s3"]))
    table = joined([batch(), later(probability=third)]).probability
    assert table is not None
    assert table.loc["s1"].to_dict() == {"a": 0.5, "b": 0.0, "c": 0.5}
    assert table.loc["r1", "c"] == 0.0


@pytest.mark.parametrize("absent", ["truth", "probability", "naive"])
def test_a_member_that_one_part_lacks_is_left_out_for_all(absent: str) -> None:
    absence: dict[str, Any] = {absent: None}
    assert getattr(joined([batch(), later(**absence)]), absent) is None
    assert getattr(joined([batch(**absence), later()]), absent) is None


def test_without_groups_in_any_part_the_whole_has_an_empty_table_of_its_records() -> None:
    none = pd.DataFrame()
    groups = joined([batch(groups=none), later(groups=none)]).groups
    assert groups.shape == (6, 0)


@settings(max_examples=20)
@given(st.lists(st.tuples(*[st.integers(0, 9)] * 4), min_size=1, max_size=5))
def test_records_that_were_left_out_are_counted_over_all_parts(
    counts: list[tuple[int, int, int, int]],
) -> None:
    parts = [
        batch(known=known, judged=judged, alike=alike, strange=strange)
        for known, judged, alike, strange in counts
    ]
    whole = joined(parts)
    sums = np.sum(counts, axis=0).tolist()
    assert [whole.known, whole.judged, whole.alike, whole.strange] == sums
