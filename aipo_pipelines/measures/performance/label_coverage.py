"""The check `labels`: is enough of the truth known, and did it come in time?

Early labels are no random sample, so the labels of a batch count only after the agreed share of
them has arrived (see `metrics.aligned.withhold_immature`). If there are too few labels, the check
is insufficient until they are due, and fails after that. Without an agreed delay, or without a
date of the batch, no due date is known: the check then remains insufficient.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from aipo_pipelines.charter.model.sources import Labels
from aipo_pipelines.evidence.details.performance import LabelsDetails
from aipo_pipelines.evidence.outcome import (
    CheckOutcome,
    Direction,
    Figure,
    Severity,
    Verdict,
)
from aipo_pipelines.measures.metrics.scored import Scored

CHECK = "labels"
COVERAGE, DELAY = "label_coverage", "label_delay"

_DAY = timedelta(days=1)


def measure_labels(
    scored: Scored, labels: Labels, batch_date: datetime | None, now: datetime
) -> CheckOutcome[LabelsDetails]:
    """Measures how much of the truth of a batch is known, and how long it has waited.

    Args:
        scored: The batch with the truth as far as it is known.
        labels: The agreed share of labelled records, and the agreed delay.
        batch_date: End of the time of the data, aware UTC; None without a date.
        now: The time of the measurement, aware UTC.

    Returns:
        Figures `label_coverage` (a share; it is counted, not estimated, and has no interval) and
        `label_delay` (days from the batch's date to `now`, also if all labels came earlier).
    """
    rows, labelled = len(scored.predicted), int(scored.labelled.sum())
    share = labelled / rows if rows else None
    waited = None if batch_date is None else (now - batch_date) / _DAY
    agreed = None if labels.delay is None else labels.delay / _DAY
    verdict = _verdict(share, labels.minimum_coverage, waited, agreed)
    coverage = Figure(
        metric=COVERAGE,
        value=share,
        n=rows,
        limit=labels.minimum_coverage,
        direction=Direction.AT_LEAST,
        verdict=verdict,
        note=f"{labelled} of {rows} records have a known truth",
    )
    delay = _delay(waited, agreed, rows, verdict)
    return CheckOutcome(
        check=CHECK,
        verdict=verdict,
        severity=Severity.WARNING,
        summary=_summary(coverage, waited, agreed),
        figures=(coverage, delay),
        details=LabelsDetails(
            records=rows,
            labelled=labelled,
            batch_date=None if batch_date is None else batch_date.isoformat(),
            judged_at=now.isoformat(),
        ),
    )


def _delay(waited: float | None, agreed: float | None, rows: int, verdict: Verdict) -> Figure:
    # It has the verdict of the check: a long delay is no failure if enough labels are in.
    return Figure(
        metric=DELAY,
        value=waited,
        n=rows,
        limit=agreed,
        direction=None if agreed is None else Direction.AT_MOST,
        verdict=None if agreed is None else verdict,
        unit="days",
        note="the batch has no date" if waited is None else "since the date of the batch",
    )


def _verdict(
    share: float | None, least: float, waited: float | None, agreed: float | None
) -> Verdict:
    if share is None:
        return Verdict.INSUFFICIENT
    # Labels that came late but are enough pass: the batch can be judged by them.
    if share >= least:
        return Verdict.PASS
    late = waited is not None and agreed is not None and waited > agreed
    return Verdict.FAIL if late else Verdict.INSUFFICIENT


def _summary(coverage: Figure, waited: float | None, agreed: float | None) -> str:
    if coverage.value is None:
        return "The batch holds no record, so no truth can be missing or known."
    known = f"The truth of {coverage.value:.1%} of {coverage.n} records is known"
    limit = f"{coverage.limit:.1%} are agreed"
    if coverage.verdict is Verdict.PASS:
        return f"{known}; {limit}."
    if agreed is None:
        return f"{known}, {limit}; no delay is agreed, so the labels have no due date."
    if waited is None:
        return f"{known}, {limit}; the batch has no date, so its labels have no due date."
    days = f"{waited:.1f} days after its date, {agreed:g} agreed"
    if coverage.verdict is Verdict.FAIL:
        return f"{known}, {limit}, and they are overdue: {days}."
    return f"{known}, {limit}; they are not due yet: {days}."
