"""Case `identity`: what it costs to know which records of a batch a version knows.

A batch is hashed and looked up among as many records of the version's training: by the identifiers
that a charter names, and by the features of a model. Counted are seconds of processor, of all
threads together. The other side is no program but the limit that was agreed for a million records,
in proportion.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import pandas as pd

from aipo_pipelines.charter.load import load_products
from aipo_pipelines.charter.product import Product
from aipo_pipelines.measures.conform import conform
from aipo_pipelines.models.identity import Identity
from bench.feed import make_table, yesterday
from bench.product import write_products
from bench.scale import Scale
from bench.timing import Row, Work

LIMIT = 0.3
MILLION = 1_000_000


def run(scale: Scale) -> Iterator[Row]:
    """Two rows: by identifiers, and by the features of a model."""
    product, rows = _product(), max(scale.rows)
    frame = conform(make_table(rows, 1, yesterday()), product.contract).frame
    identity = Identity.of(product)
    for subject, named in (("an identifier", ("record_id",)), ("16 features", ())):
        scale.talk(f"identity: {rows:,} records by {subject}")
        work = partial(_look_up, replace(identity, named=named), frame)
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
    found = identity.of_records(frame)
    identity.places(found, found[::-1])


def _of_processor(work: Work) -> float:
    began = process_time()
    work()
    return process_time() - began
