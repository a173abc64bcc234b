"""Whose words a changed agreement needs.

Pure. What loosens or binds needs the people who decide about releases. An approval of a source, or
an authorisation of a category, that is new or reaches further is a decision of the people who hold
the right `data_source`, whoever writes their names into the file. A change that holds both needs
both. Every right is that of the agreement in force: whoever only the change names has none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aipo_pipelines.charter.charter import Charter
from aipo_pipelines.charter.difference import Change
from aipo_pipelines.charter.people import DecisionRight, Role
from aipo_pipelines.ledger.model_state import Approval
from aipo_pipelines.policy.deciders import Holder, holders_of, names, release_deciders

_GIVEN = ("approval", "authorisations")
"""The fields of a source that say what people gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """One right whose people must say yes to a changed agreement.

    Attributes:
        name: `release` or `data_source`.
        quorum: How many must: one at least, and no more than there are.
        words: Entries of the words that count.
    """

    name: str
    right: DecisionRight
    deciders: tuple[Holder, ...]
    quorum: int
    words: tuple[int, ...]

    @property
    def missing(self) -> int:
        """How many must still say yes."""
        return max(self.quorum - len(self.words), 0)

    @property
    def about(self) -> str:
        """What they decide about, in words."""
        return "data sources" if self.name == "data_source" else "releases"

    def role_of(self, holder: Holder) -> Role | None:
        """The role by which somebody decides; None when they do not."""
        return holder.role_in(self.right) if holder in self.deciders else None


def needed_words(
    charter: Charter, changes: Sequence[Change], said: Sequence[Approval] = ()
) -> tuple[Needed, ...]:
    """The rights whose people must say yes to changes; none where nobody is asked.

    A right whose people are all still undecided asks nobody.

    Args:
        charter: The charter in force.
        changes: What differs from it.
        said: Who said yes.
    """
    waiting = [one for one in changes if one.waits]
    rights = charter.decision_rights
    asked = []
    if any(not _only_gives(one) for one in waiting):
        asked.append(_needed("release", rights.release, release_deciders(charter), said))
    if any(_gives(one) for one in waiting):
        holders = holders_of(charter, rights.data_source)
        asked.append(_needed("data_source", rights.data_source, holders, said))
    return tuple(one for one in asked if one.quorum)


def deciders_of(needed: Sequence[Needed]) -> tuple[Holder, ...]:
    """Everybody who may say a word about a change, each once."""
    return tuple(dict.fromkeys(holder for one in needed for holder in one.deciders))


def told_needed(needed: Sequence[Needed]) -> str:
    """Whose words are missing: `1 of 2 words needed from Ada Okafor (owner), …`."""
    missing = [one for one in needed if one.missing] or needed
    return "; ".join(
        f"{one.missing} of {one.quorum} words needed from {names(one.deciders)}"
        + (f", who decide about {one.about}" if one.name == "data_source" else "")
        for one in missing
    )


def _needed(
    name: str, right: DecisionRight, deciders: tuple[Holder, ...], said: Sequence[Approval]
) -> Needed:
    words = (one.entry for one in said if any(who.goes_by(one.person) for who in deciders))
    quorum = min(max(right.quorum, 1), len(deciders))
    return Needed(name=name, right=right, deciders=deciders, quorum=quorum, words=tuple(words))


def _only_gives(change: Change) -> bool:
    """Whether a change is about an approval or an authorisation of a source, and nothing else."""
    # Names of sources hold no dots; what identifies an authorisation may.
    match change.field.split(".", 4):
        case ["charter", "sources", _, field, *_]:
            return field in _GIVEN
        case _:
            return False


def _gives(change: Change) -> bool:
    """Whether a change holds an approval or an authorisation; a whole new source may bring them."""
    if _only_gives(change):
        return True
    match change.field.split("."):
        case ["charter", "sources", _]:
            return isinstance(change.new, Mapping) and any(map(change.new.get, _GIVEN))
        case _:
            return False
