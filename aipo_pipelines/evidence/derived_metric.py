"""Metrics that are derived from another metric, and their names in stored figures.

The name of a derived metric is built and read here only, by `DerivedMetric`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Self


class Derivation(Enum):
    """How a metric is derived; the value is the beginning and the end of its name."""

    DROP = ("", "_drop")
    """How much worse it is than the release figure of the champion."""
    ORIGINAL_DROP = ("", "_drop_original")
    """How much worse it is than the release figure of the original baseline."""
    ORIGINAL_DISTANCE = ("original_", "")
    """A distance from the data of the original baseline."""
    NAIVE = ("naive_", "")
    """The metric of the naive baseline on the same records."""
    ADVANTAGE = ("", "_advantage")
    """How much better it is than the metric of another model on the same records."""
    BY_CHANCE = ("", "_null")
    """The value that a perfect model has by chance in a sample of this size."""


_FROM_ORIGINAL = frozenset({Derivation.ORIGINAL_DROP, Derivation.ORIGINAL_DISTANCE})


@dataclass(frozen=True, slots=True)
class DerivedMetric:
    """A derived metric: `accuracy_drop`, `naive_mae` or `original_ks_distance` as text.

    Attributes:
        metric: The metric from which it is derived.
    """

    metric: str
    derivation: Derivation

    def __str__(self) -> str:
        start, end = self.derivation.value
        return f"{start}{self.metric}{end}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Reads the name of a metric; None if it is not derived from another metric."""
        for derivation in Derivation:
            start, end = derivation.value
            is_derived = text.startswith(start) and text.endswith(end)
            if is_derived and len(text) > len(start) + len(end):
                return cls(text.removeprefix(start).removesuffix(end), derivation)
        return None


def derived(metric: str, derivation: Derivation) -> str:
    """The name of the metric that is derived from a metric in this way."""
    return str(DerivedMetric(metric, derivation))


def is_derived(metric: str, derivation: Derivation) -> bool:
    """Whether a metric is derived in this way."""
    name = DerivedMetric.parse(metric)
    return name is not None and name.derivation is derivation


def is_about_original(metric: str) -> bool:
    """Whether a metric compares with the original baseline, and so decides no check."""
    name = DerivedMetric.parse(metric)
    return name is not None and name.derivation in _FROM_ORIGINAL
