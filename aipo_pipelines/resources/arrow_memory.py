"""What Arrow keeps of tables that are gone."""

from __future__ import annotations

import pyarrow as pa


def give_back() -> None:
    """Returns to the system the memory that Arrow's pool holds on to.

    After a batch was read and written that is about twice its size, which nothing but Arrow could
    use, while the figures of the batch are made by others.
    """
    pa.default_memory_pool().release_unused()
