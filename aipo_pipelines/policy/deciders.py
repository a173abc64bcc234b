"""Who may decide: the people a charter names, the roles they hold and the rights those give.

A person is one person however many roles they hold: whoever shares a name or an address with
another entry of the charter is the same. Where duties are separated, the model steward, who
answers for the training, decides about no release, whatever other role they hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from aipo_pipelines.charter.charter import Charter
from aipo_pipelines.charter.consistency_undecided import is_placeholder
from aipo_pipelines.charter.people import DecisionRight, Role
from aipo_pipelines.errors import DecisionError
from aipo_pipelines.ledger.entry import Draft
from aipo_pipelines.ledger.events import KINDS, Body, to_body


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A person of the charter.

    Attributes:
        roles: All roles they hold, in the order of the charter.
        notify: Apprise URLs.
        aliases: Further names and addresses the charter writes for them.
    """

    name: str
    email: str
    roles: tuple[Role, ...]
    notify: tuple[str, ...]
    aliases: tuple[str, ...] = ()

    def role_in(self, right: DecisionRight) -> Role | None:
        """The role by which they hold a right; None where they do not."""
        return next((role for role in right.roles if role in self.roles), None)

    def goes_by(self, text: str) -> bool:
        """Whether a text is their name or address; case and blanks aside."""
        return _folded(text) in map(_folded, (self.name, self.email, *self.aliases))


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What a person says, in which role, why and when.

    Attributes:
        reason: Their own words, without blanks around them.
        now: The moment, aware UTC.
    """

    holder: Holder
    role: Role
    reason: str
    now: datetime

    def draft(self, product: str, subject: str, event: Body, key: str) -> Draft:
        """The entry of their word; equal keys stand for one and the same word."""
        return Draft(
            product=product,
            kind=KINDS[type(event)],
            subject=subject,
            actor=f"{self.role.value} {self.holder.name}",
            occurred_at=self.now,
            key=key,
            body=to_body(event),
        )


def people_of(charter: Charter) -> tuple[Holder, ...]:
    """Everybody the charter names, each once; who is still undecided is nobody yet."""
    known: list[Holder] = []
    for role, person in charter.people.items():
        if is_placeholder(charter, role):
            continue
        same = next(
            (one for one in known if one.goes_by(person.name) or one.goes_by(person.email)), None
        )
        if same is None:
            holder = Holder(
                name=person.name, email=person.email, roles=(role,), notify=person.notify
            )
            known.append(holder)
        else:
            known[known.index(same)] = replace(
                same,
                roles=(*same.roles, role),
                notify=tuple(dict.fromkeys((*same.notify, *person.notify))),
                aliases=(*same.aliases, person.name, person.email),
            )
    return tuple(known)


def person_named(charter: Charter, person: str) -> Holder:
    """The person of that name or e-mail address.

    Raises:
        DecisionError: The charter names nobody so.
    """
    for holder in people_of(charter):
        if holder.goes_by(person):
            return holder
    raise DecisionError(
        f"{person!r} is not named in the charter of {charter.product}; expected one of: "
        f"{names(people_of(charter))}; write the name or the e-mail address as the charter does"
    )


def holders_of(charter: Charter, right: DecisionRight) -> tuple[Holder, ...]:
    """The people who hold a right, each once."""
    return tuple(one for one in people_of(charter) if one.role_in(right) is not None)


def release_deciders(charter: Charter) -> tuple[Holder, ...]:
    """The people who may decide about a release, separation of duties observed."""
    holders = holders_of(charter, charter.decision_rights.release)
    return tuple(one for one in holders if not answers_for_training(charter, one))


def quorum_for(charter: Charter, not_compared: str) -> int:
    """How many people must say yes to a release.

    Args:
        charter: The charter in force.
        not_compared: Why the champion could not be compared with: then somebody must, whatever
            the quorum. Empty where it was.
    """
    agreed = charter.decision_rights.release.quorum
    return max(agreed, 1) if not_compared else agreed


def answers_for_training(charter: Charter, holder: Holder) -> bool:
    """Whether separation of duties keeps a person from deciding about releases."""
    return charter.decision_rights.separation_of_duties and Role.MODEL_STEWARD in holder.roles


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
    told = [f"{one.name} ({', '.join(map(spoken, one.roles))})" for one in holders]
    return ", ".join(told) or "nobody"


def spoken(role: Role) -> str:
    """A role in words."""
    return role.value.replace("_", " ")


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
