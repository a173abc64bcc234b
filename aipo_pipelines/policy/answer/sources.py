"""Sources and data categories without a valid approval, as a part of an answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.sources import Source
from aipo_pipelines.charter.privacy.permission import unapproved_because, unauthorised_because
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.statements.sources import (
    ApprovalExpired,
    ApprovalNotBegun,
    AuthorisationExpired,
    NotApproved,
    SourceProblem,
    WrongApprover,
    WrongAuthoriser,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceNote:
    """A source, or a data category of it, without an approval for today.

    Attributes:
        counts: Whether the given approval counts for now nevertheless.
    """

    source: str
    owner: str
    problem: SourceProblem
    counts: bool = False


def source_notes(charter: Charter, state: ProductState, today: date) -> tuple[SourceNote, ...]:
    """Sources and categories without a valid approval for today."""
    # Older programs did not check who may approve. New rules do not apply to an adopted agreement
    # (decision 0029), so its approvals count until another agreement is adopted.
    is_older = state.charter is not None and not state.charter.has_texts
    return tuple(
        note
        for name, source in charter.sources.items()
        for note in (
            *(
                SourceNote(source=name, owner=source.owner, problem=problem, counts=is_older)
                for problem in _wrong_people(charter, source, counts=is_older)
            ),
            *(
                SourceNote(source=name, owner=source.owner, problem=problem)
                for problem in _wrong_periods(source, today)
            ),
        )
    )


def _wrong_people(charter: Charter, source: Source, *, counts: bool) -> Iterator[SourceProblem]:
    """Approvals and authorisations from people who may not give them."""
    approval = source.approval
    if approval is not None and (people := unapproved_because(charter, approval)):
        yield WrongApprover(people=people, counts=counts)
    for authorisation in source.authorisations:
        if person := unauthorised_because(charter, authorisation):
            yield WrongAuthoriser(category=authorisation.category, person=person, counts=counts)


def _wrong_periods(source: Source, today: date) -> Iterator[SourceProblem]:
    """Approvals and authorisations that are missing, or not valid on this day."""
    approval = source.approval
    if approval is None:
        yield NotApproved()
    elif today > approval.until:
        yield ApprovalExpired(by=approval.names, until=approval.until)
    elif today < approval.on:
        yield ApprovalNotBegun(by=approval.names, starts=approval.on)
    for authorisation in source.authorisations:
        if today > authorisation.until:
            yield AuthorisationExpired(
                category=authorisation.category,
                by=authorisation.by,
                until=authorisation.until,
            )
