"""The rights that a change needs, and the approvals that are missing."""

from __future__ import annotations

from typing import Any

import pytest

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.people import Role
from aipo_pipelines.ledger.model.models import Asked
from aipo_pipelines.policy.agreements.rights import (
    RIGHTS,
    Needed,
    asked_for,
    deciders_of,
    holders_named,
    missing_approvals,
    needed_approvals,
    right_named,
)
from aipo_pipelines.policy.wording.agreements import missing_text
from tests.unit.policy.changed_charters import person
from tests.unit.policy.stored_facts import approval
from tests.unit.policy.team import ADA, DARA, INES, MO, RAE, by_rule, governed

LENA = "Lena Brandt"


def counsel(**changes: Any) -> Charter:
    return governed(people={"legal_counsel": person(LENA)}, **changes)


def needs(
    right: str, *approvals: Any, charter: Charter | None = None, signers: tuple[str, ...] = ()
) -> Needed:
    request = Asked(rights=(right,), signers=signers)
    (needed,) = needed_approvals(charter or governed(), request, approvals)
    return needed


def people(needed: Needed) -> list[str]:
    return [holder.name for holder in needed.deciders]


@pytest.mark.parametrize(
    ("right", "holders"),
    [
        ("release", [ADA, RAE]),
        ("data_source", [DARA]),
        ("authorisation", [DARA, LENA]),
        ("override", [ADA, INES]),
        ("incident", [INES]),
        ("sunset", [ADA]),
    ],
)
def test_each_right_asks_its_own_people(right: str, holders: list[str]) -> None:
    needed = needs(right, charter=counsel())
    assert sorted(people(needed)) == sorted(holders)
    assert (needed.name, needed.about) == (right, RIGHTS[right])
    assert needed.right == right_named(counsel(), right)


def test_rights_are_asked_in_the_order_of_the_request() -> None:
    request = Asked(rights=("sunset", "release"))
    assert [needed.name for needed in needed_approvals(governed(), request)] == [
        "sunset",
        "release",
    ]
    assert needed_approvals(governed(), Asked()) == ()


@pytest.mark.parametrize(("quorum", "needed"), [(0, 1), (1, 1), (2, 2), (3, 2)])
def test_a_quorum_is_at_least_one_person_and_at_most_all(quorum: int, needed: int) -> None:
    agreed = governed(release={"roles": ["owner", "risk_officer"], "quorum": quorum})
    assert (needs("release", charter=agreed).quorum, needs("release", charter=agreed).missing) == (
        needed,
        needed,
    )


def test_only_approvals_of_its_people_count_for_a_right() -> None:
    given = (approval(ADA, 40), approval(MO, 41), approval("rae@example.org", 42))
    needed = needs("release", *given)
    assert (needed.approvals, needed.missing) == ((40, 42), 0)
    assert needs("release", *given[:2]).missing == 1


def test_more_approvals_than_needed_are_no_debt() -> None:
    assert needs("release", approval(ADA), charter=by_rule()).missing == 0
    given = (approval(ADA, 40), approval(RAE, 41))
    alone = governed(release={"roles": ["owner", "risk_officer"], "quorum": 1})
    assert needs("release", *given, charter=alone).missing == 0


# Signers.


def test_a_person_in_whose_name_something_is_given_must_approve() -> None:
    agreed = counsel(data_source={"roles": ["data_steward", "owner"]})
    signed = needs("data_source", approval(ADA), charter=agreed, signers=(DARA,))
    assert (signed.quorum, signed.approvals, signed.missing) == (1, (40,), 1)
    assert [holder.name for holder in signed.missing_signers] == [DARA]
    both = needs("data_source", approval(ADA), approval(DARA, 41), charter=agreed, signers=(DARA,))
    assert (both.missing, both.missing_signers) == (0, ())


def test_a_signer_is_known_by_every_spelling_and_only_among_the_people_of_the_right() -> None:
    signed = needs("data_source", signers=("dara@example.org", ADA, "Eve"))
    assert [holder.name for holder in signed.missing_signers] == [DARA]


@pytest.mark.parametrize("right", ["release", "override", "sunset"])
def test_rights_that_give_nothing_by_name_have_no_signers(right: str) -> None:
    assert needs(right, signers=(ADA,)).missing_signers == ()


def test_the_legal_counsel_signs_authorisations() -> None:
    signed = needs("authorisation", charter=counsel(), signers=(LENA,))
    assert [holder.name for holder in signed.missing_signers] == [LENA]


# Nobody, and people that duties exclude.


def test_a_right_of_undecided_people_asks_nobody() -> None:
    undecided = governed().model_copy(update={"undecided": ("people.owner",)})
    assert needed_approvals(undecided, Asked(rights=("sunset", "data_source")))[0].name == (
        "data_source"
    )
    assert asked_for(undecided, "sunset") == ()
    stewards = governed(release={"roles": ["owner", "model_steward"]})
    # The owner will decide: nobody is asked in the place of an owner who is not named yet.
    assert asked_for(stewards.model_copy(update={"undecided": ("people.owner",)}), "release") == ()


def test_people_that_separated_duties_exclude_are_asked_if_no_other_person_has_the_right() -> None:
    stewards = governed(release={"roles": ["model_steward"], "quorum": 1})
    assert holders_named(stewards, "release") == ()
    assert [holder.name for holder in asked_for(stewards, "release")] == [MO]
    assert [holder.name for holder in asked_for(governed(), "release")] == [ADA, RAE]


# As text.


def test_missing_approvals_name_number_people_and_right() -> None:
    request = Asked(rights=("release", "data_source"), signers=(DARA,))
    needed = needed_approvals(governed(), request, (approval(ADA),))
    release, source = missing_text(missing_approvals(needed)).split("; ")
    assert release == "1 of 2 approvals needed from Ada Ng (owner), Rae Holt (risk officer)"
    assert source == (
        "1 of 1 approvals needed from Dara Ek (data steward), who decide about data sources (in "
        "whose name something is given: Dara Ek)"
    )


def test_only_rights_with_missing_approvals_are_named() -> None:
    request = Asked(rights=("release", "sunset"))
    first = needed_approvals(governed(), request, (approval(ADA),))
    assert missing_approvals(first) == missing_approvals(first[:1])
    both = needed_approvals(governed(), request, (approval(ADA), approval(RAE, 41)))
    release, sunset = missing_text(missing_approvals(both)).split("; ")
    assert release == "0 of 2 approvals needed from Ada Ng (owner), Rae Holt (risk officer)"
    assert sunset == (
        "0 of 1 approvals needed from Ada Ng (owner), who decide about the end of the product"
    )


def test_a_person_decides_by_the_first_role_that_has_the_right() -> None:
    agreed = governed(people={"risk_officer": person(ADA)})
    needed = needs("release", charter=agreed)
    (ada,) = needed.deciders
    assert needed.role_of(ada) is Role.OWNER
    (mo,) = asked_for(governed(release={"roles": ["model_steward"]}), "release")
    assert needed.role_of(mo) is None


def test_every_person_who_decides_is_listed_once() -> None:
    request = Asked(rights=("release", "override", "sunset"))
    holders = deciders_of(needed_approvals(governed(), request))
    assert [holder.name for holder in holders] == [ADA, RAE, INES]
