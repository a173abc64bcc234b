"""Labels that come later from a second source, joined to batches by the records' identifiers.

If the label of a record was delivered more than once, the last delivery counts: a later file
corrects an earlier file. Changed labels are counted, and labels of records that are not in a batch
too. Rows without a readable identifier or label never match a record, and are reported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from aipo_pipelines.charter.model.contract import Column, Contract, LogicalType
from aipo_pipelines.errors import SourceUnreadableError
from aipo_pipelines.measures.data.conform import Conformed, conform
from aipo_pipelines.models.labels import as_labels
from aipo_pipelines.resources.lake.content_digest import content_digest


@dataclass(frozen=True, kw_only=True)
class JoinedLabels:
    """The labels of one batch.

    Attributes:
        truth: Label per record, on the batch's index; NA if no label is known.
        digest: Content digest of identifiers and labels of the labelled records, in the order of
            the batch; empty if no record has a label.
        labelled, unlabelled: Number of records with and without a label.
        corrected: Records of the batch whose label was delivered again with another value.
        unknown: Labels of records that are not in this batch.
        table: The table of this digest; None if no record has a label.
    """

    truth: pd.Series
    digest: str
    labelled: int
    unlabelled: int
    corrected: int = 0
    unknown: int = 0
    table: pd.DataFrame | None = None


@dataclass(frozen=True, kw_only=True)
class ReadLabels:
    """The labels of one delivery.

    Attributes:
        table: Identifier columns and the label; only rows in which all of them are readable.
        left_out: A sentence on the rows that could not be read, with counts; otherwise empty.
    """

    table: pd.DataFrame
    left_out: str = ""


def read_labels(
    raw: pd.DataFrame,
    contract: Contract,
    identifiers: Sequence[str],
    label: str,
    location: str,
    *,
    in_order: bool = False,
) -> ReadLabels:
    """Reads a delivery of labels by the feed's contract.

    1. Converts identifiers and label to the contract's types.
    2. Refuses a delivery without these columns, with one of them twice, or without readable rows.
    3. Leaves out unreadable rows, and records whose labels contradict each other; counts both.

    Columns may have the name of the contract or the name that the feed delivers. A label that the
    contract does not declare is kept as text.

    Args:
        raw: The delivery.
        contract: Names and types of the feed.
        identifiers: Columns that identify a record together.
        label: Label column.
        location: The place of the delivery, for messages.
        in_order: Whether the rows are in the order in which they were made, so that the last row of
            a record corrects the others. Otherwise it is not known which of two labels is right.

    Raises:
        SourceUnreadableError: An identifier or the label column is missing or occurs twice in the
            header, or one of them cannot be read in any row.
    """
    columns = [_column(contract, name) for name in (*identifiers, label)]
    read = _converted(raw, contract, columns)
    _refuse_useless(read, columns, len(raw), location)
    readable = read.frame[[*identifiers, label]].dropna().reset_index(drop=True)
    left_out = [_left_out(read, columns, len(readable), location)]
    agreed, contradicted = (readable, 0) if in_order else _agreed(readable, list(identifiers))
    if contradicted:
        left_out.append(
            f"{contradicted} record{'s' * (contradicted > 1)} in {location} with different labels "
            "there: none of these labels is used, because it is not known which is right. Deliver "
            "one label for each record, or the corrected labels in a later file."
        )
    return ReadLabels(table=agreed, left_out=" ".join(filter(None, left_out)))


def _converted(raw: pd.DataFrame, contract: Contract, columns: Sequence[Column]) -> Conformed:
    """Identifiers and label in the contract's types, with counts of the cells that do not fit."""
    other_names = {
        column.name: column.delivered_as
        for column in columns
        if column.delivered_as not in raw.columns
    }
    layout = replace(contract.layout, header="name")
    narrowed = replace(contract, columns=tuple(columns), layout=layout)
    named = raw.rename(columns=other_names)
    # Labels come from another system than the batches: if the contract declares a text and the
    # labels have a number, the text of that number is meant.
    texts = {
        column.delivered_as: as_labels(named[column.delivered_as])
        for column in columns
        if column.logical_type is LogicalType.STRING and column.delivered_as in named
    }
    return conform(named.assign(**texts), narrowed)


def _refuse_useless(read: Conformed, columns: Sequence[Column], rows: int, location: str) -> None:
    """Refuses a delivery from which no label can be used.

    Raises:
        SourceUnreadableError: As `read_labels`.
    """
    if read.missing_columns:
        raise SourceUnreadableError(
            f"The labels in {location} lack the columns "
            f"{', '.join(repr(name) for name in read.missing_columns)}; expected the identifiers "
            "and the label of the charter. Deliver them again with these columns."
        )
    doubled = [
        column.delivered_as for column in columns if column.delivered_as in read.repeated_names
    ]
    if doubled:
        raise SourceUnreadableError(
            f"The header of the labels in {location} has {', '.join(map(repr, doubled))} more than "
            "once; expected each identifier and the label once, because it is not known which "
            "column is meant. Deliver them again with one column of each name."
        )
    if rows and rows in read.misfits.values():
        raise SourceUnreadableError(
            f"None of the {rows} labels in {location} can be read: "
            f"{_counted(read.misfits, columns)}; expected identifiers and label as the contract "
            "declares them. Correct the delivery, or the contract."
        )


def join_labels(
    batch: pd.DataFrame, labels: pd.DataFrame, identifiers: Sequence[str], label: str
) -> JoinedLabels:
    """Finds the label of each record of a batch.

    1. Keeps the last label of each record.
    2. Looks up the identifiers of the batch's records among them.
    3. Counts labelled, unlabelled and corrected records, and labels of other records.

    Args:
        batch: Conformed batch; without all identifiers no record can be labelled.
        labels: Tables of `read_labels`, in the order of delivery.
        identifiers: Columns that identify a record together.
        label: Label column.
    """
    keys = list(identifiers)
    last = labels.drop_duplicates(keys, keep="last")
    if labels.empty or not set(keys) <= set(batch.columns):
        values = pd.Series(pd.NA, index=batch.index, dtype=labels[label].dtype, name=label)
        return JoinedLabels(
            truth=values, digest="", labelled=0, unlabelled=len(batch), unknown=len(last)
        )
    known = pd.MultiIndex.from_frame(last[keys])
    records = pd.MultiIndex.from_frame(batch[keys])
    places = known.get_indexer(records)
    # For an index two missing identifiers are equal; a record without identifier has no label.
    places[batch[keys].isna().any(axis=1).to_numpy()] = -1
    has_label = places >= 0
    values = pd.Series(
        last[label].array.take(places, allow_fill=True), index=batch.index, name=label
    )
    joined = batch[keys][has_label].assign(**{label: values[has_label]})
    return JoinedLabels(
        truth=values,
        digest=content_digest(joined) if has_label.any() else "",
        labelled=int(has_label.sum()),
        unlabelled=int((~has_label).sum()),
        corrected=_corrected(labels, known[places[has_label]].unique(), keys),
        unknown=len(last) - len(set(places[has_label])),
        table=joined if has_label.any() else None,
    )


def _left_out(read: Conformed, columns: Sequence[Column], left: int, location: str) -> str:
    """A sentence on the rows that are left out; a label that is not known yet is no such row."""
    *identifiers, label = (column.name for column in columns)
    unknown = int(read.frame[label].isna().sum()) - read.misfits[label]
    lost = len(read.frame) - unknown - left
    if not lost:
        return ""
    counts = _counted(read.misfits, columns)
    if lost > sum(read.misfits.values()):
        missing = f"lack {' or '.join(map(repr, identifiers))}"
        counts = f"{counts}, others {missing}" if counts else f"they {missing}"
    return (
        f"{lost} of {len(read.frame)} labels in {location} cannot be read and are left out: "
        f"{counts}; {left} are read. Correct the delivery, or the contract."
    )


def _counted(misfits: Mapping[str, int], columns: Sequence[Column]) -> str:
    return ", ".join(
        f"{misfits[column.name]} have a {column.name!r} that is no {column.logical_type.value}"
        for column in columns
        if misfits.get(column.name)
    )


def _agreed(labels: pd.DataFrame, keys: list[str]) -> tuple[pd.DataFrame, int]:
    """The labels of records that have one label in a delivery, and the number of other records."""
    different = labels.drop_duplicates()
    again = different.duplicated(keys, keep=False)
    if not again.any():
        return labels, 0
    # All labels of such a record are left out: to choose one would be a guess.
    contradicted = pd.MultiIndex.from_frame(different.loc[again, keys]).unique()
    agrees = ~pd.MultiIndex.from_frame(labels[keys]).isin(contradicted)
    return labels[agrees].reset_index(drop=True), len(contradicted)


def _corrected(labels: pd.DataFrame, inside: pd.MultiIndex, keys: list[str]) -> int:
    changed = labels.drop_duplicates()
    again = changed[changed.duplicated(keys)]
    return int(pd.MultiIndex.from_frame(again[keys]).unique().isin(inside).sum())


def _column(contract: Contract, name: str) -> Column:
    declared = contract.column(name)
    if declared is not None:
        return declared
    return Column(name=name, delivered_as=name, logical_type=LogicalType.STRING)
