"""A sample of several files that are deliveries of one feed: a folder of files, or a glob.

Every record of the sample represents the same number of records, from each file, and the files keep
the order in which a feed reads them.
"""

from __future__ import annotations

import glob
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePath

import pandas as pd

from aipo_pipelines.drafting.layout import check_same_layout
from aipo_pipelines.drafting.table import Part, Table
from aipo_pipelines.errors import DraftError
from aipo_pipelines.resources.feeds.names import is_unfinished
from aipo_pipelines.resources.sampling.thinning import even_places

_DEPTHS = ("*", "*/*")
"""Files in a folder, or in the folders below it: deeper folders are hardly one feed."""


def glob_of_folder(folder: Path) -> str:
    """The glob of the files in a folder, or in the folders below it.

    Raises:
        DraftError: There are no files, or they are of several kinds.
    """
    # The folder itself may have signs of wildcards in its name, such as brackets.
    place = glob.escape(str(folder))
    for depth in _DEPTHS:
        files = [
            path
            for path in folder.glob(depth)
            if path.is_file() and is_delivered(path.relative_to(folder))
        ]
        kinds = Counter(_ending(path) for path in files)
        if len(kinds) > 1:
            shown = ", ".join(sorted(kinds))
            raise DraftError(
                f"the folder {folder} holds files of several kinds ({shown}); expected one kind: "
                f"name them, as '{place}/{depth}{min(kinds)}'"
            )
        if kinds:
            return f"{place}/{depth}{next(iter(kinds))}"
    raise DraftError(
        f"the folder {folder} holds no file, and no folder below it holds a file; expected the "
        "data to draft from"
    )


def is_delivered(below: PurePath) -> bool:
    """Whether a feed reads a file below a folder as data: not hidden, and not unfinished.

    As in Hive, for a feed of folders a file whose name begins with `_` only describes the data.
    """
    in_folder = len(below.parts) > 1
    is_description = in_folder and any(part.startswith("_") for part in below.parts)
    return not is_unfinished(below) and not is_description


def one_table(samples: Sequence[Table], names: Sequence[PurePath]) -> Table:
    """One sample of several files.

    Args:
        samples: A sample of each file, in the order of the feed.
        names: Paths of the files below the fixed part of the location.

    Raises:
        DraftError: The files are written in different ways.
    """
    check_same_layout([sample.layout for sample in samples], [str(name) for name in names])
    total = sum(sample.rows for sample in samples)
    # The rate of the largest file: at a higher rate a small file would count too much.
    rate = min(len(sample.frame) / sample.rows for sample in samples)
    frames = [_thinned(sample, rate) for sample in samples]
    parts = tuple(
        Part(name=str(name), rows=sample.rows, looked_at=len(frame))
        for name, sample, frame in zip(names, samples, frames, strict=True)
    )
    # A file of small whole numbers shows no sign of numbers; another file of the feed may show it.
    layouts = [sample.layout for sample in samples]
    decimal = next((layout.decimal for layout in layouts if layout.decimal != "."), ".")
    thousands = (layout.thousands for layout in layouts if layout.thousands not in ("", decimal))
    return Table(
        frame=pd.concat(frames, ignore_index=True),
        rows=total,
        layout=replace(layouts[0], decimal=decimal, thousands=next(thousands, "")),
        is_text=samples[0].is_text,
        parts=parts,
    )


def _thinned(sample: Table, rate: float) -> pd.DataFrame:
    # At least one record, so that a very small file still shows its columns.
    size = max(1, round(rate * sample.rows))
    if size >= len(sample.frame):
        return sample.frame
    return sample.frame.iloc[even_places(len(sample.frame), size)]


def _ending(path: Path) -> str:
    endings = path.suffixes[-2:] if path.suffix.lower() == ".gz" else path.suffixes[-1:]
    return "".join(endings)
