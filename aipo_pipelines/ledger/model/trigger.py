"""The trigger of a training: why it is due, or which entry or run began it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.ledger.model.text_values import TextValue

_SEPARATOR = ":"
_CHECK = "check"
_ENTRY = "entry"
_RUN = "run"


@dataclass(frozen=True, slots=True, order=True)
class Trigger(TextValue):
    """Why a training is due, or what began it: `cadence`, `check:performance/drift`, `entry:42`.

    Attributes:
        kind: `first model`, `cadence`, `value`, `check` or `by hand`; `entry` or `run` for the
            entry that asked for a training, or the run of a person.
        about: The check, entry or run; empty for another kind.
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

    @classmethod
    def of_entry(cls, entry: int) -> Self:
        """An entry of the ledger asked for the training."""
        return cls(_ENTRY, str(entry))

    @classmethod
    def of_run(cls, run_id: str) -> Self:
        """A person started the run of the training."""
        return cls(_RUN, run_id)

    @property
    def by_rule(self) -> bool:
        """Whether an entry asked for the training, so that a rule caused its run."""
        return self.kind == _ENTRY

    @property
    def check_key(self) -> CheckKey | None:
        """The check that fails; None for other triggers."""
        return CheckKey.parse(self.about) if self.kind == _CHECK else None
