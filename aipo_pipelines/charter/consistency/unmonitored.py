"""Fields of a charter that nothing monitors. They are warnings, because the charter is valid.

A protected attribute without a limit looks like care and can never fail. A lowest number of records
that was counted for other batches refuses every batch, or none. Records without an identifier may
come again unnoticed, and then a model is judged on records that it learnt from.
"""

from __future__ import annotations

from collections.abc import Iterator

from aipo_pipelines.charter.model.base import format_duration
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.contract import Contract
from aipo_pipelines.charter.model.problem import Fault, Weight
from aipo_pipelines.charter.model.sources import Batches, RowBatches, TimeBatches
from aipo_pipelines.charter.model.thresholds import FAIRNESS_METRICS


def unwatched_faults(charter: Charter, contract: Contract | None) -> Iterator[Fault]:
    """Yields a warning for each protected attribute without a limit, and for similar gaps."""
    yield from _uncompared(charter)
    yield from _unidentified(charter)
    if contract is not None:
        yield from _counted_otherwise(charter, contract)


def _uncompared(charter: Charter) -> Iterator[Fault]:
    if charter.model is None:
        return
    compared = {
        threshold.attribute
        for threshold in charter.thresholds
        if threshold.metric in FAIRNESS_METRICS
    }
    for position, name in enumerate(charter.protected):
        if name not in compared:
            yield Fault(
                ("protected", position),
                f"{name}, whose groups no limit compares",
                "one: nobody would be notified when a group is treated worse",
                f"add a threshold with `attribute: {name}` (`error_difference` compares errors "
                "for every task), or remove it from `protected`",
                Weight.WARNING,
            )


def _unidentified(charter: Charter) -> Iterator[Fault]:
    """A model that is trained here on records that are known only by their features."""
    model = charter.model
    if model is None or model.logged_predictions or charter.names_records:
        return
    yield Fault(
        ("identifiers",),
        "none",
        "columns that identify a record: records that come again are only known by their features",
        "name them (`identifiers: [customer_id, month]`); if no column identifies a record, make "
        "sure that no batch holds records of an earlier batch",
        Weight.WARNING,
    )


def _counted_otherwise(charter: Charter, contract: Contract) -> Iterator[Fault]:
    counted, least = contract.row_count_of, contract.minimum_rows
    if least is None:
        return
    rule = charter.batches
    if isinstance(rule, RowBatches) and rule.rows < least:
        yield Fault(
            ("batches", "rows"),
            str(rule.rows),
            f"at least {least}, the records that the contract requires in a batch: none ever fits",
            "raise it, or lower `rowCount` in the contract",
            Weight.WARNING,
        )
    # Compared by size: windows that begin on another day hold as many records.
    elif counted is not None and _size_in_words(counted) != _size_in_words(rule):
        yield Fault(
            ("batches",),
            f"batches {_size_in_words(rule)}",
            f"batches {_size_in_words(counted)}: for those the contract asks for at least {least} "
            "records",
            "count the smallest batch again, and correct `rowCount` and `rowCountOf` in the "
            "contract",
            Weight.WARNING,
        )


def _size_in_words(rule: Batches) -> str:
    """How large batches are, in words: the same for rules that cut batches of the same size."""
    if isinstance(rule, RowBatches):
        return f"of {rule.rows} rows"
    if isinstance(rule, TimeBatches):
        length = rule.every if isinstance(rule.every, str) else format_duration(rule.every)
        return f"of {length} by time"
    return f"by {rule.by}"
