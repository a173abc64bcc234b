"""Batches with a known truth, and the agreement that judges them."""

from __future__ import annotations

from dataclasses import dataclass

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.thresholds import Threshold
from aipo_pipelines.evidence.outcome import Figure, Interval
from aipo_pipelines.measures.metrics.verdict import judge
from aipo_pipelines.measures.statistics.interval_arithmetic import quantile_of, two_sided
from tests.unit.policy.story import charter, threshold


@dataclass(frozen=True)
class Content:
    """What is in a batch: how right a model is on it, and whether it breaks its contract."""

    skill: float
    broken: bool = False


@dataclass(frozen=True)
class Known:
    """A version of a batch, and how many of its records have a label."""

    content: Content
    digest: str
    labels: int

    @property
    def labels_digest(self) -> str:
        return f"{self.labels} {self.content.skill}"


@dataclass(frozen=True)
class Agreed:
    """What is agreed, as far as acts change it."""

    limit: float = 0.7
    minimum: int = 100
    confidence: float = 0.95
    late: bool = True
    series: tuple[int, int] | None = (1, 1)
    meaning: int = 0
    target: float | None = None

    @property
    def aims(self) -> tuple[Threshold, ...]:
        """The terms of accuracy: its limit, and its target if a target decides."""
        limit = self.threshold
        if self.target is None:
            return (limit,)
        return limit, limit.model_copy(update={"limit": self.target})

    @property
    def threshold(self) -> Threshold:
        return Threshold.model_validate(
            threshold(limit=self.limit, minimum_sample=self.minimum, confidence=self.confidence)
        )

    @property
    def charter(self) -> Charter:
        response = {"check": "performance", "reactions": ["escalate"]}
        fails, of = self.series or (1, 1)
        target = {
            "outcome": "Kept",
            "metric": "accuracy",
            "unit": "EUR",
            "missed_target": "decides",
        }
        return charter(
            outcome_map=[] if self.target is None else [{**target, "target": self.target}],
            thresholds=[self.threshold],
            labels={"column": "left", **({"delay": "28d"} if self.late else {})},
            responses=[{**response, "fails": fails, "of": of}] if self.series else [],
        )

    def measures(self, skill: float, n: int, aim: Threshold | None = None) -> Figure:
        """The accuracy of some records, judged; by the limit if no threshold is given."""
        aim = aim or self.threshold
        if not n:
            return judge(Figure(metric="accuracy", value=None, n=0), aim)
        value = skill - 0.25 * self.meaning
        half = quantile_of(self.confidence) * 0.5 / n**0.5
        around = Interval(
            low=value - half, high=value + half, level=two_sided(self.confidence), method="normal"
        )
        return judge(Figure(metric="accuracy", value=value, n=n, interval=around), aim)
