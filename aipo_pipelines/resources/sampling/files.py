"""A sample of several files that are deliveries of one feed: a folder of them, or a glob.

Every record of the sample stands for as many records, whatever file it is from, and the files keep
the order in which a feed takes them in.
"""

from __future__ import annotations

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


def glob_of_folder(folder: Path) -> str:
    """The glob of the files in a folder, or in the folders below it.

    Raises:
        DraftError: There are none, or they are of several kinds.
    """
    for depth in _DEPTHS:
        found = [
            path
            for path in folder.glob(depth)
            if path.is_file() and is_delivered(path.relative_to(folder))
        ]
        kinds = Counter(_ending(path) for path in found)
        if len(kinds) > 1:
            shown = ", ".join(sorted(kinds))
            raise DraftError(
                f"the folder {folder} holds files of several kinds ({shown}); expected one kind: "
                f"name them, as '{folder}/{depth}{min(kinds)}'"
            )
        if kinds:
            return f"{folder}/{depth}{next(iter(kinds))}"
    raise DraftError(
        f"the folder {folder} holds no file, nor do the folders below it; expected the data to "
        "draft from"
    )


def is_delivered(below: PurePath) -> bool:
    """Whether a file below a folder is data to a feed: not hidden, unfinished, or about the data.

    As Hive does, a feed of folders takes names that begin with `_` for what is about the data.
    """
    in_folder = len(below.parts) > 1
    about = in_folder and any(part.startswith("_") for part in below.parts)
    return not is_unfinished(below) and not about


def one_table(samples: Sequence[Table], names: Sequence[PurePath]) -> Table:
    """One sample of several files.

    Args:
        samples: A sample of each file, in the order of the feed.
        names: Their paths below the fixed part of the location.

    Raises:
        DraftError: The files are written in different ways.
    """
    check_same_layout([one.layout for one in samples], [str(name) for name in names])
    total = sum(one.rows for one in samples)
    rate = min(len(one.frame) / one.rows for one in samples)
    frames = [_thinned(one, rate) for one in samples]
    parts = tuple(
        Part(name=str(name), rows=one.rows, looked_at=len(frame))
        for name, one, frame in zip(names, samples, frames, strict=True)
    )
    decimal = next((one.layout.decimal for one in samples if one.layout.decimal != "."), ".")
    return Table(
        frame=pd.concat(frames, ignore_index=True),
        rows=total,
        layout=replace(samples[0].layout, decimal=decimal),
        is_text=samples[0].is_text,
        parts=parts,
    )


def _thinned(sample: Table, rate: float) -> pd.DataFrame:
    wanted = max(1, round(rate * sample.rows))
    if wanted >= len(sample.frame):
        return sample.frame
    return sample.frame.iloc[even_places(len(sample.frame), wanted)]


def _ending(path: Path) -> str:
    endings = path.suffixes[-2:] if path.suffix.lower() == ".gz" else path.suffixes[-1:]
    return "".join(endings)
