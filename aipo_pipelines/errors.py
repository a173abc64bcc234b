"""All errors that a user can see.

Each message contains the finding, the expectation, the place, and the next step. `AipoError` is the
only root: the command line prints it with its chain of causes and exits with `exit_code`.
"""

from __future__ import annotations

import traceback
from typing import ClassVar


class AipoError(Exception):
    """Root of all errors raised on purpose."""

    exit_code: ClassVar[int] = 1
    is_lasting: ClassVar[bool] = False
    """Whether another attempt would fail in the same way."""
    is_altered: ClassVar[bool] = False
    """Whether stored data was changed that must never change."""


class UnexpectedError(AipoError):
    """An error of a library or of a team's code; its message is withheld."""


class BrokenStepError(UnexpectedError):
    """An unexpected error in a step whose input cannot change: the step would fail again."""

    is_lasting = True


class UsageError(AipoError):
    """The arguments of a command cannot be used."""

    exit_code = 2


class CharterError(AipoError):
    """One or more charters, contracts or standards cannot be used as written."""

    exit_code = 2


class DraftError(AipoError):
    """No product can be drafted from the given data and options."""

    exit_code = 2


class ProductNotFoundError(AipoError):
    """No product of that name is chartered here."""

    exit_code = 2


class SourceError(AipoError):
    """A data source could not be read as its charter and contract declare it."""


class SourceMissingError(SourceError):
    """A data source is not at the place in the charter."""


class SourceUnreadableError(SourceError):
    """A data source is there, but its bytes are not what the contract declares."""


class SourceChangedError(SourceError):
    """A data source changed while it was read, or since its batch was listed."""


class LakeError(AipoError):
    """A snapshot could not be stored or read back unchanged."""


class SnapshotAlteredError(LakeError):
    """A snapshot no longer has its digest."""

    is_lasting = True
    is_altered = True


class ModelError(AipoError):
    """A model could not be built, trained, stored, loaded or used."""

    is_lasting = True


class TrainingError(ModelError):
    """A model could not be trained on its window."""


class ModelNotStorableError(ModelError):
    """A model holds a type that may not be stored without pickle."""


class ModelMissingError(ModelError):
    """The files of a stored model are missing."""

    is_lasting = False


class ModelAlteredError(ModelError):
    """The files of a stored model no longer have their digest."""

    is_altered = True


class TrackerError(AipoError):
    """MLflow refused a request or did not answer."""


class DatabaseError(AipoError):
    """Postgres refused a statement, did not answer, or is not set up."""


class DatabaseRefusedError(DatabaseError):
    """Postgres answered and refused a statement; it would refuse the statement again."""


class EmbeddedServerError(DatabaseError):
    """The embedded Postgres could not be initialised, started or stopped."""


class HomeError(AipoError):
    """The home folder cannot be used."""


class LedgerError(AipoError):
    """The ledger refused an entry or could not be read."""


class LedgerConflictError(LedgerError):
    """An idempotency key was used before with other content."""


class LedgerAlteredError(LedgerError):
    """Stored entries no longer match their hashes.

    Attributes:
        index: The first bad index.
        fault: The fault of this entry.
    """

    exit_code = 5

    def __init__(self, message: str, *, index: int, fault: str) -> None:
        super().__init__(message)
        self.index = index
        self.fault = fault


class DecisionError(AipoError):
    """The decision of a person was refused: the person has no right, or no decision is pending."""


class RunOvertakenError(AipoError):
    """A run was so late that another run does its work."""


class ServiceError(AipoError):
    """A service that `aipo up` starts did not start, or ended."""


def place_of(error: BaseException) -> str:
    """The place of an error: function, file and line, without its message."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "an unknown place"
    last = frames[-1]
    return f"{last.name} ({last.filename.rpartition('/')[2]}, line {last.lineno})"


def trace_of(error: BaseException) -> str:
    """The traceback of an error and its causes, without their messages."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    # A chain may contain a circle.
    while current is not None and current not in chain:
        chain.append(current)
        hidden = current.__suppress_context__
        current = current.__cause__ or (None if hidden else current.__context__)
    return "\nbecause of ".join(
        "\n  ".join(
            [
                type(link).__name__,
                *(
                    f"in {frame.name} ({frame.filename.rpartition('/')[2]}, line {frame.lineno})"
                    for frame in traceback.extract_tb(link.__traceback__)
                ),
            ]
        )
        for link in chain
    )


def text_of(error: BaseException) -> str:
    """A sentence about an error that quotes no data."""
    if isinstance(error, AipoError):
        return str(error)
    return (
        f"{type(error).__name__} in {place_of(error)} (its message is withheld, as it may quote "
        "data)."
    )
