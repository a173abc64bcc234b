"""The cause of an incident: its identity, by which it is opened once and found again."""

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
    """What an incident is about: `stale`, `check:performance/drift` or `action:train` as text.

    Attributes:
        kind: What happened, in one word.
        about: To what it happened; empty if the kind says it all.
    """

    kind: str
    about: str = ""

    def __str__(self) -> str:
        return f"{self.kind}{_SEPARATOR}{self.about}" if self.about else self.kind

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads a cause; what has no separator is a kind."""
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
        """The check that fails; None if the cause is another one."""
        return CheckKey.parse(self.about) if self.kind == _CHECK else None
