"""Case `retrain`: one retrain run, from the approved batches to a judged version in MLflow.

Ours is the job as Dagster's button launches it, in this process, and the recorder with the
decisions of the charter afterwards. The bare program is described in `bench.bare_retrain`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from aipo_pipelines.assets.reporting.specs import TRAINED
from aipo_pipelines.assets.run_tags import JOBS, job_name
from aipo_pipelines.definitions import build_definitions
from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.sensors.recorder import record_events
from bench.bare_retrain import retrain
from bench.feed import make_table, write_batch, yesterday
from bench.monitor import PRODUCT, material_of, prepare, write_parquet
from bench.scale import Scale
from bench.stage import QUIET, Stage, new_stage, settle
from bench.timing import Row, Work, alternate

MOST = 100_000
"""More records make both sides wait for the same fits."""


def run(scale: Scale) -> Iterator[Row]:
    """One row for each of the two sizes of a batch."""
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    for rows in (rows for rows in scale.rows if rows <= MOST):
        scale.talk(f"retrain run on two batches of {rows:,} rows: training the champion")
        with new_stage((PRODUCT,)) as stage:
            prepare(stage, rows)
            window = _second_batch(stage, rows)
            scale.talk(f"retrain run on two batches of {rows:,} rows: {scale.repeats} rounds")
            yield _timed(stage, rows, window, scale.repeats)


def _timed(stage: Stage, rows: int, window: list[Path], repeats: int) -> Row:
    bare = partial(retrain, material_of(stage), window)
    medians = alternate(lambda: _ours(stage), lambda: bare, repeats=repeats)
    return Row(
        case="retrain",
        subject=f"two windows, batches of {rows:,} rows",
        ours=medians.ours,
        bare=medians.bare,
    )


def _second_batch(stage: Stage, rows: int) -> list[Path]:
    """Has another batch measured and approved; where both lie for the bare program."""
    frame = make_table(rows, 2, yesterday())
    write_batch(stage.folder / "feeds" / PRODUCT, frame, "batch_001")
    settle(stage.loop(), PRODUCT)
    newest = stage.folder / "bare" / "batch_001.parquet"
    write_parquet(frame, newest)
    return [stage.folder / "bare" / "reference.parquet", newest]


def _ours(stage: Stage) -> Work:
    """The work, which must go all the way to the assessment of risk."""
    session = stage.session
    definitions = build_definitions(stage.products, session.services)
    job = definitions.resolve_job_def(job_name(PRODUCT, JOBS[ActionKind.TRAIN]))

    def work() -> None:
        """The timed part."""
        # In this process, because the bare program runs in this process, too.
        done = job.execute_in_process(instance=session.instance, run_config=QUIET)
        events = [event for event in done.all_events if event.is_step_materialization]
        if len(events) != len(TRAINED):
            raise RuntimeError(f"the retrain run made {len(events)} assets; see its run")
        record_events(session.services, session.instance, stage.products)

    return work
