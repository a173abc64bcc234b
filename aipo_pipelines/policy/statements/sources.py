"""Problems of the approval of a source, or of the authorisation of one of its data categories."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongApprover:
    """An approval by people who may not give it.

    Attributes:
        people: The people, and why they may not, in words of the charter.
        counts: Whether it counts nevertheless, until another agreement is adopted.
    """

    people: str
    counts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongAuthoriser:
    """An authorisation of a category by a person who may not give it.

    Attributes:
        person: The person, and why they may not, in words of the charter.
        counts: Whether it counts nevertheless, until another agreement is adopted.
    """

    category: str
    person: str
    counts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotApproved:
    """Nobody has approved the source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalExpired:
    """The approval has ended.

    Attributes:
        by: The people who gave it.
    """

    by: str
    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalNotBegun:
    """The approval begins later.

    Attributes:
        by: The people who gave it.
    """

    by: str
    starts: date


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisationExpired:
    """The authorisation of a category has ended."""

    category: str
    by: str
    until: date


SourceProblem: TypeAlias = (
    WrongApprover
    | WrongAuthoriser
    | NotApproved
    | ApprovalExpired
    | ApprovalNotBegun
    | AuthorisationExpired
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceWithProblem:
    """A source, and a problem of its approval."""

    source: str
    problem: SourceProblem
