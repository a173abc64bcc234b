"""Sources and data categories without a valid approval, as a part of an answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.sources import Source
from aipo_pipelines.charter.privacy.permission import unapproved_because, unauthorised_because
from aipo_pipelines.ledger.model.state import ProductState


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceNote:
    """A source, or a data category of it, without an approval for today.

    Attributes:
        counts: Whether the given approval counts for now nevertheless.
    """

    source: str
    owner: str
    problem: str
    counts: bool = False


def source_notes(charter: Charter, state: ProductState, today: date) -> tuple[SourceNote, ...]:
    """Sources and categories without a valid approval for today."""
    # Older programs did not check who may approve. New rules do not apply to an adopted agreement
    # (decision 0029), so its approvals count until another agreement is adopted.
    is_older = state.charter is not None and not state.charter.has_texts
    effect = _COUNTS_FOR_NOW if is_older else _REFUSED
    return tuple(
        note
        for name, source in charter.sources.items()
        for note in (
            *(
                SourceNote(source=name, owner=source.owner, problem=problem, counts=is_older)
                for problem in _wrong_people(charter, source, effect)
            ),
            *(
                SourceNote(source=name, owner=source.owner, problem=problem)
                for problem in _wrong_periods(source, today)
            ),
        )
    )


_REFUSED = "does not count: it is by"
_COUNTS_FOR_NOW = (
    "counts only until another agreement is adopted, because this agreement was adopted before "
    "the program checked who may give it: it is by"
)


def _wrong_people(charter: Charter, source: Source, effect: str) -> Iterator[str]:
    """Approvals and authorisations from people who may not give them."""
    approval = source.approval
    if approval is not None and (reason := unapproved_because(charter, approval)):
        yield f"its approval {effect} {reason}"
    for authorisation in source.authorisations:
        if reason := unauthorised_because(charter, authorisation):
            yield f"the authorisation of {authorisation.category} {effect} {reason}"


def _wrong_periods(source: Source, today: date) -> Iterator[str]:
    """Approvals and authorisations that are missing, or not valid on this day."""
    approval = source.approval
    if approval is None:
        yield "nobody has approved it"
    elif today > approval.until:
        yield f"its approval by {approval.names} expired on {approval.until}"
    elif today < approval.on:
        yield f"its approval by {approval.names} starts only on {approval.on}"
    for authorisation in source.authorisations:
        if today > authorisation.until:
            yield (
                f"the authorisation of {authorisation.category} by {authorisation.by} expired on "
                f"{authorisation.until}"
            )
