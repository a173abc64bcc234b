"""Each remark on a column has its bounds: few cells, few values and short stretches are no news."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from aipo_pipelines.drafting.column_findings import column_remarks
from tests.unit.drafting.tables import NO_ROLES, numbers, profiled, table_of


def found(cells: Any, name: str = "x", category: str = "", **roles: Any) -> list[str]:
    """The remarks on one column, without a draft around it."""
    table = table_of(**{name: cells})
    (profile,) = profiled(table)
    categories = {name: category} if category else {}
    return [
        remark.text
        for remark in column_remarks(profile, table, replace(NO_ROLES, **roles), categories)
    ]


def test_one_value_with_gaps_is_reported_with_the_gaps() -> None:
    assert found(["a"] * 40) == ["every record has the same value"]
    assert found(["a", ""] * 20) == ["every record has the same value or is empty"]
    assert found([""] * 40) == []


def test_one_value_of_personal_data_is_no_remark() -> None:
    assert found(["f"] * 40, "gender", "user.demographic.gender") == []


@pytest.mark.parametrize(
    ("again", "expected"),
    [
        (0, []),
        (1, ["nearly a key: 1 of 200 values came up before"]),
        (10, ["nearly a key: 10 of 200 values came up before"]),
        (11, []),
    ],
)
def test_a_key_with_few_repetitions_is_nearly_a_key(again: int, expected: list[str]) -> None:
    cells = [*range(200 - again), *range(again)]
    assert [text.split(".")[0] for text in found(cells, "order_id")] == expected


@pytest.mark.parametrize(("records", "is_found"), [(99, False), (100, True)])
def test_few_values_are_nearly_unique_by_chance(records: int, *, is_found: bool) -> None:
    assert bool(found([*range(records - 1), 0], "order_id")) is is_found


def test_only_a_column_called_like_a_key_is_nearly_a_key() -> None:
    cells = [*range(199), 0]
    assert found(cells, "pages") == []
    assert found([f"{cell}.5" for cell in cells], "order_id") == []
    assert found(cells, "order_id", identifiers=("order_id",)) == []


def test_a_leftover_of_an_experiment_is_asked_about() -> None:
    assert found(["train", "test"] * 20, "part") == [
        (
            "it says which records a model once learnt from or was tested on: is it needed in the "
            "feed?"
        )
    ]


def test_words_for_missing_are_reported_for_personal_data_too() -> None:
    (remark,) = found(["f", "unknown", "m", "f"] * 10, "gender", "user.demographic.gender")
    assert remark.startswith("`unknown` in 10 cells: does it stand for a missing value?")


def test_a_column_of_one_word_for_missing_has_that_word_as_value() -> None:
    assert found(["unknown"] * 40) == ["every record has the same value"]


def test_three_words_are_quoted_and_more_are_hinted_at() -> None:
    (remark,) = found(["red", "?", "n/a", "none", "unknown"] * 10)
    assert remark.startswith("`?`, `n/a`, `none`, ... in 40 cells")


def test_a_long_cell_is_cut() -> None:
    long = "z" * 60
    (remark,) = found([long, long.upper()] * 20)
    assert remark == (
        f"`{'z' * 40}`, `{'Z' * 40}` differ by case or blanks only: are they the same? Then "
        "deliver one of them, and draft again"
    )


def test_categories_that_differ_in_a_letter_are_no_spellings_of_each_other() -> None:
    assert found(["Oslo", "Osle"] * 20) == []
    assert found(["New York", "new  york"] * 20)[0].startswith("`New York`, `new  york` differ")


def test_many_texts_are_not_searched_for_spellings() -> None:
    names = [f"n{number}" for number in range(49)]
    assert found([*names, "N1"] * 3)[0].startswith("`n1`, `N1` differ")
    assert found([*names, "n49", "N1"] * 3) == []


def test_spellings_of_personal_data_are_not_quoted() -> None:
    assert found(["Ada", "ada"] * 20, "name", "user.name") == []


def test_a_unit_needs_nine_cells_in_ten() -> None:
    with_unit = [f"{number} kg" for number in range(90)]
    assert found([*with_unit, *["heavy"] * 10])[0].startswith("numbers with a unit (`kg`), so they")
    assert found([*with_unit[1:], *["heavy"] * 11]) == []


def test_a_unit_needs_more_than_three_different_cells() -> None:
    assert found(["1 kg", "2 kg", "3 kg"] * 20) == []
    assert found(["1 kg", "2 kg", "3 kg", "4 kg"] * 20)[0].startswith("numbers with a unit")


def test_up_to_three_spellings_of_a_unit_are_quoted_by_frequency() -> None:
    cells = [f"{number} {unit}" for number in range(30) for unit in ("mg", "g", "kg")]
    (remark,) = found([*cells, "1 ml", "4 kg", "5 kg", "6 g"])
    assert remark.startswith("numbers with a unit (`kg`, `g`, `mg`), so they are read as text")


def test_a_seldom_unit_is_not_quoted() -> None:
    (remark,) = found([*[f"{number} kg" for number in range(200)], "1 mg"])
    assert "(`kg`)" in remark


def test_different_units_in_each_cell_are_names() -> None:
    assert found([f"{number} {name}" for number, name in enumerate("abcdefghijkl" * 4)]) == []


@pytest.mark.parametrize("sign", ["'", " "])
def test_a_sign_between_thousands_makes_text(sign: str) -> None:
    cells = [f"{number}{sign}{number:03}" for number in range(100, 190)]
    (remark,) = found([*cells, *["many"] * 10])
    assert remark.startswith("numbers with a sign between thousands (`")
    assert remark.endswith(
        "which no contract can declare, so they are read as text: deliver them without it"
    )
    assert found([*cells[1:], *["many"] * 11]) == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (19, ["81.0% of the cells are numbers and 19 are not (`many`), so all are read as text"]),
        (20, ["80.0% of the cells are numbers and 20 are not (`many`), so all are read as text"]),
        (21, []),
    ],
)
def test_four_cells_in_five_make_a_column_of_numbers(words: int, expected: list[str]) -> None:
    cells = [f"{number}.5" for number in range(100)]
    cells[: 4 * words : 4] = ["many"] * words
    assert found(cells) == expected


def local(size: int, records: int = 400) -> list[str]:
    """Two values everywhere, and a third value in one part."""
    cells = [*np.resize(["red", "blue"], records)]
    cells[100 : 100 + size] = ["grey"] * size
    return cells


@pytest.mark.parametrize(("size", "is_found"), [(19, False), (20, True), (119, True), (121, False)])
def test_a_value_in_one_part_is_often_and_not_too_long(size: int, *, is_found: bool) -> None:
    expected = (
        f"`grey` in records 101 to {100 + size} only: is it new, gone, not measured, or delivered "
        "from another place?"
    )
    assert found(local(size)) == [expected] * is_found


def test_places_of_a_sample_are_those_of_the_source() -> None:
    table = table_of(x=local(40), rows=4_000)
    (profile,) = profiled(table)
    (remark,) = column_remarks(profile, table, NO_ROLES, {})
    assert remark.text.startswith("`grey` in records 1,001 to 1,400 only")


def test_a_column_in_order_has_no_part_of_its_own() -> None:
    assert found(local(40), time="x") == []
    assert found(local(40), rising=("x",)) == []


def test_gaps_in_one_part_are_reported_too() -> None:
    cells = local(40)
    assert found(["" if cell == "grey" else cell for cell in cells])[0].startswith(
        "no value in records 101 to 140 only"
    )


@pytest.mark.parametrize(("size", "is_found"), [(19, False), (20, True)])
def test_a_measurement_that_does_not_change_for_twenty_records_is_reported(
    size: int, *, is_found: bool
) -> None:
    cells = numbers(200)
    cells[50 : 50 + size] = 0.5
    found_texts = [text.split(":")[0] for text in found(cells)]
    assert found_texts == [f"records 51 to {50 + size} all have `0.5`"] * is_found


def test_a_stretch_is_only_odd_beside_much_shorter_stretches() -> None:
    cells = numbers(200)
    cells[50:80] = 0.5
    cells[100:107] = 0.25
    assert found(cells)[0].startswith("records 51 to 80 all have `0.5`")
    cells[100:108] = 0.25
    assert found(cells) == []


def test_a_short_stretch_of_a_long_file_is_usual() -> None:
    cells = numbers(1_000)
    cells[50:99] = 0.5
    assert found(cells) == []
    cells[99] = 0.5
    assert len(found(cells)) == 1
