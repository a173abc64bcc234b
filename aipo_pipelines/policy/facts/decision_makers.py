"""The people who may decide, their decisions, and the quorum of a release.

`charter.identity` says which names mean the same person. If duties are separated, the model
steward answers for the training and decides about no release, under any role.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.people import Role
from aipo_pipelines.charter.model.persons import (
    Holder,
    answers_for_training,
    holders_of,
    people_of,
    person_of,
    release_deciders,
)
from aipo_pipelines.errors import DecisionError
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.event import Event
from aipo_pipelines.policy.text import names, role_text

__all__ = [
    "Holder",
    "PersonalDecision",
    "answers_for_training",
    "given_reason",
    "holders_of",
    "names",
    "people_of",
    "person_named",
    "quorum_for",
    "release_deciders",
    "role_text",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalDecision:
    """The decision of a person, with role, reason and time.

    Attributes:
        reason: The reason as the person wrote it, without blanks around it.
        now: The moment, aware UTC.
    """

    holder: Holder
    role: Role
    reason: str
    now: datetime

    def draft(self, product: str, subject: str, event: Event, key: str) -> Draft:
        """The entry of the decision; equal keys mean the same decision."""
        return Draft(
            product=product,
            subject=subject,
            actor=f"{self.role.value} {self.holder.name}",
            occurred_at=self.now,
            key=key,
            event=event,
        )


def person_named(charter: Charter, person: str) -> Holder:
    """The person of that name or e-mail address.

    Raises:
        DecisionError: The charter names nobody with this name or address.
    """
    # A name that the charter does not have is an error, never a new person.
    holder = person_of(charter, person)
    if holder is not None:
        return holder
    raise DecisionError(
        f"{person!r} is not named in the charter of {charter.product}; expected one of: "
        f"{names(people_of(charter))}; write the name or the e-mail address as the charter does"
    )


def quorum_for(charter: Charter, not_compared: str) -> int:
    """How many people must say yes to a release.

    Args:
        charter: The charter in force.
        not_compared: Why the candidate could not be compared with the champion; empty if it was.
    """
    # Without a comparison a gate is missing: at least one person must decide in its place.
    agreed = charter.decision_rights.release.quorum
    return max(agreed, 1) if not_compared else agreed


def given_reason(reason: str) -> str:
    """The reason without blanks around it.

    Raises:
        DecisionError: The reason is empty.
    """
    if not reason.strip():
        raise DecisionError(
            "the reason is empty; expected a sentence that somebody who asks in a year will "
            'understand; give it with --reason "..."'
        )
    return reason.strip()
