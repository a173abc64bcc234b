from dataclasses import replace
from datetime import UTC, datetime

import pytest

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
from aipo_pipelines.policy.wording.approvals import (
    approval_text,
    override_sentence,
    pending_text,
    uncounted_text,
    why_not_text,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def approval(person: str, why_not: NotCounted | None = None) -> CountedApproval:
    return CountedApproval(
        person=person,
        role="owner",
        reason="It is right.",
        entry=7,
        at=NOON,
        signature="unsigned",
        charter_version="1",
        counts=why_not is None,
        why_not=why_not,
    )


def override(*words: CountedApproval, act: OverrideAct = OverrideAct.ROLLBACK) -> Override:
    return Override(
        product="churn",
        act=act,
        version="2",
        instead="1",
        since=NOON,
        quorum=2,
        missing=1,
        words=words,
        confirm_by=NOON if act is OverrideAct.STOP else None,
        late=False,
        command="aipo rollback churn",
    )


@pytest.mark.parametrize(
    ("why_not", "text"),
    [
        (None, ""),
        (NotEntitled(), "the charter in force does not let them decide about this"),
        (ApprovedAlready(), "the same person has approved already"),
        (
            ForOtherEvaluation(given=8, now=12),
            "it was given for the evaluation of entry 8, and now entry 12 is its evaluation",
        ),
        (ForOtherFiles(), "it was given for other files of this version"),
        (BeforeAgreement(version="2"), "it was given before charter version 2"),
        (UnderOtherParts(parts=("contract",)), "it was given under another contract"),
        (
            UnderOtherParts(parts=("contract", "standards")),
            "it was given under another contract and other standards",
        ),
        (UnderOtherText(version="2"), "it was given under another text of charter version 2"),
        (
            UnderOtherVersion(given="1", in_force="2"),
            "it was given under charter version 1, and version 2 is in force",
        ),
    ],
)
def test_each_approval_that_does_not_count_says_why(why_not: NotCounted | None, text: str) -> None:
    assert why_not_text(why_not) == text


def test_an_approval_that_counts_is_only_the_person() -> None:
    assert approval_text(approval("Ada Ng")) == "Ada Ng"
    assert approval_text(approval("Mo Li", ForOtherFiles())) == (
        "Mo Li's approval does not count: it was given for other files of this version"
    )


def test_only_approvals_that_do_not_count_are_listed() -> None:
    assert uncounted_text([approval("Ada Ng")]) == ""
    assert uncounted_text([approval("Ada Ng"), approval("Mo Li", ApprovedAlready())]) == (
        "Mo Li's approval does not count: the same person has approved already"
    )


def test_an_override_that_waits_names_the_approvals_so_far() -> None:
    assert override_sentence(override(approval("Ada Ng"))) == (
        "A rollback of version 2 waits for people: 1 of 2 approvals are missing (given by Ada Ng)."
    )
    assert override_sentence(override(act=OverrideAct.RESTORE)) == (
        "Giving version 2 its alias back waits for people: 1 of 2 approvals are missing (given by "
        "nobody)."
    )


def test_an_override_names_approvals_that_do_not_count_after_the_others() -> None:
    waiting = override(approval("Ada Ng"), approval("Mo Li", NotEntitled()))
    assert override_sentence(waiting).endswith(
        "(given by Ada Ng; Mo Li's approval does not count: the charter in force does not let them "
        "decide about this)."
    )
    only_void = override(approval("Mo Li", ApprovedAlready()))
    assert "are missing (Mo Li's approval does not count: " in override_sentence(only_void)


def test_the_confirmation_of_a_stop_is_due_or_was_due() -> None:
    stop = override(approval("Ada Ng"), act=OverrideAct.STOP)
    assert override_sentence(stop) == (
        "Version 2 was stopped, which is not confirmed yet: 1 of 2 approvals are missing (given by "
        "Ada Ng). The confirmation is due by 2026-03-02 12:00 UTC."
    )
    assert override_sentence(replace(stop, late=True)).endswith(
        " The confirmation was due by 2026-03-02 12:00 UTC."
    )


@pytest.mark.parametrize(
    ("pending", "text"),
    [
        (PendingRelease(version="2"), "version 2"),
        (PendingOverride(act=OverrideAct.STOP, version="2"), "stop of version 2"),
        (PendingAgreement(version="3"), "agreement version 3"),
    ],
)
def test_everything_that_waits_is_named_in_a_few_words(pending: Pending, text: str) -> None:
    assert pending_text(pending) == text
