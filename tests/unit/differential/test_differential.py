"""The differential test without the other program: our side of it, and what it is held against."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from differential import ours, standard, theirs
from differential.cases import Case, Promise, Question, Said
from differential.generator import cases
from differential.known import KNOWN, Known, Right, Seen, reason

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "contract.md"


def of_one_column(cells: list[str | None], kind: str = "string", **column: Any) -> Case:
    properties = [{"name": "v", "logicalType": kind, **column}]
    return Case(
        number=0,
        contract={"schema": [{"name": "t", "properties": properties}]},
        table={"v": tuple(cells)},
        questions=(),
        traits={"v": frozenset()},
    )


def limited(metric: str, operator: str, limit: float, **more: Any) -> Question:
    rule = {"id": "q1", "metric": metric, operator: limit, **more}
    return Question(promise=Promise(metric), columns=("v",), rule=rule)


@pytest.mark.parametrize("number", range(12))
def test_ours_is_the_plain_reading_of_the_standard_but_for_what_is_known(
    number: int, tmp_path: Path
) -> None:
    case = cases(2026, number + 1)[number]
    said = ours.said(case, tmp_path)
    seen = [
        Seen(case=case, question=one, standard=plain, ours=said[one.name], theirs=plain)
        for one in case.questions
        for plain in (standard.said(case, one),)
    ]
    assert seen
    assert [one for one in seen if one.differs and reason(one) is None] == []


def test_the_same_seed_gives_the_same_cases_however_many() -> None:
    assert cases(3, 2) == cases(3, 4)[:2]
    assert cases(3, 1) != cases(4, 1)


@pytest.mark.parametrize("known", KNOWN, ids=lambda one: one.what)
def test_every_known_difference_stands_in_the_reference(known: Known) -> None:
    assert known.row in REFERENCE.read_text("utf-8").splitlines()


def test_a_new_difference_is_not_taken_for_a_known_one() -> None:
    case = of_one_column(["a"])
    question = Question(promise=Promise.REQUIRED, columns=("v",))
    wrong = Seen(case=case, question=question, standard=Said.PASS, ours=Said.FAIL, theirs=Said.PASS)
    assert wrong.differs
    assert reason(wrong) is None


def test_a_difference_in_which_ours_is_right_explains_no_wrong_verdict_of_ours() -> None:
    question = limited("duplicateValues", "mustBeLessThan", 5, unit="percent")
    verdicts = {"standard": Said.PASS, "theirs": Said.UNJUDGED}
    case = of_one_column(["a"])
    right = Seen(case=case, question=question, ours=Said.PASS, **verdicts)
    wrong = Seen(case=case, question=question, ours=Said.FAIL, **verdicts)
    found = reason(right)
    assert found is not None
    assert found.right is Right.OURS
    assert reason(wrong) is None


@pytest.mark.parametrize(
    ("operator", "limit", "said"),
    [
        ("mustBeLessThan", 6.4, Said.FAIL),
        ("mustBeLessOrEqualTo", 6.4, Said.PASS),
        ("mustBeGreaterThan", 6.4, Said.FAIL),
        ("mustBeGreaterOrEqualTo", 6.4, Said.PASS),
        ("mustBe", 6.4, Said.PASS),
        ("mustNotBe", 6.4, Said.FAIL),
    ],
)
def test_the_plain_reading_compares_shares_exactly(operator: str, limit: float, said: Said) -> None:
    case = of_one_column([None] * 64 + ["a"] * 936)
    assert standard.said(case, limited("nullValues", operator, limit, unit="percent")) is said


@pytest.mark.parametrize(("kind", "cell", "fits"), [
    ("integer", "1e5", True), ("integer", "12.4", False), ("number", "12.4", True),
    ("number", "many", False), ("date", "2026-01-05", True), ("date", "2026-13-05", False),
])  # fmt: skip
def test_the_plain_reading_knows_the_types(kind: str, cell: str, fits: bool) -> None:
    question = Question(promise=Promise.TYPE, columns=("v",))
    expected = Said.PASS if fits else Said.FAIL
    assert standard.said(of_one_column([cell], kind), question) is expected


def check(kind: str, result: str | None, reason: str = "") -> dict[str, Any]:
    return {"type": kind, "column": "v", "rule": None, "result": result, "reason": reason}


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        ([check("field_minimum", "passed"), check("field_maximum", "failed", "1 > 0")], Said.FAIL),
        ([check("field_minimum", "passed"), check("field_maximum", "passed")], Said.PASS),
        ([check("field_minimum", "passed"), check("field_not_equal", None)], Said.UNJUDGED),
        ([check("field_minimum", "failed", "Error evaluating check: x")], Said.UNJUDGED),
        ([], Said.UNJUDGED),
    ],
)
def test_what_the_other_program_could_not_evaluate_is_no_verdict(
    checks: list[dict[str, Any]], said: Said
) -> None:
    question = Question(promise=Promise.RANGE, columns=("v",))
    case = Case(
        number=0, contract={}, table={"v": ()}, questions=(question,), traits={"v": frozenset()}
    )
    assert theirs.said(case, checks) == {"range of v": said}
