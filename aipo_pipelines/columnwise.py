"""Work on the columns of a large table, several at a time.

Arrow lets other threads run while it works, so two cores take about half of the time of one.
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
_WORTH_IT = 200_000
"""Cells of a column below which threads save little and more columns at once take more memory."""


def columnwise(work: Callable[[C], R], columns: Iterable[C]) -> Iterator[R]:
    """Applies a function to each column.

    Args:
        work: Looks at nothing but its column.
        columns: Columns of one length, each taken only once a thread is free for it: those of a
            source that makes them on demand are never all there.

    Yields:
        What came of each, in the order of the columns.
    """
    columns = iter(columns)
    first = list(islice(columns, 2))
    if len(first) < 2 or len(first[0]) < _WORTH_IT:  # noqa: PLR2004 - one column is no work to share
        yield from map(work, chain(first, columns))
        return
    waiting: deque[Future[R]] = deque()
    with ThreadPoolExecutor(_THREADS) as threads:
        for column in chain(first, columns):
            waiting.append(threads.submit(work, column))
            if len(waiting) == _THREADS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
