"""What leaves a step that broke: our own words, and of anybody else's error only its kind.

Dagster stores the error of a step with its whole chain of causes, shows it in the UI and prints it
into the logs of the run. Messages of libraries and of the data team's code may quote cells, so
they end here: the place where it broke and the class of the error are kept, its words are not.
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
"""Errors of code that was given something it cannot take; machines and networks raise others."""


@contextmanager
def without_values(doing: str) -> Iterator[None]:
    """Lets out of a step only errors that quote nobody's data.

    Args:
        doing: What the step does, for the message: `measuring batch 2026-11-01 of churn`.

    Raises:
        AipoError: As it was raised, without its causes; a note names their classes.
        BrokenStepError: In place of an error that the same step would meet again.
        UnexpectedError: In place of any other error, and of an attempt to end the process.
    """
    # `from None`: whoever prints or stores this error leaves the one it stands for alone.
    try:
        yield
    except AipoError as error:
        told: AipoError = _alone(error)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - ours is raised below, without its words
        kind = BrokenStepError if isinstance(error, _LASTING) else UnexpectedError
        told = kind(
            f"{type(error).__name__} while {doing}, in {place_of(error)} (its message is withheld, "
            "as it may quote data): expected none; look at that line, or start the run again in "
            "the Dagster UI once the cause is gone"
        ).with_traceback(error.__traceback__)
    else:
        return
    raise told from None


def _alone(error: AipoError) -> AipoError:
    causes = []
    cause = error.__cause__ or error.__context__
    while cause is not None:
        causes.append(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    error.__cause__ = error.__context__ = None
    if causes:
        error.add_note(f"Caused by {', then '.join(causes)}; messages of causes are withheld.")
    return error
