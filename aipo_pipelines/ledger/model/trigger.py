"""The trigger of a training: why it is due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.ledger.model.text_values import TextValue

_SEPARATOR = ":"
_CHECK = "check"


@dataclass(frozen=True, slots=True, order=True)
class Trigger(TextValue):
    """Why a training is due: `cadence`, or `check:performance/drift`, as text.

    Attributes:
        kind: `first model`, `cadence`, `value`, `check` or `by hand`.
        about: The check that fails; empty for another kind.
    """

    kind: str
    about: str = ""

    def __str__(self) -> str:
        return f"{self.kind}{_SEPARATOR}{self.about}" if self.about else self.kind

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads a trigger; a text without a separator is a kind."""
        kind, _, about = text.partition(_SEPARATOR)
        return cls(kind, about)

    @classmethod
    def of_check(cls, key: CheckKey | str) -> Self:
        """A check fails, and training is agreed as the response."""
        return cls(_CHECK, str(key))

    @property
    def check_key(self) -> CheckKey | None:
        """The check that fails; None for other triggers."""
        return CheckKey.parse(self.about) if self.kind == _CHECK else None
