"""The common base of the details of all checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self, TypeVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """Further facts of a check, besides its figures; this class itself has no fact.

    They are never values of data subjects. Every member has a default, so that entries of older
    programs without it can be read.

    Attributes:
        state_members: Members that the state of a product keeps. The state is stored again with
            every evaluation, so that tables remain only in the entry.
    """

    state_members: ClassVar[tuple[str, ...]] = ()

    def for_state(self) -> Self:
        """The details with only those members that the state of a product keeps."""
        return type(self)(**{name: getattr(self, name) for name in self.state_members})


NO_DETAILS = Details()

_Kind = TypeVar("_Kind", bound=Details)


def details_of(kind: type[_Kind], details: Details) -> _Kind:
    """The details if they are of the expected class; otherwise details without facts."""
    # A check that a team declares may have the name of our check, and other details.
    return details if isinstance(details, kind) else kind()
