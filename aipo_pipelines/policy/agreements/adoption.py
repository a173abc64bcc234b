"""Agreements: what the files of a product say becomes its agreement, or waits, or is refused.

Pure. A file is a proposal. The first agreement, and a change that only informs or tightens, is
adopted by rule; a change of what binds needs a raised version. What loosens, or binds in a way
whose direction cannot be told, waits for the people who decide about it by the agreement in force
(`touched_rights`): as many as it asks for, one at least. Whatever the files say meanwhile, the
agreement in force stays as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from aipo_pipelines.charter.changes.difference import Change, unraised
from aipo_pipelines.charter.changes.effects import Effect
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.charter.reading.redaction import recordable, recordable_text
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.agreements import (
    AgreementProposed,
    AgreementWithdrawn,
    CharterAdopted,
)
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.incidents import IncidentResolved
from aipo_pipelines.ledger.model.agreements import ProposedAgreement
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.models import Asked
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.agreements.affected_rights import asked_about
from aipo_pipelines.policy.agreements.moved_files import changes_to, told_move
from aipo_pipelines.policy.agreements.rights import (
    DATA_SOURCE,
    RELEASE,
    Needed,
    needed_words,
)
from aipo_pipelines.policy.context import Context, draft
from aipo_pipelines.policy.incidents.incident import Alarm, open_incident, raised, subject_of
from aipo_pipelines.policy.text import listed, moment

RULE = "adopt"
CAUSE = Cause("agreement")
SUBJECT = "charter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the files of a product say.

    Attributes:
        product: None where they are no agreement.
        problems: Why they are none, in words.
        account: Account of the operating system under which they were read.
        digests: Digests of charter, contract and standards; empty for what cannot be read.
    """

    product: Product | None
    problems: tuple[str, ...]
    account: str
    digests: tuple[str, str, str] = ("", "", "")


def on_files(
    agreed: Product | None, state: ProductState, found: Found, now: datetime
) -> tuple[Draft, ...]:
    """What the files of a product lead to.

    Args:
        agreed: The agreement in force; None where none was adopted yet.
        state: State of the product.
        found: What its files say.
        now: When they were read, aware UTC.
    """
    if agreed is None or state.charter is None:
        return (_adopted(state, found.product, found, (), (), now),) if found.product else ()
    if found.product is None:
        if found.digests == state.charter.digests and not state.charter.has_texts:
            # It is not held against what is asked only since it was adopted.
            return _withdrawn(state, now)
        return _proposed(agreed, state, found, (), found.problems, now)
    changes = changes_to(agreed, found.product, state.charter)
    if not changes and found.product.digests == state.charter.digests:
        return _withdrawn(state, now)
    return _on_change(agreed, found.product, state, found, changes, now)


def respond_to_proposal(occasion: Context) -> Iterator[Draft]:
    """Files that cannot be adopted open an incident; it ends when they can, or say what holds."""
    event, state = occasion.event, occasion.state
    if isinstance(event, AgreementProposed) and event.problems:
        alarm = Alarm(
            cause=CAUSE,
            title=(
                f"What is agreed about {occasion.charter.title} may not be agreed any more"
                if is_in_force(state)
                else f"The files of {occasion.charter.title} are not the agreement in force"
            ),
            summary=f"{' '.join(event.problems)} {stays(state)}",
            severity=Severity.WARNING,
        )
        incident = raised(occasion.charter, state, alarm)
        if incident is not None:
            yield occasion.draft(str(CAUSE), subject_of(incident), incident, key="open")
    elif isinstance(event, AgreementProposed | AgreementWithdrawn | CharterAdopted):
        known = open_incident(state, CAUSE)
        if known is not None:
            how = _RESOLVED[type(event)]
            resolved = IncidentResolved(incident=known.entry, resolution=f"by rule: {how}")
            yield occasion.draft(str(CAUSE), subject_of(resolved), resolved, key="resolve")


_RESOLVED = {
    AgreementProposed: "the files can be adopted, once people say yes",
    AgreementWithdrawn: "the files say again what is in force",
    CharterAdopted: "the files were adopted",
}


def is_in_force(state: ProductState) -> bool:
    """Whether what cannot be adopted is what is in force: an exception ended, or a loan."""
    agreed, known = state.charter, state.proposal
    if agreed is None or known is None or known.digests != agreed.digests:
        return False
    return not known.place or not agreed.place or known.place == agreed.place


def stays(state: ProductState) -> str:
    """Which agreement stays in force, in a sentence."""
    adopted = state.charter
    if adopted is None:
        return "No agreement is in force."
    return f"Version {adopted.version}, adopted on {moment(adopted.since)}, stays in force."


def told_changes(changes: Sequence[Change], *, most: int = 5) -> str:
    """The fields of changes, in a row; those that wait where there are any."""
    waiting = [one.field for one in changes if one.waits]
    return listed(waiting or [one.field for one in changes], most)


def _on_change(
    agreed: Product,
    product: Product,
    state: ProductState,
    found: Found,
    changes: tuple[Change, ...],
    now: datetime,
) -> tuple[Draft, ...]:
    problems = tuple(_unraised(changes, unraised(agreed, product, changes)))
    if problems:
        moved = told_move(agreed, product, changes)
        problems = (moved, *problems) if moved else problems
        return _proposed(agreed, state, found, changes, problems, now)
    asked = asked_about(agreed, product, changes)
    if not needed_words(agreed.charter, asked):
        return (_adopted(state, product, found, changes, (), now),)
    known = state.proposal
    if known is None or not _is_known(known, product, product.digests, (), asked):
        return _proposed(agreed, state, found, changes, (), now)
    needed = needed_words(agreed.charter, asked, known.approvals)
    if known.rejection is not None or any(one.missing for one in needed):
        return ()
    words = sorted({word for one in needed for word in one.words})
    return (_adopted(state, product, found, changes, tuple(words), now),)


def _unraised(changes: Sequence[Change], parts: Sequence[str]) -> Iterator[str]:
    for part in parts:
        binding = [
            one.field for one in changes if one.part == part and one.effect is not Effect.INFORMS
        ]
        yield (
            f"What binds changed in the {part} ({listed(binding)}) and its version did not rise; "
            f"raise `version` in the {part}."
        )


def _adopted(
    state: ProductState,
    product: Product,
    found: Found,
    changes: tuple[Change, ...],
    approvals: tuple[int, ...],
    now: datetime,
) -> Draft:
    event = CharterAdopted(
        version=product.charter.version,
        digest=product.digest,
        contract_version=product.contract.version,
        contract_digest=product.contract.digest,
        standards_version=product.standards.version,
        standards_digest=product.standards_digest,
        charter=recordable(product.charter),
        contract=recordable_text(product.texts.contract),
        standards=recordable_text(product.texts.standards),
        place=product.recorded_place,
        standards_files=product.standards_files,
        changes=changes,
        adopted_by=found.account,
        approvals=approvals,
    )
    # The entry before is part of the key: a charter that returns to an earlier text is a change.
    before = state.charter.entry if state.charter else -1
    key = f"charter/{product.name}/{before}/{'/'.join(product.digests)}"
    return draft(product.name, key, RULE, SUBJECT, event, now)


def _proposed(
    agreed: Product,
    state: ProductState,
    found: Found,
    changes: tuple[Change, ...],
    problems: tuple[str, ...],
    now: datetime,
) -> tuple[Draft, ...]:
    product, known = found.product, state.proposal
    unchanged = state.charter is not None and found.digests == state.charter.digests
    digests = product.digests if product else found.digests if unchanged else ("", "", "")
    asked = asked_about(agreed, product, changes) if product and not problems else Asked()
    if known is not None and _is_known(known, product, digests, problems, asked):
        return ()
    needed = {one.name: one for one in needed_words(agreed.charter, asked)}
    release, data_source = needed.get(RELEASE), needed.get(DATA_SOURCE)
    event = AgreementProposed(
        version=product.charter.version if product else "",
        digest=digests[0],
        contract_digest=digests[1],
        standards_digest=digests[2],
        problems=problems,
        changes=changes,
        roles=_roles(release),
        quorum=release.quorum if release else 0,
        source_roles=_roles(data_source),
        source_quorum=data_source.quorum if data_source else 0,
        asked=asked,
        proposed_by=found.account,
        place=product.recorded_place if product else "",
    )
    return (draft(state.product, _key(state, event), RULE, SUBJECT, event, now),)


def _key(state: ProductState, proposed: AgreementProposed) -> str:
    """What makes a proposal one: what it says, and after what; it may come back after another."""
    adopted, known = state.charter, state.proposal
    before = (adopted.entry, adopted.withdrawn) if adopted else (-1, -1)
    last = known.entry if known else before[1]
    digests = (proposed.digest, proposed.contract_digest, proposed.standards_digest)
    said = "\n".join((*digests, proposed.place, *proposed.problems))
    digest = hashlib.sha256(said.encode(errors="surrogatepass")).hexdigest()
    return f"agreement/{state.product}/{before[0]}/{last}/{digest[:32]}"


def _is_known(
    known: ProposedAgreement,
    product: Product | None,
    digests: tuple[str, str, str],
    problems: tuple[str, ...],
    asked: Asked,
) -> bool:
    """Whether a proposal is on record as it is, and asks whom it asks by this program, too."""
    # A word for files in one folder is none for the same files in another.
    if known.place and product is not None and known.place != product.recorded_place:
        return False
    return (known.digests, known.problems, known.asked) == (digests, problems, asked)


def _roles(needed: Needed | None) -> tuple[str, ...]:
    return tuple(role.value for role in needed.right.roles) if needed else ()


def _withdrawn(state: ProductState, now: datetime) -> tuple[Draft, ...]:
    known = state.proposal
    if known is None:
        return ()
    event = AgreementWithdrawn(proposal=known.entry, reason="the files say again what is in force")
    key = f"agreement/{state.product}/{known.entry}/withdrawn"
    return (draft(state.product, key, RULE, SUBJECT, event, now),)
