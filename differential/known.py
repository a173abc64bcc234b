"""Differences that are known, with who is right; the table of `docs/reference/contract.md`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from differential.cases import Case, Judgement, Promise, Question, Trait


class Right(StrEnum):
    """Whose verdict is that of the standard."""

    OURS = "ours"
    THEIRS = "theirs"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The judgements about one rule of a case."""

    case: Case
    question: Question
    standard: Judgement
    ours: Judgement
    theirs: Judgement

    @property
    def differs(self) -> bool:
        """Whether the three are not of one opinion."""
        return len({self.standard, self.ours, self.theirs}) > 1

    def has(self, trait: Trait) -> bool:
        """Whether a column that the rule is about has a trait."""
        return any(trait in self.case.traits[column] for column in self.question.columns)

    def is_lost(self, trait: Trait) -> bool:
        """Whether the other program lost the verdict in a table where something has a trait."""
        return self.theirs is Judgement.UNJUDGED and self.case.has(trait)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One kind of difference.

    Attributes:
        difference: What the contract or the table has, in words.
        right: Who is right by the standard.
        note: The behaviour of both programs, and the text of the standard.
        fits: Whether a difference is of this kind.
    """

    difference: str
    right: Right
    note: str
    fits: Callable[[Seen], bool]

    def explains(self, seen: Seen) -> bool:
        """Whether it is the reason of a difference, and allows this difference."""
        allowed = self.right is not Right.OURS or seen.ours is seen.standard
        return allowed and self.fits(seen)

    @property
    def row(self) -> str:
        """Its line in the table of the documentation."""
        return f"| {self.difference} | {self.right} | {self.note} |"


KNOWN = (
    Known(
        difference="a lower bound on wrong cells, `mustNotBe…`",
        right=Right.THEIRS,
        note="the standard has them. Here they are refused by name: nobody wants cells to be wrong",
        fits=lambda seen: seen.ours is Judgement.REFUSED,
    ),
    Known(
        difference="a table without rows",
        right=Right.OPEN,
        note="the standard is silent. There every rule about cells passes; here it is "
        "insufficient, because there was no cell to check",
        fits=lambda seen: seen.ours is Judgement.UNJUDGED and seen.case.rows == 0,
    ),
    Known(
        difference="`logicalType` of the cells of a CSV file",
        right=Right.OURS,
        note="a type is a promise. There it is not checked: 12.4 is rounded in a column of whole "
        "numbers and fits, here it is a misfit",
        fits=lambda seen: (
            seen.question.promise is Promise.TYPE and seen.theirs is Judgement.UNJUDGED
        ),
    ),
    Known(
        difference="a fraction in a column of whole numbers, seen by the other rules of the column",
        right=Right.OPEN,
        note="the standard does not say whether a cell of another type is also an invalid value. "
        "There the rounded number is checked; here it breaks the rule `type` and no other",
        fits=lambda seen: seen.has(Trait.FRACTION) and seen.ours is seen.standard,
    ),
    Known(
        difference="one word in a column of numbers",
        right=Right.OURS,
        note="one cell breaks one promise. There the file cannot be loaded and no rule of the "
        "table is checked",
        fits=lambda seen: seen.is_lost(Trait.WORD),
    ),
    Known(
        difference="two rules of one metric on one column",
        right=Right.OURS,
        note="each rule counts. There the rules of the whole table break, or one rule replaces "
        "the other and a failing rule is shown as passed",
        fits=lambda seen: (
            seen.is_lost(Trait.SAME_METRIC)
            or (seen.has(Trait.SAME_METRIC) and seen.question.rule is not None)
        ),
    ),
    Known(
        difference="`exclusiveMinimum` and `exclusiveMaximum` on one column",
        right=Right.OURS,
        note="the standard has both. There the rules of the whole table break",
        fits=lambda seen: seen.is_lost(Trait.BOTH_EXCLUDED),
    ),
    Known(
        difference="a date in a declared `format` that is not ISO",
        right=Right.OURS,
        note="`format` says how dates are written. There it is ignored and one form is guessed for "
        "the whole file; if a column or a value of a rule has another form, nothing is checked",
        fits=lambda seen: seen.is_lost(Trait.DAY_FIRST),
    ),
    Known(
        difference="`duplicateValues` with `unit: percent`",
        right=Right.OURS,
        note="a unit of the standard, here a share of all rows. There it is not supported, with a "
        "warning",
        fits=lambda seen: (
            seen.question.promise is Promise.DUPLICATES
            and seen.theirs is Judgement.UNJUDGED
            and (seen.question.rule or {}).get("unit") == "percent"
        ),
    ),
    Known(
        difference="`duplicateValues` with a bound in rows",
        right=Right.OPEN,
        note="the standard does not define one duplicate. If a value is there twice, this program "
        "counts two repeated rows, the other program one value",
        fits=lambda seen: (
            seen.question.promise is Promise.DUPLICATES
            and seen.ours is Judgement.FAIL
            and seen.theirs is Judgement.PASS
            and seen.question.rule is not None
            and "unit" not in seen.question.rule
        ),
    ),
    Known(
        difference="blanks around a text",
        right=Right.THEIRS,
        note="a cell is its exact content. Here texts are trimmed first, unless the table says "
        "`strip: false`",
        fits=lambda seen: seen.has(Trait.BLANKS),
    ),
)
"""In the order in which they are looked through."""


def reason(seen: Seen) -> Known | None:
    """The known difference that explains a difference; None if it is unknown."""
    return next((known for known in KNOWN if known.explains(seen)), None)
