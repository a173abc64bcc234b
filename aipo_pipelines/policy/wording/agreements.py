"""Sentences about the agreement in force and the files of a product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from aipo_pipelines.policy.statements.agreements import (
    AgreementInForce,
    AgreementNote,
    ChangeRejected,
    ChangeWaits,
    FilesCaveat,
    FilesReadableAgain,
    FilesRefused,
    FilesUnusable,
    LostAddresses,
    MissingApprovals,
    NearerStandards,
)
from aipo_pipelines.policy.text import listed, moment, names

# Addresses contain secrets, so the ledger keeps only their schemes (decision 0029).
_LOST_ADDRESSES = (
    "Notices reach the log only: the adopted files are lost, and the ledger keeps only the schemes "
    "of their addresses. Adopt the files of the product again, or restore the folder `agreements` "
    "of the home from a backup."
)


def agreement_sentence(note: AgreementNote) -> str:
    """The sentences of a note about files that differ from the agreement in force."""
    match note:
        case FilesRefused():
            subject = (
                "the agreement in force could not be adopted again"
                if note.is_in_force
                else "its files cannot be adopted"
            )
            problems = " ".join(note.problems).rstrip(".")
            return f"Since {moment(note.since)} {subject}: {problems}. {stays_sentence(note.stays)}"
        case ChangeRejected():
            return (
                f"{note.person} rejected the change in its files on {moment(note.at)} "
                f"({listed(note.fields)}). {stays_sentence(note.stays)}"
            )
        case ChangeWaits():
            return (
                f"Since {moment(note.since)} a change of its agreement waits for people "
                f"({listed(note.fields)}): {missing_text(note.approvals)}. "
                f"{stays_sentence(note.stays)} Type: aipo adopt {note.product}"
            )
        case _:
            assert_never(note)


def files_sentence(caveat: FilesCaveat) -> str:
    """The sentence of a caveat about the files of a product."""
    match caveat:
        case NearerStandards(standards=standards, above=above):
            return (
                f"Its standards are in {standards}, as seen from its folder: they count while "
                f"they only tighten {' and '.join(above)}."
            )
        case FilesUnusable(problems=problems):
            return (
                f"Its files cannot be used: {' '.join(problems)} The agreement that was adopted "
                "last stays in force."
            )
        case FilesReadableAgain():
            return (
                "Its files can be read again; the next aipo run, or a running aipo up, compares "
                "them with the agreement in force."
            )
        case LostAddresses():
            return _LOST_ADDRESSES
        case _:
            assert_never(caveat)


def stays_sentence(agreement: AgreementInForce | None) -> str:
    """A sentence that names the agreement that stays in force."""
    if agreement is None:
        return "No agreement is in force."
    return f"Version {agreement.version}, adopted on {moment(agreement.since)}, stays in force."


def missing_text(approvals: Sequence[MissingApprovals]) -> str:
    """The missing approvals: `1 of 2 approvals needed from Ada Okafor (owner)`."""
    return "; ".join(
        f"{right.missing} of {right.quorum} approvals needed from {_people(right)}"
        for right in approvals
    )


def _people(right: MissingApprovals) -> str:
    by_right = f", who decide about {right.about}" if right.about else ""
    signers = listed(right.signers)
    among = f" (in whose name something is given: {signers})" if signers else ""
    return f"{names(right.deciders)}{by_right}{among}"
