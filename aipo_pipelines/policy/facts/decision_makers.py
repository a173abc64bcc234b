"""Who may decide: the word of a person, and how many of them a release takes.

Who is one person stands in `charter.identity`. When duties are separated, the model steward, who
answers for the training, decides about no release, whatever other role they hold.
"""

from __future__ import annotations

from collections.abc import Iterable
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
    """What a person says, in which role, why and when.

    Attributes:
        reason: Their own words, without blanks around them.
        now: The moment, aware UTC.
    """

    holder: Holder
    role: Role
    reason: str
    now: datetime

    def draft(self, product: str, subject: str, event: Event, key: str) -> Draft:
        """The entry of their word; equal keys stand for one and the same word."""
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
        DecisionError: The charter names nobody so.
    """
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
        not_compared: Why the champion could not be compared with: then somebody must, whatever
            the quorum. Empty where it was.
    """
    agreed = charter.decision_rights.release.quorum
    return max(agreed, 1) if not_compared else agreed


def given_reason(reason: str) -> str:
    """The reason without blanks around it.

    Raises:
        DecisionError: There is none.
    """
    if not reason.strip():
        raise DecisionError(
            "the reason is empty; expected a sentence that somebody who asks in a year will "
            'understand; give it with --reason "..."'
        )
    return reason.strip()


def names(holders: Iterable[Holder]) -> str:
    """Names with their roles: `Ada Okafor (owner), Ben Haas (data steward)`."""
    told = [f"{holder.name} ({', '.join(map(role_text, holder.roles))})" for holder in holders]
    return ", ".join(told) or "nobody"


def role_text(role: Role) -> str:
    """A role in words."""
    return role.value.replace("_", " ")
