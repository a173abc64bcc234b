"""Free memory returns to the system, if the C library can be asked for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from aipo_pipelines.resources import allocator
from aipo_pipelines.resources.allocator import give_back, use_one_allocator

STATUS = Path("/proc/self/status")
MEGABYTE = 1 << 20


@pytest.fixture
def _as_before() -> Iterator[None]:
    pool = pa.default_memory_pool()
    yield
    pa.set_memory_pool(pool)


def resident() -> int:
    (line,) = (row for row in STATUS.read_text().splitlines() if row.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


@pytest.mark.usefixtures("_as_before")
def test_arrow_takes_its_memory_from_the_c_library() -> None:
    use_one_allocator()
    assert pa.default_memory_pool().backend_name == "system"


@pytest.mark.skipif(not STATUS.exists(), reason="only Linux shows how much is resident")
@pytest.mark.skipif(
    not hasattr(allocator._library(), "malloc_trim"),  # noqa: SLF001 - which C library is this?
    reason="another C library than GNU's",
)
def test_what_lies_below_something_that_lives_returns_to_the_system() -> None:
    blocks = [bytes(50_000) for _ in range(1_200)]
    remaining = blocks[::100]
    del blocks
    before = resident()
    give_back()
    assert before - resident() > 40 * MEGABYTE
    assert remaining


@pytest.mark.usefixtures("_as_before")
def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allocator, "_library", object)
    use_one_allocator()
    give_back()
