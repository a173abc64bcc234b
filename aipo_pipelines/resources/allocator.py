"""Returns the memory of tables that are gone.

Arrow has an allocator of its own, with a heap for each of its threads. No other thread can use the
memory that one thread has freed, and most of this memory never returns to the system. The C library
has heaps for threads as well, and keeps freed memory that lies below memory in use. Together they
keep about twice the size of a batch as long as a process runs.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import pyarrow as pa

_ARENA_MAX = -8
"""Parameter of the GNU C library (`malloc.h`): the largest number of heaps."""


def use_one_allocator() -> None:
    """Makes Arrow and all threads use the heap of the rest of the process."""
    pa.set_memory_pool(pa.system_memory_pool())
    # Only the GNU C library has it; every other system keeps its own default.
    if hasattr(_library(), "mallopt"):
        _library().mallopt(_ARENA_MAX, 1)


def give_back() -> None:
    """Returns free memory of the GNU C library to the system.

    It takes some milliseconds at most; call it after a large table is not needed any more.
    """
    if hasattr(_library(), "malloc_trim"):
        _library().malloc_trim(0)


@cache
def _library() -> Any:
    return ctypes.CDLL(None)
