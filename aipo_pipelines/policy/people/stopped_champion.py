"""Stopping the champion: it takes effect at once, and the quorum must confirm it in time.

A wrong champion does harm every hour. Therefore the first approval is enough to stop it (decision
0032). Approvals of a stop count while their people may stop a version, under any charter.
"""

from __future__ import annotations

from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.errors import DecisionError
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.overrides import ChampionStopped
from aipo_pipelines.ledger.events.releases import ReleaseDecided
from aipo_pipelines.ledger.fold.models import ROLLBACK
from aipo_pipelines.ledger.model.models import OverrideAct
from aipo_pipelines.ledger.model.state import ActionKind, ActionStatus, ProductState
from aipo_pipelines.policy.facts.counted_approvals import stop_tally
from aipo_pipelines.policy.people.override_approval import (
    nothing_in_charge,
    override_decision,
    override_event,
    refuse_repetition,
)
from aipo_pipelines.policy.people.pending_overrides import is_confirmed
from aipo_pipelines.policy.people.terms import UNSIGNED, agreement_entry, terms_of


def stop(
    charter: Charter, state: ProductState, person: str, reason: str, now: datetime
) -> tuple[Draft, ...]:
    """A person with the right to override stops the champion, at once.

    The alias is taken away first. Then the predecessor takes over, if there is a predecessor.

    Raises:
        DecisionError: The person may not override, no champion exists, or a release is running.
    """
    decision = override_decision(charter, person, reason, now)
    champion, predecessor = state.champion, state.predecessor
    if champion is None:
        raise DecisionError(
            f"{nothing_in_charge(state, 'stop')}; to confirm a stop: "
            f"aipo stop {state.product} --confirm"
        )
    _refuse_running_release(state)
    right = charter.decision_rights.override
    back_to = predecessor.version if predecessor else ""
    terms = terms_of(state)
    event = ChampionStopped(
        version=champion.version,
        back_to=back_to,
        person=decision.holder.name,
        role=decision.role.value,
        reason=decision.reason,
        confirm_by=now + right.confirm_within,
        confirmed=right.quorum <= 1,
        charter_version=terms.charter_version,
        charter_digest=terms.charter_digest,
        contract_digest=terms.contract_digest,
        standards_digest=terms.standards_digest,
        signature=UNSIGNED,
    )
    # The same version can go live and be stopped again. The time of its release is then different.
    key = f"stop/{state.product}/{champion.decision}/{champion.released_at.isoformat()}"
    drafts = [decision.draft(state.product, f"model/{champion.version}", event, key)]
    # Going back needs no gates: the predecessor has passed its own gates (decision 0023).
    if back_to:
        returning = ReleaseDecided(
            version=back_to,
            go=True,
            rule=ROLLBACK,
            reason=f"Version {champion.version} was stopped: {decision.reason}",
            evidence={"gives_way": champion.version, "its_decision": champion.decision},
            signature=UNSIGNED,
        )
        drafts.append(decision.draft(state.product, f"model/{back_to}", returning, f"{key}/back"))
    return tuple(drafts)


def confirm_stop(
    charter: Charter, state: ProductState, person: str, reason: str, now: datetime
) -> tuple[Draft, ...]:
    """Another person with the right to override confirms the last stop, in time or late.

    Raises:
        DecisionError: The person may not override, has approved the stop before, or no stop waits.
    """
    decision = override_decision(charter, person, reason, now)
    # A late confirmation counts too, because the stop stays without it (decision 0032).
    stopped = state.stop
    tally = stop_tally(charter, stopped.words) if stopped is not None else None
    if stopped is None or tally is None or is_confirmed(stopped, tally):
        raise DecisionError(
            f"no stop of {state.product} waits to be confirmed; nothing was recorded now; see: "
            f"aipo decisions {state.product}"
        )
    # The person who stopped the version has approved it already: the quorum counts people.
    refuse_repetition(state, tally, decision)
    event = override_event(state, decision, OverrideAct.STOP, stopped.version, tally)
    agreement = agreement_entry(state)
    key = f"confirm/{state.product}/{stopped.entry}/{agreement}/{decision.holder.email.lower()}"
    return (decision.draft(state.product, f"model/{stopped.version}", event, key),)


def _refuse_running_release(state: ProductState) -> None:
    # Only a running release: a release that waits can be stopped together with the champion.
    for action in state.actions.values():
        if action.kind is ActionKind.RELEASE and action.status is ActionStatus.STARTED:
            raise DecisionError(
                f"a release of {state.product} is moving the alias right now (entry "
                f"{action.entry}); it takes seconds. Then stop the version that it puts in charge: "
                f"aipo status {state.product}"
            )
