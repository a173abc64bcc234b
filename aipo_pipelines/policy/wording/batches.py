"""Sentences about batches: in quarantine, withdrawn, copied, changed, or dated wrongly."""

from __future__ import annotations

from typing import assert_never

from aipo_pipelines.policy.statements.batches import (
    BatchCaveat,
    BatchesWithoutVerdict,
    ChangedTrainingBatches,
    CopiedBatches,
    DatedBatch,
    KeptInQuarantine,
    ModelOnWithdrawnBatches,
    QuarantinedBatches,
    WithdrawnBatch,
)
from aipo_pipelines.policy.statements.dates import (
    DateCaveat,
    DatedAhead,
    RecordsBeforeFirstWindow,
    UndatedBatches,
    UnusedDate,
)
from aipo_pipelines.policy.text import counted, listed


def batch_sentence(caveat: BatchCaveat) -> str:
    """The sentence of a caveat about batches."""
    match caveat:
        case QuarantinedBatches(partitions=partitions):
            return f"In quarantine, unused: {listed(partitions)}."
        case KeptInQuarantine():
            return _kept(caveat)
        case WithdrawnBatch():
            return withdrawal_sentence(caveat)
        case ModelOnWithdrawnBatches():
            return _on_withdrawn(caveat)
        case ChangedTrainingBatches(partitions=partitions):
            return (
                "Delivered again with other content after the champion was trained on it: "
                f"{listed(partitions)}."
            )
        case BatchesWithoutVerdict(partitions=partitions):
            return f"Without a verdict yet: {listed(partitions)}."
        case CopiedBatches():
            return _copied(caveat)
        case _:
            assert_never(caveat)


def withdrawal_sentence(batch: WithdrawnBatch) -> str:
    """A withdrawn batch: its failures, the date and the reason."""
    failed = listed([key.check for key in batch.failed])
    failures = f", which failed {failed}," if failed else ""
    return (
        f"Batch {batch.partition}{failures} was withdrawn by its feed on "
        f"{batch.at:%Y-%m-%d}: {batch.reason}."
    )


def date_sentence(caveat: DateCaveat) -> str:
    """The sentence of a caveat about the dates of batches."""
    match caveat:
        case RecordsBeforeFirstWindow():
            return (
                f"No batch contains {counted(caveat.records, 'record')} of the feed from before "
                f"{caveat.starting}, when the first window begins: nothing measures them."
            )
        case UnusedDate():
            return _unused_date(caveat)
        case DatedAhead():
            names = listed([f"{batch.partition} ({batch.day})" for batch in caveat.batches])
            return (
                f"Dated ahead of arrival: {names}. A batch that arrives later and is not dated "
                "ahead is after these batches. Correct a wrong date and deliver its batch again."
            )
        case UndatedBatches():
            return (
                f"No date is known for {listed(caveat.partitions)}, but other batches have a "
                "date: a batch without a date is before every dated batch that arrives after it. "
                "Correct its name or its times and deliver it again."
            )
        case _:
            assert_never(caveat)


def _kept(caveat: KeptInQuarantine) -> str:
    noun, verb = ("Batch", "is") if len(caveat.batches) == 1 else ("Batches", "are")
    number = f" (incident {caveat.incident})" if caveat.incident else ""
    return (
        f"{noun} {listed([_named(batch) for batch in caveat.batches])} {verb} in quarantine: "
        f"{caveat.key.check} fails critically{number}."
    )


def _named(batch: DatedBatch) -> str:
    # Many batches are named by their date, which nobody wants to read twice.
    is_enough = batch.day is None or str(batch.day) in batch.partition
    return batch.partition if is_enough else f"{batch.partition} of {batch.day}"


def _on_withdrawn(caveat: ModelOnWithdrawnBatches) -> str:
    undecided = "" if caveat.is_decided else ", which is not decided on yet,"
    verb = "trained" if caveat.trained else "evaluated"
    return (
        f"Version {caveat.version}{undecided} was {verb} on {listed(caveat.partitions)}, which "
        "its feed has withdrawn since: the next training leaves it out."
    )


def _copied(caveat: CopiedBatches) -> str:
    copies = caveat.copies
    subject = f"Batch {copies[0]} has" if len(copies) == 1 else f"Batches {listed(copies)} have"
    return (
        f"{subject} the same content as batch {caveat.original}, which came before: no new "
        "evidence, and its records count once in a training."
    )


def _unused_date(caveat: UnusedDate) -> str:
    distance = (
        "further after its arrival than other dates"
        if caveat.is_among_plans
        else "far after its arrival"
    )
    return (
        f"The date of batch {caveat.partition}, {caveat.dated:%Y-%m-%d}, is {distance} "
        "and is not used: the batch is before every dated batch that arrives after it. "
        "Correct the date and deliver the batch again."
    )
