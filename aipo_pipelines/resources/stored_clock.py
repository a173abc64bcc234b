"""The clock of a simulated home: its time is in a file and changes only when it is moved.

The file is `clock.json` in the home folder. It makes the home a simulated home permanently, names
the products that use the clock, and is replaced as a whole. Every process of the home reads it, so
all processes see the same time.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from aipo_pipelines.errors import HomeError, UsageError
from aipo_pipelines.resources.clock import Clock, SystemClock
from aipo_pipelines.resources.home import open_private, resolve_home

_LONGEST = 1.0
"""Seconds of real time that a wait on a simulated clock takes at most."""


@dataclass(frozen=True, slots=True)
class _Stand:
    at: datetime
    products: frozenset[str]


class StoredClock:
    """A clock whose time is in a file.

    Args:
        path: The file, which must exist.
    """

    simulated = True

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: tuple[tuple[int, int], _Stand] | None = None

    @classmethod
    def create(cls, path: Path, at: datetime, products: Collection[str]) -> StoredClock:
        """Makes a home a simulated home.

        Args:
            path: The file of the clock, which must not exist.
            at: The first time of the clock, aware.
            products: The products that use the clock; no other product may use it.

        Raises:
            HomeError: There is a clock already.
        """
        if path.exists():
            raise HomeError(
                f"{path} is there already; expected a home without a clock, because a simulated "
                "clock is set up once: set AIPO_HOME to another folder"
            )
        _write(path, _Stand(at=at, products=frozenset(products)))
        return cls(path)

    def now(self) -> datetime:
        """The time the clock shows, aware UTC.

        Raises:
            HomeError: The file cannot be read.
        """
        return self._read().at

    def admit(self, product: str) -> None:
        """Admits the products of the simulation.

        Raises:
            UsageError: The product is not part of the simulation.
        """
        stand = self._read()
        # A ledger with simulated times proves nothing about a product in real time.
        if product not in stand.products:
            held = ", ".join(sorted(stand.products))
            raise UsageError(
                f"{self._path.parent} is a simulated home, its clock is at "
                f"{stand.at:%Y-%m-%d %H:%M} UTC, and it is for {held} alone; "
                f"the product {product!r} lives in real time, so nothing of it was recorded. "
                "Set AIPO_HOME to another folder."
            )

    def set(self, at: datetime) -> None:
        """Moves the clock forward to a moment; a moment that has passed does not move it."""
        with self._alone():
            stand = self._read()
            # Never back: the times of the entries in a ledger must not decrease.
            if at > stand.at:
                _write(self._path, _Stand(at=at, products=stand.products))

    def advance(self, by: timedelta) -> None:
        """Moves the clock forward by a length of time."""
        with self._alone():
            stand = self._read()
            if by > timedelta(0):
                _write(self._path, _Stand(at=stand.at + by, products=stand.products))

    def wait(self, seconds: float) -> None:
        """Lets simulated seconds pass, and few real seconds."""
        time.sleep(min(seconds, _LONGEST))
        self.advance(timedelta(seconds=seconds))

    def _read(self) -> _Stand:
        try:
            # Read again only if it was replaced: every entry of the ledger needs the time.
            status = self._path.stat()
            mark = (status.st_ino, status.st_mtime_ns)
            if self._known is None or self._known[0] != mark:
                self._known = (mark, _parse(self._path.read_text("utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise HomeError(
                f"The simulated clock {self._path} cannot be read ({type(error).__name__}); "
                'expected JSON such as {"stands_at": "2026-07-06T06:00:00+00:00", "products": []}. '
                "Restore the file, or set AIPO_HOME to another folder."
            ) from error
        return self._known[1]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        # A lock beside the file: the file itself is replaced, and a lock on it would be lost.
        with open_private(self._path.with_suffix(".lock")) as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def home_clock(path: Path, *, is_ledger_here: bool = True) -> Clock:
    """The clock of a home: its simulated clock if it has one, otherwise the machine's clock.

    Args:
        path: The file that the simulated clock of the home would have.
        is_ledger_here: Whether the ledger belongs to the home, so that others cannot share it.

    Raises:
        UsageError: A ledger that others may share would be written by a simulated clock.
    """
    if not path.exists():
        return SystemClock()
    if not is_ledger_here:
        raise UsageError(
            f"{path.parent} is a simulated home, and AIPO_DATABASE_URL names a ledger elsewhere "
            "that lives in real time; nothing was recorded. Set AIPO_HOME to another folder, or "
            "unset AIPO_DATABASE_URL."
        )
    return StoredClock(path)


def today_here(environ: Mapping[str, str]) -> date:
    """The day by the clock of the home that the environment names, in UTC; makes no home.

    Raises:
        HomeError: Its clock cannot be read.
        UsageError: As `home_clock`.
    """
    here = not environ.get("AIPO_DATABASE_URL")
    return home_clock(resolve_home(environ).clock, is_ledger_here=here).now().date()


def _parse(text: str) -> _Stand:
    content = json.loads(text)
    at = datetime.fromisoformat(content["stands_at"])
    if at.tzinfo is None:
        raise ValueError("a moment without a zone")
    return _Stand(at=at, products=frozenset(map(str, content["products"])))


def _write(path: Path, stand: _Stand) -> None:
    text = json.dumps({"stands_at": stand.at.isoformat(), "products": sorted(stand.products)})
    # Renamed when it is complete: other processes may read it at any moment.
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    with open_private(unfinished) as file:
        file.truncate()
        file.write(text + "\n")
    unfinished.replace(path)
