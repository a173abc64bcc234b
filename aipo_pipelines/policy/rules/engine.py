"""Decide: the entries that follow from an entry, by the rules of the charter.

The decision is pure: no clock, and it reads only its arguments. The same arguments give the same
drafts with the same keys. Each key names the entry that caused it, so a decision that is computed
again is recorded once. Each rule is in a module of its own. Their order is the order of the drafts.
"""

from __future__ import annotations

from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.ledger.events.entry import Draft, Entry
from aipo_pipelines.ledger.events.event import Event
from aipo_pipelines.ledger.events.measurements import AssetMaterialised, CheckEvaluated
from aipo_pipelines.ledger.fold.outdated_runs import is_outdated
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.agreements import adoption
from aipo_pipelines.policy.context import Context, Rule
from aipo_pipelines.policy.rules import (
    batch_approval,
    business_targets,
    failed_action,
    failing_check,
    first_training,
    measure_again,
    measure_last_batches,
    rejected_events,
    release,
    release_approval,
    remeasure,
    resolve_after_release,
    retraining,
    rollback,
    shortened_series,
    withdrawn_batches,
)

RULES: tuple[Rule, ...] = (
    adoption.respond_to_proposal,
    batch_approval.decide_batch,
    business_targets.judge_targets,
    failing_check.respond_to_check,
    withdrawn_batches.respond_to_withdrawal,
    shortened_series.look_again,
    failed_action.respond_to_failure,
    rejected_events.report_rejected_event,
    rollback.roll_back,
    retraining.retrain_on_check,
    release.decide_release,
    release_approval.count_approvals,
    release.confirm_release,
    release.supersede_outdated,
    resolve_after_release.resolve_incidents_of_former,
    first_training.start_first_training,
    remeasure.measure_again,
    remeasure.measure_quarantined_again,
    measure_last_batches.measure_new_last_batches,
    measure_last_batches.measure_remaining_batch,
    measure_again.measure_after_adoption,
)
"""All rules, in the order in which their drafts are recorded."""


def decide(charter: Charter, state: ProductState, entry: Entry, now: datetime) -> tuple[Draft, ...]:
    """The entries that follow from the newest entry of a product.

    Args:
        charter: The charter in force.
        state: State of the product, the entry included.
        entry: The newest entry.
        now: The moment, aware UTC.

    Returns:
        Drafts to be recorded, in order; empty for a body that this version cannot read, and for
        results about a version of a batch that was replaced or withdrawn.
    """
    event = entry.event
    # A newer program may have written a body that this version cannot read.
    if event is None:
        return ()
    if _is_about_old_version(state, event):
        return ()
    context = Context(charter=charter, state=state, entry=entry, event=event, now=now)
    return tuple(draft for rule in RULES for draft in rule(context))


def _is_about_old_version(state: ProductState, event: Event) -> bool:
    # Only results of runs are about a version of a batch; decisions are never outdated.
    if not isinstance(event, CheckEvaluated | AssetMaterialised):
        return False
    batch = state.batches.get(event.partition)
    return batch is not None and is_outdated(state, batch, event)
