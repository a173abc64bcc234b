"""An even sample of a stream of unknown length, in its order and in bounded memory."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise
from typing import Generic, TypeVar

_Record = TypeVar("_Record")


class Thinner(Generic[_Record]):
    """Keeps one record, drawn by lot, of every `stride`; all of them as long as they fit.

    When there are twice as many as wanted, one of each two neighbours is kept and the stride
    doubles. Drawing within each stride keeps a rhythm of the data (48 half hours a day) from
    falling in step with the sample.

    Attributes:
        seen: Records offered so far.
    """

    def __init__(self, most: int, seed: int = 0) -> None:
        self.seen = 0
        self._most = most
        self._stride = 1
        self._kept: list[_Record] = []
        self._lot = random.Random(seed)  # noqa: S311 - an even sample, no secret
        self._chosen = 0

    def offer(self, record: _Record) -> None:
        """Takes the next record of the stream."""
        place = self.seen % self._stride
        if place == 0:
            self._chosen = self._lot.randrange(self._stride)
        if place == self._chosen:
            self._kept.append(record)
        self.seen += 1
        if len(self._kept) >= 2 * self._most and self.seen % (2 * self._stride) == 0:
            self._kept = [
                self._kept[start + self._lot.randrange(2)]
                for start in range(0, len(self._kept) - 1, 2)
            ]
            self._stride *= 2

    def __iter__(self) -> Iterator[_Record]:
        """The records kept, in the order of the stream."""
        return iter(self._kept)


def even_places(total: int, most: int, seed: int = 0) -> list[int]:
    """Positions of an even sample of a known number of records, rising."""
    if total <= most:
        return list(range(total))
    lot = random.Random(seed)  # noqa: S311 - an even sample, no secret
    edges = [total * place // most for place in range(most + 1)]
    return [lot.randrange(low, high) for low, high in pairwise(edges)]
