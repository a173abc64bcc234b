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
from dataclasses import asdict, dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict

from aipo_pipelines.resources.feeds.listing import BatchRef


class _Batch(BaseModel):
    """A `BatchRef` as it is kept."""

    model_config = ConfigDict(strict=True, extra="forbid")

    partition: str
    digest: str
    location: str
    rows: int
    batch_date: AwareDatetime | None


class _Kept(BaseModel):
    """What the file holds."""

    model_config = ConfigDict(strict=True, extra="forbid")

    identity: str
    batches: dict[str, _Batch]
    labels: str
    labels_digests: dict[str, str]


@dataclass(kw_only=True)
class Remembered:
    """What is known of the deliveries of one feed.

    Attributes:
        batches: By the mark of a delivery's stamp, the batch that it is.
        labels: Mark of the stamp of the late labels that the digests below were made with.
        labels_digests: By the digest of a batch, that of the late labels known for it.
        path: File it is kept in; None keeps it for this process only.
        identity: What it rests on besides the deliveries: charter, contract, where the sources
            are, and this package.
    """

    batches: dict[str, BatchRef] = field(default_factory=dict)
    labels: str = ""
    labels_digests: dict[str, str] = field(default_factory=dict)
    path: Path | None = None
    identity: str = ""
    _written: str = ""

    @classmethod
    def at(cls, path: Path, identity: str) -> Self:
        """Reads what an earlier process kept; empty where there is nothing that fits."""
        try:
            text = path.read_text(encoding="utf-8")
            kept = _Kept.model_validate_json(text)
        except (OSError, ValueError):
            return cls(path=path, identity=identity)
        if kept.identity != identity:
            return cls(path=path, identity=identity)
        return cls(
            batches={mark: _ref(one) for mark, one in kept.batches.items()},
            labels=kept.labels,
            labels_digests=kept.labels_digests,
            path=path,
            identity=identity,
            _written=text,
        )

    def keep(self) -> None:
        """Writes what has changed since it was read or written last."""
        if self.path is None:
            return
        kept = _Kept(
            identity=self.identity,
            batches={mark: _Batch(**asdict(one)) for mark, one in self.batches.items()},
            labels=self.labels,
            labels_digests=self.labels_digests,
        )
        text = kept.model_dump_json()
        if text == self._written:
            return
        # A folder that cannot be written, or a full disk: the next process reads the feed again.
        with suppress(OSError):
            _replace(self.path, text)
            self._written = text


def mark_of(stamp: str) -> str:
    """Stands for a stamp where it is kept: in the address of a file there may be a password."""
    return hashlib.sha256(stamp.encode(errors="surrogatepass")).hexdigest()


def _ref(kept: _Batch) -> BatchRef:
    date = kept.batch_date
    return BatchRef(**dict(kept) | {"batch_date": date and date.astimezone(UTC)})


def _replace(path: Path, text: str) -> None:
    temporary = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
