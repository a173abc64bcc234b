"""An even sample of a stream of unknown length, in its order and in bounded memory."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise
from typing import Generic, TypeVar

_Record = TypeVar("_Record")


class Thinner(Generic[_Record]):
    """Keeps one random record of every `stride` records; at first it keeps all records.

    When it holds twice as many records as demanded, it keeps one of each two neighbours and doubles
    the stride. The record of a stride is random, because the data may have a rhythm (48 half hours
    a day): a fixed place could always meet the same half hour.

    Attributes:
        seen: Records offered so far.
    """

    def __init__(self, most: int, seed: int = 0) -> None:
        self.seen = 0
        self._most = most
        self._stride = 1
        self._sample: list[_Record] = []
        self._lot = random.Random(seed)  # noqa: S311 - an even sample, no secret
        self._chosen = 0

    def offer(self, record: _Record) -> None:
        """Takes the next record of the stream."""
        place = self.seen % self._stride
        if place == 0:
            self._chosen = self._lot.randrange(self._stride)
        if place == self._chosen:
            self._sample.append(record)
        self.seen += 1
        # Only at the end of two strides, so that each neighbour represents a whole stride.
        if len(self._sample) >= 2 * self._most and self.seen % (2 * self._stride) == 0:
            self._sample = [
                self._sample[start + self._lot.randrange(2)]
                for start in range(0, len(self._sample) - 1, 2)
            ]
            self._stride *= 2

    def __iter__(self) -> Iterator[_Record]:
        """The kept records, in the order of the stream."""
        return iter(self._sample)


def even_places(total: int, most: int, seed: int = 0) -> list[int]:
    """Rising positions of an even sample of a known number of records."""
    if total <= most:
        return list(range(total))
    lot = random.Random(seed)  # noqa: S311 - an even sample, no secret
    # One position in each of equal parts, so that the sample covers the whole time evenly.
    edges = [total * place // most for place in range(most + 1)]
    return [lot.randrange(low, high) for low, high in pairwise(edges)]
