"""Whether an approval of a source, or an authorisation of a category, was given by who may give it.

A source is approved by people who hold the right `data_source`, as many as its quorum asks for. An
authorisation of a data category has a right of its own: those people and the legal counsel hold it,
with the same quorum; one of them signs it. What anybody else signed does not count, wherever it is
asked: not in a check, not for a training, not on a page.

An agreement that was adopted before anybody asked for this is not held against it: its approvals
count as they did until another agreement is adopted, and pages say so.
"""

from __future__ import annotations

from datetime import date

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.people import DecisionRight, Role
from aipo_pipelines.charter.model.persons import Holder, holders_of, person_of
from aipo_pipelines.charter.model.problem import listed
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.charter.model.sources import Approval, Authorisation, Source


def permitted(product: Product, source: Source) -> Source:
    """The source with those approvals and authorisations alone that count."""
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
    """Whether a source is approved on a day by enough people who may."""
    approval = permitted(product, source).approval
    return approval is not None and approval.on <= today <= approval.until


def unapproved_because(charter: Charter, approval: Approval) -> str:
    """Why an approval does not count, in words; empty when it does."""
    right = charter.decision_rights.data_source
    people: list[Holder] = []
    for name in approval.by:
        person = person_of(charter, name)
        if person is None:
            return f"{name}, whom the charter does not name"
        if person.role_in(right) is None:
            return f"{name}, who does not hold decision_rights.data_source"
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
        return f"{given.by}, whom the charter does not name"
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
    """Who may approve a source, in words."""
    right = charter.decision_rights.data_source
    names = listed([holder.name for holder in holders_of(charter, right)])
    return f"{right.quorum} of {names or 'nobody'}"


def authorisers(charter: Charter) -> str:
    """Who may sign the authorisation of a category, in words."""
    names = listed([holder.name for holder in holders_of(charter, authorisation_right(charter))])
    return f"one of {names or 'nobody'}"
