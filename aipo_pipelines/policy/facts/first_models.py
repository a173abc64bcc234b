"""The number of first models that rules may try.

A bad model passes its gates by chance in some attempts: with a confidence of 0.95, in one of
twenty for each gate that rests on a bound. If rules tried on every new batch, such a model would
pass some day. So rules try only as many first models as `retraining.attempts` allows. A person
requests each later attempt. Only models that gates refused count: without enough data there was no
test.
"""

from __future__ import annotations

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.ledger.model.models import ReleaseDecision
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.policy.statements.trainings import FirstModelsUsedUp

FIRST_MODEL = Trigger("first model")
_GATES = "gates"


def refused(state: ProductState) -> tuple[ReleaseDecision, ...]:
    """The first models refused by their gates since a version was last allowed to go live."""
    # The count begins again after a version was allowed to go live.
    since = max(
        (decision.entry for decision in state.decisions.values() if decision.go), default=-1
    )
    decisions = (
        state.decisions.get(training.version)
        for training in state.trainings.values()
        if training.trigger == FIRST_MODEL and training.entry > since
    )
    refusals = (
        decision
        for decision in decisions
        if decision is not None and not decision.go and decision.rule == _GATES
    )
    return tuple(sorted(refusals, key=lambda decision: decision.entry))


def is_used_up(charter: Charter, state: ProductState) -> bool:
    """Whether rules have tried as many first models as they may."""
    return len(refused(state)) >= charter.retraining.attempts


def why_no_more(charter: Charter, state: ProductState) -> FirstModelsUsedUp:
    """Why rules try no further first model."""
    return FirstModelsUsedUp(
        product=state.product, refused=len(refused(state)), most=charter.retraining.attempts
    )
