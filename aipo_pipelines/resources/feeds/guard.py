"""Whatever reading a delivery raises is a problem of that delivery, and of no other."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from aipo_pipelines.errors import (
    AipoError,
    SourceError,
    SourceUnreadableError,
    told_of,
    trace_of,
)

logger = logging.getLogger("aipo.feeds")


@contextmanager
def as_problem_of(location: str) -> Iterator[None]:
    """Lets out of the reading of a delivery only errors that are ours and quote nobody's data.

    Args:
        location: Where the delivery lies, as shown to people.

    Raises:
        AipoError: As it was raised.
        SourceError: In place of an error of the machine, which another look may not meet.
        SourceUnreadableError: In place of any other error: the same delivery meets it again.
    """
    try:
        yield
    except AipoError:
        raise
    except Exception as error:  # noqa: BLE001 - ours is raised below, without its words
        logger.error("%s: %s\n%s", location, told_of(error), trace_of(error))  # noqa: TRY400
        kind = SourceError if isinstance(error, OSError | MemoryError) else SourceUnreadableError
        raise kind(
            f"{location} cannot be taken in: {told_of(error)} Expected a delivery as its contract "
            "declares it. Deliver it again in plainer types, or take it away."
        ) from None
