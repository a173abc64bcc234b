"""Every error a user can meet.

Each message says what was found, what was expected, where, and what to do. `AipoError` is the one
root: the command line prints it with its chain of causes and exits with `exit_code`.
"""

from __future__ import annotations

import traceback
from typing import ClassVar


class AipoError(Exception):
    """Root of all errors raised on purpose."""

    exit_code: ClassVar[int] = 1
    is_lasting: ClassVar[bool] = False
    """Whether the same attempt would end the same way, so that repeating it is no use."""
    is_altered: ClassVar[bool] = False
    """Whether something that must stay as it was stored was changed since."""


class UnexpectedError(AipoError):
    """An error of a library or of a team's code; its own words are withheld."""


class BrokenStepError(UnexpectedError):
    """Such an error in a step that would meet it again: what it was given does not change."""

    is_lasting = True


class UsageError(AipoError):
    """A command was given words that do not fit."""

    exit_code = 2


class CharterError(AipoError):
    """One or more charters, contracts or standards cannot be used as written."""

    exit_code = 2


class DraftError(AipoError):
    """No product can be drafted from the data and the words given."""

    exit_code = 2


class ProductNotFoundError(AipoError):
    """No product of that name is chartered here."""

    exit_code = 2


class SourceError(AipoError):
    """A data source could not be read as its charter and contract declare it."""


class SourceMissingError(SourceError):
    """A data source is not where the charter says it is."""


class SourceUnreadableError(SourceError):
    """A data source is there, but its bytes are not what the contract declares."""


class SourceChangedError(SourceError):
    """A data source changed while it was read, or since its batch was listed."""


class LakeError(AipoError):
    """A snapshot could not be stored or read back unchanged."""


class SnapshotAlteredError(LakeError):
    """A snapshot no longer has the digest it was stored under."""

    is_lasting = True
    is_altered = True


class ModelError(AipoError):
    """A model could not be built, trained, stored, loaded or asked."""

    is_lasting = True


class TrainingError(ModelError):
    """A model could not be trained on the window it was given."""


class ModelNotStorableError(ModelError):
    """A model holds a type that may not be stored without pickle."""


class ModelMissingError(ModelError):
    """The files of a stored model are not where they are looked for."""

    is_lasting = False


class ModelAlteredError(ModelError):
    """The files of a stored model no longer have the digest they were stored under."""

    is_altered = True


class TrackerError(AipoError):
    """MLflow refused or did not answer."""


class DatabaseError(AipoError):
    """Postgres refused, did not answer, or is not set up."""


class DatabaseRefusedError(DatabaseError):
    """Postgres answered, and refused what it was given: given again, it refuses again."""


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
        fault: What is wrong there.
    """

    exit_code = 5

    def __init__(self, message: str, *, index: int, fault: str) -> None:
        super().__init__(message)
        self.index = index
        self.fault = fault


class DecisionError(AipoError):
    """A person's word was refused: it is not theirs to give, or nothing waits for it."""


class RunOvertakenError(AipoError):
    """A run came so late that its work was given to another."""


class ServiceError(AipoError):
    """A service that `aipo up` starts did not come up or went away."""


def place_of(error: BaseException) -> str:
    """Where an error was raised: function, file and line, without anything it says."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "an unknown place"
    last = frames[-1]
    return f"{last.name} ({last.filename.rpartition('/')[2]}, line {last.lineno})"


def trace_of(error: BaseException) -> str:
    """The traceback of an error and of what caused it, without anything that they say."""
    chain: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in chain:
        chain.append(one)
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return "\nbecause of ".join(
        "\n  ".join(
            [
                type(one).__name__,
                *(
                    f"in {frame.name} ({frame.filename.rpartition('/')[2]}, line {frame.lineno})"
                    for frame in traceback.extract_tb(one.__traceback__)
                ),
            ]
        )
        for one in chain
    )


def told_of(error: BaseException) -> str:
    """One sentence on an error that quotes nobody's data."""
    if isinstance(error, AipoError):
        return str(error)
    return (
        f"{type(error).__name__} in {place_of(error)} (its message is withheld, as it may quote "
        "data)."
    )
