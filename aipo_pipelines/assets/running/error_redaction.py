"""Redacts the errors of a step: our own keep their message, others only their class and place.

Dagster stores the error of a step with its whole chain of causes, shows it in the UI and prints it
into the logs of the run. Messages of libraries and of the data team's code may quote cells, so
they must not leave the step.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from aipo_pipelines.errors import AipoError, BrokenStepError, UnexpectedError, place_of

_LASTING = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NameError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
)
"""Errors of code that gets input it cannot take; machines and networks raise other classes."""


@contextmanager
def without_values(doing: str) -> Iterator[None]:
    """Lets only errors out of a step that quote no data.

    Args:
        doing: The work of the step, for the message: `measuring batch 2026-11-01 of churn`.

    Raises:
        AipoError: As it was raised, without its causes; a note names their classes.
        BrokenStepError: In place of an error that the same step would meet again.
        UnexpectedError: In place of any other error, and of an attempt to end the process.
    """
    # Raised outside the handlers and `from None`: Dagster would follow the chain of causes.
    try:
        yield
    except AipoError as error:
        redacted: AipoError = _alone(error)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - boundary: code of the team and libraries
        # An error of the input comes back with the same input, so a repetition is no use.
        kind = BrokenStepError if isinstance(error, _LASTING) else UnexpectedError
        redacted = kind(
            f"{type(error).__name__} while {doing}, in {place_of(error)} (its message is withheld, "
            "as it may quote data): expected none; look at that line, or start the run again in "
            "the Dagster UI after the cause is gone"
        ).with_traceback(error.__traceback__)
    else:
        return
    raise redacted from None


def _alone(error: AipoError) -> AipoError:
    causes = []
    cause = error.__cause__ or error.__context__
    while cause is not None:
        causes.append(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    # Their classes stay in a note; the causes themselves may quote data.
    error.__cause__ = error.__context__ = None
    if causes:
        error.add_note(f"Caused by {', then '.join(causes)}; messages of causes are withheld.")
    return error
