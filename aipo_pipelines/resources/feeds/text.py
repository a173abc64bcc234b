"""Reads whole files of text: unpacks them, checks the agreed encoding, and returns UTF-8."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

from aipo_pipelines.errors import SourceUnreadableError
from aipo_pipelines.resources.feeds.bounds import Bounds

_GZIP = b"\x1f\x8b"
_BLANK = b" \t\r\n"
_CHUNK = 1 << 22
_SMALL = 1 << 18
_SEPARATOR_LINE = re.compile(rb'"?sep=([^\r\n])"?(?:\r\n|\n|\r)', re.IGNORECASE)


def read_text(path: Path, encoding: str, location: str, bounds: Bounds = Bounds()) -> bytes:  # noqa: B008 - frozen
    """The text of a file, compressed with gzip or not, as UTF-8 without a byte order mark.

    Raises:
        SourceUnreadableError: The file is truncated, in another encoding, or beyond its bounds.
        OSError: The file cannot be opened.
    """
    # The size of the file first: a file beyond the bound is not even read.
    bounds.check(location, size=path.stat().st_size)
    return _as_utf8(_unpacked(path, location, bounds), encoding, location, bounds)


def separator_line(data: bytes) -> tuple[str, int]:
    """The delimiter that a first line like `sep=;` names, and the number of bytes of that line.

    Spreadsheet programs write such a line for each other: it holds neither names nor a record.

    Args:
        data: The text as UTF-8, without a byte order mark.
    """
    match = _SEPARATOR_LINE.match(data)
    return (match.group(1).decode(), match.end()) if match else ("", 0)


def is_blank(data: bytes | memoryview) -> bool:
    """Whether a text consists only of blanks and ends of lines."""
    pieces = (data[start : start + _SMALL] for start in range(0, len(data), _SMALL))
    return not any(bytes(piece).strip(_BLANK) for piece in pieces)


def _unpacked(path: Path, location: str, bounds: Bounds) -> bytes:
    with path.open("rb") as packed:
        if packed.read(len(_GZIP)) != _GZIP:
            return path.read_bytes()
    content = io.BytesIO()
    try:
        with gzip.open(path) as unpacked:
            # Checked after each piece: a small file may unpack to more than the memory holds.
            while piece := unpacked.read(_CHUNK):
                content.write(piece)
                bounds.check(location, size=content.tell())
        return content.getvalue()
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SourceUnreadableError(
            f"{location} is a gzip file that ends too early or is damaged "
            f"({type(error).__name__}); expected a complete file. Deliver the file again."
        ) from None


def _as_utf8(data: bytes, encoding: str, location: str, bounds: Bounds) -> bytes:
    """Checks the encoding strictly, and returns the text as UTF-8 without a byte order mark."""
    try:
        name = codecs.lookup(encoding).name
        # Refuses codecs that are no text, such as `zlib`; the incremental decoder accepts them.
        io.TextIOWrapper(io.BytesIO(), encoding=name)
        decoder = codecs.getincrementaldecoder(name)()
    except LookupError:
        raise SourceUnreadableError(
            f"The contract names the encoding {encoding!r}, which Python does not know; expected "
            "for example utf-8, latin-1 or cp1252. Correct the contract."
        ) from None
    if name in {"utf-8", "utf-8-sig"}:
        data = data.removeprefix(codecs.BOM_UTF8)
        for _ in () if data.isascii() else _decoded(data, decoder, encoding, location):
            # Decoding is the check; the text itself is not needed.
            pass
    else:
        content = io.BytesIO()
        for piece in _decoded(data, decoder, encoding, location):
            content.write(piece.encode())
            bounds.check(location, size=content.tell())
        data = content.getvalue().removeprefix(codecs.BOM_UTF8)
    # Some encodings accept every byte, so a wrong encoding shows itself only here.
    nul = data.find(b"\0")
    if nul >= 0:
        raise SourceUnreadableError(
            f"{location} holds a NUL byte at position {nul}, so it is no text in {encoding}; it "
            "may be UTF-16, compressed, or half-copied. Correct the contract or the delivery."
        )
    return data


def _decoded(
    data: bytes, decoder: codecs.IncrementalDecoder, encoding: str, location: str
) -> Iterator[str]:
    """The text in pieces: the whole text takes up to four times the memory of its bytes."""
    for start in range(0, len(data), _SMALL):
        piece = data[start : start + _SMALL]
        end = start + len(piece)
        try:
            yield decoder.decode(piece, final=end == len(data))
        except UnicodeDecodeError as error:
            # The character that fails may begin in the previous piece, so count back from the end.
            position = end - len(error.object) + error.start
            raise SourceUnreadableError(
                f"{location} is not written in {encoding}, which its contract declares: the byte "
                f"at position {position} does not fit. Correct the contract or deliver the file "
                "again."
            ) from None
