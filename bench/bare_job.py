"""A bare Dagster job that measures a batch with the libraries of this package, and no more.

It reads the CSV file with pyarrow and writes it as Parquet. It executes the same Great Expectations
suite, and compares features with the reference (scipy, the same sampling rule). It loads the same
model from MLflow's database, writes its predictions, and computes the metrics with the same
bootstrap budget. It draws as many pictures, and reports as many materialisations and check results
to a Dagster instance on the same Postgres server. It keeps no ledger, checks no digest, searches no
personal data, makes no profile and decides nothing.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from aipo_pipelines.assets.reporting.specs import MONITORED
from bench import bare_measures as measures
from bench.bare_libraries import Material, scores, validate
from bench.bare_location import bare_check_specs
from bench.feed import CATEGORIES, COUNTS, FEATURES, NUMBERS
from bench.product import checks

PARTITIONS = dg.DynamicPartitionsDefinition(name="bare_batches")
Reported = dg.MaterializeResult[None] | dg.AssetCheckResult
_TYPES = {
    **dict.fromkeys(NUMBERS, pa.float64()),
    **dict.fromkeys(COUNTS, pa.int64()),
    "day": pa.timestamp("ns"),
}
_PARENTS = {
    "dataset": ["source"],
    "data_quality": ["dataset"],
    "drift": ["data_quality", "champion"],
    "predictions": ["data_quality", "champion"],
    "performance": ["predictions"],
}


def build_job(material: Material) -> dg.JobDefinition:
    """The job, with as many assets and checks as the monitor job of this package."""
    keys = {asset: dg.AssetKey(["bare", asset]) for asset in MONITORED}

    @dg.multi_asset(
        name="bare_step",
        specs=[
            dg.AssetSpec(
                key,
                deps=[dg.AssetKey(["bare", parent]) for parent in _PARENTS[asset]],
                partitions_def=PARTITIONS,
            )
            for asset, key in keys.items()
        ],
        check_specs=bare_check_specs("bare", MONITORED, PARTITIONS),
    )
    def monitor(context: dg.AssetExecutionContext) -> Iterator[Reported]:
        """Reports the measurements of a batch."""
        for asset, metadata in measure(material, context.partition_key):
            yield dg.MaterializeResult(asset_key=keys[asset], metadata=metadata)
            # Pictures are reported once, with their asset.
            plain = {name: value for name, value in metadata.items() if isinstance(value, dict)}
            for check in checks(asset):
                yield dg.AssetCheckResult(
                    asset_key=keys[asset], check_name=check, passed=True, metadata=plain
                )

    job = dg.define_asset_job("bare_monitor", selection=dg.AssetSelection.all())
    defs = dg.Definitions(assets=[monitor], jobs=[job], executor=dg.in_process_executor)
    return defs.resolve_job_def("bare_monitor")


def measure(material: Material, batch: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The figures of one batch, asset by asset."""
    # Declared types, as the contract declares ours: neither side has to guess them.
    types = csv.ConvertOptions(column_types=_TYPES)
    frame = csv.read_csv(material.feed / f"{batch}.csv", convert_options=types).to_pandas()
    _write(frame, material.output / f"{batch}.parquet")
    yield "dataset", {"rows": len(frame)}
    yield "data_quality", {"success": validate(frame, material.rules)}
    reference = pq.read_table(material.reference, columns=list(FEATURES)).to_pandas()
    sides = measures.sampled(reference, 0), measures.sampled(frame[list(FEATURES)], 1)
    distances = measures.drift(*sides, list(CATEGORIES))
    # Freed before the next step: the growth of this job is reported beside ours.
    del reference, sides
    picture = measures.picture(list(distances), list(distances.values()))
    yield "drift", {"picture": dg.MetadataValue.md(picture), "distances": distances}
    score = scores(frame, material)
    _write(pd.DataFrame({"score": score}), material.output / f"{batch}.scores.parquet")
    yield "predictions", {"rows": len(score)}
    truth = (frame["left"] == "yes").to_numpy(np.float64)
    predicted = (score >= 0.5).astype(np.float64)  # noqa: PLR2004 - a class needs a cut
    figures = measures.performance(truth, score, predicted)
    figures["calibration_error"] = measures.calibration(truth, score)
    figures |= measures.fairness(predicted, frame["senior"])
    curves = {
        name: dg.MetadataValue.md(measures.picture([batch], [figures[name]]))
        for name in ("roc_auc", "calibration_error")
    }
    yield "performance", {**curves, "figures": figures}


def _write(frame: pd.DataFrame, path: Path) -> None:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    # The compression of our snapshots: a stronger one would make the bare side look slow.
    pq.write_table(table, path, compression="zstd", compression_level=1)
