"""What a past decision was about, and the approvals that an adoption rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutVersion:
    """A decision about a version of the model."""

    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutChange:
    """A decision about a change of the agreement that was not adopted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutAgreement:
    """The adoption of an agreement."""

    version: str


DecisionSubject: TypeAlias = AboutVersion | AboutChange | AboutAgreement


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldsApproved:
    """People approved the changed fields of an agreement.

    Attributes:
        people: The people; None for a person whose approval was erased.
    """

    people: tuple[str | None, ...]
    fields: tuple[str, ...]
