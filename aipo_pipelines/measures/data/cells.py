"""Delivered cells become cells of the contract's type, a whole column at a time.

Nothing is guessed: a cell that is not clearly of its type becomes NA and counts as a misfit.
Numbers delivered for a text column are misfits too, because a zip code read as a number has
already lost its leading zeros. Arrow does the work. Python reads single cells only if a column
mixes types, or has whole numbers with powers of ten.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from aipo_pipelines.charter.model.contract import Column, FileLayout, LogicalType

_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_POWER = r"^[+-]?(\d+\.?\d*|\.\d+)[eE][+-]?\d{1,2}$"
_WHOLE = r"^[+-]?\d{1,38}(\.0*)?$"
_ISO_DAY = r"^\d{4}-\d{2}-\d{2}([T ]00:00(:00(\.0+)?)?)?$"
_ISO_TIME = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$"
_SCALARS = (str, bool, int, float, Decimal, date, datetime)
_TEXTS = (str,)
_MICROSECONDS = pa.timestamp("us")
_INT64 = np.iinfo(np.int64)
_FIRST = 5_000
"""Cells that show whether a column repeats; otherwise a dictionary costs more than it saves."""


def cast_column(series: pd.Series, column: Column, layout: FileLayout) -> tuple[pd.Series, int]:
    """Reads one delivered column as its contract declares it.

    Args:
        series: The column as delivered: text, or the native type of Parquet or SQL.
        column: Its declaration in the contract.
        layout: The notation of texts: missing values, blanks, decimal sign.

    Returns:
        The column (Int64, float64, boolean, str or datetime64[us] in naive UTC; same index) and
        the number of cells that had a value and could not be read.
    """
    scalars = _TEXTS if column.logical_type is LogicalType.STRING else _SCALARS
    delivered = _missing_to_null(_to_arrow(_without_zone(series, column), scalars), layout)
    cells = _READERS[column.logical_type](delivered, column, layout)
    misfits = int(cells.null_count - delivered.null_count)
    return _to_pandas(cells, column.logical_type, series.index), misfits


def with_readable_texts(series: pd.Series) -> pd.Series:
    """A column as delivered, with mixed types as texts and marks for bytes that are no UTF-8."""
    if pd.api.types.is_object_dtype(series.dtype) and len(set(map(type, series.dropna()))) > 1:
        texts = [
            str(cell) if there else None for cell, there in zip(series, series.notna(), strict=True)
        ]
        return pd.Series(pd.array(texts, dtype="str"), index=series.index, name=series.name)
    if not isinstance(series.dtype, pd.StringDtype):
        return series
    cells = pa.array(series, from_pandas=True)
    try:
        cells.validate(full=True)
    except pa.ArrowInvalid:
        written = cells.cast(pa.large_binary()).to_pylist()
        texts = [cell if cell is None else cell.decode(errors="replace") for cell in written]
        return pd.Series(pd.array(texts, dtype="str"), index=series.index, name=series.name)
    return series


def repeats(cells: Any) -> bool:
    """Whether the first cells of an Arrow column repeat, so that its dictionary stays small."""
    # Arrow cannot compare every type (lists, for example): such a column gets no dictionary.
    first = cells.slice(0, _FIRST)
    try:
        return len(first.unique()) * 2 <= len(first)
    except pa.ArrowNotImplementedError:
        return False


def _without_zone(series: pd.Series, column: Column) -> pd.Series:
    """A day with a zone is the day in its own zone; an instant is kept in UTC."""
    if not isinstance(series.dtype, pd.DatetimeTZDtype):
        return series
    if column.logical_type is LogicalType.DATE:
        return pd.Series(series.dt.tz_localize(None))
    return pd.Series(series.dt.tz_convert(None))


def _to_arrow(series: pd.Series, scalars: tuple[type, ...]) -> Any:
    """One contiguous Arrow array; texts are large_string, regardless of their storage.

    Args:
        series: The column as delivered.
        scalars: Allowed types of a cell if the column mixes types.
    """
    try:
        cells = pa.array(series, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        # JSON and SQLite deliver mixed types: each cell is read from its text. A cell that is no
        # scalar becomes a text that no reader accepts, so that it counts as a misfit.
        texts = [str(cell) if isinstance(cell, scalars) else "\0" for cell in series]
        missing = series.isna().to_numpy(dtype=bool)
        cells = pa.array(texts, type=pa.large_string(), mask=missing)
    if isinstance(cells, pa.ChunkedArray):
        cells = cells.combine_chunks()
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    if pa.types.is_string(cells.type) or pa.types.is_string_view(cells.type):
        cells = cells.cast(pa.large_string())
    if pa.types.is_float16(cells.type):
        # Arrow cannot compute with 16 bits; 32 bits contain the same numbers.
        cells = cells.cast(pa.float32())
    # Parquet and pandas write a missing number as NaN, which Arrow counts as a value.
    if pa.types.is_floating(cells.type):
        cells = pc.if_else(pc.is_nan(cells), pa.scalar(None, cells.type), cells)
    return cells


def _is_text(cells: Any) -> bool:
    return bool(pa.types.is_large_string(cells.type))


def _missing_to_null(cells: Any, layout: FileLayout) -> Any:
    if not _is_text(cells):
        return cells
    try:
        trimmed = pc.utf8_trim_whitespace(cells)
    except pa.ArrowInvalid:
        cells = _decoded(cells)
        trimmed = pc.utf8_trim_whitespace(cells)
    words = pa.array(["", *layout.missing], type=pa.large_string())
    absent = pc.is_in(trimmed, value_set=words)
    return pc.if_else(absent, pa.scalar(None, cells.type), trimmed if layout.strip else cells)


def _decoded(cells: Any) -> Any:
    """Texts in which cells that are no UTF-8 become cells that no reader accepts."""
    written = cells.cast(pa.large_binary()).to_pylist()
    return pa.array([_utf8(cell) for cell in written], pa.large_string())


def _utf8(cell: bytes | None) -> str | None:
    try:
        return None if cell is None else cell.decode()
    except UnicodeDecodeError:
        return "\0"


def _only(cells: Any, keep: Any) -> Any:
    """The cells for which `keep` is true; NA for all others."""
    return pc.if_else(pc.fill_null(keep, fill_value=False), cells, pa.scalar(None, cells.type))


def _nothing(cells: Any, kind: Any) -> Any:
    return pa.nulls(len(cells), type=kind)


def _read_text(cells: Any, _column: Column, _layout: FileLayout) -> Any:
    if not _is_text(cells):
        return _nothing(cells, pa.large_string())
    # A zero byte is no character of any text column; it also marks cells that are no scalars.
    return _only(cells, pc.invert(pc.match_substring(cells, "\0")))


def _decimal_point(cells: Any, layout: FileLayout) -> Any:
    """Texts with a decimal point; if another sign is agreed, a point is no decimal sign."""
    # Without this rule, `1.234` in a file with decimal commas would become a number near 1.
    cells = _ungrouped(pc.utf8_trim_whitespace(cells), layout)
    if layout.decimal == ".":
        return cells
    pointless = _only(cells, pc.invert(pc.match_substring(cells, ".")))
    return pc.replace_substring(pointless, layout.decimal, ".")


def _ungrouped(cells: Any, layout: FileLayout) -> Any:
    """Texts without the agreed sign between groups of three digits; other texts unchanged."""
    if not layout.thousands:
        return cells
    # Every blank counts: programs for typesetting write narrow blanks without a line break.
    blank = r"[ \x{00a0}\x{202f}\x{2009}]"
    sign = blank if layout.thousands == " " else f"[{layout.thousands}]"
    point = f"[{layout.decimal}]"
    # Only complete groups of three: `12,34` is a misfit, and not 1234.
    grouped = rf"^[+-]?\d{{1,3}}({sign}\d{{3}})+({point}\d*)?$"
    plain = pc.replace_substring_regex(cells, sign, "")
    return pc.if_else(pc.match_substring_regex(cells, grouped), plain, cells)


def _read_number(cells: Any, _column: Column, layout: FileLayout) -> Any:
    if _is_text(cells):
        cells = _decimal_point(cells, layout)
        # The whole column at once, and the slow pattern only if a cell does not fit.
        try:
            numbers = cells.cast(pa.float64())
        except pa.ArrowInvalid:
            numbers = _only(cells, pc.match_substring_regex(cells, _NUMBER)).cast(pa.float64())
    elif _is_numeric(cells):
        numbers = cells.cast(pa.float64(), safe=False)
    else:
        return _nothing(cells, pa.float64())
    # The words inf and nan, and numbers beyond the range of a double, are no measurements.
    return _only(numbers, pc.is_finite(numbers))


def _is_numeric(cells: Any) -> bool:
    kind = cells.type
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def _read_integer(cells: Any, _column: Column, layout: FileLayout) -> Any:
    if _is_text(cells):
        cells = _decimal_point(cells, layout)
        whole = _only(cells, pc.match_substring_regex(cells, _WHOLE))
        if whole.null_count > cells.null_count:
            cells = _written_out(cells)
            whole = _only(cells, pc.match_substring_regex(cells, _WHOLE))
        try:
            return whole.cast(pa.int64())
        except pa.ArrowInvalid:
            # A sign, a trailing `.0`, or more digits than 64 bits hold: 38 digits decide.
            plain = pc.replace_substring_regex(whole, r"^\+|\.0*$", "")
            return _within_int64(plain.cast(pa.decimal128(38, 0)))
    if pa.types.is_floating(cells.type):
        whole = pc.and_(pc.is_finite(cells), pc.equal(cells, pc.floor(cells)))
        # Beyond 2^63 a double has no 64-bit integer; the upper bound itself does not fit either.
        fits = pc.and_(pc.greater_equal(cells, -(2.0**63)), pc.less(cells, 2.0**63))
        return _only(cells, pc.and_(whole, fits)).cast(pa.int64())
    if pa.types.is_decimal(cells.type):
        return _within_int64(_only(cells, pc.equal(cells, pc.round(cells))))
    if pa.types.is_unsigned_integer(cells.type):
        return _within_int64(cells)
    return cells.cast(pa.int64()) if _is_numeric(cells) else _nothing(cells, pa.int64())


def _written_out(cells: Any) -> Any:
    """Texts with powers of ten as plain digits: spreadsheets write `1.00E+05` for 100000."""
    power = pc.fill_null(pc.match_substring_regex(cells, _POWER), fill_value=False)
    written = cells.filter(power)
    plain = {text: f"{Decimal(text):f}" for text in written.unique().to_pylist()}
    digits = [plain[text] for text in written.to_pylist()]
    return pc.replace_with_mask(cells, power, pa.array(digits, pa.large_string()))


def _within_int64(cells: Any) -> Any:
    wide = cells.cast(pa.decimal128(38, 0), safe=False)
    # A number outside 64 bits is a misfit. Arrow would refuse the whole column for one such cell.
    low, high = (pa.scalar(Decimal(int(bound))) for bound in (_INT64.min, _INT64.max))
    inside = pc.and_(pc.greater_equal(wide, low), pc.less_equal(wide, high))
    return _only(wide, inside).cast(pa.int64())


def _read_boolean(cells: Any, column: Column, layout: FileLayout) -> Any:
    if pa.types.is_boolean(cells.type):
        return cells
    if _is_numeric(cells):
        cells = _read_integer(cells, column, layout).cast(pa.large_string())
    if not _is_text(cells):
        return _nothing(cells, pa.bool_())
    cells = pc.utf8_trim_whitespace(cells)
    # Only the words of the contract: `J`, `ja` or `1` mean nothing without an agreement.
    yes = pc.is_in(cells, value_set=pa.array(column.true_values, type=pa.large_string()))
    no = pc.is_in(cells, value_set=pa.array(column.false_values, type=pa.large_string()))
    return _only(yes, pc.or_(yes, no))


def _read_day(cells: Any, column: Column, layout: FileLayout) -> Any:
    moments = _read_moment(cells, column, layout)
    return _only(moments, pc.equal(moments, pc.floor_temporal(moments, unit="day")))


def _read_moment(cells: Any, column: Column, _layout: FileLayout) -> Any:
    kind = cells.type
    if pa.types.is_timestamp(kind):
        # Arrow's own zones (columns of Parquet kept as Arrow) follow the same rule as pandas'.
        if kind.tz is not None and column.logical_type is LogicalType.DATE:
            cells = pc.local_timestamp(cells)
        return cells.cast(pa.timestamp("us", cells.type.tz), safe=False).cast(_MICROSECONDS)
    if pa.types.is_date(kind):
        return cells.cast(_MICROSECONDS)
    if not _is_text(cells):
        return _nothing(cells, _MICROSECONDS)
    if not repeats(cells):
        return _parse_moment(cells, column)
    # Days repeat from record to record, so that each day is read once.
    encoded = cells.dictionary_encode()
    return _parse_moment(encoded.dictionary, column).take(encoded.indices)


def _parse_moment(cells: Any, column: Column) -> Any:
    texts = pc.utf8_trim_whitespace(cells)
    style = column.date_format
    if style is None:
        iso = _ISO_DAY if column.logical_type is LogicalType.DATE else _ISO_TIME
        texts = _only(texts, pc.match_substring_regex(texts, iso))
        # We store microseconds. A single text with nanoseconds would make pandas count all cells
        # in nanoseconds, which end in the year 2262.
        texts = pc.replace_substring_regex(texts, r"(\.\d{6})\d+", r"\1")
    moments = pd.to_datetime(
        texts.to_pandas(), format=style or "ISO8601", errors="coerce", utc=True
    )
    naive = moments.dt.tz_localize(None).astype("datetime64[us]")
    return pa.array(naive, type=_MICROSECONDS, from_pandas=True)


def _to_pandas(cells: Any, kind: LogicalType, index: pd.Index) -> pd.Series:
    if kind in {LogicalType.INTEGER, LogicalType.BOOLEAN}:
        masked = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
        return pd.Series(cells.to_pandas(types_mapper=masked.get).set_axis(index))
    if kind is LogicalType.STRING:
        return pd.Series(pd.array(cells, dtype="str"), index=index)
    return pd.Series(cells.to_numpy(zero_copy_only=False), index=index)


_READERS = {
    LogicalType.STRING: _read_text,
    LogicalType.INTEGER: _read_integer,
    LogicalType.NUMBER: _read_number,
    LogicalType.BOOLEAN: _read_boolean,
    LogicalType.DATE: _read_day,
    LogicalType.TIMESTAMP: _read_moment,
}
