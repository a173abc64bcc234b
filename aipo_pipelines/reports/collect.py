"""From the ledger to the values of pages: a few bounded look-ups per product, judged as of now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.metadata.base import metadata_of
from aipo_pipelines.evidence.metadata.training import RiskAssessmentMetadata
from aipo_pipelines.evidence.outcome import Figure
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.measurements import AssetMaterialised, CheckEvaluated
from aipo_pipelines.ledger.events.overrides import ChampionStopped
from aipo_pipelines.ledger.events.releases import ReleaseApproved, ReleaseDecided
from aipo_pipelines.ledger.model.models import Approval
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.ledger.protocol import LedgerReader
from aipo_pipelines.policy.answer.answer import answer
from aipo_pipelines.policy.answer.missing_addresses import with_lost_addresses
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.answer.wrong_cells import newest_wrong_batch
from aipo_pipelines.policy.facts.freshness import check_freshness
from aipo_pipelines.policy.facts.judged_evidence import as_agreed, figures_in_force
from aipo_pipelines.policy.facts.live_thresholds import required
from aipo_pipelines.policy.statements.wrong_cells import WrongBatch
from aipo_pipelines.reports.values import (
    HISTORY,
    ROWS,
    STOPPED,
    Decided,
    Evaluation,
    History,
    ProductReport,
)
from aipo_pipelines.reports.wrong_cells import wrong_in

CHECKS = (
    "performance/performance",
    "performance/calibration",
    "performance/fairness",
    "performance/concept_drift",
    "drift/data_drift",
)
"""The checks whose history is shown."""

# In pages, so that a long history is never in memory as a whole.
_PAGE = 250
_DECISIONS = (ReleaseDecided.kind, ReleaseApproved.kind, ChampionStopped.kind)


def collect(
    ledger: LedgerReader,
    product: Product,
    now: datetime,
    *,
    as_of: datetime | None = None,
    simulated: bool = False,
) -> ProductReport:
    """Reads everything about one product.

    Args:
        ledger: The ledger to read from.
        product: The product as chartered now.
        now: The moment of the answer, aware UTC.
        as_of: Only what was known then; None for all that is known.
        simulated: Whether `now` is of a simulated clock.

    Raises:
        LedgerError: A fact cannot be read.
    """
    # One state for the answer and for all sections, so that the page never contradicts itself.
    state = ledger.state(product.name, known_at=as_of)
    given = answer(product.charter, state, now, simulated=simulated)
    # Files are as they are today, so they say nothing about the past.
    if as_of is None:
        given = with_lost_addresses(given, product)
    return ProductReport(
        product=product,
        answer=given,
        state=state,
        history=_history(ledger, product, state, as_of),
        counts_until=_counts_until(product, state, now)
        if given.verdict is Performing.YES
        else None,
    )


def _history(
    ledger: LedgerReader, product: Product, state: ProductState, as_of: datetime | None
) -> History:
    # All these checks are about a model.
    known = CHECKS if product.charter.model else ()
    return History(
        checks={
            check: _evaluations(product.charter, _newest(ledger, product.name, check, as_of), state)
            for check in known
        },
        decisions=_decisions(ledger, product.name, as_of),
        risks=_risks(ledger, product.name, state, as_of),
        wrong_cells=_wrong_cells(ledger, product.name, state, as_of),
    )


def _wrong_cells(
    ledger: LedgerReader, product: str, state: ProductState, as_of: datetime | None
) -> tuple[WrongBatch, ...]:
    """Each batch once: those of open incidents, and the newest batch if only warnings fail."""
    batches = {
        batch.partition: batch
        for incident in state.incidents.values()
        if incident.is_open
        for batch in wrong_in(ledger, product, incident, as_of)
    }
    # A warning opens no incident, but a person still wants to see the cells.
    newest = newest_wrong_batch(state)
    if newest is not None:
        batches.setdefault(newest.partition, newest)
    return tuple(batches.values())


def _entries(
    ledger: LedgerReader,
    product: str,
    kinds: tuple[str, ...],
    subject: str | None,
    as_of: datetime | None,
) -> Iterator[Entry]:
    """Entries that were known at a moment, newest first, read in pages."""
    before: int | None = None
    while True:
        page = ledger.entries(
            product, kinds, subject, before=before, limit=_PAGE, newest_first=True
        )
        yield from (entry for entry in page if as_of is None or entry.recorded_at <= as_of)
        if len(page) < _PAGE:
            return
        before = page[-1].index


def _newest(
    ledger: LedgerReader, product: str, check: str, as_of: datetime | None
) -> dict[str, tuple[Entry, CheckEvaluated]]:
    """The newest evaluation by a check of each of the last `HISTORY` batches."""
    newest: dict[str, tuple[Entry, CheckEvaluated]] = {}
    for entry in _entries(ledger, product, (CheckEvaluated.kind,), check, as_of):
        event = entry.event
        if isinstance(event, CheckEvaluated):
            newest.setdefault(event.partition, (entry, event))
        # The curve of a page ends here, so older entries are not read at all.
        if len(newest) >= HISTORY:
            break
    return newest


def _evaluations(
    charter: Charter, newest: Mapping[str, tuple[Entry, CheckEvaluated]], state: ProductState
) -> tuple[Evaluation, ...]:
    def place(item: tuple[Entry, CheckEvaluated]) -> tuple[bool, tuple[datetime, int]]:
        """Batches in their order; those that the state does not know come first."""
        entry, event = item
        batch = state.batches.get(event.partition)
        # A batch of a former source is unknown to the state: its entry gives it a place.
        position = batch.position if batch else (entry.recorded_at, entry.index)
        return batch is not None, position

    standing = [item for item in newest.values() if _stands(state, item[1].partition)]
    return tuple(_evaluation(charter, *item, state) for item in sorted(standing, key=place))


def _stands(state: ProductState, partition: str) -> bool:
    batch = state.batches.get(partition)
    return batch is None or batch.stands


def _evaluation(
    charter: Charter, entry: Entry, event: CheckEvaluated, state: ProductState
) -> Evaluation:
    batch = state.batches.get(event.partition)
    key = str(event.key)
    # As it was stored: what counts today is decided below, by the agreement in force.
    stored = Evidence(
        partition=event.partition,
        verdict=event.verdict,
        severity=event.severity,
        summary=event.summary,
        figures=event.figures,
        evidence_at=entry.recorded_at,
        entry=entry.index,
    )
    # The stored verdict was given by the agreement of that day; the page shows today's verdict.
    judged = as_agreed(charter, state, key, stored)
    return Evaluation(
        partition=event.partition,
        verdict=judged.verdict,
        severity=judged.severity,
        summary=judged.summary,
        figures=figures_in_force(charter, state, key, stored),
        details=event.details,
        version=batch.measured_by if batch else "",
        entry=entry.index,
    )


def _decisions(ledger: LedgerReader, product: str, as_of: datetime | None) -> tuple[Decided, ...]:
    decided: list[Decided] = []
    approvals: dict[str, list[Approval]] = {}
    for entry in _entries(ledger, product, _DECISIONS, None, as_of):
        event = entry.event
        # The entries come newest first, and a page lists approvals oldest first.
        if isinstance(event, ReleaseApproved):
            approvals.setdefault(event.version, []).insert(0, _approval(entry, event))
        if isinstance(event, ReleaseDecided | ChampionStopped):
            # Approvals are older than their decision, so they are read on to the last one shown.
            if len(decided) == ROWS:
                break
            decided.append(_decided(entry, event))
    return tuple(
        decision
        if decision.rule == STOPPED
        else _with_approvals(decision, approvals.get(decision.version, []))
        for decision in decided
    )


def _decided(entry: Entry, event: ReleaseDecided | ChampionStopped) -> Decided:
    if isinstance(event, ChampionStopped):
        return Decided(
            version=event.version,
            go=False,
            rule=STOPPED,
            reason=event.reason,
            by=entry.actor,
            at=entry.recorded_at,
            entry=entry.index,
            gates={},
        )
    gates, evaluation = event.evidence.get("gates"), event.evidence.get("evaluation")
    return Decided(
        version=event.version,
        go=event.go,
        rule=event.rule,
        reason=event.reason,
        by=entry.actor,
        at=entry.recorded_at,
        entry=entry.index,
        gates={name: str(word) for name, word in gates.items()} if isinstance(gates, dict) else {},
        evidence=evaluation if isinstance(evaluation, int) else None,
    )


def _with_approvals(decided: Decided, approvals: list[Approval]) -> Decided:
    # A later approval belongs to another decision about the same version.
    before = tuple(approval for approval in approvals if approval.entry < decided.entry)
    return replace(decided, approvals=before)


def _approval(entry: Entry, event: ReleaseApproved) -> Approval:
    return Approval(
        person=event.person,
        role=event.role,
        reason=event.reason,
        entry=entry.index,
        at=entry.recorded_at,
        signature=event.signature,
    )


def _risks(
    ledger: LedgerReader, product: str, state: ProductState, as_of: datetime | None
) -> tuple[Figure, ...]:
    """Figures of the champion's risk assessment, as its release recorded them."""
    # Without a champion no assessment is about a version in charge.
    if state.champion is None:
        return ()
    for entry in _entries(ledger, product, (AssetMaterialised.kind,), "risk_assessment", as_of):
        event = entry.event
        if not isinstance(event, AssetMaterialised):
            continue
        assessed = metadata_of(RiskAssessmentMetadata, event.metadata)
        if assessed.version == state.champion.version:
            return assessed.figures
    return ()


def _counts_until(product: Product, state: ProductState, now: datetime) -> datetime | None:
    checks = [
        check_freshness(product.charter, state, key, now) for key in required(product.charter)
    ]
    # The first evidence that gets too old ends the YES.
    ends = [check.evidence.evidence_at + check.allowed for check in checks if check.evidence]
    return min(ends, default=None)
