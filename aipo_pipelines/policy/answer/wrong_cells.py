"""The cells of a batch that break its contract: all counts by column and rule, most cells first."""

from __future__ import annotations

from collections.abc import Iterable

from aipo_pipelines.evidence.outcome import Figure
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.statements.wrong_cells import WrongBatch, WrongCells

CONTRACT = "data_quality/contract"
"""The check that counts the wrong cells."""

_COUNTED = frozenset({"cells", "rows"})


def wrong_batch(partition: str, figures: Iterable[Figure]) -> WrongBatch:
    """The broken rules of a batch, from the figures of an evaluation of its contract."""
    every = tuple(figures)
    cells = [
        WrongCells(
            column=figure.subject,
            rule=figure.metric,
            failing=_failing(figure),
            allowed=int(figure.limit or 0),
            severity=figure.severity,
            note=figure.note,
        )
        for figure in every
        if figure.fails
    ]
    cells.sort(key=lambda rule: (rule.failing is None, -(rule.failing or 0)))
    # No figure holds the size of the batch. The rule that looked at most rows saw all of them.
    rows = max((figure.n for figure in every), default=0)
    return WrongBatch(partition=partition, rows=rows, cells=tuple(cells))


def newest_wrong_batch(state: ProductState) -> WrongBatch | None:
    """The newest batch if it breaks its contract; None if it keeps every rule."""
    check = state.checks.get(CONTRACT)
    if check is None:
        return None
    batch = wrong_batch(check.partition, check.figures)
    return batch if batch.cells else None


def _failing(figure: Figure) -> int | None:
    # Other units are no counts: a share or a number of days must not be shown as wrong cells.
    return int(figure.value) if figure.unit in _COUNTED and figure.value is not None else None
