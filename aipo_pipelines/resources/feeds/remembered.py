"""What reading a feed told, kept so that the next process need not read everything again.

Dagster starts a new process for its sensors every minute, and every `aipo run` is one: without this
each would read all batches that ever arrived, to find that nothing is new. Everything kept can be
found out again. A file that is missing, broken, or of another charter or contract is begun anew,
and one that cannot be written costs time, nothing else.
"""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from aipo_pipelines.resources.feeds.listing import BatchRef


class Remembered(BaseModel):
    """What is known of the deliveries of one feed; its fields are what the file holds.

    Attributes:
        identity: What it rests on besides the deliveries: charter, contract, where the sources
            are, and this package.
        batches: By the mark of a delivery's stamp, the batch that it is.
        labels: Mark of the stamp of the late labels that the digests below were made with.
        labels_digests: By the digest of a batch, that of the late labels known for it.
    """

    model_config = ConfigDict(strict=True, extra="forbid")

    identity: str = ""
    batches: dict[str, BatchRef] = Field(default_factory=dict)
    labels: str = ""
    labels_digests: dict[str, str] = Field(default_factory=dict)
    _path: Path | None = PrivateAttr(default=None)
    _written: str = PrivateAttr(default="")

    @classmethod
    def at(cls, path: Path, identity: str) -> Self:
        """Reads what an earlier process kept; empty where there is nothing that fits."""
        try:
            text = path.read_text(encoding="utf-8")
            found = cls.model_validate_json(text)
        except (OSError, ValueError):
            text, found = "", cls(identity=identity)
        if found.identity != identity:
            text, found = "", cls(identity=identity)
        found._path, found._written = path, text
        return found

    def keep(self) -> None:
        """Writes what has changed since it was read or written last; nothing without a file."""
        text = self.model_dump_json()
        if self._path is None or text == self._written:
            return
        # A folder that cannot be written, or a full disk: the next process reads the feed again.
        with suppress(OSError):
            _replace(self._path, text)
            self._written = text


def mark_of(stamp: str) -> str:
    """Stands for a stamp where it is kept: in the address of a file there may be a password."""
    return hashlib.sha256(stamp.encode(errors="surrogatepass")).hexdigest()


def _replace(path: Path, text: str) -> None:
    temporary = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
