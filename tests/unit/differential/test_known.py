"""Known differences explain what they are about, and nothing more."""

from __future__ import annotations

from typing import Any

import pytest

from differential.cases import Judgement, Promise, Question, Trait
from differential.known import KNOWN, Known, Right, Seen, reason
from tests.unit.differential.tables import about, of_one_column

PASS, FAIL, UNJUDGED, REFUSED = (
    Judgement.PASS,
    Judgement.FAIL,
    Judgement.UNJUDGED,
    Judgement.REFUSED,
)


def seen(
    question: Question,
    *judgements: Judgement,
    traits: tuple[Trait, ...] = (),
    cells: tuple[str, ...] = ("a",),
) -> Seen:
    """The judgements of the standard, of this package and of the other program."""
    plain, ours, theirs = judgements
    case = of_one_column(*cells, traits=traits)
    return Seen(case=case, question=question, standard=plain, ours=ours, theirs=theirs)


EXPLAINED: dict[str, Seen] = {
    "a lower bound on wrong cells, `mustNotBe…`": seen(
        about(Promise.NULLS, mustNotBe=0), PASS, REFUSED, PASS
    ),
    "a table without rows": seen(about(Promise.REQUIRED), PASS, UNJUDGED, PASS, cells=()),
    "`logicalType` of the cells of a CSV file": seen(about(Promise.TYPE), FAIL, FAIL, UNJUDGED),
    "one word in a column of numbers": seen(
        about(Promise.REQUIRED), PASS, PASS, UNJUDGED, traits=(Trait.WORD,)
    ),
    "two rules of one metric on one column": seen(
        about(Promise.NULLS, mustBe=0), FAIL, FAIL, PASS, traits=(Trait.SAME_METRIC,)
    ),
    "`exclusiveMinimum` and `exclusiveMaximum` on one column": seen(
        about(Promise.RANGE), FAIL, FAIL, UNJUDGED, traits=(Trait.BOTH_EXCLUDED,)
    ),
    "a date in a declared `format` that is not ISO": seen(
        about(Promise.RANGE), FAIL, FAIL, UNJUDGED, traits=(Trait.DAY_FIRST,)
    ),
    "`duplicateValues` with `unit: percent`": seen(
        about(Promise.DUPLICATES, mustBe=0, unit="percent"), FAIL, FAIL, UNJUDGED
    ),
    "`duplicateValues` with a bound in rows": seen(
        about(Promise.DUPLICATES, mustBeLessThan=2), FAIL, FAIL, PASS
    ),
    "blanks around a text": seen(about(Promise.ENUM), FAIL, PASS, FAIL, traits=(Trait.BLANKS,)),
}


@pytest.mark.parametrize("difference", list(EXPLAINED))
def test_a_difference_of_its_kind_is_explained(difference: str) -> None:
    known = reason(EXPLAINED[difference])
    assert known is not None
    assert known.difference == difference


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.difference)
def test_a_difference_in_our_favour_never_excuses_a_wrong_verdict(known: Known) -> None:
    for example in EXPLAINED.values():
        wrong = Seen(
            case=example.case,
            question=example.question,
            standard=PASS,
            ours=FAIL,
            theirs=example.theirs,
        )
        excuses = [known.right] if known.explains(wrong) else []
        assert Right.OURS not in excuses


def test_three_equal_judgements_are_no_difference() -> None:
    assert not seen(about(Promise.REQUIRED), PASS, PASS, PASS).differs
    assert seen(about(Promise.REQUIRED), FAIL, PASS, PASS).differs


def test_a_trait_of_another_column_belongs_to_the_case_and_not_to_the_rule() -> None:
    case = of_one_column("a")
    wider = Question(promise=Promise.REQUIRED, columns=("v",))
    other: dict[str, Any] = {"v": frozenset(), "w": frozenset({Trait.WORD})}
    moved = Seen(
        case=type(case)(
            number=0, contract=case.contract, table=case.table, questions=(), traits=other
        ),
        question=wider,
        standard=PASS,
        ours=PASS,
        theirs=UNJUDGED,
    )
    assert not moved.has(Trait.WORD)
    assert moved.is_lost(Trait.WORD)


def test_a_row_of_the_reference_has_the_difference_the_right_and_the_note() -> None:
    for known in KNOWN:
        cells = [cell.strip() for cell in known.row.strip("|").split(" | ")]
        assert cells == [known.difference, known.right.value, known.note]
