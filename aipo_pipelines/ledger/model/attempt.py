"""An attempt at an action: the entry that asks for it, and its number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

_SEPARATOR = ":"


@dataclass(frozen=True, slots=True, order=True)
class Attempt:
    """An attempt at an action, `<entry>:<number>` as text.

    Attributes:
        entry: Entry that asks for the action.
        number: Number of the attempt, from 1.
    """

    entry: int
    number: int

    def __str__(self) -> str:
        return f"{self.entry}{_SEPARATOR}{self.number}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Reads an attempt; None if the text is no attempt."""
        entry, _, number = text.partition(_SEPARATOR)
        # Everybody who reaches Dagster can write tags of runs: no other text may pass.
        return cls(int(entry), int(number)) if entry.isdecimal() and number.isdecimal() else None
