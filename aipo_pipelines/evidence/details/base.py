"""What the details of all checks have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self, TypeVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """Further facts of a check beside its figures; this class itself has no fact.

    Never values of data subjects. Every member has a default, so that entries of programs that did
    not know it yet can be read.

    Attributes:
        state_members: Members that the state of a product keeps. It is stored again with every
            evaluation, so tables stay in the entry alone.
    """

    state_members: ClassVar[tuple[str, ...]] = ()

    def for_state(self) -> Self:
        """The details as far as the state of a product keeps them."""
        return type(self)(**{name: getattr(self, name) for name in self.state_members})


NO_DETAILS = Details()

_Kind = TypeVar("_Kind", bound=Details)


def details_of(kind: type[_Kind], details: Details) -> _Kind:
    """Details of a check that must be of a kind; those that say nothing if they are of another."""
    return details if isinstance(details, kind) else kind()
