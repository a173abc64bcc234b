"""Sources and data categories without a valid approval."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.sources import Approval, Authorisation
from aipo_pipelines.policy.answer.sources import SourceNote, source_notes
from aipo_pipelines.policy.statements.sources import (
    ApprovalExpired,
    ApprovalNotBegun,
    AuthorisationExpired,
    NotApproved,
    SourceProblem,
    WrongApprover,
    WrongAuthoriser,
)
from tests.unit.policy.changed_charters import source
from tests.unit.policy.story import Story, charter

TODAY = date(2026, 3, 2)


def agreed(**changes: Any) -> Charter:
    """A charter whose source is changed after validation, as older programs allowed."""
    known = charter(sources={"crm": source("Ada Ng")})
    crm = known.sources["crm"].model_copy(update=changes)
    return known.model_copy(update={"sources": {"crm": crm}})


def approval(by: str = "Ada Ng", on: date = TODAY, until: date = TODAY) -> Approval:
    given = charter().sources["crm"].approval
    assert given is not None
    return given.model_copy(update={"by": (by,), "on": on, "until": until})


def authorisation(by: str = "Ada Ng", until: date = TODAY) -> Authorisation:
    return Authorisation(
        category="health", obligation="Consent.", by=by, on=date(2026, 1, 1), until=until
    )


def notes(known: Charter, today: date = TODAY) -> tuple[SourceNote, ...]:
    return source_notes(known, Story(known).adopts().state, today)


def problems(known: Charter, today: date = TODAY) -> list[SourceProblem]:
    return [note.problem for note in notes(known, today)]


def test_a_source_with_a_valid_approval_has_no_note() -> None:
    assert notes(charter()) == ()


def test_an_approval_counts_from_its_first_to_its_last_day() -> None:
    known = agreed(approval=approval())
    assert problems(known) == []
    assert problems(known, date(2026, 3, 3)) == [ApprovalExpired(by="Ada Ng", until=TODAY)]
    assert problems(known, date(2026, 3, 1)) == [ApprovalNotBegun(by="Ada Ng", starts=TODAY)]


def test_a_source_that_nobody_approved_is_named_with_its_owner() -> None:
    assert notes(agreed(approval=None)) == (
        SourceNote(source="crm", owner="CRM team", problem=NotApproved()),
    )


def test_an_approval_by_a_stranger_does_not_count() -> None:
    assert problems(agreed(approval=approval(by="Eve"))) == [
        WrongApprover(people="Eve, who is not in the charter", counts=False)
    ]


def test_an_authorisation_needs_the_right_person_and_ends_after_its_last_day() -> None:
    assert problems(agreed(authorisations=(authorisation(),))) == []
    assert problems(agreed(authorisations=(authorisation(by="Eve"),))) == [
        WrongAuthoriser(category="health", person="Eve, who is not in the charter", counts=False)
    ]
    ended = agreed(authorisations=(authorisation(until=date(2026, 3, 1)),))
    assert problems(ended) == [
        AuthorisationExpired(category="health", by="Ada Ng", until=date(2026, 3, 1))
    ]


@pytest.mark.parametrize("has_texts", [True, False])
def test_an_approval_that_an_older_program_adopted_counts_for_now(has_texts: bool) -> None:
    known = agreed(
        approval=approval(by="Eve", until=date(2026, 3, 1)),
        authorisations=(authorisation(by="Eve"),),
    )
    state = Story(known).adopts().state
    assert state.charter is not None
    texts = state.charter if has_texts else replace(state.charter, has_texts=False)
    known_notes = source_notes(known, replace(state, charter=texts), TODAY)
    assert [type(note.problem) for note in known_notes] == [
        WrongApprover,
        WrongAuthoriser,
        ApprovalExpired,
    ]
    # An end that has passed never counts, under any program.
    counts = not has_texts
    assert [note.counts for note in known_notes] == [counts, counts, False]
    assert [
        note.problem.counts
        for note in known_notes
        if isinstance(note.problem, WrongApprover | WrongAuthoriser)
    ] == [counts, counts]
