from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.charter.model.contract import FileLayout
from aipo_pipelines.measures.data.cells import cast_column
from tests.unit.measures.contracts import column

PLAIN = FileLayout()


def cast(
    cells: list[Any], kind: str, dtype: Any = "str", layout: FileLayout = PLAIN, **promises: Any
) -> tuple[list[Any], int]:
    series, misfits = cast_column(
        pd.Series(cells, dtype=dtype), column("c", kind, **promises), layout
    )
    return [None if pd.isna(cell) else cell for cell in series], misfits


def test_numbers_are_read_with_sign_fraction_and_exponent() -> None:
    assert cast(["1", "-2.5", "+3", ".5", "1e3"], "number") == ([1.0, -2.5, 3.0, 0.5, 1000.0], 0)


@pytest.mark.parametrize("text", ["x", "inf", "-Infinity", "nan", "1e999", "0x1F", "1_0", "1,5"])
def test_what_is_no_finite_number_is_a_misfit(text: str) -> None:
    assert cast([text, "7"], "number") == ([None, 7.0], 1)


def test_blank_and_agreed_missing_texts_are_missing_and_no_misfits() -> None:
    layout = FileLayout(missing=("n/a", "-"))
    assert cast(["n/a", " ", "-", "", "4"], "number", layout=layout) == (
        [None, None, None, None, 4.0],
        0,
    )


def test_with_a_decimal_comma_a_point_is_never_a_decimal_sign() -> None:
    comma = FileLayout(decimal=",")
    assert cast(["1,5", "1.5", "1.234,5"], "number", layout=comma) == ([1.5, None, None], 2)


def test_integers_keep_all_64_bits_and_refuse_the_65th() -> None:
    texts = ["9223372036854775807", "-9223372036854775808", "9223372036854775808"]
    assert cast(texts, "integer") == ([2**63 - 1, -(2**63), None], 1)


def test_a_whole_number_written_with_a_point_is_an_integer_and_a_fraction_is_not() -> None:
    assert cast(["5.0", "007", "+3", "5.5", "0x1F"], "integer") == ([5, 7, 3, None, None], 2)


def test_a_whole_number_with_a_power_of_ten_is_an_integer_and_a_fraction_is_not() -> None:
    cells = ["1.00E+05", "1e5", "100000.0", "-2.5e1", "1500e-2", "1.5e0", "e5", "1e"]
    whole = [100_000, 100_000, 100_000, -25, 15]
    assert cast(cells, "integer") == ([*whole, None, None, None], 3)


def test_a_power_of_ten_keeps_all_64_bits_and_refuses_the_65th() -> None:
    cells = ["9223372036854775.807e3", "9223372036854775.808e3", "1e99", "1e999", None]
    assert cast(cells, "integer") == ([2**63 - 1, None, None, None, None], 3)


def test_a_power_of_ten_is_read_with_the_agreed_decimal_sign() -> None:
    cells = cast(["1,5e1", "1.5e1"], "integer", layout=FileLayout(decimal=","))
    assert cells == ([15, None], 1)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.00E+05", 100_000),
        ("1e5", 100_000),
        ("100000.0", 100_000),
        ("-2.5e1", -25),
        (" 12E0 ", 12),
        ("9.223372036854775807E+18", 2**63 - 1),
        ("9.223372036854775808E+18", None),
        ("1.25E+01", None),
        ("1e-5", None),
        ("1e99", None),
        ("e5", None),
    ],
)
def test_a_whole_number_written_with_an_exponent_is_an_integer(
    text: str, number: int | None
) -> None:
    assert cast([text, "7"], "integer") == ([number, 7], int(number is None))


def test_a_decimal_comma_holds_before_an_exponent_too() -> None:
    comma = FileLayout(decimal=",")
    assert cast(["1,5E+03", "1.5E+03"], "integer", layout=comma) == ([1500, None], 1)


def test_booleans_are_read_by_the_agreed_texts_only() -> None:
    cells = cast(["ja", "nein", "yes"], "boolean", true_values=("ja",), false_values=("nein",))
    assert cells == ([True, False, None], 1)


def test_a_day_first_date_is_read_by_its_agreed_format() -> None:
    cells, misfits = cast(
        ["05-02-2010", "31-02-2010", "2010-02-05"], "date", date_format="%d-%m-%Y"
    )
    assert cells == [pd.Timestamp(2010, 2, 5), None, None]
    assert misfits == 2


def test_a_date_without_an_agreed_format_must_be_iso() -> None:
    cells, misfits = cast(["2010-02-05", "05/02/2010", "20100205", "2010"], "date")
    assert (cells[0], misfits) == (pd.Timestamp(2010, 2, 5), 3)


@given(st.lists(st.sampled_from(["2026-01-01", " 2026-01-02", "2026-02-30", "", "x", None])))
def test_days_that_repeat_are_read_as_each_alone(days: list[str | None]) -> None:
    alone = [cast([day], "date") for day in days]
    cells, misfits = cast(days * 3, "date")
    assert cells == [cell for (cell,), _ in alone] * 3
    assert misfits == sum(count for _, count in alone) * 3


def test_a_time_of_day_is_no_date() -> None:
    assert cast(["2010-02-05 10:00"], "date") == ([None], 1)


def test_a_timestamp_with_a_zone_is_kept_in_utc() -> None:
    assert cast(["2010-02-05T10:00+02:00"], "timestamp") == ([pd.Timestamp(2010, 2, 5, 8)], 0)


def test_a_native_day_with_a_zone_stays_the_day_in_its_zone() -> None:
    moments = pd.Series(pd.to_datetime(["2020-01-01T00:00:00+02:00"]))
    series, misfits = cast_column(moments, column("c", "date"), PLAIN)
    assert (series.tolist(), misfits) == ([pd.Timestamp(2020, 1, 1)], 0)


def test_numbers_delivered_for_a_text_column_have_lost_their_zeros_and_are_misfits() -> None:
    assert cast([501, 90210], "string", "int64") == ([None, None], 2)


def test_native_infinities_are_misfits_and_native_gaps_are_missing() -> None:
    assert cast([1.0, np.inf, np.nan], "number", "float64") == ([1.0, None, None], 1)


def test_native_floats_are_integers_only_if_whole_and_in_range() -> None:
    assert cast([2.0, 2.5, 1e300, np.inf], "integer", "float64") == ([2, None, None, None], 3)


def test_zero_and_one_of_a_database_are_booleans_and_other_numbers_are_not() -> None:
    assert cast([1, 0, 3], "boolean", "int64") == ([True, False, None], 1)


def test_decimals_and_days_of_a_database_are_read() -> None:
    assert cast([Decimal("1.5"), Decimal(2)], "number", object) == ([1.5, 2.0], 0)
    assert cast([date(2020, 5, 1), None], "date", object) == ([pd.Timestamp(2020, 5, 1), None], 0)


def test_a_column_of_mixed_types_is_read_cell_by_cell() -> None:
    mixed = [1, "2", 2.5, "x", [1], b"4", None]
    assert cast(mixed, "number", object) == ([1.0, 2.0, 2.5, None, None, None, None], 3)


def test_unsigned_numbers_beyond_the_range_are_misfits() -> None:
    assert cast([2**63, 5], "integer", "uint64") == ([None, 5], 1)


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [
        ("string", "str"),
        ("integer", "Int64"),
        ("number", "float64"),
        ("boolean", "boolean"),
        ("date", "datetime64[us]"),
        ("timestamp", "datetime64[us]"),
    ],
)
@pytest.mark.parametrize("cells", [[], [None, None]])
def test_columns_without_any_cell_still_have_their_type(
    kind: str, dtype: str, cells: list[None]
) -> None:
    series, misfits = cast_column(pd.Series(cells, dtype="str"), column("c", kind), PLAIN)
    assert (str(series.dtype), misfits) == (dtype, 0)


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_every_64_bit_integer_survives(numbers: list[int]) -> None:
    assert cast([str(number) for number in numbers], "integer") == (numbers, 0)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False)))
def test_every_double_survives(numbers: list[float]) -> None:
    assert cast([repr(number) for number in numbers], "number") == (numbers, 0)


@given(st.lists(st.text()), st.sampled_from(["number", "integer", "boolean", "date", "string"]))
def test_no_text_raises(texts: list[str], kind: str) -> None:
    cells, misfits = cast(list(texts), kind)
    blank = sum(not text.strip() for text in texts)
    assert len(cells) == len(texts)
    assert misfits <= len(texts) - blank + sum("\0" in text for text in texts)


@pytest.mark.parametrize("last", ["9999-12-31", "9999-12-31T00:00:00Z"])
def test_a_time_with_nine_digits_makes_no_date_of_the_far_future_unreadable(last: str) -> None:
    cells, misfits = cast([last, "2026-01-01T00:00:00.123456789"], "timestamp")
    assert [str(cell) for cell in cells] == ["9999-12-31 00:00:00", "2026-01-01 00:00:00.123456"]
    assert misfits == 0


@pytest.mark.parametrize(
    ("thousands", "decimal", "texts", "numbers"),
    [
        (
            ".",
            ",",
            ["1.234,56", "1.234.567", "12,5", "-1.000"],
            [1234.56, 1234567.0, 12.5, -1000.0],
        ),
        (",", ".", ["1,234.56", "999", "+1,000"], [1234.56, 999.0, 1000.0]),
        ("'", ".", ["1'234.5"], [1234.5]),
        (" ", ",", ["1 234,5", "1\u00a0234", "1\u202f234"], [1234.5, 1234.0, 1234.0]),
    ],
)
def test_an_agreed_sign_between_thousands_is_read_away(
    thousands: str, decimal: str, texts: list[str], numbers: list[float]
) -> None:
    layout = FileLayout(thousands=thousands, decimal=decimal, delimiter=";")
    assert cast(texts, "number", layout=layout) == (numbers, 0)
    assert (
        cast(["1.234", "2.000"], "integer", layout=FileLayout(thousands=".", decimal=","))[1] == 0
    )


@pytest.mark.parametrize("text", ["1.23", "12.34,5", "1234.567", "1..234", ".123", "1.234.56"])
def test_a_sign_between_other_groups_than_thousands_is_a_misfit(text: str) -> None:
    layout = FileLayout(thousands=".", decimal=",")
    assert cast([text, "1"], "number", layout=layout) == ([None, 1.0], 1)


def test_without_an_agreement_no_sign_between_thousands_is_read() -> None:
    assert cast(["1.234,56", "1"], "number", layout=FileLayout(decimal=",")) == ([None, 1.0], 1)
