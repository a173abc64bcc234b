"""Texts about the approvals of sources."""

from __future__ import annotations

from typing import assert_never

from aipo_pipelines.policy.statements.sources import (
    ApprovalExpired,
    ApprovalNotBegun,
    AuthorisationExpired,
    NotApproved,
    SourceProblem,
    SourceWithProblem,
    WrongApprover,
    WrongAuthoriser,
)

_REFUSED = "does not count: it is by"
_COUNTS_FOR_NOW = (
    "counts only until another agreement is adopted, because this agreement was adopted before "
    "the program checked who may give it: it is by"
)


def source_sentence(caveat: SourceWithProblem) -> str:
    """The sentence of a source with a problem."""
    return f"Source {caveat.source}: {source_problem_text(caveat.problem)}."


def source_problem_text(problem: SourceProblem) -> str:
    """A problem of a source, as part of a sentence."""
    match problem:
        case WrongApprover(people=people, counts=counts):
            return f"its approval {_effect(counts=counts)} {people}"
        case WrongAuthoriser(category=category, person=person, counts=counts):
            return f"the authorisation of {category} {_effect(counts=counts)} {person}"
        case NotApproved():
            return "nobody has approved it"
        case ApprovalExpired(by=by, until=until):
            return f"its approval by {by} expired on {until}"
        case ApprovalNotBegun(by=by, starts=starts):
            return f"its approval by {by} starts only on {starts}"
        case AuthorisationExpired(category=category, by=by, until=until):
            return f"the authorisation of {category} by {by} expired on {until}"
        case _:
            assert_never(problem)


def _effect(*, counts: bool) -> str:
    return _COUNTS_FOR_NOW if counts else _REFUSED
