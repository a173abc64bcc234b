"""Actions of a person: starting a training, and ending an incident.

As in `approval`, each function is called under the ledger's lock of the product.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.people import DecisionRight, Role
from aipo_pipelines.errors import DecisionError
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.incidents import IncidentResolved
from aipo_pipelines.ledger.events.trainings import TrainingDue
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.state import ActionKind, Incident, ProductState
from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.policy.facts.change_point import change_point
from aipo_pipelines.policy.facts.decision_makers import (
    Holder,
    PersonalDecision,
    given_reason,
    holders_of,
    names,
    people_of,
    person_named,
    role_text,
)
from aipo_pipelines.policy.facts.training import approved, data_of, newest_data_at, trains_here
from aipo_pipelines.policy.incidents.incident import subject_of
from aipo_pipelines.policy.people.approval import refuse_while
from aipo_pipelines.policy.text import listed, moment

BY_HAND = Trigger("by hand")
"""Trigger of a training that a person asked for."""

_PRIVACY = frozenset(
    Cause.of_check(key) for key in ("data_quality/privacy", "training_set/authorised")
)
"""Causes of incidents about personal data."""

_STEWARDS = (Role.DATA_STEWARD, Role.RISK_OFFICER)
"""Roles that may end such an incident besides the roles of the right."""


def retrain(
    charter: Charter, state: ProductState, person: str, reason: str, now: datetime
) -> tuple[Draft, ...]:
    """A person of the charter requests a training on all approved batches.

    Cooldown and cap limit the rules, not people. The training counts towards the cap.

    Raises:
        DecisionError: The charter does not name the person, nothing can be trained, or a training
            or release is under way.
    """
    decision = _any_person(charter, person, reason, now)
    if not trains_here(charter):
        raise DecisionError(
            f"{state.product} has no model that is trained here; expected a charter with a model "
            "and without logged predictions"
        )
    # Cooldown and cap are not asked: people may start a training at any time (decision 0038).
    batches = approved(state)
    if not batches:
        raise DecisionError(
            f"no batch of {state.product} is approved, so there is nothing to train on; expected "
            f"at least one batch that met its contract; see: aipo status {state.product}"
        )
    refuse_while(state, ActionKind.TRAIN, "trained")
    refuse_while(state, ActionKind.RELEASE, "trained")
    event = TrainingDue(
        window=tuple(batch.partition for batch in batches),
        trigger=BY_HAND,
        reason=f"{decision.holder.name}: {decision.reason}",
        data_at=newest_data_at(state, now),
        change=change_point(state),
        data=data_of(batches),
    )
    # The last training is part of the key: two requests at once give one training.
    last = max((training.entry for training in state.trainings.values()), default="none")
    key = f"retrain/{state.product}/{last}"
    return (decision.draft(state.product, "model", event, key),)


def resolve(
    charter: Charter, state: ProductState, incident: int, person: str, reason: str, now: datetime
) -> tuple[Draft, ...]:
    """A person of the charter ends an incident.

    A critical incident needs a person with the right to end it.

    Raises:
        DecisionError: The charter does not name the person, the person may not end the incident,
            or no such incident is open.
    """
    decision = _any_person(charter, person, reason, now)
    known = state.incidents.get(str(incident))
    if known is None:
        opened = [str(known.entry) for known in state.incidents.values() if known.is_open]
        raise DecisionError(
            f"no incident {incident} of {state.product} is known; expected an open incident: "
            f"{listed(opened) or 'none is'}; see: aipo incidents {state.product}"
        )
    if not known.is_open:
        when = moment(known.resolved_at) if known.resolved_at else "an unknown day"
        raise DecisionError(
            f"incident {incident} of {state.product} was resolved already, on {when} "
            f"({known.resolution}); nothing was recorded now"
        )
    # An open critical incident makes the answer NO, so not every person may end it.
    if known.severity is Severity.CRITICAL:
        decision = _entitled(charter, known, decision)
    event = IncidentResolved(
        incident=incident, resolution=f"{decision.holder.name}: {decision.reason}"
    )
    key = f"resolve/{state.product}/{incident}"
    return (decision.draft(state.product, subject_of(event), event, key),)


def may_end(charter: Charter, incident: Incident) -> tuple[Holder, ...]:
    """The people who may end an incident, each once.

    Only people with the right may end a critical incident. The data steward and the risk officer
    may also end a critical incident about personal data, if the charter names them.
    """
    if incident.severity is not Severity.CRITICAL:
        return people_of(charter)
    right = _right_to_end(charter, incident)
    return holders_of(charter, right)


def _right_to_end(charter: Charter, incident: Incident) -> DecisionRight:
    right = charter.decision_rights.incident
    # Data steward and risk officer may end incidents about personal data too (decision 0032).
    if incident.cause not in _PRIVACY:
        return right
    return right.model_copy(update={"roles": tuple(dict.fromkeys((*right.roles, *_STEWARDS)))})


def _entitled(charter: Charter, incident: Incident, decision: PersonalDecision) -> PersonalDecision:
    """The decision, with the role by which the person may end a critical incident.

    Raises:
        DecisionError: The person may not end it.
    """
    role = decision.holder.role_in(_right_to_end(charter, incident))
    if role is None:
        roles = ", ".join(map(role_text, decision.holder.roles))
        raise DecisionError(
            f"{decision.holder.name} ({roles}) may not end the critical incident "
            f"{incident.entry} of {charter.product}; expected one of: "
            f"{names(may_end(charter, incident))}; the charter's decision_rights.incident names "
            "who may"
        )
    return replace(decision, role=role)


def _any_person(charter: Charter, person: str, reason: str, now: datetime) -> PersonalDecision:
    """The decision of any person of the charter.

    Raises:
        DecisionError: The charter does not name the person, or the person gives no reason.
    """
    reason = given_reason(reason)
    holder = person_named(charter, person)
    return PersonalDecision(holder=holder, role=_nearest(holder), reason=reason, now=now)


def _nearest(holder: Holder) -> Role:
    """The role of a person that is nearest to running the product."""
    # An entry names one role, also if the person has several roles.
    nearest = (Role.INCIDENT_OWNER, Role.OWNER, Role.MODEL_STEWARD)
    return next((role for role in nearest if role in holder.roles), holder.roles[0])
