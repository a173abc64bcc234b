"""Personal data with a form that can be checked: published numbers, and one wrong digit.

The card numbers are those that payment networks publish for tests. The IBANs are the examples of
the IBAN registry (SWIFT).
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.measures.privacy.identifiers import (
    FORMAL_KINDS,
    Kind,
    is_address,
    is_card,
    is_iban,
    is_value,
    national_ids,
    written_plainly,
)

CARDS = (
    "4111111111111111",
    "4012888888881881",
    "4222222222222",
    "5555555555554444",
    "2223003122003222",
    "378282246310005",
    "6011111111111117",
    "3530111333300000",
    "30569309025904",
)
IBANS = (
    "DE89370400440532013000",
    "GB29NWBK60161331926819",
    "FR1420041010050500013M02606",
    "NO9386011117947",
    "CH9300762011623852957",
    "MT84MALT011000012345MTLCAST001S",
    "NL91ABNA0417164300",
)
BY_NAME = {kind.name: kind for kind in FORMAL_KINDS}


@pytest.mark.parametrize("number", CARDS)
def test_published_card_numbers_are_cards_in_every_spacing(number: str) -> None:
    assert is_card(number)
    assert is_card(f"{number[:4]} {number[4:8]}-{number[8:]}")


@pytest.mark.parametrize("number", CARDS)
@settings(max_examples=15)
@given(place=st.integers(0, 12), step=st.integers(1, 9))
def test_one_wrong_digit_makes_no_card(number: str, place: int, step: int) -> None:
    digit = str((int(number[place]) + step) % 10)
    assert not is_card(number[:place] + digit + number[place + 1 :])


@pytest.mark.parametrize("number", ["0000000000000000", "1234567812345670", "79927398713", ""])
def test_a_right_check_digit_outside_the_ranges_of_issuers_makes_no_card(number: str) -> None:
    assert not is_card(number)


@pytest.mark.parametrize("number", IBANS)
def test_the_examples_of_the_registry_are_ibans(number: str) -> None:
    assert is_iban(number)
    assert is_iban(number.lower())
    assert is_iban(" ".join(number[at : at + 4] for at in range(0, len(number), 4)))
    assert is_iban(f"{number}andmorewords")


@pytest.mark.parametrize("number", IBANS)
@settings(max_examples=15)
@given(place=st.integers(2, 14), step=st.integers(1, 9))
def test_one_wrong_digit_makes_no_iban(number: str, place: int, step: int) -> None:
    if not number[place].isdecimal():
        place = 2
    digit = str((int(number[place]) + step) % 10)
    assert not is_iban(number[:place] + digit + number[place + 1 :])


@pytest.mark.parametrize("text", ["XX89370400440532013000", "DE8937040044053201300", "DE", ""])
def test_an_unknown_country_or_a_missing_digit_makes_no_iban(text: str) -> None:
    assert not is_iban(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.7", True),
        ("2001:db8::8a2e:370:7334", True),
        ("0.0.0.0", False),  # noqa: S104 - an address to be refused
        ("127.0.0.1", False),
        ("::1", False),
        ("224.0.0.1", False),
        ("256.1.1.1", False),
        ("1.2.3", False),
    ],
)
def test_an_address_belongs_to_a_device(text: str, expected: bool) -> None:
    assert is_address(text) is expected


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("plain text", "plain text"),
        ("a\u00a0b", "a b"),
        ("1\u20132\u22123", "1-2-3"),
        ("12\u200b34\u00ad56", "123456"),
        ("\uff11\uff12", "12"),
    ],
    ids=["ascii", "no-break space", "dashes", "invisible signs", "wide digits"],
)
def test_typeset_signs_are_written_plainly(text: str, plain: str) -> None:
    assert written_plainly(text) == plain


@settings(max_examples=30)
@given(st.text(st.sampled_from("a1 -\u00a0\u200b\u2013\uff11\u00ad"), max_size=12))
def test_plain_writing_is_written_the_same_again(text: str) -> None:
    assert written_plainly(written_plainly(text)) == written_plainly(text)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("price", False),
        ("q3_2026", False),
        ("area_m2", False),
        ("12.5", True),
        ("-3e5", True),
        ("50%", True),
        ("030901820", True),
        ("id_1234567", True),
        ("id_123456", False),
        ("ann@example.org", True),
        ("192.0.2.7", True),
        ("x" * 100, False),
        ("x" * 101, True),
        ("", False),
    ],
)
def test_a_name_that_looks_like_a_cell_is_a_value(name: str, expected: bool) -> None:
    assert is_value(name) is expected


@pytest.mark.parametrize(
    ("cells", "count"),
    [
        (["a@example.org", "b@example.org", "none"], 2),
        (["a@example.org"], 1),
        (["a@example.org", "none"], 0),
        (["none", ""], 0),
        ([], 0),
    ],
)
def test_a_kind_needs_two_cells_unless_there_is_only_one(cells: list[str], count: int) -> None:
    assert BY_NAME["email"].found(cells) == count


@pytest.mark.parametrize(("wrong", "count"), [(2, 2), (3, 0)])
def test_half_of_the_candidates_for_a_card_must_be_cards(wrong: int, count: int) -> None:
    cells = [*CARDS[:2], *["4111111111111112"] * wrong]
    assert BY_NAME["payment_card"].found(cells) == count


def test_addresses_must_be_three_and_a_twentieth_of_the_cells() -> None:
    kind: Kind = BY_NAME["ip_address"]
    addresses = [f"192.0.2.{last}" for last in range(1, 4)]
    assert kind.found([*addresses[:2], *["x"] * 5]) == 0
    assert kind.found([*addresses, *["x"] * 57]) == 3
    assert kind.found([*addresses, *["x"] * 58]) == 0


def test_five_ids_of_one_country_are_needed() -> None:
    brazilian = ["529.982.247-25", "111.444.777-35", "123.456.789-09", "987.654.321-00"]
    assert national_ids(brazilian) == 0
    assert national_ids([*brazilian, "935.411.347-80"]) == 5


def test_nine_of_ten_candidates_must_be_ids_of_the_same_country() -> None:
    ids = ["529.982.247-25", "111.444.777-35", "123.456.789-09", "987.654.321-00", "935.411.347-80"]
    assert national_ids([*ids, *ids[:4], "529.982.247-26"]) == 9
    assert national_ids([*ids, *ids[:3], "529.982.247-26", "529.982.247-27"]) == 0
