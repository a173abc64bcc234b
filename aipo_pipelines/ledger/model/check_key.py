"""The key of a check: its asset and its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from aipo_pipelines.ledger.model.text_values import TextValue

_SEPARATOR = "/"


@dataclass(frozen=True, slots=True, order=True)
class CheckKey(TextValue):
    """A check on an asset, `performance/drift` as text.

    Attributes:
        asset: Last part of the asset key.
        check: Name of the check; empty for the asset itself.
    """

    asset: str
    check: str

    def __str__(self) -> str:
        return f"{self.asset}{_SEPARATOR}{self.check}" if self.check else self.asset

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads a key; a text without a separator is the key of an asset."""
        # The names of checks that teams declare may contain the separator; our assets do not.
        asset, _, check = text.partition(_SEPARATOR)
        return cls(asset, check)
