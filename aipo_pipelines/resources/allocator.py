"""Memory of tables that are gone.

Arrow brings an allocator of its own, with a heap for each of its threads: what a thread let go of
nobody else may use, and most of it never returns to the system. The C library has heaps for threads
as well, and keeps what was freed below anything that still lives. Together they hold on to about
twice a batch for as long as a process runs.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import pyarrow as pa

_ARENA_MAX = -8
"""Parameter of the GNU C library (`malloc.h`): how many heaps there are at most."""


def use_one_allocator() -> None:
    """Has Arrow and all threads take their memory where everything else in this process does."""
    pa.set_memory_pool(pa.system_memory_pool())
    if hasattr(_library(), "mallopt"):
        _library().mallopt(_ARENA_MAX, 1)


def give_back() -> None:
    """Returns to the system what is free in the heaps of the GNU C library.

    To be called where something large has become superfluous; takes some milliseconds at most.
    """
    if hasattr(_library(), "malloc_trim"):
        _library().malloc_trim(0)


@cache
def _library() -> Any:
    return ctypes.CDLL(None)
