"""Case `monitor`: one monitor cycle, from a file in the feed to the decisions of the charter.

Ours is what `aipo run` does with one new batch: intake, snapshot, contract, privacy, drift,
predictions, performance, recorder, policy. The bare job is described in `bench.bare_job`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from aipo_pipelines.measures.contract.suite import contract_rules
from aipo_pipelines.resources.tracker.mlflow_tracker import Tracker
from bench.bare_job import PARTITIONS, build_job
from bench.bare_libraries import Material
from bench.feed import make_table, write_batch, yesterday
from bench.memory import memory_rows
from bench.scale import Scale
from bench.stage import QUIET, Stage, new_stage, settle
from bench.timing import Row, Work, alternate

PRODUCT, WARM = "bench", "warm"
"""What is measured, and what a process gets warm with."""
TRAINED_ON = "batch_000"
GOAL = 1.5
LEAST = 5_000
"""Records of the first batch, so that each group can be judged on its held-out part."""
WEIGHTY = 100_000
"""Below this many rows, code that libraries load late hides the growth by the batch."""


def run(scale: Scale) -> Iterator[Row]:
    """One row per size for time, and one for memory."""
    for rows in scale.rows:
        scale.talk(f"monitor cycle of {rows:,} rows: training the champion")
        with new_stage((PRODUCT, WARM)) as stage:
            prepare(stage, rows)
            yield _timed(stage, rows, scale)
            if rows >= WEIGHTY:
                scale.talk(f"monitor cycle of {rows:,} rows: memory in fresh processes")
                yield from memory_rows(stage.folder, rows)


def _timed(stage: Stage, rows: int, scale: Scale) -> Row:
    scale.talk(f"monitor cycle of {rows:,} rows: {scale.repeats} rounds")
    cycle = Cycle(stage, rows)
    medians = alternate(cycle.ours, cycle.bare, repeats=scale.repeats)
    return Row(
        case="monitor",
        subject=f"{rows:,} rows x 20 columns",
        ours=medians.ours,
        bare=medians.bare,
        goal=GOAL,
    )


def prepare(stage: Stage, rows: int) -> None:
    """Trains and releases the champion on the first batch; keeps its records for both sides.

    Raises:
        RuntimeError: The run released no champion.
    """
    # The same records on both sides: ours reads them from the lake, the bare job from Parquet.
    frame = make_table(max(rows, LEAST), 1, yesterday())
    write_batch(stage.folder / "feeds" / PRODUCT, frame, TRAINED_ON)
    write_parquet(frame, stage.folder / "bare" / "reference.parquet")
    settle(stage.loop(), PRODUCT)
    if stage.session.services.ledger.state(PRODUCT).champion is None:
        raise RuntimeError("the first batch made no champion; see its runs")


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Writes a batch as a bare program keeps it, without the day."""
    table = pa.Table.from_pandas(frame.drop(columns="day"), preserve_index=False)
    pq.write_table(table, path, compression="zstd")


def warm_up(stage: Stage, side: str) -> None:
    """Lets this process measure a small batch, so that everything is loaded that a cycle needs."""
    if side == "ours":
        frame = make_table(LEAST, 3, yesterday())
        write_batch(stage.folder / "feeds" / WARM, frame, TRAINED_ON)
        settle(stage.loop(), WARM)
        return
    small = stage.folder / "bare" / "small.parquet"
    write_parquet(make_table(LEAST, 1, yesterday()), small)
    Cycle(stage, LEAST, replace(material_of(stage), reference=small)).bare()()


class Cycle:
    """Prepares cycles of one size: writes a new batch and gives the work that measures it."""

    def __init__(self, stage: Stage, rows: int, material: Material | None = None) -> None:
        self._stage = stage
        self._bare = stage.folder / "bare"
        self._frame = make_table(rows, 2, yesterday())
        self._loop = stage.loop()
        self._job = build_job(material or material_of(stage))

    def ours(self) -> Work:
        """One cycle of this package."""
        self._next_batch(self._stage.folder / "feeds" / PRODUCT)
        return lambda: settle(self._loop, PRODUCT)

    def bare(self) -> Work:
        """One run of the bare job."""
        batch = self._next_batch(self._bare / "feed")

        def work() -> None:
            """The timed part."""
            instance = self._stage.bare
            # Timed as well: ours adds the partition of a new batch in its cycle.
            instance.add_dynamic_partitions(str(PARTITIONS.name), [batch])
            self._job.execute_in_process(instance=instance, partition_key=batch, run_config=QUIET)

        return work

    def forget(self) -> None:
        """Frees the table that batches are made from."""
        self._frame = self._frame.head(0)

    def _next_batch(self, feed: Path) -> str:
        """Another batch of the same kind: equal content would be no news."""
        number = len(list(feed.glob("*.csv")))
        name = f"batch_{number:03d}"
        write_batch(feed, self._frame.assign(calls=self._frame["calls"] + number), name)
        return name


def material_of(stage: Stage) -> Material:
    """The input of a bare program, once the champion is there."""
    services, product = stage.session.services, stage.products[PRODUCT]
    champion = services.ledger.state(PRODUCT).champion
    assert champion is not None  # noqa: S101 - `prepare` saw it
    assert isinstance(services.tracker, Tracker)  # noqa: S101 - a session opens this one
    rules = contract_rules(product.contract)
    bare = stage.folder / "bare"
    return Material(
        feed=bare / "feed",
        output=bare,
        reference=bare / "reference.parquet",
        rules=tuple((rule.expectation, dict(rule.arguments)) for rule in rules),
        tracking_uri=services.tracker.tracking_uri,
        model=PRODUCT,
        version=champion.version,
    )
