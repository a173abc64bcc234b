"""Counts of wrong cells: all of them, most cells first, for every batch."""

from __future__ import annotations

from typing import Any

import pytest

from aipo_pipelines.evidence.outcome import CheckOutcome, Json, Severity, figures_from_json
from aipo_pipelines.measures.contract.check import check_contract
from aipo_pipelines.measures.data.conform import conform
from aipo_pipelines.policy.answer.wrong_cells import newest_wrong_batch, wrong_batch
from aipo_pipelines.policy.statements.wrong_cells import WrongBatch
from aipo_pipelines.policy.wording.wrong_cells import cell_lines
from tests.unit.measures.contracts import column, contract, delivered, determines, rule
from tests.unit.policy.story import FAIL, PASS, Story, figure

KEY = "data_quality/contract"


def broken(outcome: CheckOutcome) -> WrongBatch:
    return wrong_batch("w1", outcome.figures)


def judged(*columns: Any, rules: tuple[Any, ...] = (), **cells: Any) -> WrongBatch:
    agreed = contract(*columns, rules=rules)
    return broken(check_contract(conform(delivered(**cells), agreed), agreed))


@pytest.fixture
def batch() -> WrongBatch:
    """Wrong letters, words among numbers, gaps, a warning, a missing column, a rule on it all."""
    few = rule("expect_column_values_to_not_be_in_set", "n", severity="warning",
               column="n", value_set=[1])  # fmt: skip
    every = rule("expect_column_max_to_be_between", "n", column="n", max_value=1)
    return judged(
        column("a", pattern="^x$", required=True),
        column("n", "integer", required=True),
        column("gone"),
        rules=(few, determines("n", "a"), every),
        a=["x", "y", "y", "y", "x", "x"],
        n=["1", "2", None, "word", "word", "3"],
    )


def test_every_rule_that_fails_is_counted_most_wrong_cells_first(batch: WrongBatch) -> None:
    assert batch.rows == 6
    assert [(rule.failing, rule.column, rule.rule) for rule in batch.cells] == [
        (6, "gone", "type"),
        (3, "a", "pattern"),
        (2, "n", "type"),
        (1, "n", "required"),
        (1, "n", "column_values_to_not_be_in_set"),
        (None, "n", "column_max_to_be_between"),
    ]


def test_each_count_has_a_severity(batch: WrongBatch) -> None:
    severities = {(rule.column, rule.rule): rule.severity for rule in batch.cells}
    assert severities["a", "pattern"] is Severity.CRITICAL
    assert severities["n", "column_values_to_not_be_in_set"] is Severity.WARNING


def test_lines_for_people_are_aligned_and_name_rules_without_a_count(batch: WrongBatch) -> None:
    first, *_, last = cell_lines(batch)
    assert first.split(maxsplit=4) == ["6", "gone", "type", "critical", "column missing: 'gone'"]
    assert last.startswith("-  n")
    assert last.endswith("does not hold for the batch as a whole")
    assert len({line.index("critical") for line in cell_lines(batch) if "critical" in line}) == 1


def test_names_of_columns_steer_no_terminal() -> None:
    cells: dict[str, Any] = {"a\x1b[2J": ["x", None]}
    hostile = judged(column("a\x1b[2J", required=True), **cells)
    assert "\x1b" not in "".join(cell_lines(hostile))


def test_the_count_names_the_number_of_allowed_cells() -> None:
    figures: list[Json] = [
        figure("v nullValues", 8.0, subject="v", n=100, limit=4.0, direction="at_most",
               verdict="fail", unit="cells", note="8 % of the rows fail")
    ]  # fmt: skip
    (line,) = cell_lines(wrong_batch("w1", figures_from_json(figures)))
    assert line.endswith("8 % of the rows fail, at most 4 may")


def test_a_rule_over_several_columns_counts_rows() -> None:
    wrong = judged(
        column("k"),
        column("v"),
        rules=(determines("k", "v"),),
        k=["a", "a", "a", "b"],
        v=["1", "1", "2", "9"],
    )
    assert [(rule.failing, rule.column) for rule in wrong.cells] == [(1, "v")]


def test_entries_of_former_programs_are_counted_without_a_severity() -> None:
    former = figure("required", 3.0, subject="v", n=9, limit=0.0, verdict="fail", unit="cells")
    (rule,) = wrong_batch("w1", figures_from_json([former])).cells
    assert (rule.failing, rule.severity) == (3, None)


def test_only_the_newest_batch_is_shown_and_only_if_it_breaks_its_contract() -> None:
    wrong = figure("required", 3.0, subject="v", limit=0.0, verdict="fail", unit="cells")
    story = Story().adopts().delivers("w1", "w2")
    story.checks(KEY, "w1", FAIL, figures=(wrong,))
    newest = newest_wrong_batch(story.state)
    assert newest is not None
    assert newest.partition == "w1"
    story.checks(KEY, "w2", PASS, figures=(figure("required", 0.0, limit=0.0),))
    assert newest_wrong_batch(story.state) is None
    assert newest_wrong_batch(Story().state) is None
