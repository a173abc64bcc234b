"""A signature counts only if the person had the right, on the days for which it was given."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.charter.load import load_product
from aipo_pipelines.charter.model.people import Role
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.charter.privacy.permission import (
    approvers,
    authorisation_right,
    authorisers,
    holds_on,
    permitted,
    unapproved_because,
    unauthorised_because,
)
from tests.samples import write_product
from tests.unit.charter.charters import charter_of

GIVEN = {"category": "user.name", "obligation": "asked", "by": "Ben Haas", "on": "2026-01-05",
         "until": "2026-02-05"}  # fmt: skip
COUNSEL = {"people": {"legal_counsel": {"name": "Carla Diaz", "email": "carla@example.com"}}}
BOTH = {"decision_rights": {"data_source": {"roles": ["owner", "data_steward"], "quorum": 2}}}


def approval(*names: str, **changes: Any) -> str:
    charter = charter_of(sources={"records": {"approval": {"by": [*names]}}}, **changes)
    given = charter.sources["records"].approval
    assert given is not None
    return unapproved_because(charter, given)


@pytest.fixture
def product(tmp_path: Path) -> Product:
    return load_product(write_product(tmp_path / "p"))


def signed_by(product: Product, name: str, *authorisers: str) -> Product:
    """The product with other signatures, as an agreement from before could have them."""
    source = product.charter.sources["records"]
    charter = charter_of(
        sources={
            "records": {
                "approval": {"by": [name]},
                "authorisations": [{**GIVEN, "by": person} for person in authorisers],
            }
        }
    )
    assert source.approval is not None
    return replace(product, charter=charter)


@pytest.mark.parametrize("name", ["Ben Haas", "ben haas", "BEN@example.com", "Ben\u00a0Haas"])
def test_a_person_is_known_by_name_and_address_in_any_spelling(name: str) -> None:
    assert approval(name) == ""


def test_the_reason_names_the_first_person_without_the_right() -> None:
    assert approval("Zoe Zink", "Ada Okafor") == "Zoe Zink, who is not in the charter"
    assert approval("Ben Haas", "Ada Okafor") == (
        "Ada Okafor, who does not hold decision_rights.data_source"
    )


def test_a_person_counts_once_under_two_spellings() -> None:
    assert approval("Ben Haas", "ada@example.com", **BOTH) == ""
    assert approval("Ben Haas", "ben@example.com", **BOTH) == (
        "1 of the 2 people that decision_rights.data_source asks for"
    )


def test_a_placeholder_of_an_undecided_person_approves_nothing() -> None:
    undecided = {"undecided": ["people.data_steward"]}
    placeholder = {
        "people": {"data_steward": {"name": "Undecided", "email": "d@undecided.example"}}
    }
    assert approval("Undecided", **undecided, **placeholder) == (
        "Undecided, who is not in the charter"
    )


def test_those_who_may_approve_are_named() -> None:
    assert approvers(charter_of()) == "1 of Ben Haas"
    assert approvers(charter_of(**BOTH)) == "2 of Ada Okafor or Ben Haas"
    undecided = charter_of(undecided=["people.data_steward"])
    assert approvers(undecided) == "1 of nobody"
    assert authorisers(undecided) == "one of nobody"


def test_the_legal_counsel_may_authorise_beside_those_who_approve() -> None:
    assert authorisers(charter_of()) == "one of Ben Haas"
    assert authorisers(charter_of(**COUNSEL)) == "one of Ben Haas or Carla Diaz"
    right = authorisation_right(charter_of(**COUNSEL))
    assert (right.roles, right.quorum) == ((Role.DATA_STEWARD, Role.LEGAL_COUNSEL), 1)
    counsel = {"decision_rights": {"data_source": {"roles": ["legal_counsel"]}}}
    assert authorisation_right(charter_of(**COUNSEL, **counsel)).roles == (Role.LEGAL_COUNSEL,)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Ben Haas", ""),
        ("Carla Diaz", ""),
        ("Zoe Zink", "Zoe Zink, who is not in the charter"),
        ("Ada Okafor",
         "Ada Okafor, who holds neither decision_rights.data_source nor legal_counsel"),
    ],
)  # fmt: skip
def test_one_of_them_signs_an_authorisation(name: str, reason: str) -> None:
    given = [{**GIVEN, "by": name}]
    charter = charter_of(sources={"records": {"authorisations": given}}, **COUNSEL)
    (authorisation,) = charter.sources["records"].authorisations
    assert unauthorised_because(charter, authorisation) == reason


def test_only_signatures_of_people_with_the_right_are_kept(product: Product) -> None:
    wrong = signed_by(product, "Ada Okafor", "Ben Haas", "Ada Okafor")
    source = permitted(wrong, wrong.charter.sources["records"])
    assert source.approval is None
    assert [given.by for given in source.authorisations] == ["Ben Haas"]
    right = signed_by(product, "Ben Haas", "Ben Haas")
    assert permitted(right, right.charter.sources["records"]) == right.charter.sources["records"]


def test_an_agreement_from_before_the_rights_were_checked_counts_as_before(
    product: Product,
) -> None:
    wrong = signed_by(product, "Ada Okafor", "Ada Okafor")
    before = replace(wrong, asks_rights=False)
    assert permitted(before, before.charter.sources["records"]).approval is not None
    assert holds_on(before.charter.sources["records"], before, date(2026, 2, 1))
    assert not holds_on(wrong.charter.sources["records"], wrong, date(2026, 2, 1))


@pytest.mark.parametrize(
    ("today", "holds"),
    [
        (date(2026, 1, 4), False),
        (date(2026, 1, 5), True),
        (date(2030, 12, 31), True),
        (date(2031, 1, 1), False),
    ],
)
def test_an_approval_holds_from_its_first_to_its_last_day(
    product: Product, today: date, *, holds: bool
) -> None:
    assert holds_on(product.charter.sources["records"], product, today) is holds


def test_a_source_without_an_approval_is_not_approved(product: Product) -> None:
    charter = charter_of(sources={"records": {"approval": None}})
    bare = replace(product, charter=charter)
    assert not holds_on(charter.sources["records"], bare, date(2026, 2, 1))
