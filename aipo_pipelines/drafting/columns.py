"""The profile of each column: its type, its format, missing values and repeated values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd
from pandas.api import types

from aipo_pipelines.charter.dates.date_format import to_strptime
from aipo_pipelines.charter.model.contract import Column, FileLayout, LogicalType, RuleSeverity
from aipo_pipelines.drafting.dates import DateReading, read_dates
from aipo_pipelines.drafting.table import Table
from aipo_pipelines.measures.data.cells import cast_column
from aipo_pipelines.measures.privacy.vocabulary import words_of

MISSING_WORDS = frozenset(
    {"na", "n/a", "n.a.", "#n/a", "nan", "null", "none", "nil", "?", "??", "-", "--", ".", "\\n",
     "missing", "empty", "unknown", "not available", "not known", "undefined", "unbekannt", "k.a.",
     "keine angabe"}
)  # fmt: skip
"""Words for a missing value in columns of numbers or dates; in other columns they may be values."""

_CODE_WORDS = frozenset(
    {"zip", "zipcode", "postcode", "postal", "plz", "phone", "telephone", "tel"}
)
_NUMBERS = (LogicalType.INTEGER, LogicalType.NUMBER)
_TIMES = (LogicalType.DATE, LogicalType.TIMESTAMP)
# One typing error in 200 cells must not turn a column of numbers into texts.
_MISFITS = 0.005
# Most types are refused after a few cells; only a type that fits these is tried on all.
_TRIED = 50


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One column of the sample.

    Attributes:
        column: As the contract declares it so far: name, type, format, required.
        cells: The cells in the contract's type, index of the sample.
        pattern: The date format in JDK letters; empty for ISO 8601 and for other types.
        distinct: Number of different values.
        missing: Cells without a value.
        misfits: Cells that are no value of the type.
        open_question: The question that the values leave open; empty if there is no question.
        reason: Why the column has this type; empty if that is obvious.
    """

    column: Column
    cells: pd.Series
    pattern: str
    distinct: int
    missing: int
    misfits: int
    open_question: str = ""
    reason: str = ""

    @property
    def name(self) -> str:
        """Name of the column."""
        return self.column.name

    @property
    def kind(self) -> LogicalType:
        """Type of the column."""
        return self.column.logical_type

    @property
    def is_number(self) -> bool:
        """Whether it holds numbers."""
        return self.kind in _NUMBERS

    @property
    def is_time(self) -> bool:
        """Whether it holds days or moments."""
        return self.kind in _TIMES

    @property
    def is_unique(self) -> bool:
        """Whether every record has a value and no value comes twice."""
        return self.distinct == len(self.cells) > 1

    @property
    def present(self) -> pd.Series:
        """The values there are."""
        return self.cells.dropna()


def profile_columns(table: Table) -> tuple[tuple[Profile, ...], FileLayout]:
    """Profiles every column of a sample.

    Returns:
        The profiles in the order of the columns, and the layout with the words for missing values
        that were met in columns of numbers or dates.
    """
    layout = table.layout
    if table.is_text:
        # Before the types: a column of numbers with `n/a` in it must be read as numbers.
        layout = replace(layout, missing=_words_for_missing(table))
    return tuple(_profile(table, name, layout) for name in map(str, table.frame.columns)), layout


def _words_for_missing(table: Table) -> tuple[str, ...]:
    met: dict[str, None] = {}
    for name in table.frame.columns:
        texts = table.frame[name].dropna().str.strip()
        here = dict.fromkeys(text for text in texts.unique() if text.lower() in MISSING_WORDS)
        # In a column of texts `none` may be a real category, so only numbers and dates count.
        rest = texts[~texts.isin(list(here)) & (texts != "")]
        if here and len(rest) and _type_of(rest, str(name), table.layout)[0] != LogicalType.STRING:
            met |= here
    return tuple(met)


def _profile(table: Table, name: str, layout: FileLayout) -> Profile:
    """Profiles one column.

    1. Decide its type, from texts or from the type of the source.
    2. Read its cells in this type.
    3. Count gaps and misfits, which decide what the contract can require.
    """
    series = table.frame[name]
    unreadable = _unreadable(series)
    # A type that no contract declares would fail in Great Expectations on each batch.
    if unreadable:
        kind, dates, reason = LogicalType.STRING, None, ""
    elif _holds_text(series):
        words = ["", *layout.missing]
        present = series.dropna().map(str).str.strip()
        present = present[~present.isin(words)]
        kind, dates, reason = _type_of(present, name, layout)
    else:
        kind, dates, reason = _native_type(series), None, ""
    question = unreadable or _question(dates)
    pattern = dates.pattern if dates and not question else ""
    column = Column(
        name=name,
        delivered_as=name,
        logical_type=kind,
        date_format=to_strptime(pattern) if pattern else None,
    )
    if kind is LogicalType.BOOLEAN:
        column = _with_truth_words(column, series)
    cells, misfits = cast_column(series, column, layout)
    missing = int(cells.isna().sum()) - misfits
    # With misfits each delivery so far would have been refused.
    severity = RuleSeverity.WARNING if misfits else RuleSeverity.ERROR
    return Profile(
        column=replace(column, required=missing == misfits == 0, type_severity=severity),
        cells=cells,
        pattern=pattern,
        distinct=int(cells.nunique()),
        missing=missing,
        misfits=misfits,
        open_question=question,
        reason=reason or _why(dates),
    )


def _holds_text(series: pd.Series) -> bool:
    return isinstance(series.dtype, pd.StringDtype) or series.dtype == object


def _unreadable(series: pd.Series) -> str:
    """Why no type of a contract reads a column, as a sentence; empty if a type does."""
    if types.is_timedelta64_dtype(series.dtype):
        content = "spans of time"
    elif series.dtype == object and any(isinstance(cell, bytes) for cell in series):
        content = "bytes"
    else:
        return ""
    return (
        f"{content}, which no contract can declare: deliver the column as text or numbers, or "
        "leave it out of the feed"
    )


def _native_type(series: pd.Series) -> LogicalType:
    kind = series.dtype
    if types.is_bool_dtype(kind):
        return LogicalType.BOOLEAN
    if types.is_datetime64_any_dtype(kind):
        moments = series.dropna()
        # Databases store days as timestamps at midnight.
        is_day = bool((moments == moments.dt.normalize()).all())
        return LogicalType.DATE if is_day else LogicalType.TIMESTAMP
    return LogicalType.INTEGER if types.is_integer_dtype(kind) else LogicalType.NUMBER


def _type_of(
    present: pd.Series, name: str, layout: FileLayout
) -> tuple[LogicalType, DateReading | None, str]:
    """The type of a column of texts, the format of its dates, and the reason if needed."""
    texts = [str(value) for value in present.unique()]
    if not texts:
        return LogicalType.STRING, None, "it has no value, so its type is not known"
    if {text.lower() for text in texts} <= {"true", "false"}:
        return LogicalType.BOOLEAN, None, ""
    # Before dates and numbers: 01234 is a code, although it also reads as a number.
    if all(text.isdecimal() for text in texts[:_TRIED]) and _is_code(texts, name):
        return LogicalType.STRING, None, "codes of digits, which are no quantities"
    dates = read_dates(texts)
    if dates is not None:
        kind = LogicalType.DATE if dates.is_day else LogicalType.TIMESTAMP
        # A wrong guess reads half of the dates wrongly and looks right, so the column stays text.
        return (LogicalType.STRING if dates.rivals else kind), dates, ""
    return _number_or_text(present, name, layout), None, ""


def _number_or_text(present: pd.Series, name: str, layout: FileLayout) -> LogicalType:
    """The first type of numbers that fits all values; text if none fits."""
    columns = (Column(name=name, delivered_as=name, logical_type=kind) for kind in _NUMBERS)
    fitting = (column.logical_type for column in columns if _fits(present, column, layout))
    return next(fitting, LogicalType.STRING)


def _fits(present: pd.Series, column: Column, layout: FileLayout) -> bool:
    tried = present.head(_TRIED)
    few = cast_column(tried, column, layout)[1]
    if few > len(tried) / 2:
        return False
    return cast_column(present, column, layout)[1] <= _MISFITS * len(present)


def _is_code(texts: Sequence[str], name: str) -> bool:
    zeros = any(len(text) > 1 and text.startswith("0") and text.isdecimal() for text in texts)
    return zeros or not _CODE_WORDS.isdisjoint(words_of(name))


def _with_truth_words(column: Column, series: pd.Series) -> Column:
    """Texts for true and false as the file has them; the usual texts have only three spellings."""
    if not _holds_text(series):
        return column
    texts = [str(text) for text in series.dropna().map(str).str.strip().unique() if text]
    return replace(
        column,
        true_values=tuple(text for text in texts if re.fullmatch("true", text, re.IGNORECASE)),
        false_values=tuple(text for text in texts if re.fullmatch("false", text, re.IGNORECASE)),
    )


def _question(dates: DateReading | None) -> str:
    if dates is None or not dates.rivals:
        return ""
    ways = " and ".join(dates.rivals)
    return (
        f"dates, but {ways} both fit every value, so it is read as text: write `logicalType: date` "
        "and the correct format"
    )


def _why(dates: DateReading | None) -> str:
    if dates is None or dates.deciding_values is None:
        return ""
    count = dates.deciding_values
    values = "1 different value fits" if count == 1 else f"{count} different values fit"
    return f"dates are written {dates.pattern}: {values} no other way"
