"""Texts about approvals that do not count, and about everything that waits for people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from aipo_pipelines.ledger.model.models import OverrideAct
from aipo_pipelines.policy.statements.approvals import (
    ApprovedAlready,
    BeforeAgreement,
    CountedApproval,
    ForOtherEvaluation,
    ForOtherFiles,
    NotCounted,
    NotEntitled,
    Override,
    Pending,
    PendingAgreement,
    PendingOverride,
    PendingRelease,
    UnderOtherParts,
    UnderOtherText,
    UnderOtherVersion,
)
from aipo_pipelines.policy.text import listed, moment

_WAITING = {
    OverrideAct.ROLLBACK: "A rollback of version {version} waits for people",
    OverrideAct.RESTORE: "Giving version {version} its alias back waits for people",
    OverrideAct.STOP: "Version {version} was stopped, which is not confirmed yet",
}


def why_not_text(why_not: NotCounted | None) -> str:
    """Why an approval does not count, as part of a sentence; empty if it counts."""
    match why_not:
        case None:
            return ""
        case NotEntitled():
            return "the charter in force does not let them decide about this"
        case ApprovedAlready():
            return "the same person has approved already"
        case ForOtherEvaluation(given=given, now=now):
            return (
                f"it was given for the evaluation of entry {given}, and now entry "
                f"{now} is its evaluation"
            )
        case ForOtherFiles():
            return "it was given for other files of this version"
        case BeforeAgreement() | UnderOtherParts() | UnderOtherText() | UnderOtherVersion():
            return _not_now(why_not)
        case _:
            assert_never(why_not)


def approval_text(approval: CountedApproval) -> str:
    """The person, and why the approval does not count."""
    if approval.counts:
        return approval.person
    return f"{approval.person}'s approval does not count: {why_not_text(approval.why_not)}"


def uncounted_text(approvals: Iterable[CountedApproval]) -> str:
    """The approvals that do not count and why; empty if all count."""
    return listed([approval_text(approval) for approval in approvals if not approval.counts])


def override_sentence(override: Override) -> str:
    """What waits, for how many approvals and until when, and which approvals do not count."""
    counted = listed([approval.person for approval in override.words if approval.counts])
    void = uncounted_text(override.words)
    given = "; ".join([*([f"given by {counted}"] if counted else ()), *([void] if void else ())])
    subject = _WAITING[override.act].format(version=override.version)
    need = (
        f"{override.missing} of {override.quorum} approvals are missing "
        f"({given or 'given by nobody'})"
    )
    if override.confirm_by is None:
        return f"{subject}: {need}."
    was = "was due" if override.late else "is due"
    return f"{subject}: {need}. The confirmation {was} by {moment(override.confirm_by)}."


def pending_text(pending: Pending) -> str:
    """Something that waits for people, in a few words."""
    match pending:
        case PendingRelease(version=version):
            return f"version {version}"
        case PendingOverride(act=act, version=version):
            return f"{act.value} of version {version}"
        case PendingAgreement(version=version):
            return f"agreement version {version}"
        case _:
            assert_never(pending)


def _not_now(
    why_not: BeforeAgreement | UnderOtherParts | UnderOtherText | UnderOtherVersion,
) -> str:
    match why_not:
        case BeforeAgreement(version=version):
            return f"it was given before charter version {version}"
        case UnderOtherParts(parts=parts):
            return f"it was given under another {' and other '.join(parts)}"
        case UnderOtherText(version=version):
            return f"it was given under another text of charter version {version}"
        case UnderOtherVersion(given=given, in_force=in_force):
            return f"it was given under charter version {given}, and version {in_force} is in force"
        case _:
            assert_never(why_not)
