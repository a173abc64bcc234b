"""Labels that come later from a second source, joined to batches by the records' identifiers.

Where one record's label was delivered more than once, the last delivery counts: a later file
corrects an earlier one. How often that changed a label is counted. Labels of records that are not
in a batch are counted too. Rows without a readable identifier or label never match anything; what
could not be read of them is said.
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
        truth: Label per record, on the batch's index; NA where none is known.
        digest: Content digest of identifiers and labels of the labelled records, in the order of
            the batch; empty where none is labelled.
        labelled, unlabelled: Number of records with and without a label.
        corrected: Records of the batch whose label was delivered again with another value.
        unknown: Labels of records that are not in this batch.
        table: What the digest is of; None where no record is labelled.
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
        left_out: Which rows could not be read and are left out, with counts; empty where none.
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
    """Reads a delivery of labels in the words of the feed's contract.

    Columns may be named as in the contract or as the feed delivers them. A label the contract
    does not know is kept as text. Labels come from another system than the batches: a number for
    what the contract calls a text is the text of that number.

    Args:
        raw: The delivery.
        contract: Names and types of the feed.
        identifiers: Columns that identify a record together.
        label: Label column.
        location: Where it was found, for messages.
        in_order: Whether its rows stand in the order they were made in, so that the last one of
            a record corrects the others. If not, nobody knows which of two labels is right.

    Raises:
        SourceUnreadableError: An identifier or the label column is not there or stands twice in the
            header, or one of them cannot be read in any row.
    """
    columns = [_column(contract, name) for name in (*identifiers, label)]
    other_names = {
        column.name: column.delivered_as
        for column in columns
        if column.delivered_as not in raw.columns
    }
    layout = replace(contract.layout, header="name")
    narrowed = replace(contract, columns=tuple(columns), layout=layout)
    named = raw.rename(columns=other_names)
    spelled = {
        column.delivered_as: as_labels(named[column.delivered_as])
        for column in columns
        if column.logical_type is LogicalType.STRING and column.delivered_as in named
    }
    read = conform(named.assign(**spelled), narrowed)
    if read.missing_columns:
        raise SourceUnreadableError(
            f"The labels in {location} lack the columns "
            f"{', '.join(repr(name) for name in read.missing_columns)}; expected the identifiers "
            "and the label of the charter. Deliver them again with these columns."
        )
    doubled = [one.delivered_as for one in columns if one.delivered_as in read.repeated_names]
    if doubled:
        raise SourceUnreadableError(
            f"The header of the labels in {location} has {', '.join(map(repr, doubled))} more than "
            "once; expected each identifier and the label once, because nobody knows which column "
            "is meant. Deliver them again with one column of each name."
        )
    found = read.frame[[*identifiers, label]].dropna().reset_index(drop=True)
    if len(raw) and len(raw) in read.misfits.values():
        raise SourceUnreadableError(
            f"None of the {len(raw)} labels in {location} can be read: "
            f"{_counted(read.misfits, columns)}; expected identifiers and label as the contract "
            "declares them. Correct the delivery, or the contract."
        )
    left_out = [_left_out(read, columns, len(found), location)]
    agreed, contradicted = (found, 0) if in_order else _agreed(found, list(identifiers))
    if contradicted:
        left_out.append(
            f"{contradicted} record{'s' * (contradicted > 1)} in {location} with different labels "
            "there: none is taken, because nobody knows which is right. Deliver one label for "
            "each, or the corrected ones in a later file."
        )
    return ReadLabels(table=agreed, left_out=" ".join(filter(None, left_out)))


def join_labels(
    batch: pd.DataFrame, labels: pd.DataFrame, identifiers: Sequence[str], label: str
) -> JoinedLabels:
    """Finds the label of each record of a batch.

    Args:
        batch: Conformed batch; without all identifiers no record can be labelled.
        labels: As `read_labels` gives them, in the order of delivery.
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
    wanted = pd.MultiIndex.from_frame(batch[keys])
    places = known.get_indexer(wanted)
    # An index takes two missing identifiers for equal; records without one are never labelled.
    places[batch[keys].isna().any(axis=1).to_numpy()] = -1
    found = places >= 0
    values = pd.Series(
        last[label].array.take(places, allow_fill=True), index=batch.index, name=label
    )
    joined = batch[keys][found].assign(**{label: values[found]})
    return JoinedLabels(
        truth=values,
        digest=content_digest(joined) if found.any() else "",
        labelled=int(found.sum()),
        unlabelled=int((~found).sum()),
        corrected=_corrected(labels, known[places[found]].unique(), keys),
        unknown=len(last) - len(set(places[found])),
        table=joined if found.any() else None,
    )


def _left_out(read: Conformed, columns: Sequence[Column], left: int, location: str) -> str:
    """Which labels are left out; one that is simply not known yet is none."""
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
    """The labels of records that have one label in a delivery, and how many records have more."""
    different = labels.drop_duplicates()
    again = different.duplicated(keys, keep=False)
    if not again.any():
        return labels, 0
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
