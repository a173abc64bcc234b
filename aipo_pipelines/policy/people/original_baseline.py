"""A person names the original baseline: which version drift is measured against for good.

As in `approval`, the word is asked for under the ledger's lock of the product. One person who may
decide about releases is enough: nothing is released by it, and naming another version undoes it.
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
from aipo_pipelines.policy.people.approval import UNSIGNED
from aipo_pipelines.policy.text import listed, moment


def name_original(
    charter: Charter, state: ProductState, version: str, person: str, reason: str, now: datetime
) -> tuple[Draft, ...]:
    """A person who may decide about releases names a version as the original baseline.

    Args:
        charter: The charter in force.
        state: State of the product.
        version: The champion, its predecessor, or a version that was the original baseline before.
        person: Name or e-mail address of who says so.
        reason: Why, in their words.
        now: The moment, aware UTC.

    Raises:
        DecisionError: It is not theirs to say, nothing is kept of the version, or it is the
            original baseline already.
    """
    word = _word(charter, person, reason, now)
    known = [one.version for one in nameable(state)]
    if version not in known:
        raise DecisionError(
            f"version {version!r} of {state.product} cannot be the original baseline; expected "
            f"the version in charge, the one before it, or a former original baseline: "
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
        person=word.holder.name,
        role=word.role.value,
        reason=word.reason,
        signature=UNSIGNED,
    )
    before = current.since if current else "none"
    key = f"original/{state.product}/{before}/{version}"
    return (word.draft(state.product, f"model/{version}", event, key),)


def _word(charter: Charter, person: str, reason: str, now: datetime) -> PersonalDecision:
    why = given_reason(reason)
    holder = person_named(charter, person)
    role = holder.role_in(charter.decision_rights.release)
    if role is None or answers_for_training(charter, holder):
        raise DecisionError(
            f"{holder.name} ({', '.join(map(role_text, holder.roles))}) may not name the original "
            f"baseline of {charter.product}, as they may not decide about its releases; expected "
            f"one of: {names(release_deciders(charter))}; the charter's decision_rights.release "
            "names them, and separation of duties leaves the model steward out"
        )
    return PersonalDecision(holder=holder, role=role, reason=why, now=now)
