"""Case `identity`: the cost of finding out which records of a batch a version knows.

A batch is hashed and looked up among as many records of the version's training: by the identifiers
that a charter names, and by the features of a model. The case counts processor seconds of all
threads together. The other side is not a program but the agreed limit for a million records, in
proportion.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import numpy as np
import pandas as pd

from aipo_pipelines.charter.load import load_products
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.measures.data.conform import conform
from aipo_pipelines.models.identity import Identity
from aipo_pipelines.models.record_hashes import Hashes
from bench.feed import make_table, yesterday
from bench.product import write_products
from bench.scale import Scale
from bench.timing import Row

LIMIT = 0.3
MILLION = 1_000_000


def run(scale: Scale) -> Iterator[Row]:
    """Three rows: by identifiers, by the features of a model, and by features that often repeat."""
    product, rows = _product(), max(scale.rows)
    frame = conform(make_table(rows, 1, yesterday()), product.contract).frame
    identity = Identity.of(product)
    unnamed = replace(identity, named=())
    works: dict[str, Callable[[], object]] = {
        "an identifier": partial(_look_up, replace(identity, named=("record_id",)), frame),
        "16 features": partial(_look_up, unnamed, frame),
        "features that repeat": partial(unnamed.places, *_alike_by_chance(rows)),
    }
    for subject, work in works.items():
        scale.talk(f"identity: {rows:,} records by {subject}")
        seconds = [_of_processor(work) for _ in range(scale.repeats)]
        yield Row(
            case="identity",
            subject=f"{rows:,} records by {subject}",
            ours=statistics.median(seconds),
            bare=LIMIT * rows / MILLION,
            goal=1.0,
            note="of processor, beside the limit",
        )


def _product() -> Product:
    with TemporaryDirectory() as place:
        root = Path(place)
        write_products(root / "products", ("bench",), root / "feeds")
        return load_products(root / "products")[0]


def _look_up(identity: Identity, frame: pd.DataFrame) -> None:
    findings = identity.of_records(frame)
    # Reversed: in a real feed no record has the same row in both deliveries.
    identity.places(findings, findings[::-1])


def _alike_by_chance(rows: int) -> tuple[Hashes, Hashes, pd.Series]:
    """Hashes of a batch and of ten earlier batches: about every third kind of row is there."""
    draw = np.random.default_rng(5)
    mine, known = (draw.integers(0, 3 * rows, rows).astype(np.uint64) for _ in range(2))
    deliveries = pd.Series([f"batch_{number % 10}" for number in range(rows)])
    return mine, known, deliveries


def _of_processor(work: Callable[[], object]) -> float:
    # By the clock, a search that uses all cores would look cheap.
    began = process_time()
    work()
    return process_time() - began
