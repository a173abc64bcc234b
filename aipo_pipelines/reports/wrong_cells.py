"""What was wrong by the contract in the batches of an incident: read from the ledger and shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from aipo_pipelines.ledger.events.measurements import CheckEvaluated
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.state import Incident
from aipo_pipelines.ledger.protocol import LedgerReader
from aipo_pipelines.policy.answer.wrong_cells import CONTRACT, wrong_batch
from aipo_pipelines.policy.statements.wrong_cells import WrongBatch
from aipo_pipelines.policy.text import counted
from aipo_pipelines.policy.wording.wrong_cells import (
    count_text,
    place_text,
    remark_text,
    wrong_cells_title,
)
from aipo_pipelines.reports.parts import section, table
from aipo_pipelines.reports.templating import Html
from aipo_pipelines.reports.values import ProductReport
from aipo_pipelines.reports.wording import NOTHING

# In pages, because the search mostly ends in the first page.
_PAGE = 250


def wrong_in(
    ledger: LedgerReader, product: str, incident: Incident, as_of: datetime | None = None
) -> tuple[WrongBatch, ...]:
    """What the newest evaluation of each batch of an incident found wrong.

    Args:
        ledger: The ledger to read from.
        product: Name of the product.
        incident: The incident; there is nothing to count unless it is about the contract.
        as_of: Only what was known then; None for all that is known.
    """
    if incident.cause != Cause.of_check(CONTRACT):
        return ()
    by_partition: dict[str, WrongBatch] = {}
    missing = {*incident.partitions}
    for event in _evaluations(ledger, product, as_of):
        # Older entries say nothing more: the newest of each batch is what counts.
        if not missing:
            break
        if event.partition in missing:
            missing.remove(event.partition)
            by_partition[event.partition] = wrong_batch(event.partition, event.figures)
    batches = (by_partition[name] for name in incident.partitions if name in by_partition)
    # A batch that was measured again may keep its contract by now.
    return tuple(batch for batch in batches if batch.cells)


def wrong_cells(report: ProductReport) -> Html | None:
    """The counts of batches that break their contract; None if no batch does."""
    batches = report.history.wrong_cells
    if not batches:
        return None
    return section(
        "wrong-cells",
        "Wrong cells",
        [_table(batch) for batch in batches],
        brief=f"in {counted(len(batches), 'batch', 'batches')}, by column and rule",
    )


def _table(batch: WrongBatch) -> Html:
    columns = ("column", "rule", "wrong", "severity", "what")
    rows = [
        (
            place_text(cell),
            cell.rule,
            count_text(cell),
            str(cell.severity or NOTHING),
            remark_text(cell),
        )
        for cell in batch.cells
    ]
    return table(wrong_cells_title(batch), columns, rows, right={"wrong"})


def _evaluations(
    ledger: LedgerReader, product: str, as_of: datetime | None
) -> Iterator[CheckEvaluated]:
    """Evaluations of the contract, newest first, read in pages."""
    before: int | None = None
    while True:
        page = ledger.entries(
            product,
            (CheckEvaluated.kind,),
            CONTRACT,
            before=before,
            limit=_PAGE,
            newest_first=True,
        )
        for entry in page:
            known = as_of is None or entry.recorded_at <= as_of
            event = entry.event if known else None
            if isinstance(event, CheckEvaluated):
                yield event
        if len(page) < _PAGE:
            return
        before = page[-1].index
