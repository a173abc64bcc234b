"""Whether the people who approved a source, or authorised a category, had the right to do so.

A source is approved by people who hold the right `data_source`, as many as its quorum asks for. An
authorisation of a data category has its own right: those people and the legal counsel hold it, with
the same quorum; one of them signs it. Other signatures never count: not in a check, not for a
training, not on a page.

This does not apply to an agreement that was adopted before the program checked these rights: its
approvals count as before until another agreement is adopted, and pages say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.people import DecisionRight, Role
from aipo_pipelines.charter.model.persons import Holder, holders_of, person_of
from aipo_pipelines.charter.model.problem import listed
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.charter.model.sources import Approval, Authorisation, Source


def permitted(product: Product, source: Source) -> Source:
    """The source with only the approvals and authorisations that count."""
    # What people adopted in good faith must not fail because the program became stricter.
    if not product.asks_rights:
        return source
    charter = product.charter
    approval = source.approval
    counts = approval is not None and not unapproved_because(charter, approval)
    valid = tuple(
        authorisation
        for authorisation in source.authorisations
        if not unauthorised_because(charter, authorisation)
    )
    return source.model_copy(
        update={"approval": approval if counts else None, "authorisations": valid}
    )


def holds_on(source: Source, product: Product, today: date) -> bool:
    """Whether a source is approved on a day by enough people who have the right."""
    approval = permitted(product, source).approval
    return approval is not None and approval.on <= today <= approval.until


def unapproved_because(charter: Charter, approval: Approval) -> str:
    """Why an approval does not count, in words; empty when it does."""
    right = charter.decision_rights.data_source
    people: list[Holder] = []
    for name in approval.by:
        person = person_of(charter, name)
        if person is None:
            return f"{name}, who is not in the charter"
        if person.role_in(right) is None:
            return f"{name}, who does not hold decision_rights.data_source"
        # A person whose name and address are both listed counts once.
        if person not in people:
            people.append(person)
    if len(people) < right.quorum:
        return (
            f"{len(people)} of the {right.quorum} people that decision_rights.data_source asks for"
        )
    return ""


def unauthorised_because(charter: Charter, given: Authorisation) -> str:
    """Why an authorisation does not count, in words; empty when it does."""
    person = person_of(charter, given.by)
    if person is None:
        return f"{given.by}, who is not in the charter"
    if person.role_in(authorisation_right(charter)) is None:
        return f"{given.by}, who holds neither decision_rights.data_source nor legal_counsel"
    return ""


def authorisation_right(charter: Charter) -> DecisionRight:
    """The right to authorise a category of data: that about sources, and the legal counsel."""
    about_sources = charter.decision_rights.data_source
    counsel = (Role.LEGAL_COUNSEL,) if Role.LEGAL_COUNSEL in charter.people else ()
    roles = tuple(dict.fromkeys((*about_sources.roles, *counsel)))
    return DecisionRight(roles=roles, quorum=about_sources.quorum)


def approvers(charter: Charter) -> str:
    """The people who may approve a source, in words."""
    right = charter.decision_rights.data_source
    return f"{right.quorum} of {_named(holders_of(charter, right))}"


def authorisers(charter: Charter) -> str:
    """The people who may sign the authorisation of a category, in words."""
    return f"one of {_named(holders_of(charter, authorisation_right(charter)))}"


def _named(holders: Sequence[Holder]) -> str:
    return listed(holder.name for holder in holders) if holders else "nobody"
