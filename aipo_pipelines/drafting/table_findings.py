"""What is odd about a table as a whole: repeated records and names, columns that are one column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from aipo_pipelines.charter.dates.dates_in_names import date_in
from aipo_pipelines.charter.model.sources import FileBatches, FolderBatches
from aipo_pipelines.drafting.batch_windows import Cut
from aipo_pipelines.drafting.column_findings import Remark
from aipo_pipelines.drafting.columns import Profile
from aipo_pipelines.drafting.roles import Roles
from aipo_pipelines.drafting.table import Table

_FEW = 0.02


def table_remarks(
    table: Table, profiles: Sequence[Profile], roles: Roles, cut: Cut, name: str
) -> tuple[Remark, ...]:
    """Odd findings about a table.

    Args:
        table: The sample.
        profiles: Its columns.
        roles: Key and time.
        cut: How records fall into batches.
        name: What its file is called.
    """
    return (
        *_repeated(table, roles),
        *_headers(table),
        *_same_columns(profiles),
        *_dated_by_name(roles, cut, name),
    )


def _repeated(table: Table, roles: Roles) -> Iterator[Remark]:
    frame = table.frame
    # Numbers instead of texts: equal rows are found many times faster.
    hashes = pd.DataFrame({name: pd.factorize(frame[name])[0] for name in frame.columns})
    again = int(hashes.duplicated().sum())
    if again:
        yield Remark(
            text=f"{again:,} of {len(frame):,} records repeat another record in every column: were "
            "they delivered twice?"
        )
    without_key = hashes.drop(columns=[*roles.identifiers])
    apart = (
        int(without_key.duplicated().sum()) - again if roles.identifiers and without_key.size else 0
    )
    # If many do, the columns have few values, and equal records come by chance.
    if 0 < apart <= _FEW * len(frame):
        key = ", ".join(roles.identifiers)
        yield Remark(
            text=f"{apart:,} of {len(frame):,} records repeat another record in every column "
            f"except {key}"
        )


def _headers(table: Table) -> Iterator[Remark]:
    if not table.is_text:
        return
    frame = table.frame
    inside = frame[frame.iloc[:, 0] == frame.columns[0]]
    count = int((inside == list(frame.columns)).all(axis=1).sum())
    if count:
        records = "1 record is" if count == 1 else f"{count:,} records are"
        yield Remark(
            text=f"{records} the line of names again: files were put together with their header "
            "lines"
        )


def _same_columns(profiles: Sequence[Profile]) -> Iterator[Remark]:
    """Columns with the same cells in every record, reported beside the first of them."""
    distinct: list[Profile] = []
    for profile in profiles:
        twin = next((other for other in distinct if _is_same(profile, other)), None)
        if twin is None:
            distinct.append(profile)
        else:
            yield Remark(
                text=f"{profile.name} is {twin.name} in every record: is one of them needed?"
            )


def _is_same(profile: Profile, other: Profile) -> bool:
    alike = (profile.kind, profile.distinct, profile.missing) == (
        other.kind,
        other.distinct,
        other.missing,
    )
    return alike and profile.distinct > 1 and profile.cells.equals(other.cells)


def _dated_by_name(roles: Roles, cut: Cut, name: str) -> Iterator[Remark]:
    if roles.time is not None or date_in(name) is None:
        return
    if isinstance(cut.rule, FileBatches | FolderBatches):
        yield Remark(
            text=f"no column says when a record is from; the name of the file does ({name}), and "
            "dates the batch: keep a date in the name of every file",
            is_open=False,
        )
    else:
        yield Remark(
            text=f"no column says when a record is from, only the name of the file ({name}): write "
            "`batches: {by: file}` if every delivery has a date in its name"
        )
