"""The cause of an incident: its identity, so that it is opened only once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.ledger.model.text_values import TextValue

_SEPARATOR = ":"
_CHECK = "check"
_ACTION = "action"


@dataclass(frozen=True, slots=True, order=True)
class Cause(TextValue):
    """Why an incident was opened: `stale`, `check:performance/drift` or `action:train` as text.

    Attributes:
        kind: One word for the event.
        about: The check or the kind of action that it is about; empty for other kinds.
    """

    kind: str
    about: str = ""

    def __str__(self) -> str:
        return f"{self.kind}{_SEPARATOR}{self.about}" if self.about else self.kind

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads a cause; a text without a separator is a kind."""
        kind, _, about = text.partition(_SEPARATOR)
        return cls(kind, about)

    @classmethod
    def of_check(cls, key: CheckKey | str) -> Self:
        """A check fails."""
        return cls(_CHECK, str(key))

    @classmethod
    def of_action(cls, kind: str) -> Self:
        """Actions of a kind were given up."""
        return cls(_ACTION, str(kind))

    @property
    def check_key(self) -> CheckKey | None:
        """The check that fails; None for other causes."""
        return CheckKey.parse(self.about) if self.kind == _CHECK else None
