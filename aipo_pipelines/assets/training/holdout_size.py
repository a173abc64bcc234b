"""Chooses the number of the newest batches whose end is held out, so that every gate can decide.

The end of the newest batch is enough if it contains the labelled records that each gate needs, and
each group that a fairness limit compares. If the last month is small, it is split together with
the batches before it. If even the complete window is too small for a group, the group needs no
records here: its gate reports that it cannot be judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from aipo_pipelines.assets.loading.records import Records
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.charter.model.thresholds import FAIRNESS_METRICS, AppliesTo, Threshold
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.holdout import split_batch
from aipo_pipelines.models.labels import as_labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A minimum number of records that a gate needs.

    Attributes:
        least: The minimum number.
        among: Marks the records that count, with the index of the window.
    """

    least: int
    among: pd.Series

    def met_by(self, index: pd.Index) -> bool:
        """Whether some records of the window are enough."""
        return int(self.among.loc[index].sum()) >= self.least


def reach(
    charter: Charter, spec: ModelSpec, records: Records, partitions: tuple[str, ...]
) -> tuple[str, ...]:
    """The newest batches whose end is held out, oldest first.

    Args:
        charter: The charter in force.
        spec: Its training specification.
        records: The records of the window.
        partitions: Its batches, oldest first.
    """
    total, *groups = needs_of(charter, records)
    newest = partitions[-1:]
    if not _unmet([total, *groups], held_out_of(charter, spec, records, newest)):
        return newest
    most = held_out_of(charter, spec, records, partitions)
    # The check of the training set reports this shortage; no model is trained then.
    if not total.met_by(most):
        return partitions
    reachable = [total, *(need for need in groups if need.met_by(most))]
    for count in range(1, len(partitions) + 1):
        pool = partitions[-count:]
        there = records.frame.index[records.batches.isin(pool)]
        # Counting is faster than splitting: if all batches are too small, their end is, too.
        if not _unmet(reachable, there) and not _unmet(
            reachable, held_out_of(charter, spec, records, pool)
        ):
            return pool
    return partitions


def needs_of(charter: Charter, records: Records) -> Iterator[Need]:
    """The needs of the gates: first labelled records, then the records of each compared group."""
    labelled = records.truth.notna()
    gates = [limit for limit in charter.thresholds if AppliesTo.RELEASE in limit.applies_to]
    samples = [limit.minimum_sample for limit in gates if limit.metric not in FAIRNESS_METRICS]
    yield Need(least=max([charter.release.minimum_sample, *samples]), among=labelled)
    for threshold in gates:
        if threshold.metric in FAIRNESS_METRICS:
            yield from _needs_of_groups(charter, threshold, records, labelled)


def held_out_of(
    charter: Charter, spec: ModelSpec, records: Records, partitions: tuple[str, ...]
) -> pd.Index:
    """The records that are held out of some batches, in order of time."""
    # Rows that are alike inside a batch stay on one side: a model knows them word by word.
    pool = records.frame[records.batches.isin(partitions)]
    share = charter.retraining.window.held_out
    return records.unsplit(pool.index[split_batch(pool, spec, Columns.of(charter), share).held_out])


def _needs_of_groups(
    charter: Charter, threshold: Threshold, records: Records, labelled: pd.Series
) -> Iterator[Need]:
    protected = Columns.of(charter).protected
    for name in (threshold.attribute,) if threshold.attribute else protected:
        if name in records.frame:
            groups = as_labels(records.frame[name])
            for group in groups.dropna().unique():
                yield Need(least=threshold.minimum_sample, among=labelled & (groups == group))


def _unmet(needs: Sequence[Need], index: pd.Index) -> bool:
    return not all(need.met_by(index) for need in needs)
