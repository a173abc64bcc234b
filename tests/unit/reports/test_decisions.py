"""Decisions about versions on the page of a product."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from aipo_pipelines.ledger.model.models import Approval
from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.policy.answer.pending_releases import Decider, Waiting
from aipo_pipelines.policy.statements.approvals import CountedApproval, ForOtherFiles
from aipo_pipelines.reports.decisions import decided, pending
from aipo_pipelines.reports.values import ROWS, STOPPED, Decided, ProductReport
from tests.unit.policy.story import START
from tests.unit.reports.telling import HOSTILE, rows_of, words_of

Chartered = Callable[..., ProductReport]


def decision(**changes: Any) -> Decided:
    members: dict[str, Any] = {
        "version": "3",
        "go": True,
        "rule": "gates",
        "reason": "All gates passed.",
        "by": "rule:release",
        "at": START,
        "entry": 40,
        "gates": {"sample": "pass", "champion": "pass"},
    }
    return Decided(**{**members, **changes})


def approval(person: str = "Ada Ng", **changes: Any) -> Approval:
    members: dict[str, Any] = {"role": "model_steward", "reason": "", "entry": 38, "at": START}
    return Approval(person=person, **{**members, **changes})


def with_decisions(report: ProductReport, *decisions: Decided) -> ProductReport:
    return replace(report, history=replace(report.history, decisions=decisions))


def waiting(report: ProductReport, **changes: Any) -> ProductReport:
    (release,) = report.answer.decisions
    return replace(report, answer=replace(report.answer, decisions=(replace(release, **changes),)))


def test_a_decision_is_a_row_with_its_gates_and_its_entries(unborn: ProductReport) -> None:
    report = with_decisions(unborn, decision(evidence=37))
    assert rows_of(decided(report)) == [
        [
            "3",
            "go",
            "2026-03-02 09:00 UTC",
            "the rule release",
            "All gates passed.",
            "2 of 2 passed",
            "40, evidence 37",
        ]
    ]


def test_gates_that_did_not_pass_are_named_and_the_others_counted(unborn: ProductReport) -> None:
    gates = {"sample": "pass", "roc_auc": "fail", "champion": "insufficient", "baseline": "pass"}
    (row,) = rows_of(decided(with_decisions(unborn, decision(go=False, gates=gates))))
    assert (row[1], row[5]) == ("no-go", "2 of 4 passed; roc_auc: fail; champion: insufficient")


def test_a_decision_without_gates_and_evidence_has_only_its_entry(unborn: ProductReport) -> None:
    (row,) = rows_of(decided(with_decisions(unborn, decision(gates={}))))
    assert (row[5], row[6]) == ("none", "40")


def test_people_who_approved_are_named_with_role_and_signature(unborn: ProductReport) -> None:
    approvals = (approval(), approval("Ben Haas", role="owner", signature="sha256:ab"))
    (row,) = rows_of(decided(with_decisions(unborn, decision(approvals=approvals))))
    assert row[3] == (
        "the rule release; Ada Ng (model steward, unsigned); Ben Haas (owner, sha256:ab)"
    )


@pytest.mark.parametrize(
    ("changes", "word"),
    [({}, "go"), ({"go": False}, "no-go"), ({"go": False, "rule": STOPPED}, "stop")],
)
def test_the_folded_section_shows_the_last_decision(
    unborn: ProductReport, changes: dict[str, Any], word: str
) -> None:
    report = with_decisions(unborn, decision(version="9", **changes), decision())
    assert f"the last: {word} for version 9" in words_of(decided(report))


def test_as_many_decisions_as_fit_name_the_command_for_all(unborn: ProductReport) -> None:
    every = [decision(version=str(place)) for place in range(ROWS)]
    command = "aipo decisions churn --all"
    assert command in words_of(decided(with_decisions(unborn, *every)))
    assert command not in words_of(decided(with_decisions(unborn, *every[1:])))


def test_a_model_without_a_decision_says_so_and_a_product_without_a_model_has_no_section(
    chartered: Chartered,
) -> None:
    assert words_of(decided(chartered())) == "Decisions Nothing was decided yet."
    data_only = chartered(model=None, thresholds=[], labels=None, retraining={})
    assert decided(data_only) is None


def test_decisions_of_a_model_that_the_charter_no_longer_has_are_still_shown(
    chartered: Chartered,
) -> None:
    data_only = chartered(model=None, thresholds=[], labels=None, retraining={})
    assert len(rows_of(decided(with_decisions(data_only, decision())))) == 1


def test_no_waiting_release_makes_no_section(unborn: ProductReport) -> None:
    assert pending(unborn) is None


def test_a_waiting_release_shows_how_many_approvals_are_missing_and_who_may_decide(
    lived: ProductReport,
) -> None:
    deciders = (
        Decider(name="Ada Ng", email="a@example.org", roles=("owner",), approved=True),
        Decider(name="Ben Haas", email="b@example.org", roles=("owner",), approved=False),
    )
    report = waiting(lived, quorum=2, missing=1, may_decide=deciders, age=timedelta(hours=5))
    words = words_of(pending(report))
    assert "(5 hours)" in words
    assert "1 of 2 missing; may decide: Ada Ng (said yes), Ben Haas" in words


def test_a_release_that_nobody_may_decide_says_so(lived: ProductReport) -> None:
    assert "may decide: nobody" in words_of(pending(waiting(lived, may_decide=())))


def test_an_approval_that_does_not_count_is_shown_with_the_reason(lived: ProductReport) -> None:
    members: dict[str, Any] = {"role": "owner", "reason": "", "entry": 9, "at": START}
    members |= {"signature": "unsigned", "charter_version": "1"}
    left = CountedApproval(person="Ben", counts=False, why_not=ForOtherFiles(), **members)
    stays = CountedApproval(person="Ada", counts=True, why_not=None, **members)
    words = words_of(pending(waiting(lived, approvals=(left, stays))))
    note = (
        "does not count Ben's approval does not count: it was given for other files of this version"
    )
    assert words.count(note) == 1
    assert "does not count Ada" not in words


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"against": "1"}, "compared with version 1 to decide"),
        ({"against": ""}, "compared with nothing, no version is in charge to decide"),
        (
            {"against": "1", "not_compared": "its files are gone"},
            "compared with not with version 1, which cannot answer: its files are gone to decide",
        ),
        (
            {"trigger": Trigger.parse("check:performance/performance"), "trigger_reason": ""},
            "trained because the check performance compared",
        ),
        (
            {"trigger": Trigger("cadence"), "trigger_reason": "A month has passed."},
            "trained because A month has passed. compared",
        ),
        ({"trigger": Trigger(""), "trigger_reason": ""}, "trained because none compared"),
        (
            {"risk_is_older": True},
            (
                "Version 9 The charter was changed after the evaluation: gates are judged by the "
                "charter in force, but the risk in words was written before."
            ),
        ),
    ],
)
def test_a_waiting_release_shows_its_reason_and_its_rival(
    lived: ProductReport, changes: dict[str, Any], words: str
) -> None:
    assert words in words_of(pending(waiting(lived, **changes)))


def test_every_command_and_every_line_of_the_risk_is_a_point(lived: ProductReport) -> None:
    text = str(pending(waiting(lived, commands=("aipo one", "aipo two"), risk="First.\nSecond.")))
    assert "<li><code>aipo one</code></li><li><code>aipo two</code></li>" in text
    assert "<li>First.</li><li>Second.</li>" in text


def test_a_release_without_a_risk_assessment_has_no_empty_part_for_it(
    lived: ProductReport,
) -> None:
    assert "Risk in plain words" not in words_of(pending(waiting(lived, risk="")))


def test_all_waiting_releases_are_shown_in_their_order(lived: ProductReport) -> None:
    (release,) = lived.answer.decisions
    two: tuple[Waiting, ...] = (release, replace(release, version="10"))
    words = words_of(pending(replace(lived, answer=replace(lived.answer, decisions=two))))
    assert words.index("Version 9") < words.index("Version 10")


def test_reasons_and_warnings_are_never_markup(lived: ProductReport) -> None:
    parts = (
        pending(waiting(lived, risk=HOSTILE)),
        decided(with_decisions(lived, decision(reason=HOSTILE))),
    )
    for part in parts:
        assert "<script>" not in str(part)
        assert "<script>alert(1)</script>" in words_of(part)
