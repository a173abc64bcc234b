"""The actor of an entry: a person with a role, a rule, or a part of the program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

_RULE = "rule:"


@dataclass(frozen=True, slots=True)
class Actor:
    """The cause of an entry: `rule:release`, `owner Ada Ng` or `recorder` as text.

    Attributes:
        name: Name of the rule, or the whole text of another actor.
    """

    name: str
    is_rule: bool = False

    def __str__(self) -> str:
        return f"{_RULE}{self.name}" if self.is_rule else self.name

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads an actor."""
        is_rule = text.startswith(_RULE)
        return cls(text.removeprefix(_RULE), is_rule)

    @classmethod
    def of_rule(cls, rule: str) -> Self:
        """A rule made the entry."""
        return cls(rule, is_rule=True)
