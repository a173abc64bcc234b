"""Whose words a changed agreement needs.

Pure. Every right is that of the agreement in force: whoever only the change names has none. Which
rights a change touches is found in `touched_rights`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.people import DecisionRight, Role
from aipo_pipelines.charter.privacy.permission import authorisation_right
from aipo_pipelines.ledger.model.models import Approval, Asked
from aipo_pipelines.policy.facts.decision_makers import Holder, holders_of, names, release_deciders
from aipo_pipelines.policy.text import listed

RELEASE = "release"
DATA_SOURCE = "data_source"
AUTHORISATION = "authorisation"

RIGHTS: Mapping[str, str] = MappingProxyType(
    {
        RELEASE: "releases",
        DATA_SOURCE: "data sources",
        AUTHORISATION: "authorisations of data categories",
        "override": "overrides",
        "incident": "critical incidents",
        "sunset": "the end of the product",
    }
)
"""The rights whose people may be asked, in this order, and what they decide about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """One right whose people must say yes to a changed agreement.

    Attributes:
        name: One of `RIGHTS`.
        quorum: How many must: one at least, and no more than there are.
        words: Entries of the words that count.
        unheard: Those in whose name something is given, and who have not said so.
    """

    name: str
    right: DecisionRight
    deciders: tuple[Holder, ...]
    quorum: int
    words: tuple[int, ...]
    unheard: tuple[Holder, ...] = ()

    @property
    def missing(self) -> int:
        """How many must still say yes."""
        return max(self.quorum - len(self.words), len(self.unheard))

    @property
    def about(self) -> str:
        """What they decide about, in words."""
        return RIGHTS[self.name]

    @property
    def who(self) -> str:
        """Who they are, and by which right when that is not the usual one."""
        by_right = "" if self.name == RELEASE else f", who decide about {self.about}"
        named = listed([one.name for one in self.unheard])
        among = f" (in whose name something is given: {named})" if named else ""
        return f"{names(self.deciders)}{by_right}{among}"

    def role_of(self, holder: Holder) -> Role | None:
        """The role by which somebody decides; None when they do not."""
        return holder.role_in(self.right) if holder in self.deciders else None


def needed_words(
    charter: Charter, asked: Asked, said: Sequence[Approval] = ()
) -> tuple[Needed, ...]:
    """The rights whose people must say yes to a change; none where nobody is asked.

    A right whose people are all still undecided asks nobody; one that separation of duties leaves
    to nobody asks those whom it keeps out.

    Args:
        charter: The charter in force.
        asked: Whom the change asks.
        said: Who said yes.
    """
    needed = (_needed(charter, name, asked, said) for name in asked.rights)
    return tuple(one for one in needed if one.quorum)


def right_named(charter: Charter, name: str) -> DecisionRight:
    """One of `RIGHTS` as the charter grants it."""
    if name == AUTHORISATION:
        return authorisation_right(charter)
    right: DecisionRight = getattr(charter.decision_rights, name)
    return right


def holders_named(charter: Charter, name: str) -> tuple[Holder, ...]:
    """The people who hold one of `RIGHTS`; about releases without those kept from deciding."""
    if name == RELEASE:
        return release_deciders(charter)
    return holders_of(charter, right_named(charter, name))


def asked_for(charter: Charter, name: str) -> tuple[Holder, ...]:
    """The people who are asked about a change by one of `RIGHTS`; nobody while all are undecided.

    A charter may be in force in which separation of duties keeps everybody from deciding about
    releases: `aipo check` asked for nobody there once. Its changes are no rule's matter for that.
    """
    decided = charter.model_copy(update={"undecided": ()})
    if holders_named(decided, name):
        return holders_named(charter, name)
    return holders_of(charter, right_named(charter, name))


def deciders_of(needed: Sequence[Needed]) -> tuple[Holder, ...]:
    """Everybody who may say a word about a change, each once."""
    return tuple(dict.fromkeys(holder for one in needed for holder in one.deciders))


def told_needed(needed: Sequence[Needed]) -> str:
    """Whose words are missing: `1 of 2 words needed from Ada Okafor (owner), …`."""
    missing = [one for one in needed if one.missing] or needed
    return "; ".join(
        f"{one.missing} of {one.quorum} words needed from {one.who}" for one in missing
    )


def _needed(charter: Charter, name: str, asked: Asked, said: Sequence[Approval]) -> Needed:
    right, deciders = right_named(charter, name), asked_for(charter, name)
    signers = asked.signers if name in (DATA_SOURCE, AUTHORISATION) else ()
    named = (one for one in deciders if any(map(one.goes_by, signers)))
    return Needed(
        name=name,
        right=right,
        deciders=deciders,
        quorum=min(max(right.quorum, 1), len(deciders)),
        words=tuple(one.entry for one in said if any(who.goes_by(one.person) for who in deciders)),
        unheard=tuple(who for who in named if not any(who.goes_by(one.person) for one in said)),
    )
