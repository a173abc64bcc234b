"""A record counts once in a training window, even if several batches deliver it.

A file delivered twice, a full export and a former cut of the batches bring records again. Such
records would be on both sides of the split, and a model would be evaluated on its own training
records. The last delivery counts, regardless of the dates of the batches.

Without identifiers, rows that are alike inside one batch are different records. Rows of several
batches are different records as long as chance explains them (`models.repeated_rows`). If rows come
again, the window contains as many of them as the delivery with most of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aipo_pipelines.assets.loading.records import Records
from aipo_pipelines.ledger.model.state import Batch
from aipo_pipelines.models.identity import mostly_distinct, repeated
from aipo_pipelines.models.repeated_rows import Counts, Looks, exceeds_chance


@dataclass(frozen=True, kw_only=True)
class Repeats:
    """The records that a training window contained more than once.

    Attributes:
        records: Rows left out, because the same record was delivered again later.
        rows: Rows before that.
        emptied: Batches that have no row left.
        copies: Batches with the same content as another batch, and the name of that batch.
        alike: Rows of the window that are alike to other rows; each is a record of its own.
        rows_identify: Whether rows identify records: False if the charter names no identifiers
            and more than half of the rows of a batch repeat.
    """

    records: int = 0
    rows: int = 0
    emptied: tuple[str, ...] = ()
    copies: Mapping[str, str] = field(default_factory=dict)
    alike: int = 0
    rows_identify: bool = True

    @property
    def sentences(self) -> tuple[str, ...]:
        """The sentences that a person reads about it."""
        sentences = [
            f"Batch {copy} has the same content as batch {other}: it counts once."
            for copy, other in self.copies.items()  # the later delivery counts
        ]
        if self.records:
            sentences.append(
                f"{self.records} of {self.rows} rows come again as part of a later "
                "delivery: each record counts once, as delivered last."
            )
        if self.alike:
            sentences.append(
                f"{self.alike} rows are alike to others, no more than chance gives: each counts as "
                "a record of its own."
            )
        if not self.rows_identify:
            sentences.append(
                "Rows repeat so often inside batches that they do not identify records: name "
                "`identifiers` in the charter, so that no model is evaluated on its training "
                "records."
            )
        return tuple(sentences)


def count_once(
    records: Records, batches: Mapping[str, Batch], *, named: bool
) -> tuple[Records, Repeats]:
    """Keeps only the last delivery of each record of a window.

    Args:
        records: Rows of all batches.
        batches: The batches, in the order of their rows.
        named: Whether the charter names what identifies a record.

    Returns:
        The remaining rows with the groups of rows that are alike, and a summary of the repeats.
    """
    copies = _copies(batches)
    again = _again(records, batches) if named else _rows_again(records, batches, [*copies])
    left = records.where(~again) if again.any() else records
    remaining = set(left.batches.unique())
    # Only rows without identifiers need groups, so that a split keeps equal rows together.
    identify, groups = (True, None) if named else _groups(left)
    return replace(left, alike=groups), Repeats(
        records=int(again.sum()),
        rows=len(again),
        emptied=tuple(name for name in batches if name not in remaining),
        copies=copies,
        alike=0 if named else int(left.identity.duplicated(keep=False).sum()),
        rows_identify=identify,
    )


def _copies(batches: Mapping[str, Batch]) -> dict[str, str]:
    """Batches that came again later under another name, and the last of those names."""
    last = {batch.digest: batch.partition for batch in _as_delivered(batches)}
    names = {name: last[batch.digest] for name, batch in batches.items()}
    return {name: newest for name, newest in names.items() if newest != name}


def _as_delivered(batches: Mapping[str, Batch]) -> list[Batch]:
    # By entry, not by date: a supplier may correct an old batch after a newer batch.
    return sorted(batches.values(), key=lambda batch: batch.entry)


def _again(records: Records, batches: Mapping[str, Batch]) -> NDArray[np.bool_]:
    """Marks the rows whose record is delivered again later, in another batch or in the same."""
    identities = records.identity.to_numpy()
    # Mostly batches arrive in the order of their dates, and then no sort is needed.
    if [*batches] == [batch.partition for batch in _as_delivered(batches)]:
        return repeated(identities)
    place = {batch.partition: number for number, batch in enumerate(_as_delivered(batches))}
    order = np.argsort(records.batches.map(place).to_numpy(), kind="stable")
    again = np.empty(len(identities), dtype=np.bool_)
    again[order] = repeated(identities[order])
    return again


def _rows_again(
    records: Records, batches: Mapping[str, Batch], copies: list[str]
) -> NDArray[np.bool_]:
    """Marks the rows of copies, and the rows that come again later more often than by chance."""
    again = np.array(records.batches.isin(copies), dtype=np.bool_)
    looks, labels = (pd.factorize(series)[0] for series in (records.identity, records.truth))
    there = records.batches.reset_index(drop=True).groupby(records.batches.to_numpy()).indices
    before: list[_Delivery] = []
    counts: Counts = np.zeros(int(looks.max(initial=-1)) + 1, dtype=np.intp)
    for batch in _as_delivered(batches):
        # A copy is left out as a whole, so its rows say nothing about chance.
        if batch.partition in copies or batch.partition not in there:
            continue
        mine = _Delivery.of(np.asarray(there[batch.partition], dtype=np.intp), looks)
        sources = _sources(mine.looks, before, counts)
        if sources:
            rows = np.concatenate([source.rows for source in sources])
            shared = rows[np.isin(looks[rows], mine.looks.kinds)]
            replaced = shared[_paired(shared, mine.rows, looks, labels)]
            again[replaced] = True
            # A replaced row pairs with no further delivery, so it leaves the counts.
            counts -= np.bincount(looks[replaced], minlength=len(counts))
            left = [delivery.rows[~again[delivery.rows]] for delivery in before]
            before = [_Delivery.of(rows_left, looks) for rows_left in left]
        counts[mine.looks.kinds] += mine.looks.times
        before.append(mine)
    return again


@dataclass(frozen=True, slots=True)
class _Delivery:
    """Rows of one delivery, and their looks."""

    rows: NDArray[np.intp]
    looks: Looks

    @classmethod
    def of(cls, rows: NDArray[np.intp], looks: NDArray[np.intp]) -> _Delivery:
        """A delivery of some rows."""
        return cls(rows, Looks.of(looks[rows]))


def _sources(mine: Looks, before: list[_Delivery], counts: Counts) -> list[_Delivery]:
    """The earlier deliveries that share more rows with this delivery than chance gives."""
    kinds = np.flatnonzero(counts)
    # All together first, because a few rows of each delivery may be many.
    if exceeds_chance(mine, Looks(kinds, counts[kinds])):
        return before
    # Then each by itself, so that repeats inside one delivery say nothing about another.
    return [delivery for delivery in before if exceeds_chance(mine, delivery.looks)]


def _paired(
    earlier: NDArray[np.intp],
    later: NDArray[np.intp],
    looks: NDArray[np.intp],
    labels: NDArray[np.intp],
) -> NDArray[np.bool_]:
    """Marks the rows of earlier deliveries that come again: one for each row of the later rows."""
    # Rows with the same label are paired first: no truth is lost unless a label was corrected.
    key = looks * (int(labels.max(initial=0)) + 2) + labels
    paired = _with_partner(key[earlier], key[later])
    rest = later[~_with_partner(key[later], key[earlier])]
    paired[~paired] = _with_partner(looks[earlier[~paired]], looks[rest])
    return paired


def _with_partner(keys: NDArray[np.intp], partners: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Marks the keys that have an equal partner; each partner is used once."""
    nth = pd.Series(keys).groupby(keys).cumcount().to_numpy()
    counts = pd.Series(partners).value_counts().reindex(keys, fill_value=0)
    return np.array(nth < counts.to_numpy())


def _groups(records: Records) -> tuple[bool, pd.Series | None]:
    """Whether rows identify records in every batch, and the groups of rows alike inside a batch."""
    repeats: list[pd.Series] = []
    identify = True
    for _, identities in records.identity.groupby(records.batches, sort=False):
        # If most rows repeat, a group is a category with many records: a split may divide it.
        if mostly_distinct(identities.to_numpy()):
            repeats.append(identities[identities.duplicated(keep=False)])
        else:
            identify = False
    alike = pd.concat(repeats) if repeats else records.identity.iloc[:0]
    if alike.empty:
        return identify, None
    numbers = records.batches.loc[alike.index].to_frame().assign(identity=alike)
    return identify, numbers.groupby(list(numbers.columns), sort=False).ngroup()
