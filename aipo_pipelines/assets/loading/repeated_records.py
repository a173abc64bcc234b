"""A record counts once in a training window, however often it was delivered.

What a file delivered twice, a full export or a former cut of the batches brings again would stand
on both sides of the split, and a model would be judged on what it learnt. The delivery that came
last counts, whatever the dates of the batches say.

Without identifiers, rows that are alike inside one batch are different records, and so are those
of several batches as long as chance explains them (`models.alike`). Of rows that came again, the
window holds as many as the delivery that holds most of them.
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
    """What stood more than once in a training window.

    Attributes:
        records: Rows left out, because the same record was delivered again later.
        rows: Rows there were.
        emptied: Batches that have no row left.
        copies: Batches with the very content of another, and that other one.
        alike: Rows of the window that are alike to others of it; each is a record of its own.
        told_apart: Whether records could be told apart: False when the charter names no
            identifiers and more than half of the rows of a batch repeat.
    """

    records: int = 0
    rows: int = 0
    emptied: tuple[str, ...] = ()
    copies: Mapping[str, str] = field(default_factory=dict)
    alike: int = 0
    told_apart: bool = True

    @property
    def sentences(self) -> tuple[str, ...]:
        """What a person should know about it."""
        said = [
            f"Batch {copy} has the same content as batch {other}: it counts once."
            for copy, other in self.copies.items()
        ]
        if self.records:
            said.append(
                f"{self.records} of {self.rows} rows stand there again as part of a later "
                "delivery: each record counts once, as delivered last."
            )
        if self.alike:
            said.append(
                f"{self.alike} rows are alike to others, no more than chance gives: each counts as "
                "a record of its own."
            )
        if not self.told_apart:
            said.append(
                "Rows repeat so often inside batches that they do not tell records apart: name "
                "`identifiers` in the charter, so that no model is judged on what it learnt."
            )
        return tuple(said)


def count_once(
    records: Records, batches: Mapping[str, Batch], *, named: bool
) -> tuple[Records, Repeats]:
    """Leaves out of a window all deliveries of a record but the last.

    Args:
        records: Rows of all batches.
        batches: The batches, in the order of their rows.
        named: Whether the charter names what identifies a record.

    Returns:
        The rows that are left, with the groups of those that are alike; and what was found.
    """
    copies = _copies(batches)
    again = _again(records, batches) if named else _rows_again(records, batches, [*copies])
    left = records.where(~again) if again.any() else records
    remaining = set(left.batches.unique())
    apart, groups = (True, None) if named else _groups(left)
    return replace(left, alike=groups), Repeats(
        records=int(again.sum()),
        rows=len(again),
        emptied=tuple(name for name in batches if name not in remaining),
        copies=copies,
        alike=0 if named else int(left.identity.duplicated(keep=False).sum()),
        told_apart=apart,
    )


def _copies(batches: Mapping[str, Batch]) -> dict[str, str]:
    """Batches that came again later under another name, and the last of those names."""
    last = {one.digest: one.partition for one in _as_delivered(batches)}
    return {name: last[one.digest] for name, one in batches.items() if last[one.digest] != name}


def _as_delivered(batches: Mapping[str, Batch]) -> list[Batch]:
    return sorted(batches.values(), key=lambda one: one.entry)


def _again(records: Records, batches: Mapping[str, Batch]) -> NDArray[np.bool_]:
    """Marks the rows whose record is delivered again later, in another batch or in the same."""
    identities = records.identity.to_numpy()
    if [*batches] == [one.partition for one in _as_delivered(batches)]:
        return repeated(identities)
    place = {one.partition: number for number, one in enumerate(_as_delivered(batches))}
    order = np.argsort(records.batches.map(place).to_numpy(), kind="stable")
    again = np.empty(len(identities), dtype=np.bool_)
    again[order] = repeated(identities[order])
    return again


def _rows_again(
    records: Records, batches: Mapping[str, Batch], copies: list[str]
) -> NDArray[np.bool_]:
    """Marks the rows of copies, and those that come again later more often than chance gives.

    Of rows that are alike those with the same label are taken for each other first: as far as
    labels were not corrected, no truth gets lost.
    """
    again = np.array(records.batches.isin(copies), dtype=np.bool_)
    looks, labels = (pd.factorize(one)[0] for one in (records.identity, records.truth))
    there = records.batches.reset_index(drop=True).groupby(records.batches.to_numpy()).indices
    before: list[_Delivery] = []
    counts: Counts = np.zeros(int(looks.max(initial=-1)) + 1, dtype=np.intp)
    for batch in _as_delivered(batches):
        if batch.partition in copies or batch.partition not in there:
            continue
        mine = _Delivery.of(np.asarray(there[batch.partition], dtype=np.intp), looks)
        sources = _sources(mine.looks, before, counts)
        if sources:
            rows = np.concatenate([one.rows for one in sources])
            shared = rows[np.isin(looks[rows], mine.looks.kinds)]
            came = shared[_paired(shared, mine.rows, looks, labels)]
            again[came] = True
            counts -= np.bincount(looks[came], minlength=len(counts))
            left = [one.rows[~again[one.rows]] for one in before]
            before = [_Delivery.of(one, looks) for one in left]
        counts[mine.looks.kinds] += mine.looks.times
        before.append(mine)
    return again


@dataclass(frozen=True, slots=True)
class _Delivery:
    """Rows of one delivery, and what they look like."""

    rows: NDArray[np.intp]
    looks: Looks

    @classmethod
    def of(cls, rows: NDArray[np.intp], looks: NDArray[np.intp]) -> _Delivery:
        return cls(rows, Looks.of(looks[rows]))


def _sources(mine: Looks, before: list[_Delivery], counts: Counts) -> list[_Delivery]:
    """The earlier deliveries of which one holds more than chance gives.

    Each by itself, so that repeats of one say nothing about another; and all of them together,
    because a little of each may be much.
    """
    kinds = np.flatnonzero(counts)
    if exceeds_chance(mine, Looks(kinds, counts[kinds])):
        return before
    return [one for one in before if exceeds_chance(mine, one.looks)]


def _paired(
    earlier: NDArray[np.intp],
    later: NDArray[np.intp],
    looks: NDArray[np.intp],
    labels: NDArray[np.intp],
) -> NDArray[np.bool_]:
    """Which rows of earlier deliveries come again: one for each row of the later one."""
    key = looks * (int(labels.max(initial=0)) + 2) + labels
    paired = _met(key[earlier], key[later])
    rest = later[~_met(key[later], key[earlier])]
    paired[~paired] = _met(looks[earlier[~paired]], looks[rest])
    return paired


def _met(ours: NDArray[np.intp], theirs: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which of our keys have one of theirs as a partner, each of theirs being one's only."""
    nth = pd.Series(ours).groupby(ours).cumcount().to_numpy()
    return np.array(nth < pd.Series(theirs).value_counts().reindex(ours, fill_value=0).to_numpy())


def _groups(records: Records) -> tuple[bool, pd.Series | None]:
    """Whether rows tell records apart in every batch, and the groups of those alike inside one.

    Where they do not, a group is a category of which there are many records, and may be split.
    """
    found: list[pd.Series] = []
    apart = True
    for _, identities in records.identity.groupby(records.batches, sort=False):
        if mostly_distinct(identities.to_numpy()):
            found.append(identities[identities.duplicated(keep=False)])
        else:
            apart = False
    alike = pd.concat(found) if found else records.identity.iloc[:0]
    if alike.empty:
        return apart, None
    numbers = records.batches.loc[alike.index].to_frame().assign(identity=alike)
    return apart, numbers.groupby(list(numbers.columns), sort=False).ngroup()
