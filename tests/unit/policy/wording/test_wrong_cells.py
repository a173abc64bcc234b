from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.policy.statements.wrong_cells import WrongBatch, WrongCells
from aipo_pipelines.policy.wording.wrong_cells import (
    cell_lines,
    count_text,
    place_text,
    remark_text,
    wrong_cells_title,
)

PATTERN = WrongCells(
    column="email",
    rule="pattern",
    failing=1200,
    allowed=10,
    severity=Severity.CRITICAL,
    note="12 % of the rows",
)
WHOLE = WrongCells(column="", rule="rows", failing=None, allowed=0, severity=None, note="too few")


def test_the_title_counts_the_rows() -> None:
    assert wrong_cells_title(WrongBatch(partition="w1", rows=1, cells=())) == (
        "Wrong cells in batch w1 (1 row), by column and rule"
    )
    assert "(10,000 rows)" in wrong_cells_title(WrongBatch(partition="w1", rows=10_000, cells=()))


def test_a_rule_about_the_whole_batch_has_a_text_for_its_place() -> None:
    assert (place_text(PATTERN), place_text(WHOLE)) == ("email", "(whole batch)")


def test_a_rule_that_counts_nothing_has_a_dash() -> None:
    assert (count_text(PATTERN), count_text(WHOLE)) == ("1,200", "-")


def test_the_remark_names_the_allowed_cells_if_there_are_any() -> None:
    assert remark_text(PATTERN) == "12 % of the rows, at most 10 may"
    assert remark_text(WHOLE) == "too few"


def test_the_lines_are_aligned() -> None:
    batch = WrongBatch(partition="w1", rows=10_000, cells=(PATTERN, WHOLE))
    assert cell_lines(batch) == (
        "1,200  email          pattern  critical  12 % of the rows, at most 10 may",
        "    -  (whole batch)  rows     -         too few",
    )


def test_the_name_of_a_column_cannot_move_the_cursor() -> None:
    hostile = WrongCells(column="e\x1b[2J", rule="r", failing=1, allowed=0, severity=None, note="")
    (line,) = cell_lines(WrongBatch(partition="w1", rows=1, cells=(hostile,)))
    assert "\x1b" not in line
    assert "e\ufffd[2J" in line
