"""Incidents from deleted runs: Dagster no longer knows the run of evidence in the ledger.

Somebody deleted the run. The ledger keeps its results, but logs and pictures are gone, and an
auditor must know about a deletion that nobody reported. The incident is a warning: it says nothing
about the model. It ends by rule when newer evidence has replaced all evidence of the deleted runs.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.facts.responses import check_name
from aipo_pipelines.policy.incidents.incident import Alarm
from aipo_pipelines.policy.rules.passage_of_time import watch_cause
from aipo_pipelines.policy.text import listed

MISSING_RUN = Cause("missing_run")


def runs_of(state: ProductState) -> frozenset[str]:
    """The Dagster runs of the newest evidence of a product."""
    return frozenset(check.run_id for check in state.checks.values() if check.run_id)


def on_missing_runs(
    charter: Charter, state: ProductState, missing: Collection[str], now: datetime
) -> tuple[Draft, ...]:
    """The entries that follow if Dagster does not know some runs; the same for the same state.

    Args:
        charter: The charter in force.
        state: State of the product.
        missing: Ids of runs that Dagster does not know; runs without evidence do not count.
        now: The moment, aware UTC.
    """
    # Runs without the newest evidence may be deleted: nothing rests on them.
    alarm = _alarm(state, frozenset(missing) & runs_of(state))
    return tuple(watch_cause(charter, state, now, MISSING_RUN, alarm))


def _alarm(state: ProductState, missing: frozenset[str]) -> Alarm | None:
    if not missing:
        return None
    affected = [key for key, check in state.checks.items() if check.run_id in missing]
    return Alarm(
        cause=MISSING_RUN,
        title="A run that the ledger names was deleted from Dagster",
        summary=f"Dagster no longer knows {listed(sorted(missing))}, which evaluated "
        f"{listed([check_name(key) for key in affected])}. The ledger keeps the results; logs "
        "and pictures of the run are gone.",
        severity=Severity.WARNING,
    )
