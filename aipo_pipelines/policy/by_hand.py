"""What a person may set going or end by hand: a rollback, a training, an incident.

As in `approval`, each function is asked under the ledger's lock of the product.
"""

from __future__ import annotations

from datetime import datetime

from aipo_pipelines.charter.charter import Charter
from aipo_pipelines.charter.people import Role
from aipo_pipelines.errors import DecisionError
from aipo_pipelines.ledger.entry import Draft
from aipo_pipelines.ledger.events import IncidentResolved, ReleaseDecided, TrainingDue
from aipo_pipelines.ledger.fold_models import ROLLBACK
from aipo_pipelines.ledger.state import ActionKind, ProductState
from aipo_pipelines.policy.alarm import subject_of
from aipo_pipelines.policy.approval import UNSIGNED, refuse_while
from aipo_pipelines.policy.change import change_point
from aipo_pipelines.policy.deciders import (
    Holder,
    Word,
    given_reason,
    holders_of,
    names,
    person_named,
    spoken,
)
from aipo_pipelines.policy.training import approved, data_stands_at, trains_here
from aipo_pipelines.policy.wording import listed, moment

BY_HAND = "by hand"
"""Trigger of a training that a person asked for."""


def rollback(
    charter: Charter, state: ProductState, person: str, reason: str, now: datetime
) -> tuple[Draft, ...]:
    """A person with the right to override returns to the predecessor of the champion.

    Raises:
        DecisionError: It is not theirs to say, there is no predecessor, or work on models is
            under way.
    """
    word = _override(charter, person, reason, now)
    champion, predecessor = state.champion, state.predecessor
    if champion is None or predecessor is None:
        in_charge = f"version {champion.version} is in charge" if champion else "none is in charge"
        raise DecisionError(
            f"rollback with no predecessor: {in_charge} of {state.product}, and there is no "
            "champion before it to return to (a rollback is not rolled back); train a new one "
            f"with: aipo retrain {state.product}"
        )
    refuse_while(state, ActionKind.RELEASE, "rolled back")
    refuse_while(state, ActionKind.TRAIN, "rolled back")
    version = predecessor.version
    event = ReleaseDecided(
        version=version,
        go=True,
        rule=ROLLBACK,
        reason=word.reason,
        evidence={"gives_way": champion.version, "its_decision": champion.decision},
        signature=UNSIGNED,
    )
    # A release that was given up may be asked for again: the decision it replaces tells them apart.
    before = state.decisions.get(version)
    last = before.entry if before else predecessor.decision
    key = f"rollback/{state.product}/{champion.decision}/{version}/{last}"
    return (word.draft(state.product, f"model/{version}", event, key),)


def retrain(
    charter: Charter, state: ProductState, person: str, reason: str, now: datetime
) -> tuple[Draft, ...]:
    """A person of the charter asks for a training on all approved batches.

    Cooldown and cap hold the rules back, not people; the training counts towards the cap.

    Raises:
        DecisionError: The charter does not name the person, nothing can be trained, or a training
            or release is under way.
    """
    word = _anybody(charter, person, reason, now)
    if not trains_here(charter):
        raise DecisionError(
            f"{state.product} has no model that is trained here; expected a charter with a model "
            "and without logged predictions"
        )
    batches = approved(state)
    if not batches:
        raise DecisionError(
            f"no batch of {state.product} is approved, so there is nothing to train on; expected "
            f"at least one that met its contract; see: aipo status {state.product}"
        )
    refuse_while(state, ActionKind.TRAIN, "trained")
    refuse_while(state, ActionKind.RELEASE, "trained")
    event = TrainingDue(
        window=tuple(batch.partition for batch in batches),
        trigger=BY_HAND,
        reason=f"{word.holder.name}: {word.reason}",
        data_at=data_stands_at(state, now),
        change=change_point(state),
    )
    last = max((one.entry for one in state.trainings.values()), default="none")
    key = f"retrain/{state.product}/{last}"
    return (word.draft(state.product, "model", event, key),)


def resolve(
    charter: Charter, state: ProductState, incident: int, person: str, reason: str, now: datetime
) -> tuple[Draft, ...]:
    """A person of the charter ends an incident.

    Raises:
        DecisionError: The charter does not name the person, or no such incident is open.
    """
    word = _anybody(charter, person, reason, now)
    known = state.incidents.get(str(incident))
    if known is None:
        opened = [str(one.entry) for one in state.incidents.values() if one.is_open]
        raise DecisionError(
            f"no incident {incident} of {state.product} is known; expected one that is open: "
            f"{listed(opened) or 'none is'}; see: aipo incidents {state.product}"
        )
    if not known.is_open:
        when = moment(known.resolved_at) if known.resolved_at else "an unknown day"
        raise DecisionError(
            f"incident {incident} of {state.product} was resolved already, on {when} "
            f"({known.resolution}); nothing was recorded now"
        )
    event = IncidentResolved(incident=incident, resolution=f"{word.holder.name}: {word.reason}")
    key = f"resolve/{state.product}/{incident}"
    return (word.draft(state.product, subject_of(event), event, key),)


def _override(charter: Charter, person: str, reason: str, now: datetime) -> Word:
    why = given_reason(reason)
    holder = person_named(charter, person)
    right = charter.decision_rights.override
    role = holder.role_in(right)
    if role is None:
        raise DecisionError(
            f"{holder.name} ({', '.join(map(spoken, holder.roles))}) may not override what was "
            f"decided about {charter.product}; expected one of: "
            f"{names(holders_of(charter, right))}; the charter's decision_rights.override names "
            "them"
        )
    if right.quorum > 1:
        raise DecisionError(
            f"a rollback of {charter.product} needs {right.quorum} people "
            "(decision_rights.override.quorum), and only one person's word can be recorded for it; "
            "lower that quorum, or leave rollbacks to the charter's release.rollback"
        )
    return Word(holder=holder, role=role, reason=why, now=now)


def _anybody(charter: Charter, person: str, reason: str, now: datetime) -> Word:
    """The word of anybody the charter names, in the role closest to running the product."""
    why = given_reason(reason)
    holder = person_named(charter, person)
    return Word(holder=holder, role=_nearest(holder), reason=why, now=now)


def _nearest(holder: Holder) -> Role:
    nearest = (Role.INCIDENT_OWNER, Role.OWNER, Role.MODEL_STEWARD)
    return next((role for role in nearest if role in holder.roles), holder.roles[0])
