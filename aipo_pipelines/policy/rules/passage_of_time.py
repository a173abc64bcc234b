"""Consequences of the passage of time: missing evidence and an old champion.

A schedule only sends the tick. The same state gives the same drafts with every tick. While an
incident is open, no alarm repeats it, and only new subjects continue it. After it was resolved,
for example by a person, the same cause is not raised again for `QUIET`. Incidents end by rule when
their cause is gone. All are warnings, which do not change the answer: missing evidence already
makes it UNKNOWN. Without these incidents no failing check would notify people about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from aipo_pipelines.charter.model.base import format_duration
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.append import CLOCK_TOLERANCE
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.incidents import IncidentContinued, IncidentResolved
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.context import draft
from aipo_pipelines.policy.facts.calendar import too_old_since
from aipo_pipelines.policy.facts.freshness import allowed_age, silent_since
from aipo_pipelines.policy.facts.live_thresholds import required
from aipo_pipelines.policy.facts.responses import check_name
from aipo_pipelines.policy.incidents.incident import Alarm, open_incident, raised, subject_of
from aipo_pipelines.policy.people.pending_overrides import UNCONFIRMED, unconfirmed
from aipo_pipelines.policy.rules.business_targets import targets_on_tick
from aipo_pipelines.policy.rules.measure_again import measure_again_on_tick
from aipo_pipelines.policy.rules.retraining import retrain_on_tick
from aipo_pipelines.policy.rules.shortened_series import look_on_tick
from aipo_pipelines.policy.text import listed, moment, span

STALE = Cause("stale")
OVERDUE = Cause("overdue")
QUIET = timedelta(days=1)
"""Time during which a resolved cause is not raised again."""


def on_tick(charter: Charter, state: ProductState, now: datetime) -> tuple[Draft, ...]:
    """Everything that is due: retraining, stale evidence, an old champion, a stop, measurements."""
    return (
        *retrain_on_tick(charter, state, now),
        *watch_cause(charter, state, now, STALE, _stale(charter, state, now)),
        *watch_cause(charter, state, now, OVERDUE, _overdue(charter, state, now)),
        *watch_cause(
            charter,
            state,
            now,
            UNCONFIRMED,
            unconfirmed(charter, state, now),
            quiet=timedelta(0),
        ),
        *targets_on_tick(charter, state, now),
        *look_on_tick(charter, state, now),
        *measure_again_on_tick(charter, state, now),
    )


def watch_cause(
    charter: Charter,
    state: ProductState,
    now: datetime,
    cause: Cause,
    alarm: Alarm | None,
    *,
    quiet: timedelta = QUIET,
) -> Iterator[Draft]:
    """The incident of a cause that is checked repeatedly: raised once, resolved once.

    Args:
        charter: The charter in force.
        state: State of the product.
        now: The moment, aware UTC.
        cause: Identity of the incident.
        alarm: The alarm to raise; None if the cause is gone.
        quiet: Time during which a resolved cause is not raised again.
    """
    known = open_incident(state, cause)
    if alarm is None and known is not None:
        text = str(cause).replace("_", " ")
        resolved = IncidentResolved(incident=known.entry, resolution=f"by rule: no longer {text}")
        key = f"tick/{state.product}/{cause}/resolve/{known.entry}"
        yield draft(state.product, key, str(cause), subject_of(resolved), resolved, now)
    if alarm is None or (known is None and _is_quiet(state, cause, now, quiet)):
        return
    incident = raised(charter, state, alarm)
    if isinstance(incident, IncidentContinued) and known is not None:
        # The key counts batches and subjects: each addition is recorded once.
        so_far = f"{len(known.partitions)}/{len(known.subjects)}"
        key = f"tick/{state.product}/{cause}/also/{known.entry}/{so_far}"
        yield draft(state.product, key, str(cause), subject_of(incident), incident, now)
    elif incident is not None and known is None:
        earlier = sum(incident.cause == cause for incident in state.incidents.values())
        key = f"tick/{state.product}/{cause}/{earlier}"
        yield draft(state.product, key, str(cause), subject_of(incident), incident, now)


def _is_quiet(state: ProductState, cause: Cause, now: datetime, quiet: timedelta) -> bool:
    # A time in the future comes from a clock that was ahead: it keeps nothing quiet.
    return any(
        incident.cause == cause
        and incident.resolved_at is not None
        and -CLOCK_TOLERANCE <= now - incident.resolved_at < quiet
        for incident in state.incidents.values()
    )


def _stale(charter: Charter, state: ProductState, now: datetime) -> Alarm | None:
    silent = {
        key: since
        for key in required(charter)
        if (since := silent_since(charter, state, key)) is not None
        and now - since > allowed_age(charter, key)
    }
    if not silent:
        return None
    first = min(silent.values())
    return Alarm(
        cause=STALE,
        title=f"No recent evidence: {listed([check_name(key) for key in silent])}",
        summary=f"The oldest silence has lasted {span(now - first)}, since {moment(first)}; "
        f"the charter asks for evidence every {format_duration(charter.monitoring.cadence)}.",
        severity=Severity.WARNING,
        subjects=tuple(check_name(key) for key in silent),
    )


def _overdue(charter: Charter, state: ProductState, now: datetime) -> Alarm | None:
    limit = too_old_since(charter, state)
    champion, maximum = state.champion, charter.retraining.maximum_age
    if limit is None or champion is None or maximum is None or now <= limit:
        return None
    return Alarm(
        cause=OVERDUE,
        title=f"Model version {champion.version} is older than agreed",
        summary=f"It was trained {span(now - champion.model.trained_at)} ago, on "
        f"{moment(champion.model.trained_at)}; the charter allows {format_duration(maximum)}.",
        severity=Severity.WARNING,
    )
