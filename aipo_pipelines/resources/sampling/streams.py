"""Opens files of text as streams, so that their size does not matter."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from aipo_pipelines.errors import DraftError

PROGRESS_EVERY = 100_000
"""Records between two reports on the progress."""

Progress = Callable[[int, int], None]
"""Gets the bytes that were read and the size of the file, now and then."""

_GZIP = b"\x1f\x8b"


@contextmanager
def opened_stream(path: Path) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """The uncompressed bytes, and the file itself, whose position shows the progress."""
    try:
        with path.open("rb") as raw:
            # The content decides, because the names of packed files differ.
            packed = raw.read(len(_GZIP)) == _GZIP
            raw.seek(0)
            if not packed:
                yield raw, raw
                return
            with gzip.GzipFile(fileobj=raw) as unpacked:
                yield cast("BinaryIO", unpacked), raw
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise DraftError(
            f"{path.name} is a gzip file that ends too early or is damaged; expected a whole file"
        ) from None
    except OSError as error:
        raise DraftError(
            f"{path} cannot be read ({(error.strerror or type(error).__name__).lower()}); "
            "expected a file"
        ) from None
