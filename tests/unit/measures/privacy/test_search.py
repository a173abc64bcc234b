from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.measures.privacy.identifiers import is_card, is_iban
from aipo_pipelines.measures.privacy.search import find_personal_data
from aipo_pipelines.measures.privacy.vocabulary import words_of
from tests.unit.measures.contracts import read_csv

CARDS = ["4111111111111111", "5555 5555 5555 4444", "378282246310005", "6011-1111-1111-1117"]
IBANS = ["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "NO9386011117947"]
CPFS = ["529.982.247-25", "111.444.777-35", "123.456.789-09", "987.654.321-00", "935.411.347-80"]

TAX_IDS = ["86 095 742 719", "47 036 892 816", "65 929 970 489", "57 549 285 017", "25 768 131 411"]
WRITINGS = {
    "a no-break space": str.maketrans(" ", "\u00a0"),
    "a narrow no-break space": str.maketrans(" ", "\u202f"),
    "a thin space": str.maketrans(" ", "\u2009"),
    "a figure space": str.maketrans(" ", "\u2007"),
    "a no-break hyphen": str.maketrans(" -", "\u2011\u2011"),
    "an en dash": str.maketrans(" -", "\u2013\u2013"),
    "a soft hyphen": str.maketrans({" ": "\u00ad", "-": "\u00ad"}),
    "a blank of no width": str.maketrans({" ": "\u200b", "-": "\u200b"}),
    "wide digits": {ord(str(digit)): 0xFF10 + digit for digit in range(10)},
}


def kinds(cells: Sequence[object], name: str = "c", regions: Sequence[str] = ()) -> set[str]:
    frame = pd.DataFrame({name: pd.Series(list(cells))})
    return {finding.kind for finding in find_personal_data(frame, {}, regions=regions)}


@pytest.mark.parametrize(
    ("kind", "cells"),
    [
        ("payment_card", CARDS),
        ("payment_card", [f"paid with {card}, thanks" for card in CARDS]),
        ("payment_card", [4111111111111111, 5555555555554444, 4012888888881881]),
        ("payment_card", [4111111111111111.0, np.nan, 5555555555554444.0]),
        ("iban", IBANS),
        ("iban", [f"to {iban} today" for iban in IBANS]),
        ("email", ["ann@example.org", "none", "bob.b+x@mail.example.co.uk"]),
        ("ip_address", ["192.0.2.7", "198.51.100.23", "2001:db8::8a2e:370:7334"]),
        ("phone", ["+49 30 901820", "+44 20 7946 0958", "+1 205-325-8100"]),
        ("national_id", CPFS),
        (
            "national_id",
            [f"123-45-678{digit}" for digit in range(5)],
        ),
        ("religion", ["Catholic", "muslim", "Catholic", "none"]),
        ("ethnicity", ["White", "Black", "Asian", "Other"]),
        ("health", ["diabetes", "Hypertension", "diabetes", "asthma"]),
        ("sexual_orientation", ["straight", "gay", "straight"]),
        ("political_opinion", ["democrat", "republican", "independent"]),
    ],
)
def test_personal_data_is_found_by_content(kind: str, cells: list[object]) -> None:
    assert kind in kinds(cells)


@pytest.mark.parametrize("writing", [{}, *WRITINGS.values()], ids=["plain", *WRITINGS])
@pytest.mark.parametrize(("kind", "cells"), [("national_id", TAX_IDS), ("payment_card", CARDS)])
def test_how_blanks_and_digits_are_typeset_hides_no_personal_data(
    kind: str, cells: list[str], writing: dict[int, str | int]
) -> None:
    assert kind in kinds([cell.translate(writing) for cell in cells])


def test_typeset_blanks_hide_no_iban_and_no_telephone_number() -> None:
    assert "iban" in kinds([iban.replace(" ", "\u00a0") for iban in IBANS[1:]] * 2)
    assert "phone" in kinds(["+49\u00a030\u202f901820", "+44 20 7946\u20110958"])


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("health", "HIVStatus"),
        ("health", "blood_pressure"),
        ("religion", "religion"),
        ("ethnicity", "Ethnic origin"),
        ("union_membership", "trade_union"),
        ("criminal_history", "criminalRecord"),
        ("genetic", "dna_1"),
        ("biometric", "fingerprint-left"),
        ("sexual_orientation", "sexual_orientation"),
        ("political_opinion", "party_affiliation"),
    ],
)
def test_a_special_category_is_found_by_the_name_of_its_column(kind: str, name: str) -> None:
    assert kinds(["a", "b"], name) == {kind}
    assert kinds([0.5, 27.3], name) == {kind}
    assert kinds([True, False], name) == {kind}


def test_a_column_without_any_cell_holds_nothing() -> None:
    assert kinds([None, None], "religion") == set()


@pytest.mark.parametrize(
    "name", ["health_check", "trace", "union_square", "iris", "orientation", "condition", "brace"]
)
def test_a_name_that_only_sounds_like_one_alarms_nobody(name: str) -> None:
    assert kinds(["a", "b"], name) == set()


def digits(length: int) -> Callable[[random.Random], str]:
    return lambda chance: str(chance.randrange(10 ** (length - 1), 10**length))


@pytest.mark.parametrize("length", [5, 8, 9, 10, 11, 13, 15, 16])
def test_plain_numbers_of_any_length_are_nothing_personal(length: int) -> None:
    chance = random.Random(length)  # noqa: S311 - made-up numbers, no secret
    cells = [digits(length)(chance) for _ in range(500)]
    assert kinds(cells, regions=["US", "DE", "BR", "DK"]) == set()


def test_running_numbers_are_no_telephone_numbers() -> None:
    assert kinds([2053258100 + place for place in range(500)], regions=["US"]) == set()


def test_dates_versions_of_software_and_times_are_nothing_personal() -> None:
    regions = ["NO", "DK", "US"]
    assert kinds(["2020-01-01", "01.02.2021", "2020-12-31"] * 5, regions=regions) == set()
    assert kinds(["10:30:00", "11:45:10"] * 5, regions=regions) == set()
    assert kinds(["1.2.3", "2.0.14"] * 5, regions=regions) == set()


def test_colours_are_no_ethnicity_and_hospitals_no_religion() -> None:
    assert kinds(["black", "white", "black", "red"]) == set()
    assert kinds(["baptist medical center", "methodist hospital"]) == set()


def test_national_telephone_numbers_need_the_region_of_the_source() -> None:
    cells = ["2053258100", "2563550210", "3342932011"]
    assert kinds(cells, "phone", regions=["US"]) == {"phone"}
    assert kinds(cells, "phone", regions=["DK"]) == set()


def test_counts_say_how_many_of_how_many_cells() -> None:
    frame = pd.DataFrame({"c": ["ann@example.org", "bob@example.org", "x", None]})
    (finding,) = find_personal_data(frame, {})
    assert (finding.matched, finding.examined) == (2, 3)


def test_a_declared_category_includes_its_findings() -> None:
    frame = pd.DataFrame({"c": ["ann@example.org", "bob@example.org"]})
    assert find_personal_data(frame, {"c": ["user.contact"]}) == ()
    assert len(find_personal_data(frame, {"c": ["user.contact.phone_number"]})) == 1


def test_the_sample_is_drawn_by_its_seed_and_no_larger_than_stated() -> None:
    frame = pd.DataFrame({"c": ["ann@example.org"] * 10 + [str(n) for n in range(990)]})
    first = find_personal_data(frame, {}, sample_rows=700, seed=3)
    assert first == find_personal_data(frame, {}, sample_rows=700, seed=3)
    assert first[0].examined == 700


def test_a_column_name_that_occurs_twice_is_looked_at_twice() -> None:
    frame = pd.DataFrame([["x", "ann@example.org"], ["y", "bob@example.org"]], columns=["c", "c"])
    assert [finding.kind for finding in find_personal_data(frame, {})] == ["email"]


def test_even_long_fractions_are_no_card_numbers() -> None:
    assert kinds([4111111111111111.5, 5555555555554444.5]) == set()


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (("hospital", "clean.csv"), {("PhoneNumber", "phone")}),
        (("hospital", "dirty.csv"), {("phone", "phone")}),
        (("telco_churn", "Telco-Customer-Churn.csv"), set()),
        (("walmart_sales", "Walmart_Store_sales.csv"), set()),
        (("elec2", "elec2.csv.gz"), set()),
    ],
)
def test_of_the_real_tables_only_the_telephones_of_hospitals_alarm(
    table: tuple[str, str], expected: set[tuple[str, str]]
) -> None:
    findings = find_personal_data(read_csv(*table), {}, regions=["US", "AU"])
    assert {(finding.column, finding.kind) for finding in findings} == expected


@given(st.sampled_from(CARDS), st.integers(0, 9), st.integers(0, 9))
def test_changing_one_digit_of_a_card_breaks_it(card: str, place: int, digit: int) -> None:
    plain = card.replace(" ", "").replace("-", "")
    changed = plain[: -1 - place] + str(digit) + plain[len(plain) - place :]
    assert is_card(changed) == (changed == plain)


@given(st.sampled_from(IBANS), st.integers(4, 12), st.integers(0, 9))
def test_changing_one_sign_of_an_iban_breaks_it(iban: str, place: int, digit: int) -> None:
    plain = iban.replace(" ", "")
    changed = plain[:place] + str(digit) + plain[place + 1 :]
    assert is_iban(changed) == (changed == plain)


def test_the_words_of_a_name_are_found_in_any_way_of_writing() -> None:
    assert words_of("HIVStatus_2") == ("hiv", "status")
    assert words_of("blood-pressureMax") == ("blood", "pressure", "max")
