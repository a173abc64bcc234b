"""Applies a function to the columns of a large table, several at a time.

Arrow lets other threads run while it works, so two cores need about half of the time of one core.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sized
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from typing import TypeVar

C = TypeVar("C", bound=Sized)
R = TypeVar("R")

_THREADS = min(4, os.cpu_count() or 1)
_MIN_CELLS = 200_000
"""Columns with fewer cells are done one by one: threads save little time and cost memory."""


def columnwise(work: Callable[[C], R], columns: Iterable[C]) -> Iterator[R]:
    """Applies a function to each column.

    Args:
        work: A function that reads only its column.
        columns: Columns of the same length. Each is taken when a thread is free for it, so a source
            that makes them on demand never holds all of them.

    Yields:
        The result for each column, in the order of the columns.
    """
    columns = iter(columns)
    first = list(islice(columns, 2))
    if len(first) < 2 or len(first[0]) < _MIN_CELLS:  # noqa: PLR2004 - one column cannot be shared out
        yield from map(work, chain(first, columns))
        return
    waiting: deque[Future[R]] = deque()
    with ThreadPoolExecutor(_THREADS) as threads:
        for column in chain(first, columns):
            waiting.append(threads.submit(work, column))
            # One column per thread is in memory, never more.
            if len(waiting) == _THREADS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
