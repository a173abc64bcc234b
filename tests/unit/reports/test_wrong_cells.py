"""The cells that break the contract in the batches of an incident."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from aipo_pipelines.evidence.outcome import Json, Severity, Verdict
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.policy.answer.wrong_cells import CONTRACT
from aipo_pipelines.policy.statements.wrong_cells import WrongBatch, WrongCells
from aipo_pipelines.reports.values import ProductReport
from aipo_pipelines.reports.wrong_cells import wrong_cells, wrong_in
from tests.unit.policy.story import FAIL, PASS, START, Story, figure
from tests.unit.reports.telling import HOSTILE, ledger_of, rows_of, words_of
from tests.unit.reports.test_operations import incident

BROKEN = incident(1, cause=Cause.of_check(CONTRACT), partitions=("w1", "w2"))


def failing(column: str, rule: str, count: float | None, rows: int = 100) -> dict[str, Json]:
    return figure(rule, count, subject=column, n=rows, limit=0.0, verdict="fail")


def judged(story: Story, partition: str, *figures: Json) -> Story:
    return story.checks(CONTRACT, partition, FAIL if figures else PASS, figures=figures)


def found(story: Story, **changes: Any) -> dict[str, list[str]]:
    """Broken rules by batch."""
    batches = wrong_in(ledger_of(story), "churn", replace(BROKEN, **changes))
    return {batch.partition: [cell.rule for cell in batch.cells] for batch in batches}


def test_the_batches_of_an_incident_keep_its_order() -> None:
    story = judged(Story().adopts(), "w1", failing("b", "required", 2))
    judged(story, "w2", failing("a", "type", 3))
    judged(story, "w3", failing("c", "unique", 1))
    assert list(found(story).items()) == [("w1", ["required"]), ("w2", ["type"])]


def test_the_newest_evaluation_of_a_batch_counts() -> None:
    story = judged(Story().adopts(), "w1", failing("a", "type", 3))
    judged(story, "w1", failing("a", "pattern", 3))
    assert found(story) == {"w1": ["pattern"]}


def test_a_batch_that_keeps_its_contract_by_now_has_no_wrong_cells() -> None:
    story = judged(Story().adopts(), "w1", failing("a", "type", 3))
    judged(story, "w1")
    assert found(story) == {}


@pytest.mark.parametrize(
    "cause", [Cause.of_check("data_quality/privacy"), Cause.of_action("measure")]
)
def test_only_an_incident_about_the_contract_has_wrong_cells(cause: Cause) -> None:
    story = judged(Story().adopts(), "w1", failing("a", "type", 3))
    assert found(story, cause=cause) == {}


def test_only_what_was_known_at_a_moment_counts() -> None:
    story = judged(Story().adopts(), "w1", failing("a", "type", 3))
    judged(story.later(days=2), "w1", failing("a", "pattern", 3))
    early = wrong_in(ledger_of(story), "churn", BROKEN, START + timedelta(days=1))
    assert [cell.rule for cell in early[0].cells] == ["type"]
    assert wrong_in(ledger_of(story), "churn", BROKEN, START - timedelta(days=1)) == ()


def test_an_evaluation_behind_many_others_is_still_found() -> None:
    story = judged(Story().adopts(), "w1", failing("a", "type", 3))
    for week in range(3, 255):
        judged(story, f"w{week}")
    assert found(story) == {"w1": ["type"]}


def cell(column: str = "a", rule: str = "type", failing: int | None = 3, **changes: Any) -> Any:
    members: dict[str, Any] = {"allowed": 0, "severity": Severity.CRITICAL, "note": "no number"}
    return WrongCells(column=column, rule=rule, failing=failing, **{**members, **changes})


def shown(report: ProductReport, *batches: WrongBatch) -> Any:
    return wrong_cells(replace(report, history=replace(report.history, wrong_cells=batches)))


def test_without_wrong_cells_there_is_no_section(unborn: ProductReport) -> None:
    assert shown(unborn) is None


def test_each_broken_rule_is_a_row_with_its_count(unborn: ProductReport) -> None:
    cells = (
        cell(failing=12_345),
        cell("", "row_count", None, severity=None, note="98 rows"),
        cell("b", "unique", 4, allowed=2, severity=Severity.WARNING),
    )
    part = shown(unborn, WrongBatch(partition="w1", rows=20_000, cells=cells))
    assert rows_of(part) == [
        ["a", "type", "12,345", "critical", "no number"],
        ["(whole batch)", "row_count", "-", "none", "98 rows"],
        ["b", "unique", "4", "warning", "no number, at most 2 may"],
    ]
    assert "Wrong cells in batch w1 (20,000 rows), by column and rule" in words_of(part)


@pytest.mark.parametrize(("count", "words"), [(1, "in 1 batch, by"), (2, "in 2 batches, by")])
def test_the_folded_section_counts_the_batches(
    unborn: ProductReport, count: int, words: str
) -> None:
    batches = [WrongBatch(partition=f"w{n}", rows=9, cells=(cell(),)) for n in range(count)]
    assert words in words_of(shown(unborn, *batches))


def test_notes_about_cells_are_never_markup(unborn: ProductReport) -> None:
    part = shown(unborn, WrongBatch(partition=HOSTILE, rows=9, cells=(cell(note=HOSTILE),)))
    assert "<script>" not in str(part)
    assert "<script>alert(1)</script>" in words_of(part)


def test_a_verdict_of_the_contract_needs_a_failing_figure() -> None:
    story = Story().adopts()
    story.checks(CONTRACT, "w1", Verdict.FAIL, figures=(figure("type", 0.0, verdict="pass"),))
    assert found(story) == {}
