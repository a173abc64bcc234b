"""Makes every error while a delivery is read a problem of that delivery, and of no other."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from aipo_pipelines.errors import (
    AipoError,
    SourceError,
    SourceUnreadableError,
    text_of,
    trace_of,
)

logger = logging.getLogger("aipo.feeds")


@contextmanager
def as_problem_of(location: str) -> Iterator[None]:
    """Replaces errors of libraries by errors of this package, which never quote data.

    Args:
        location: The place of the delivery, as shown to people.

    Raises:
        AipoError: As it was raised.
        SourceError: Instead of an error of the machine, which may be gone at the next look.
        SourceUnreadableError: Instead of any other error: the same delivery causes it again.
    """
    try:
        yield
    except AipoError:
        raise
    except Exception as error:  # noqa: BLE001 - another error is raised, without its message
        # Any library may raise anything on strange data. Without this, one file would end the look
        # for all files, and its message might quote a cell.
        logger.error("%s: %s\n%s", location, text_of(error), trace_of(error))  # noqa: TRY400
        kind = SourceError if isinstance(error, OSError | MemoryError) else SourceUnreadableError
        raise kind(
            f"{location} cannot be read: {text_of(error)} Expected a delivery as its contract "
            "declares it. Deliver it again with simpler types, or remove it."
        ) from None
