"""The entries about a proposal of an agreement: proposed, adopted and withdrawn.

Pure. `adoption` decides which entry follows from the files of a product.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aipo_pipelines.charter.changes.difference import Change
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.charter.reading.redaction import recordable, recordable_text
from aipo_pipelines.ledger.events.agreements import (
    AgreementProposed,
    AgreementWithdrawn,
    CharterAdopted,
)
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.model.agreements import ProposedAgreement
from aipo_pipelines.ledger.model.models import Asked
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.agreements.affected_rights import request_of
from aipo_pipelines.policy.agreements.rights import (
    DATA_SOURCE,
    RELEASE,
    Needed,
    needed_approvals,
)
from aipo_pipelines.policy.context import draft

RULE = "adopt"
SUBJECT = "charter"
_NO_DIGESTS = ("", "", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFiles:
    """The content of the files of a product.

    Attributes:
        product: None if the files are not a valid agreement.
        problems: Why the files are not valid, in words.
        account: Account of the operating system that read the files.
        digests: Digests of charter, contract and standards; empty for an unreadable file.
    """

    product: Product | None
    problems: tuple[str, ...]
    account: str
    digests: tuple[str, str, str] = _NO_DIGESTS


def changed_fields(changes: Sequence[Change]) -> tuple[str, ...]:
    """The changed fields that wait for people; all changed fields if none of them waits."""
    waiting = tuple(change.field for change in changes if change.waits)
    return waiting or tuple(change.field for change in changes)


def adopted(
    state: ProductState,
    product: Product,
    account: str,
    changes: tuple[Change, ...],
    now: datetime,
    approvals: tuple[int, ...] = (),
) -> Draft:
    """The adoption of an agreement.

    Args:
        state: State of the product.
        product: The new agreement.
        account: Account of the operating system that read the files.
        changes: Differences from the agreement before.
        now: When the files were read, aware UTC.
        approvals: Entries of the approvals that allow the adoption; empty if a rule allows it.
    """
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
        adopted_by=account,
        approvals=approvals,
    )
    # The entry before is part of the key: a charter that returns to an earlier text is a change.
    before = state.charter.entry if state.charter else -1
    key = f"charter/{product.name}/{before}/{'/'.join(product.digests)}"
    return draft(product.name, key, RULE, SUBJECT, event, now)


def proposed(
    agreed: Product,
    state: ProductState,
    files: ProductFiles,
    changes: tuple[Change, ...],
    problems: tuple[str, ...],
    now: datetime,
) -> tuple[Draft, ...]:
    """The proposal of files that are not adopted now; empty if the ledger contains it.

    Args:
        agreed: The agreement in force.
        state: State of the product.
        files: The files of the product.
        changes: Differences from the agreement in force.
        problems: Why the files cannot be adopted; empty if they wait for people.
        now: When the files were read, aware UTC.
    """
    product = files.product
    digests = _digests(state, files)
    request = request_of(agreed, product, changes) if product and not problems else Asked()
    if is_on_record(state.proposal, product, digests, problems, request):
        return ()
    needed = {right.name: right for right in needed_approvals(agreed.charter, request)}
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
        asked=request,
        proposed_by=files.account,
        place=product.recorded_place if product else "",
    )
    return (draft(state.product, _key(state, event), RULE, SUBJECT, event, now),)


def withdrawn(state: ProductState, now: datetime) -> tuple[Draft, ...]:
    """The withdrawal of the proposal on record; empty if there is no proposal."""
    proposal = state.proposal
    if proposal is None:
        return ()
    event = AgreementWithdrawn(
        proposal=proposal.entry, reason="the files are equal to the agreement in force again"
    )
    key = f"agreement/{state.product}/{proposal.entry}/withdrawn"
    return (draft(state.product, key, RULE, SUBJECT, event, now),)


def is_on_record(
    proposal: ProposedAgreement | None,
    product: Product | None,
    digests: tuple[str, str, str],
    problems: tuple[str, ...],
    request: Asked,
) -> bool:
    """True if the proposal on record is this proposal, and asks the same people."""
    if proposal is None:
        return False
    # An approval of files in one folder does not count for the same files in another folder:
    # there, their relative locations name other data.
    if proposal.place and product is not None and proposal.place != product.recorded_place:
        return False
    # An older program may have asked other people. Then this program proposes the change again.
    return (proposal.digests, proposal.problems, proposal.asked) == (digests, problems, request)


def _digests(state: ProductState, files: ProductFiles) -> tuple[str, str, str]:
    if files.product:
        return files.product.digests
    # Invalid files keep their digests only if they are the files of the agreement in force: then
    # the agreement itself has a problem, such as an exception that ended.
    unchanged = state.charter is not None and files.digests == state.charter.digests
    return files.digests if unchanged else _NO_DIGESTS


def _key(state: ProductState, event: AgreementProposed) -> str:
    """The key of a proposal: its content, and the entries before it."""
    agreement, proposal = state.charter, state.proposal
    before = (agreement.entry, agreement.withdrawn) if agreement else (-1, -1)
    # A proposal can return after another proposal, or after its withdrawal: then it is a new entry.
    last = proposal.entry if proposal else before[1]
    digests = (event.digest, event.contract_digest, event.standards_digest)
    content = "\n".join((*digests, event.place, *event.problems))
    # Problems quote texts of the files, and these can contain lone surrogates.
    digest = hashlib.sha256(content.encode(errors="surrogatepass")).hexdigest()
    return f"agreement/{state.product}/{before[0]}/{last}/{digest[:32]}"


def _roles(needed: Needed | None) -> tuple[str, ...]:
    return tuple(role.value for role in needed.right.roles) if needed else ()
