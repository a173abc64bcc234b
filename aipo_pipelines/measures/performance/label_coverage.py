"""The check `labels`: is enough of the truth known, and did it come in time?

Early labels are no random sample, so a batch is judged on its labels only once the agreed share of
them is in (see `pairs.withhold_immature`). Until they are due, too few are no fault of anybody and
the check is insufficient; after that it fails. Where no delay was agreed, or the batch has no date,
nothing says when they were due, and too few stay insufficient.
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
        labels: What was agreed: share of labelled records, and delay.
        batch_date: End of the time the data is about, aware UTC; None where it has none.
        now: The time of judging, aware UTC.

    Returns:
        Figures `label_coverage` (a share; it is counted, not estimated, and has no interval) and
        `label_delay` (days from the batch's date to `now`, also where all labels came earlier).
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
    delay = Figure(
        metric=DELAY,
        value=waited,
        n=rows,
        limit=agreed,
        direction=None if agreed is None else Direction.AT_MOST,
        verdict=None if agreed is None else verdict,
        unit="days",
        note="the batch has no date" if waited is None else "since the date of the batch",
    )
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


def _verdict(
    share: float | None, least: float, waited: float | None, agreed: float | None
) -> Verdict:
    if share is None:
        return Verdict.INSUFFICIENT
    if share >= least:
        return Verdict.PASS
    late = waited is not None and agreed is not None and waited > agreed
    return Verdict.FAIL if late else Verdict.INSUFFICIENT


def _summary(coverage: Figure, waited: float | None, agreed: float | None) -> str:
    if coverage.value is None:
        return "The batch holds no record, so no truth can be missing or known."
    known = f"The truth of {coverage.value:.1%} of {coverage.n} records is known"
    asked = f"{coverage.limit:.1%} are agreed"
    if coverage.verdict is Verdict.PASS:
        return f"{known}; {asked}."
    if agreed is None:
        return f"{known}, {asked}; no delay is agreed, so nothing says when labels are due."
    if waited is None:
        return f"{known}, {asked}; the batch has no date, so nothing says when they were due."
    days = f"{waited:.1f} days after its date, {agreed:g} agreed"
    if coverage.verdict is Verdict.FAIL:
        return f"{known}, {asked}, and they are overdue: {days}."
    return f"{known}, {asked}; they are not due yet: {days}."
