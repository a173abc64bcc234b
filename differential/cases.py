"""One case: a contract, a table, and what both programs are asked about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Cell = str | None
"""A cell as a CSV file has it; None if it is empty."""


class Judgement(StrEnum):
    """The judgement of a program about one rule of a contract."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    UNJUDGED = "not judged"
    REFUSED = "refused"


class Promise(StrEnum):
    """What a rule is about: promises of a column, and metrics of quality rules."""

    TYPE = "type"
    REQUIRED = "required"
    UNIQUE = "unique"
    KEY = "primary key"
    RANGE = "range"
    LENGTH = "length"
    PATTERN = "pattern"
    ENUM = "enum"
    NULLS = "nullValues"
    MISSING = "missingValues"
    INVALID = "invalidValues"
    DUPLICATES = "duplicateValues"
    ROWS = "rowCount"


class Trait(StrEnum):
    """A trait of a case that programs may judge differently."""

    EMPTY = "no rows"
    WORD = "a word among numbers"
    FRACTION = "a fraction among whole numbers"
    EXPONENT = "whole numbers with an exponent"
    ZEROS = "text of digits with leading zeros"
    BLANKS = "blanks around texts"
    DAY_FIRST = "dates in a declared form"
    SAME_METRIC = "two rules of one metric"
    BOTH_EXCLUDED = "both bounds excluded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One rule that both programs judge.

    Attributes:
        columns: Columns it is about; none for the table as a whole.
        rule: The quality rule as the contract has it; empty for a promise of a column.
    """

    promise: Promise
    columns: tuple[str, ...] = ()
    rule: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        """Its name in the contract, or what it promises."""
        return str(self.rule["id"]) if self.rule else f"{self.promise} of {', '.join(self.columns)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A contract, a table, and the questions.

    Attributes:
        contract: As it is written, without a place where the data lies.
        table: Cells by column; columns are of one length.
        traits: What is special about each column; of the table as a whole under the empty name.
    """

    number: int
    contract: Mapping[str, Any]
    table: Mapping[str, tuple[Cell, ...]]
    questions: tuple[Question, ...]
    traits: Mapping[str, frozenset[Trait]]

    @property
    def rows(self) -> int:
        """Rows of the table."""
        return len(next(iter(self.table.values())))

    @property
    def columns(self) -> Mapping[str, Mapping[str, Any]]:
        """Columns of the contract by name."""
        return {column["name"]: column for column in self.contract["schema"][0]["properties"]}

    def has(self, trait: Trait) -> bool:
        """Whether something in the case has a trait."""
        return any(trait in traits for traits in self.traits.values())
