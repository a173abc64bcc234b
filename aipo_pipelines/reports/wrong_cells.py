"""What was wrong by the contract in the batches of an incident: read from the ledger, and shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from aipo_pipelines.ledger.events.measurements import CheckEvaluated
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.state import Incident
from aipo_pipelines.ledger.postgres.reader import Reader
from aipo_pipelines.policy.answer.wrong_cells import CONTRACT, WrongBatch, wrong_batch
from aipo_pipelines.policy.facts.stored_figures import figures_of
from aipo_pipelines.policy.text import counted
from aipo_pipelines.reports.markup import Html
from aipo_pipelines.reports.page import section, table
from aipo_pipelines.reports.values import ProductReport
from aipo_pipelines.reports.wording import NOTHING

_PAGE = 250


def wrong_in(
    ledger: Reader, product: str, incident: Incident, as_of: datetime | None = None
) -> tuple[WrongBatch, ...]:
    """What the newest evaluation of each batch of an incident found wrong.

    Args:
        ledger: Where it is read.
        product: Name of the product.
        incident: The incident; there is nothing to count unless it is about the contract.
        as_of: Only what was known then; None for all that is known.
    """
    if incident.cause != Cause.of_check(CONTRACT):
        return ()
    found: dict[str, WrongBatch] = {}
    missing = {*incident.partitions}
    for event in _evaluations(ledger, product, as_of):
        if not missing:
            break
        if event.partition in missing:
            missing.remove(event.partition)
            found[event.partition] = wrong_batch(event.partition, figures_of(event.figures))
    batches = (found[one] for one in incident.partitions if one in found)
    return tuple(batch for batch in batches if batch.cells)


def wrong_cells(report: ProductReport) -> Html | None:
    """The counts of batches that break their contract; nothing where none does."""
    batches = report.history.wrong_cells
    if not batches:
        return None
    return section(
        "wrong-cells",
        "Wrong cells",
        [_table(one) for one in batches],
        brief=f"in {counted(len(batches), 'batch', 'batches')}, by column and rule",
    )


def _table(batch: WrongBatch) -> Html:
    columns = ("column", "rule", "wrong", "severity", "what")
    rows = [
        (one.where, one.rule, one.count, str(one.severity or NOTHING), one.remark)
        for one in batch.cells
    ]
    return table(batch.title, columns, rows, right={"wrong"})


def _evaluations(ledger: Reader, product: str, as_of: datetime | None) -> Iterator[CheckEvaluated]:
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
