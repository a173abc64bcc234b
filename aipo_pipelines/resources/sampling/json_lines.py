"""A sample of a file of JSON lines: every record is read once, only the sample is kept."""

from __future__ import annotations

import io
from pathlib import Path

from aipo_pipelines.charter.model.contract import FileLayout
from aipo_pipelines.drafting.table import Table
from aipo_pipelines.errors import DraftError, SourceUnreadableError
from aipo_pipelines.resources.feeds.json_lines import Record, json_records, records_frame
from aipo_pipelines.resources.sampling.streams import PROGRESS_EVERY, Progress, opened_stream
from aipo_pipelines.resources.sampling.thinning import Thinner


def sample_json_lines(path: Path, encoding: str | None, most: int, progress: Progress) -> Table:
    """Samples a file of JSON lines, compressed with gzip or not.

    1. Reads every record, collects all keys, and keeps the sample.
    2. Makes a table of the sample, with a column for every key of the file.

    Args:
        path: The file.
        encoding: The encoding that a person named; None for UTF-8, the standard of JSON.
        most: Least number of records that are kept; at most twice as many are kept.
        progress: Gets the position of the reading, now and then.

    Raises:
        DraftError: The file is empty, damaged, in another encoding, or has a line that is no JSON
            object; no content is quoted.
    """
    codec = encoding or "utf-8"
    thinner: Thinner[Record] = Thinner(most)
    names: dict[str, None] = {}
    size = path.stat().st_size
    try:
        with opened_stream(path) as (stream, raw):
            # The feed ignores a byte order mark too.
            kind = "utf-8-sig" if codec == "utf-8" else codec
            lines = io.TextIOWrapper(stream, encoding=kind, newline="\n")
            for record in json_records(lines, path.name):
                # The keys of all records, because a rare key may be in no record of the sample.
                names |= dict.fromkeys(record)
                thinner.offer(record)
                if thinner.seen % PROGRESS_EVERY == 0:
                    progress(raw.tell(), size)
            lines.detach()
        frame = records_frame(thinner, path.name, names)
    except SourceUnreadableError as error:
        raise DraftError(str(error)) from None
    except (UnicodeError, LookupError):
        raise DraftError(
            f"{path.name} is not written in {codec}; JSON lines are UTF-8 unless --encoding "
            "says otherwise"
        ) from None
    if not thinner.seen:
        raise DraftError(f"{path.name} has no record; expected one JSON object a line")
    if len(names) < 2:  # noqa: PLR2004 - one column is no table
        raise DraftError(f"the objects of {path.name} have one key; expected at least two")
    return Table(
        frame=frame,
        rows=thinner.seen,
        layout=FileLayout(encoding=codec),
        is_text=False,
    )
