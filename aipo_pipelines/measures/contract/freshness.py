"""Check `freshness`: was the batch young enough when it arrived?"""

from __future__ import annotations

from datetime import datetime

from aipo_pipelines.charter.model.contract import Contract
from aipo_pipelines.evidence.details.dataset import FreshnessDetails
from aipo_pipelines.evidence.outcome import CheckOutcome, Direction, Figure, Severity, Verdict

_ONE_DAY = 24.0
"""Hours that a batch date may lie in the future: it is often the day that has not ended yet."""


def check_freshness(
    batch_date: datetime | None, arrived_at: datetime, contract: Contract
) -> CheckOutcome[FreshnessDetails]:
    """Compares the age of a batch on arrival with the promised latency.

    Args:
        batch_date: End of the time of the data, aware UTC; None without a date.
        arrived_at: Time of the arrival, aware UTC.
        contract: Its `freshness_hours` is the limit; None means that no limit was agreed.

    Returns:
        Check `freshness` with the age in hours. It is insufficient if a limit was agreed and the
        age is not known: the batch has no date, or a date more than a day in the future.
    """
    limit = contract.freshness_hours
    age = None if batch_date is None else (arrived_at - batch_date).total_seconds() / 3600
    verdict, summary = _judge(age, limit)
    figure = Figure(
        metric="age_on_arrival",
        value=age,
        n=1,
        limit=limit,
        direction=None if limit is None else Direction.AT_MOST,
        verdict=None if limit is None else verdict,
        unit="hours",
        note="the batch has no date" if age is None else "",
    )
    return CheckOutcome(
        check="freshness",
        verdict=verdict,
        severity=Severity.WARNING,
        summary=summary,
        figures=(figure,),
        details=FreshnessDetails(
            batch_date=None if batch_date is None else batch_date.isoformat(),
            arrived_at=arrived_at.isoformat(),
        ),
    )


def _judge(age: float | None, limit: float | None) -> tuple[Verdict, str]:
    if limit is None:
        state = "has no date" if age is None else f"was {age:.1f} hours old on arrival"
        return Verdict.PASS, f"The batch {state}; the contract promises no latency."
    if age is None:
        return Verdict.INSUFFICIENT, "The batch has no date, so its age on arrival is unknown."
    # A date far in the future is a typing error. A negative age would pass every limit.
    if age < -_ONE_DAY:
        return (
            Verdict.INSUFFICIENT,
            f"The batch is dated {-age:.1f} hours after its arrival, so its age is unknown.",
        )
    verdict = Verdict.FAIL if age > limit else Verdict.PASS
    return verdict, f"The batch was {age:.1f} hours old on arrival; at most {limit:g} are agreed."
