"""A person names the original baseline: drift is measured against this version.

As in `approval`, the function is called under the ledger's lock of the product. One person who may
decide about releases is enough: it releases nothing, and naming another version undoes it.
"""

from __future__ import annotations

from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.errors import DecisionError
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.releases import OriginalNamed
from aipo_pipelines.ledger.fold.original_baseline import nameable, original_of
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.facts.decision_makers import (
    PersonalDecision,
    answers_for_training,
    given_reason,
    names,
    person_named,
    release_deciders,
    role_text,
)
from aipo_pipelines.policy.people.terms import UNSIGNED
from aipo_pipelines.policy.text import listed, moment


def name_original(
    charter: Charter, state: ProductState, version: str, person: str, reason: str, now: datetime
) -> tuple[Draft, ...]:
    """The naming of the original baseline by a person who may decide about releases.

    Args:
        charter: The charter in force.
        state: State of the product.
        version: The champion, its predecessor, or a version that was the original baseline before.
        person: Name or e-mail address of the person.
        reason: The reason that the person gives.
        now: The moment, aware UTC.

    Raises:
        DecisionError: The person may not decide, the state keeps no figures of the version, or the
            version is the original baseline already.
    """
    decision = _decision_of(charter, person, reason, now)
    # The state keeps the figures of these versions only; the other versions cannot be compared.
    known = [original.version for original in nameable(state)]
    if version not in known:
        raise DecisionError(
            f"version {version!r} of {state.product} cannot be the original baseline; expected "
            f"the version in charge, its predecessor, or a former original baseline: "
            f"{listed(known) or 'there is none yet'}; see: aipo status {state.product}"
        )
    current = original_of(state)
    if current is not None and current.version == version:
        since = moment(current.named_at or current.released_at)
        raise DecisionError(
            f"version {version} of {state.product} is the original baseline already, since "
            f"{since}; nothing was recorded now"
        )
    event = OriginalNamed(
        version=version,
        person=decision.holder.name,
        role=decision.role.value,
        reason=decision.reason,
        signature=UNSIGNED,
    )
    # A version can become the original baseline again: the key names the naming before.
    before = current.since if current else "none"
    key = f"original/{state.product}/{before}/{version}"
    return (decision.draft(state.product, f"model/{version}", event, key),)


def _decision_of(charter: Charter, person: str, reason: str, now: datetime) -> PersonalDecision:
    """The decision of a person who may decide about releases.

    Raises:
        DecisionError: The person may not decide, or gives no reason.
    """
    reason = given_reason(reason)
    holder = person_named(charter, person)
    role = holder.role_in(charter.decision_rights.release)
    if role is None or answers_for_training(charter, holder):
        raise DecisionError(
            f"{holder.name} ({', '.join(map(role_text, holder.roles))}) may not name the original "
            f"baseline of {charter.product}, as they may not decide about its releases; expected "
            f"one of: {names(release_deciders(charter))}. The charter's decision_rights.release "
            "names them, and separation of duties excludes the model steward"
        )
    return PersonalDecision(holder=holder, role=role, reason=reason, now=now)
