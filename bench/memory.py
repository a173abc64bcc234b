"""How far a process grows over one monitor cycle, in multiples of the batch.

Each side runs in a fresh process that imports everything first, also what libraries import, build
or map at first use only: it measures a small batch of a product with a small reference before. The
growth is the highest resident size during the cycle minus the size then; the batch is the
delivered table as text, as it lies in memory.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.timing import Row

GOAL = 3.0
MEGABYTE = 1e6
_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


def memory_rows(folder: Path, rows: int) -> Iterator[Row]:
    """Growth of both sides on one more batch; nothing if the system does not report it."""
    if not _CLEAR.exists():
        return
    ours, bare = (_in_fresh_process(folder, rows, side) for side in ("ours", "bare"))
    batch = _batch_bytes(folder, rows)
    yield Row(
        case="memory",
        subject=f"growth over {rows:,} rows x 20 columns",
        ours=ours / MEGABYTE,
        bare=batch / MEGABYTE,
        unit="MB",
        goal=GOAL,
        note=f"against the batch itself; the bare job grows by {bare / MEGABYTE:,.0f} MB",
    )


def _in_fresh_process(folder: Path, rows: int, side: str) -> float:
    command = [sys.executable, "-m", "bench.memory", str(folder), str(rows), side]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    # The last line, because libraries may print before it.
    return float(json.loads(done.stdout.splitlines()[-1])["growth"])


def _batch_bytes(folder: Path, rows: int) -> int:
    from aipo_pipelines.charter.load import load_product
    from aipo_pipelines.resources.feeds.delimited import read_delimited

    product = load_product(folder / "products" / "bench", root=folder / "products")
    path = folder / "feeds" / "bench" / "batch_000.csv"
    frame = read_delimited(path, path.name, product.contract)
    assert len(frame) == rows  # noqa: S101 - the file this case wrote
    return int(frame.memory_usage(index=False, deep=True).sum())


def resident(field: str) -> int:
    """Bytes of a field of the process's status: `VmRSS` now, or its highest `VmHWM`."""
    for line in _STATUS.read_text(encoding="ascii").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"found no {field} in {_STATUS}; expected a Linux kernel")


def measure(folder: Path, rows: int, side: str) -> float:
    """The growth of this fresh process in bytes over one cycle of one side."""
    import pyarrow as pa

    from bench.monitor import Cycle, warm_up
    from bench.stage import open_stage

    as_installed = pa.default_memory_pool()
    with open_stage(folder) as stage:
        if side != "ours":
            # Opening our services has Arrow use another allocator; a bare program keeps its own.
            pa.set_memory_pool(as_installed)
        warm_up(stage, side)
        cycle = Cycle(stage, rows)
        work = cycle.ours() if side == "ours" else cycle.bare()
        cycle.forget()
        _release()
        before = resident("VmRSS")
        # Writing 5 sets the highest resident size back to the present size (proc(5)).
        _CLEAR.write_text("5", encoding="ascii")
        work()
        return float(resident("VmHWM") - before)


def _release() -> None:
    """Gives back what writing the batch took, so that the growth is that of the cycle."""
    import gc

    import pyarrow as pa

    from aipo_pipelines.resources.allocator import give_back

    gc.collect()
    pa.default_memory_pool().release_unused()
    give_back()


if __name__ == "__main__":
    folder, rows, side = sys.argv[1:]
    os.environ["AIPO_HOME"] = str(Path(folder) / "home")
    os.environ["AIPO_DATA"] = folder
    sys.stdout.write(json.dumps({"growth": measure(Path(folder), int(rows), side)}) + "\n")
