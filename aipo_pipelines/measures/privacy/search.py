"""Personal data found by content, in columns that do not declare it.

Findings are counted, never quoted. The search cannot prove that there is no personal data: it reads
a sample of stated size and knows the kinds in `identifiers`, `phones` and `vocabulary`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from aipo_pipelines.charter.privacy.coverage import answers_for
from aipo_pipelines.measures.privacy.identifiers import FORMAL_KINDS, national_ids, written_plainly
from aipo_pipelines.measures.privacy.phones import phone_numbers
from aipo_pipelines.measures.privacy.vocabulary import VOCABULARIES, cells_of, names_it, spoken

SAMPLE_ROWS = 1000
"""Rows that are searched by default. Two cells with a card, an IBAN or an address make a finding.
Data in 1 % of the cells is missed by chance in less than one of 1,000 columns (binomial)."""

_PHONE = "user.contact.phone_number"
_NATIONAL_ID = "user.government_id.national_identification_number"
_LONGEST = 2000
_FEWEST_DIGITS = 1e6
"""Numbers below this are too short for a telephone number, a card or a national id."""

_MOST_DIGITS = 1e18
"""Numbers above this have lost digits as floats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Personal data of one kind in one column.

    Attributes:
        kind: The recognised kind (`payment_card`, `email`, `religion`, ...).
        category: Its Fideslang key.
        matched: Recognised cells.
        examined: Examined cells: those of the sample that are not missing.
    """

    column: str
    kind: str
    category: str
    matched: int
    examined: int


def find_personal_data(
    frame: pd.DataFrame,
    declared: Mapping[str, Sequence[str]],
    sample_rows: int = SAMPLE_ROWS,
    seed: int = 0,
    regions: Sequence[str] = (),
) -> tuple[Finding, ...]:
    """Looks for personal data that no declared category includes.

    Args:
        frame: The batch as `conform` returns it, with its undeclared columns.
        declared: Fideslang categories by column; a finding that they include is left out.
        sample_rows: Rows to search, drawn without replacement.
        seed: Seed of the draw.
        regions: ISO 3166 codes of the source, for telephone numbers without a country code.

    Returns:
        Findings in the order of the columns.
    """
    sample = _sample(frame, sample_rows, seed)
    findings: list[Finding] = []
    for position, name in enumerate(sample.columns):
        keys = declared.get(name, ())
        findings += [
            finding
            for finding in _in_column(name, sample.iloc[:, position].dropna(), regions)
            if not any(answers_for(key, finding.category) for key in keys)
        ]
    return tuple(findings)


def _sample(frame: pd.DataFrame, rows: int, seed: int) -> pd.DataFrame:
    if len(frame) <= rows:
        return frame
    drawn = np.random.default_rng(seed).choice(len(frame), size=rows, replace=False)
    return frame.iloc[np.sort(drawn)]


def _texts(present: pd.Series) -> list[str]:
    """Cells that can be personal data, as text: no times, no truth values, no fractions."""
    kind = present.dtype
    if pd.api.types.is_bool_dtype(kind) or pd.api.types.is_datetime64_any_dtype(kind):
        return []
    if pd.api.types.is_integer_dtype(kind):
        return [str(cell) for cell in present.tolist()]
    if pd.api.types.is_float_dtype(kind):
        return _whole(present.to_numpy(dtype="float64"))
    # A cell is cut so that one endless text cannot stop the search.
    texts = (str(cell)[:_LONGEST] for cell in present.tolist() if isinstance(cell, (str, int)))
    return [written_plainly(text) for text in texts]


def _whole(numbers: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> list[str]:
    """Long whole numbers that were delivered as floats."""
    # Parquet and pandas write whole numbers with missing cells as floats: card numbers, for
    # example. One fraction shows that the column has measurements.
    finite = numbers[np.isfinite(numbers)]
    if not len(finite) or (finite != np.floor(finite)).any():
        return []
    size = np.abs(finite).max()
    if not _FEWEST_DIGITS <= size < _MOST_DIGITS:
        return []
    return [str(int(cell)) for cell in finite.tolist()]


def _in_column(name: str, present: pd.Series, regions: Sequence[str]) -> Iterator[Finding]:
    for kind, category, matched in (*_formal(name, present, regions), *_special(name, present)):
        if matched:
            yield Finding(
                column=name, kind=kind, category=category, matched=matched, examined=len(present)
            )


def _formal(
    name: str, present: pd.Series, regions: Sequence[str]
) -> Iterator[tuple[str, str, int]]:
    cells = _texts(present)
    if cells:
        yield from ((kind.name, kind.category, kind.found(cells)) for kind in FORMAL_KINDS)
        yield "phone", _PHONE, phone_numbers(name, cells, regions)
        yield "national_id", _NATIONAL_ID, national_ids(cells)


def _special(name: str, present: pd.Series) -> Iterator[tuple[str, str, int]]:
    """Special categories by the name of the column, or by the words in its cells."""
    # A name counts for cells of every type: `hiv_status` with true and false is about health.
    cells = spoken(_texts(present))
    for words in VOCABULARIES:
        named = names_it(words, name)
        yield words.kind, words.category, len(present) if named else cells_of(words, cells)
