"""The largest delivery that is read, so that one delivery cannot take all memory of the machine.

The bounds are checked before and while a delivery is read, not afterwards: a file of a few
kilobytes can unpack to more than any machine holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

from aipo_pipelines.errors import SourceError, SourceUnreadableError

VARIABLE = "AIPO_MAX_DELIVERY_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The bounds of one delivery.

    Attributes:
        bytes: Size of its unpacked content.
        seconds: Time until a source has answered and everything new in it is read.
    """

    bytes: int = 4 << 30
    rows: int = 50_000_000
    columns: int = 5_000
    seconds: int = 900

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """The bounds from `AIPO_MAX_DELIVERY_BYTES`, `_ROWS`, `_COLUMNS` and `_SECONDS`.

        Raises:
            SourceError: One of them is no whole number above zero.
        """
        given = {
            field.name: _number(name, environ[name])
            for field in fields(cls)
            if (name := VARIABLE + field.name.upper()) in environ
        }
        return cls(**given)

    def check(
        self, location: str, *, size: int | None = None, rows: int = 0, columns: int = 0
    ) -> None:
        """Refuses a delivery that is beyond a bound.

        Raises:
            SourceUnreadableError: It is beyond a bound; names the bound and how to raise it.
        """
        counts = (("bytes", size or 0), ("rows", rows), ("columns", columns))
        for unit, count in counts:
            if count > (most := getattr(self, unit)):
                raise SourceUnreadableError(
                    f"{location} has more than {most:,} {unit}, which is the most that one "
                    f"delivery may bring. Deliver less at once, or set {VARIABLE}{unit.upper()} "
                    "to more if the machine has the memory for it."
                )


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise SourceError(f"{name} is {text!r}, expected a whole number above zero; correct it")
    return int(text)
