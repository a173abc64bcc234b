"""What the model registry says, beside what the ledger says: a hand that moved an alias is noticed.

The ledger alone says which version is champion. When the alias points elsewhere, or a version that
the ledger counts on was deleted, whoever loads the model by its alias gets another one than was
decided, or none. That is a critical incident; it ends by rule when the two agree again. The alias
is put back by a decision only (`aipo restore`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.state import ActionKind, ActionStatus, ProductState
from aipo_pipelines.policy.facts.stopped_model import alias_failure
from aipo_pipelines.policy.facts.training import trains_here
from aipo_pipelines.policy.incidents.incident import Alarm
from aipo_pipelines.policy.rules.passage_of_time import watch_cause

MOVED = Cause("champion_moved")


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What the registry holds of one product.

    Attributes:
        champion: Version that has the alias `champion`; empty for none.
        versions: Those of the versions asked about that are still there.
    """

    champion: str = ""
    versions: frozenset[str] = frozenset()


def counted_on(state: ProductState) -> dict[str, str]:
    """Versions that the ledger counts on, each with its run: in charge, before, and waiting."""
    waiting = [candidate for candidate in state.candidates.values() if candidate.awaits_people]
    known = [
        version for version in (state.champion, state.predecessor, *waiting) if version is not None
    ]
    return {version.version: version.run_id for version in known if version.run_id}


def on_registry(
    charter: Charter, state: ProductState, found: Registered, now: datetime
) -> tuple[Draft, ...]:
    """What it leads to that the registry holds this; asked again, the answer is the same.

    While a release waits or runs nothing is said: its alias moves before the ledger hears of it.

    Args:
        charter: The charter in force.
        state: State of the product.
        found: What the registry holds.
        now: The moment, aware UTC.
    """
    if not trains_here(charter) or _is_releasing(state):
        return ()
    alarm = _alarm(state, found)
    # No rest: an alias that is moved, put back and moved again is moved again.
    return tuple(watch_cause(charter, state, now, MOVED, alarm, quiet=timedelta(0)))


def _alarm(state: ProductState, found: Registered) -> Alarm | None:
    stopped, failed = state.stop, alias_failure(state)
    if stopped is not None and failed and found.champion == stopped.version:
        return Alarm(
            cause=MOVED,
            title=f"Version {stopped.version} was stopped and still has the alias champion",
            summary=f"The alias could not be taken away: {failed}. Whoever loads the model by its "
            f"alias gets what was stopped. Try again with: aipo run {state.product}.",
            severity=Severity.CRITICAL,
        )
    said = list(_differences(state, found))
    if not said:
        return None
    name = state.product
    undo = f"Put the alias back by a decision: aipo restore {name}"
    if state.champion is None:
        undo = "Take the alias away, or have the version decided on"
    elif state.champion.version not in found.versions:
        undo = (
            f"Bring the version back from a backup, roll back with: aipo rollback {name}, or stop "
            f"the product with: aipo stop {name}"
        )
    return Alarm(
        cause=MOVED,
        title="The model registry was changed by hand",
        summary=f"{' '.join(said)} Whoever loads the model by its alias does not get what was "
        f"decided. {undo}.",
        severity=Severity.CRITICAL,
    )


def _differences(state: ProductState, found: Registered) -> Iterator[str]:
    in_charge = state.champion.version if state.champion else ""
    if found.champion != in_charge:
        there = f"version {found.champion}" if found.champion else "no version"
        here = f"version {in_charge} is" if in_charge else "none is"
        yield f"In MLflow {there} has the alias champion; by the ledger {here} in charge."
    gone = [version for version in counted_on(state) if version not in found.versions]
    if gone:
        noun = "Version" if len(gone) == 1 else "Versions"
        verb = "was" if len(gone) == 1 else "were"
        yield f"{noun} {', '.join(gone)} {verb} deleted from MLflow."


def _is_releasing(state: ProductState) -> bool:
    return any(
        action.kind is ActionKind.RELEASE
        and action.status in (ActionStatus.PENDING, ActionStatus.STARTED)
        for action in state.actions.values()
    )
