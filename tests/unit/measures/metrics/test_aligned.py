"""Which records count: their truth is known, and the model gave a usable answer."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.errors import ModelError
from aipo_pipelines.measures.metrics.aligned import (
    numbers,
    pair,
    usable_rows,
    withhold_immature,
)
from aipo_pipelines.measures.metrics.scored import Scored

Make = Callable[..., Scored]


@pytest.fixture
def animals() -> Scored:
    """Four answers with three classes; the model never learnt `cow`."""
    return Scored(
        task=Task.MULTICLASS,
        predicted=pd.Series(["ant", "bee", "ant", "bee"]),
        truth=pd.Series(["ant", "cow", None, "bee"]),
        probability=pd.DataFrame({"bee": [0.2, 0.7, 0.4, 0.9], "ant": [0.8, 0.3, 0.6, 0.1]}),
        naive=pd.Series(["ant", None, "ant", "ant"]),
    )


def test_classes_are_coded_in_the_order_of_their_names(animals: Scored) -> None:
    pairs = pair(animals)
    assert pairs.classes == ("ant", "bee", "cow")
    assert pairs.codes.tolist() == [0, 2, 1]
    assert pairs.predicted.tolist() == [0.0, 1.0, 1.0]


def test_probabilities_are_in_the_order_of_the_classes(animals: Scored) -> None:
    table = pair(animals).probability
    assert table is not None
    assert table.tolist() == [[0.8, 0.2, 0.0], [0.3, 0.7, 0.0], [0.1, 0.9, 0.0]]


def test_a_record_without_an_answer_of_the_naive_baseline_counts_without_one(
    animals: Scored,
) -> None:
    naive = pair(animals).naive
    assert naive is not None
    assert naive[[0, 2]].tolist() == [0.0, 0.0]
    assert math.isnan(naive[1])


def test_the_mask_shows_which_rows_count(animals: Scored) -> None:
    pairs = pair(animals)
    assert pairs.counted.tolist() == [True, True, False, True]
    assert (pairs.n, pairs.labelled, pairs.unusable) == (3, 3, 0)


def test_a_truth_that_is_not_the_event_is_the_other_class(binary: Make) -> None:
    scored = replace(binary([1, 0, 0], [0.9, 0.2, 0.3]), truth=pd.Series(["yes", "no", "never"]))
    pairs = pair(scored)
    assert pairs.classes == ("", "yes")
    assert pairs.truth.tolist() == [1.0, 0.0, 0.0]


def test_the_score_of_a_binary_product_is_that_of_the_event(binary: Make) -> None:
    score = pair(binary([1, 0], [0.9, 0.2])).score
    assert score is not None
    assert score.tolist() == [0.9, 0.2]


def test_a_table_without_a_column_for_the_event_holds_no_score(binary: Make) -> None:
    scored = replace(binary([1, 0], [0.9, 0.2]), probability=pd.DataFrame({"other": [0.1, 0.8]}))
    assert pair(scored).score is None


def test_only_binary_products_have_one_score(animals: Scored) -> None:
    assert pair(animals).score is None


@pytest.mark.parametrize(
    ("scores", "probabilistic"), [([0.0, 1.0], True), ([0.5, 1.2], False), ([-0.1, 0.5], False)]
)
def test_scores_are_probabilities_if_all_lie_in_0_to_1(
    binary: Make, scores: list[float], probabilistic: bool
) -> None:
    assert pair(binary([0, 1], scores)).probabilistic is probabilistic


def test_a_model_with_answers_alone_is_not_probabilistic(binary: Make) -> None:
    pairs = pair(replace(binary([0, 1], [0.1, 0.9]), probability=None))
    assert (pairs.probability, pairs.probabilistic) == (None, False)


def test_an_event_without_a_name_is_refused_with_the_key_of_the_charter(binary: Make) -> None:
    with pytest.raises(ModelError, match=r"set labels\.positive in the charter"):
        pair(replace(binary([1], [0.9]), positive=None))


def test_numbers_that_are_missing_or_infinite_on_either_side_do_not_count(numeric: Make) -> None:
    truth = [1.0, math.nan, math.inf, 4.0, 5.0]
    answers = [1.5, 2.0, 3.0, math.nan, -math.inf]
    pairs = pair(numeric(truth, answers))
    assert pairs.counted.tolist() == [True, False, False, False, False]
    assert pairs.labelled == 4


def test_an_answer_without_its_score_does_not_count(binary: Make) -> None:
    scored = binary([1, 0, 1], [0.9, 0.2, math.nan], predicted=[1, 0, 1])
    assert usable_rows(scored).tolist() == [True, True, False]
    assert pair(scored).unusable == 1


def test_a_missing_class_is_no_answer(binary: Make) -> None:
    scored = replace(binary([1, 0], [0.9, 0.2]), predicted=pd.Series(["yes", None]))
    assert usable_rows(scored).tolist() == [True, False]


def test_without_labels_no_record_counts(binary: Make) -> None:
    pairs = pair(binary([1, 0], [0.9, 0.2], labelled=False))
    assert (pairs.n, pairs.labelled) == (0, 0)
    assert pairs.truth.tolist() == []


def test_missing_numbers_are_nan_in_every_type_of_column() -> None:
    for kind in ("Int64", "Float64", "float64"):
        read = numbers(pd.Series([1, None, 3], dtype=kind))
        assert read[[0, 2]].tolist() == [1.0, 3.0]
        assert math.isnan(read[1])


def test_selected_records_keep_their_members_together(animals: Scored) -> None:
    part = pair(animals).select(np.array([False, True, True]))
    assert part.truth.tolist() == [2.0, 1.0]
    assert part.predicted.tolist() == [1.0, 1.0]
    assert part.probability is not None
    assert part.probability[:, 1].tolist() == [0.7, 0.9]
    assert part.naive is not None
    assert math.isnan(part.naive[0])
    assert (part.n, part.labelled) == (2, 2)


def test_a_part_of_a_batch_has_no_scores_that_the_batch_lacks(numeric: Make) -> None:
    pairs = pair(replace(numeric([1.0, 2.0], [1.0, 2.0]), naive=None))
    part = pairs.select(np.array([True, False]))
    assert (part.probability, part.naive) == (None, None)


@pytest.mark.parametrize(("coverage", "counts"), [(0.5, True), (0.51, False)])
def test_labels_count_from_the_agreed_share_on(binary: Make, coverage: float, counts: bool) -> None:
    scored = binary([1, 0, 1, 0], [0.9, 0.1, 0.8, 0.2])
    half = replace(scored, truth=pd.Series(["yes", "no", None, None]))
    assert (withhold_immature(half, coverage).truth is not None) is counts


def test_an_empty_batch_has_no_labels_that_count(numeric: Make) -> None:
    assert withhold_immature(numeric([], []), 0.0).truth is None


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abcd")), max_size=20))
def test_codes_are_the_places_of_the_names(records: list[tuple[str, str]]) -> None:
    truth, predicted = (
        pd.Series([record[side] for record in records], dtype=str) for side in (0, 1)
    )
    pairs = pair(Scored(task=Task.MULTICLASS, predicted=predicted, truth=truth))
    assert [pairs.classes[code] for code in pairs.codes] == truth.tolist()
    assert [pairs.classes[int(code)] for code in pairs.predicted] == predicted.tolist()
