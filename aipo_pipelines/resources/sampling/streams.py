"""Files of text as streams, so that their size does not matter."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from aipo_pipelines.errors import DraftError

TELL_EVERY = 100_000
"""Records between two words about how far it is."""

Progress = Callable[[int, int], None]
"""Gets the bytes read and the size of the file, now and then."""

_GZIP = b"\x1f\x8b"


@contextmanager
def opened_stream(path: Path) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """The uncompressed bytes, and the file itself, whose position tells how far reading is."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(len(_GZIP)) == _GZIP
            raw.seek(0)
            if not packed:
                yield raw, raw
                return
            with gzip.GzipFile(fileobj=raw) as unpacked:
                yield cast("BinaryIO", unpacked), raw
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise DraftError(
            f"{path.name} is a gzip file that ends too early or is damaged; expected a whole one"
        ) from None
    except OSError as error:
        raise DraftError(
            f"{path} cannot be read ({(error.strerror or type(error).__name__).lower()}); "
            "expected a file"
        ) from None
