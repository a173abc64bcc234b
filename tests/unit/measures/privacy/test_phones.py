"""Telephone numbers: with a country code by themselves, without a country code by more evidence.

The British numbers are those that the regulator Ofcom reserves for drama.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import is_valid_number, parse

from aipo_pipelines.measures.privacy.phones import phone_numbers

DRAMA = [f"+44 20 7946 0{last}" for last in (111, 222, 333, 444, 555, 666)]
"""Numbers that Ofcom reserves."""

DIALLED = ["020 7946 0111", "0121 496 0222", "0161 496 0333", "0117 496 0444", "0131 496 0555"]
"""More of them, as they are dialled in Great Britain."""

SPREAD = ["030 901820", "089 2180 0", "040 42838 0", "0221 470 0", "069 798 0", "0711 685 0"]
"""Switchboards of German universities and towns, as they are dialled in Germany."""


def test_numbers_with_a_country_code_prove_themselves_under_any_name() -> None:
    assert phone_numbers("x", DRAMA, ()) == len(DRAMA)


def test_a_number_in_a_sentence_is_found() -> None:
    assert phone_numbers("remark", [f"call {number} at noon" for number in DRAMA], ()) == 6


@pytest.mark.parametrize("cell", ["+44 20 7946", "+999 123 456 789", "x+442079460111"])
def test_a_plus_before_digits_is_not_enough(cell: str) -> None:
    assert phone_numbers("x", [cell] * 10, ()) == 0


def test_one_number_among_others_is_not_enough_and_one_alone_is() -> None:
    assert phone_numbers("x", [DRAMA[0], "no number"], ()) == 0
    assert phone_numbers("x", DRAMA[:1], ()) == 1


@pytest.mark.parametrize(("wrong", "count"), [(2, 2), (3, 0)])
def test_half_of_the_cells_with_a_country_code_must_be_valid(wrong: int, count: int) -> None:
    cells = [*DRAMA[:2], *["+999 123 456 789"] * wrong]
    assert phone_numbers("x", cells, ()) == count


@pytest.mark.parametrize("name", ["phone", "Mobile", "home_tel", "customerFax"])
def test_the_name_of_a_column_is_a_hint(name: str) -> None:
    assert phone_numbers(name, SPREAD[:2], ("DE",)) == 2


@pytest.mark.parametrize("name", ["hotel", "telemetry", "cellar", "amount"])
def test_a_name_that_only_contains_a_hint_is_no_hint(name: str) -> None:
    assert phone_numbers(name, SPREAD[:2], ("DE",)) == 0


def test_without_a_region_a_number_without_a_country_code_is_no_number() -> None:
    assert phone_numbers("phone", SPREAD, ()) == 0


def test_the_region_with_the_most_numbers_counts() -> None:
    german = phone_numbers("phone", SPREAD, ("DE",))
    assert german == len(SPREAD)
    assert phone_numbers("phone", SPREAD, ("US",)) == 0
    assert phone_numbers("phone", SPREAD, ("US", "DE")) == german


def test_dates_are_no_telephone_numbers() -> None:
    assert phone_numbers("phone", ["2026-11-30", "30.11.2026", "1/2/2026"] * 4, ("DE",)) == 0


def test_consecutive_order_numbers_are_no_telephone_numbers() -> None:
    orders = [f"0207946{last:04}" for last in range(100, 160)]
    assert phone_numbers("order", orders, ("GB",)) == 0
    assert phone_numbers("phone", orders, ("GB",)) == 60


def test_digits_of_a_region_in_which_most_numbers_are_valid_prove_nothing_without_a_hint() -> None:
    national = [str(9_800_000_000 + 7_654_321 * step) for step in range(12)]
    assert all(is_valid_number(parse(number, "IN")) for number in national)
    assert phone_numbers("x", national, ("IN",)) == 0
    assert phone_numbers("phone", national, ("IN",)) == 12


@pytest.mark.parametrize(("numbers", "count"), [(4, 0), (5, 5)])
def test_without_a_hint_five_numbers_of_a_region_are_needed(numbers: int, count: int) -> None:
    assert phone_numbers("x", DIALLED[:numbers], ("GB",)) == count


@pytest.mark.parametrize(("texts", "count"), [(5, 5), (6, 0)])
def test_without_a_hint_half_of_the_cells_must_look_like_numbers(texts: int, count: int) -> None:
    assert phone_numbers("x", [*DIALLED, *["none"] * texts], ("GB",)) == count


@pytest.mark.parametrize(("wrong", "count"), [(1, 9), (2, 0)])
def test_without_a_hint_nine_of_ten_numbers_must_be_valid(wrong: int, count: int) -> None:
    more = [number[:-1] + "9" for number in DIALLED[1:]]
    cells = [*DIALLED, *more][:9]
    assert phone_numbers("x", [*cells, *["0999 999 9999"] * wrong], ("GB",)) == count


@pytest.mark.parametrize("cells", [[], ["", " "], ["none", "n/a"], ["12345", "999"]])
def test_cells_without_a_number_have_no_telephone_number(cells: list[str]) -> None:
    assert phone_numbers("phone", cells, ("DE", "US")) == 0


@settings(max_examples=20)
@given(st.permutations(DRAMA + ["other"] * 3))
def test_the_order_of_the_cells_changes_nothing(cells: list[str]) -> None:
    assert phone_numbers("x", cells, ("DE",)) == len(DRAMA)
