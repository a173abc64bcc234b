"""The model registry compared with the ledger: a change of the registry by hand opens an incident.

Only the ledger says which version is champion. The alias may point to another version, or a version
that the ledger needs may be deleted. Then programs that load the model by its alias do not get the
decided version. This is a critical incident. It ends by rule when registry and ledger agree again.
Only a decision puts the alias back (`aipo restore`).
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
    """The entries of one product in the registry.

    Attributes:
        champion: Version with the alias `champion`; empty if no version has it.
        versions: The requested versions that still exist.
    """

    champion: str = ""
    versions: frozenset[str] = frozenset()


def counted_on(state: ProductState) -> dict[str, str]:
    """Versions that the ledger needs, each with its run: in charge, before, and waiting."""
    candidates = [candidate for candidate in state.candidates.values() if candidate.awaits_people]
    known = (state.champion, state.predecessor, *candidates)
    return {each.version: each.model.run_id for each in known if each and each.model.run_id}


def on_registry(
    charter: Charter, state: ProductState, registered: Registered, now: datetime
) -> tuple[Draft, ...]:
    """The entries that follow from the content of the registry; the same for the same state.

    Args:
        charter: The charter in force.
        state: State of the product.
        registered: The content of the registry.
        now: The moment, aware UTC.
    """
    # The alias of a release moves before the ledger records it: until then they may differ.
    if not trains_here(charter) or _is_releasing(state):
        return ()
    alarm = _alarm(state, registered)
    # No quiet time: an alias that is put back and moved again is a new finding.
    return tuple(watch_cause(charter, state, now, MOVED, alarm, quiet=timedelta(0)))


def _alarm(state: ProductState, registered: Registered) -> Alarm | None:
    stopped, failed = state.stop, alias_failure(state)
    if stopped is not None and failed and registered.champion == stopped.version:
        return Alarm(
            cause=MOVED,
            title=f"Version {stopped.version} was stopped and still has the alias champion",
            summary=f"The alias could not be taken away: {failed}. Programs that load the model by "
            f"its alias get the stopped version. Try again with: aipo run {state.product}.",
            severity=Severity.CRITICAL,
        )
    differences = list(_differences(state, registered))
    if not differences:
        return None
    name = state.product
    undo = f"Put the alias back by a decision: aipo restore {name}"
    if state.champion is None:
        undo = "Take the alias away, or have the release decided"
    elif state.champion.version not in registered.versions:
        undo = (
            f"Bring the version back from a backup, roll back with: aipo rollback {name}, or stop "
            f"the product with: aipo stop {name}"
        )
    return Alarm(
        cause=MOVED,
        title="The model registry was changed by hand",
        summary=f"{' '.join(differences)} Programs that load the model by its alias do not get the "
        f"decided version. {undo}.",
        severity=Severity.CRITICAL,
    )


def _differences(state: ProductState, registered: Registered) -> Iterator[str]:
    in_charge = state.champion.version if state.champion else ""
    if registered.champion != in_charge:
        there = f"version {registered.champion}" if registered.champion else "no version"
        here = f"version {in_charge} is" if in_charge else "no version is"
        yield f"In MLflow {there} has the alias champion; by the ledger {here} in charge."
    # A deleted predecessor is a finding, too: a rollback would need it.
    deleted = [version for version in counted_on(state) if version not in registered.versions]
    if deleted:
        noun = "Version" if len(deleted) == 1 else "Versions"
        verb = "was" if len(deleted) == 1 else "were"
        yield f"{noun} {', '.join(deleted)} {verb} deleted from MLflow."


def _is_releasing(state: ProductState) -> bool:
    return any(
        action.kind is ActionKind.RELEASE
        and action.status in (ActionStatus.PENDING, ActionStatus.STARTED)
        for action in state.actions.values()
    )
