"""A data contract (ODCS) as typed values: what the feed promises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from aipo_pipelines.charter.model.sources import Batches
from aipo_pipelines.charter.model.tolerance import Tolerance

ContractScalar = bool | int | float | str


class LogicalType(StrEnum):
    """ODCS logical types that a column of a table can have."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"


class RuleSeverity(StrEnum):
    """ODCS quality severities; `error` ends the step and quarantines the batch."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One property of the contract.

    Attributes:
        name: Column name in the governed data.
        delivered_as: Name in the delivered file (ODCS physicalName); the same unless given.
        date_format: strptime format for dates delivered as text, translated from the ODCS format.
        true_values, false_values: Texts read as booleans.
        category: Fideslang data category, empty if no category is declared.
        classification: ODCS classification in the organisation's own words, empty if none.
        critical: ODCS criticalDataElement.
        type_severity: Severity of values that are of the wrong type, missing although required, or
            repeated although unique (custom property `severity`, default error).
    """

    name: str
    delivered_as: str
    logical_type: LogicalType
    required: bool = False
    unique: bool = False
    pattern: str | None = None
    minimum: float | str | None = None
    maximum: float | str | None = None
    exclusive_minimum: bool = False
    exclusive_maximum: bool = False
    minimum_length: int | None = None
    maximum_length: int | None = None
    allowed: tuple[ContractScalar, ...] = ()
    date_format: str | None = None
    # The usual spellings; a contract lists its own if a file has others.
    true_values: tuple[str, ...] = ("true", "True", "TRUE", "1", "yes", "Yes", "Y")
    false_values: tuple[str, ...] = ("false", "False", "FALSE", "0", "no", "No", "N")
    category: str = ""
    classification: str = ""
    critical: bool = False
    description: str = ""
    type_severity: RuleSeverity = RuleSeverity.ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One quality rule of the contract, ready to be executed by Great Expectations.

    Attributes:
        name: Stable name shown to people.
        expectation: Great Expectations type in snake case
            (`expect_column_values_to_match_regex`, or ours: `expect_columns_to_determine`).
        arguments: Keyword arguments of the expectation.
        columns: Columns it names, in order; the last is the one found wrong.
        severity: Severity of a failure.
        description: The reason for the rule, in words.
        tolerance: How much may fail; None if nothing may fail.
    """

    name: str
    expectation: str
    arguments: Mapping[str, object]
    columns: tuple[str, ...]
    severity: RuleSeverity
    description: str = ""
    tolerance: Tolerance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLayout:
    """How delivered files are written (custom properties of the ODCS schema object).

    Attributes:
        header: `name` matches columns by the header line; `position` by their order, and the header
            line is ignored; `none` if there is no header line, and a file with a header line is
            refused.
        thousands: Sign between groups of three digits of a number; empty for no sign.
        missing: Texts that stand for a missing value, besides the empty text.
    """

    encoding: str = "utf-8"
    delimiter: str = ","
    decimal: str = "."
    thousands: str = ""
    quote: str = '"'
    header: str = "name"
    missing: tuple[str, ...] = ()
    strip: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """The promises of the feed.

    Attributes:
        undeclared_columns: Severity of a column that is not declared.
        minimum_rows, maximum_rows: Bounds on the number of rows of a batch.
        row_count_of: The batches for which these bounds were counted; None if that is not declared.
        freshness_hours: A batch may be at most this old on arrival (ODCS slaProperties latency).
        digest: `sha256:…` of the file's bytes.
    """

    id: str
    version: str
    status: str
    dataset: str
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...] = ()
    layout: FileLayout = field(default_factory=FileLayout)
    undeclared_columns: RuleSeverity = RuleSeverity.ERROR
    minimum_rows: int | None = None
    maximum_rows: int | None = None
    row_count_of: Batches | None = None
    freshness_hours: float | None = None
    digest: str = ""

    def column(self, name: str) -> Column | None:
        """The column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)
