"""The differential test without the other program: our side of it, and what it is held against."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from differential import ours, standard, theirs
from differential.cases import Case, Judgement, Promise, Question
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
def test_our_judgement_is_the_plain_reading_of_the_standard_except_known_differences(
    number: int, tmp_path: Path
) -> None:
    case = cases(2026, number + 1)[number]
    judgements = ours.judge(case, tmp_path)
    seen = [
        Seen(
            case=case,
            question=question,
            standard=plain,
            ours=judgements[question.name],
            theirs=plain,
        )
        for question in case.questions
        for plain in (standard.judge(case, question),)
    ]
    assert seen
    assert [pair for pair in seen if pair.differs and reason(pair) is None] == []


def test_the_same_seed_gives_the_same_cases_for_every_number() -> None:
    assert cases(3, 2) == cases(3, 4)[:2]
    assert cases(3, 1) != cases(4, 1)


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.difference)
def test_every_known_difference_is_in_the_reference(known: Known) -> None:
    assert known.row in REFERENCE.read_text("utf-8").splitlines()


def test_a_new_difference_is_not_taken_for_a_known_difference() -> None:
    case = of_one_column(["a"])
    question = Question(promise=Promise.REQUIRED, columns=("v",))
    wrong = Seen(
        case=case,
        question=question,
        standard=Judgement.PASS,
        ours=Judgement.FAIL,
        theirs=Judgement.PASS,
    )
    assert wrong.differs
    assert reason(wrong) is None


def test_a_difference_in_our_favour_explains_no_wrong_verdict_of_this_package() -> None:
    question = limited("duplicateValues", "mustBeLessThan", 5, unit="percent")
    verdicts = {"standard": Judgement.PASS, "theirs": Judgement.UNJUDGED}
    case = of_one_column(["a"])
    right = Seen(case=case, question=question, ours=Judgement.PASS, **verdicts)
    wrong = Seen(case=case, question=question, ours=Judgement.FAIL, **verdicts)
    known = reason(right)
    assert known is not None
    assert known.right is Right.OURS
    assert reason(wrong) is None


@pytest.mark.parametrize(
    ("operator", "limit", "expected"),
    [
        ("mustBeLessThan", 6.4, Judgement.FAIL),
        ("mustBeLessOrEqualTo", 6.4, Judgement.PASS),
        ("mustBeGreaterThan", 6.4, Judgement.FAIL),
        ("mustBeGreaterOrEqualTo", 6.4, Judgement.PASS),
        ("mustBe", 6.4, Judgement.PASS),
        ("mustNotBe", 6.4, Judgement.FAIL),
    ],
)
def test_the_plain_reading_compares_shares_exactly(
    operator: str, limit: float, expected: Judgement
) -> None:
    case = of_one_column([None] * 64 + ["a"] * 936)
    assert standard.judge(case, limited("nullValues", operator, limit, unit="percent")) is expected


@pytest.mark.parametrize(("kind", "cell", "fits"), [
    ("integer", "1e5", True), ("integer", "12.4", False), ("number", "12.4", True),
    ("number", "many", False), ("date", "2026-01-05", True), ("date", "2026-13-05", False),
])  # fmt: skip
def test_the_plain_reading_knows_the_types(kind: str, cell: str, fits: bool) -> None:
    question = Question(promise=Promise.TYPE, columns=("v",))
    expected = Judgement.PASS if fits else Judgement.FAIL
    assert standard.judge(of_one_column([cell], kind), question) is expected


def check(kind: str, result: str | None, reason: str = "") -> dict[str, Any]:
    return {"type": kind, "column": "v", "rule": None, "result": result, "reason": reason}


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        (
            [check("field_minimum", "passed"), check("field_maximum", "failed", "1 > 0")],
            Judgement.FAIL,
        ),
        ([check("field_minimum", "passed"), check("field_maximum", "passed")], Judgement.PASS),
        ([check("field_minimum", "passed"), check("field_not_equal", None)], Judgement.UNJUDGED),
        ([check("field_minimum", "failed", "Error evaluating check: x")], Judgement.UNJUDGED),
        ([], Judgement.UNJUDGED),
    ],
)
def test_what_the_other_program_could_not_evaluate_is_no_verdict(
    checks: list[dict[str, Any]], expected: Judgement
) -> None:
    question = Question(promise=Promise.RANGE, columns=("v",))
    case = Case(
        number=0, contract={}, table={"v": ()}, questions=(question,), traits={"v": frozenset()}
    )
    assert theirs.judge(case, checks) == {"range of v": expected}
