"""The results of reading a feed, stored so that the next process does not read everything again.

Dagster starts a new process for its sensors every minute, and every `aipo run` is a new process.
Without this file each process would read all batches that ever arrived, to find nothing new. All
results can be found again by reading. A file that is missing, broken, or of another charter or
contract is ignored, and a file that cannot be written only costs time.
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
    """The results for the deliveries of one feed; its fields are the fields of the file.

    Attributes:
        identity: Everything besides the deliveries that the results depend on: charter, contract,
            places of the sources, and version of this package.
        batches: The batch of each delivery, by the mark of the delivery's stamp.
        labels: Mark of the stamp of the late labels that the digests below were made with.
        labels_digests: Digest of the known late labels of a batch, by the digest of the batch.
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
        """Reads the results of an earlier process; empty if no results fit."""
        try:
            text = path.read_text(encoding="utf-8")
            stored = cls.model_validate_json(text)
        except (OSError, ValueError):
            text, stored = "", cls(identity=identity)
        if stored.identity != identity:
            text, stored = "", cls(identity=identity)
        stored._path, stored._written = path, text
        return stored

    def keep(self) -> None:
        """Writes the results if they changed since the last reading or writing."""
        text = self.model_dump_json()
        if self._path is None or text == self._written:
            return
        # A folder that cannot be written, or a full disk: the next process reads the feed again.
        with suppress(OSError):
            _replace(self._path, text)
            self._written = text


def mark_of(stamp: str) -> str:
    """The text that is stored instead of a stamp: a stamp may hold an address with a password."""
    return hashlib.sha256(stamp.encode(errors="surrogatepass")).hexdigest()


def _replace(path: Path, text: str) -> None:
    # Written beside and renamed: a process that reads at the same time never finds half a file.
    temporary = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
