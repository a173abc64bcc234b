"""The people of a charter, each once, with all their roles and spellings.

Entries of the charter that share a name or an address are the same person, even if a third entry
joins two of them. Case, blanks and invisible differences in spelling (how an accent is stored, a
character that shows nothing) do not make two people. All code that must know who may decide, who
counts twice, and where a notice goes, uses this module.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.people import DecisionRight, Person, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A person of the charter.

    Attributes:
        roles: All roles they hold, in the order of the charter.
        notify: Apprise URLs of all their entries, each once.
        aliases: Further names and addresses the charter writes for them.
    """

    name: str
    email: str
    roles: tuple[Role, ...]
    notify: tuple[str, ...]
    aliases: tuple[str, ...] = ()

    def role_in(self, right: DecisionRight) -> Role | None:
        """The role by which they hold a right; None when they do not."""
        return next((role for role in right.roles if role in self.roles), None)

    def goes_by(self, text: str) -> bool:
        """Whether a text is their name or address, however it is spelt."""
        return _folded(text) in self.spellings

    @property
    def spellings(self) -> frozenset[str]:
        """Everything they go by, each in the one form by which people are compared."""
        return frozenset(map(_folded, (self.name, self.email, *self.aliases)))


def people_of(charter: Charter) -> tuple[Holder, ...]:
    """All people that the charter names, each once, without placeholders for undecided people."""
    known: list[Holder] = []
    for role, person in charter.people.items():
        if charter.is_placeholder(role):
            continue
        # One entry may join several people: it may have the name of one, the address of another.
        same = [
            holder
            for holder in known
            if holder.goes_by(person.name) or holder.goes_by(person.email)
        ]
        rest = [holder for holder in known if holder not in same]
        known = [*rest, _joined(same, role, person)]
    order = list(charter.people)
    return tuple(sorted(known, key=lambda holder: order.index(holder.roles[0])))


def everybody(charter: Charter) -> tuple[Holder, ...]:
    """All people that the charter names, each once, with placeholders for undecided people."""
    return people_of(charter.model_copy(update={"undecided": ()}))


def person_of(charter: Charter, text: str) -> Holder | None:
    """The person of that name or address; None when the charter names nobody so."""
    return next((holder for holder in people_of(charter) if holder.goes_by(text)), None)


def holders_of(charter: Charter, right: DecisionRight) -> tuple[Holder, ...]:
    """The people who hold a right, each once."""
    return tuple(holder for holder in people_of(charter) if holder.role_in(right) is not None)


def release_deciders(charter: Charter) -> tuple[Holder, ...]:
    """The people who may decide about a release, separation of duties observed."""
    holders = holders_of(charter, charter.decision_rights.release)
    return tuple(holder for holder in holders if not answers_for_training(charter, holder))


def answers_for_training(charter: Charter, holder: Holder) -> bool:
    """Whether separation of duties keeps a person from deciding about releases."""
    return charter.decision_rights.separation_of_duties and Role.MODEL_STEWARD in holder.roles


def _joined(same: Sequence[Holder], role: Role, person: Person) -> Holder:
    """The entry of a role, joined with the earlier entries of the same person."""
    first = same[0] if same else None
    words = [word for holder in same for word in (holder.name, holder.email, *holder.aliases)]
    words += [person.name, person.email]
    # The first entry gives the name, so that a person is called the same on all pages.
    lead = (first.name, first.email) if first else (person.name, person.email)
    return Holder(
        name=lead[0],
        email=lead[1],
        roles=(*(held for holder in same for held in holder.roles), role),
        notify=tuple(
            dict.fromkeys([url for holder in same for url in holder.notify] + [*person.notify])
        ),
        aliases=tuple(word for word in dict.fromkeys(words) if word not in lead),
    )


# Unicode's categories of characters that control or format a text and show nothing.
_CONTROLS = frozenset({"Cc", "Cf"})

_IGNORABLE = (
    (0x034F, 0x034F),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x2065, 0x2065),
    (0x2800, 0x2800),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFFF0, 0xFFF8),
    (0xE0000, 0xE0FFF),
)
"""First and last of further characters that show nothing: joiners, fillers, selectors, a blank.

Source: Unicode 16, DerivedCoreProperties, Default_Ignorable_Code_Point, after compatible forms are
made one; and the empty pattern of Braille.
"""


def _folded(text: str) -> str:
    """A spelling without its invisible parts; some blanks have a width in some fonts only."""
    seen = "".join(letter for letter in unicodedata.normalize("NFKC", text) if _is_seen(letter))
    # Normalised twice: folding the case of a letter can give a form that is not normal.
    return unicodedata.normalize("NFKC", seen.casefold())


def _is_seen(letter: str) -> bool:
    if letter.isspace() or unicodedata.category(letter) in _CONTROLS:
        return False
    return not any(first <= ord(letter) <= last for first, last in _IGNORABLE)
