"""Metrics of the order of scores: area under the ROC curve and average precision.

Sources: DeLong, DeLong and Clarke-Pearson (1988) for the variance of areas under the curve;
midranks as in Sun and Xu (2014). The interval is computed on the logit scale, so that it stays
inside 0 to 1. Average precision is the step sum over distinct scores, resampled by records. Above
20,000 records its spread comes from 2,000 groups of neighbouring scores.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from aipo_pipelines.evidence.outcome import Interval
from aipo_pipelines.measures.statistics.interval_arithmetic import quantile_of, two_sided
from aipo_pipelines.measures.statistics.intervals import Floats, Integers, percentile, wilson

AP_REPEATS = 200
"""Repeats for average precision, fewer because each needs a pass over all records."""

_EXACT = 20_000
"""Records up to which single records are resampled."""

_GROUPS = 2_000
"""Groups of neighbouring scores above that; each then has more than ten records."""

_PORTION = 20
"""Repeats drawn at once."""


@dataclass(frozen=True, kw_only=True)
class Placements:
    """An area under the curve and the share of the other class each record outranks.

    Attributes:
        positive: Per event, the share of non-events it outranks (ties count half).
        negative: Per non-event, the share of events that outrank it.
    """

    positive: Floats
    negative: Floats

    @property
    def area(self) -> float:
        """The area under the ROC curve."""
        return float(self.positive.mean())


def placements(truth: Floats, score: Floats) -> Placements:
    """Ranks events against non-events in O(n log n), sorting once; both classes must occur."""
    event = truth == 1
    order = np.argsort(score)
    ranked, happened = score[order], event[order]
    # Records of equal score are a run. A record outranks half of the other class in its own run:
    # equal scores are worth a coin toss.
    run = np.cumsum(np.append(False, ranked[1:] != ranked[:-1]))
    events = np.bincount(run, weights=happened)
    non_events = np.bincount(run) - events
    outranked = np.where(
        happened,
        (np.cumsum(non_events) - non_events / 2)[run] / non_events.sum(),
        1 - (np.cumsum(events) - events / 2)[run] / events.sum(),
    )
    by_record = np.empty(len(score))
    by_record[order] = outranked
    return Placements(positive=by_record[event], negative=by_record[~event])


def roc_auc(truth: Floats, score: Floats, confidence: float) -> tuple[float, Interval]:
    """Area under the ROC curve with DeLong's interval.

    Args:
        truth: 1 for events and 0 for others, shape (n,), at least two of each.
        score: Scores, higher for events.
        confidence: Level of each end as a one-sided bound.
    """
    placed = placements(truth, score)
    area = placed.area
    if area in {0.0, 1.0}:
        # No pair is out of order, so the variance is 0, but a share of 0 or 1 still has a bound.
        # The smaller class limits the evidence, not the number of pairs.
        least = min(len(placed.positive), len(placed.negative))
        return area, wilson(round(area * least), least, confidence)
    error = math.sqrt(covariance(placed, placed)) / (area * (1 - area))
    centre = math.log(area / (1 - area))
    reach = quantile_of(confidence) * error
    low, high = (1 / (1 + math.exp(-(centre + sign * reach))) for sign in (-1, 1))
    return area, Interval(
        low=low, high=high, level=two_sided(confidence), method="DeLong, logit scale"
    )


def covariance(a: Placements, b: Placements) -> float:
    """DeLong's covariance of two areas on the same records; with itself, the variance."""
    events = float(np.cov(a.positive, b.positive)[0, 1]) / len(a.positive)
    non_events = float(np.cov(a.negative, b.negative)[0, 1]) / len(a.negative)
    return events + non_events


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """Records in falling order of score.

    Attributes:
        order: Record numbers, best score first.
        ends: Positions in that order at which a run of equal scores ends.
        event: 1 for events, in that order.
    """

    order: Integers
    ends: Integers
    event: Floats


def ranking(truth: Floats, score: Floats) -> Ranking:
    """Sorts once, so that each resample only needs weights."""
    # A stable sort: the same batch gives the same weights to the same records on every machine.
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    return Ranking(order=order, ends=ends, event=truth[order])


def average_precision_of(ranked: Ranking, weights: Floats) -> float:
    """Average precision of weighted records (weights in record order); NaN without an event."""
    sorted_weights = weights[ranked.order]
    hits = np.cumsum(sorted_weights * ranked.event)[ranked.ends]
    seen = np.cumsum(sorted_weights)[ranked.ends]
    if hits[-1] == 0:
        return math.nan
    precision = np.divide(hits, seen, out=np.zeros_like(hits), where=seen > 0)
    return float(np.sum(np.diff(hits, prepend=0.0) * precision) / hits[-1])


def average_precision(
    truth: Floats, score: Floats, confidence: float, seed: int
) -> tuple[float, Interval]:
    """Average precision with a percentile bootstrap interval; at least one event must occur."""
    n = len(truth)
    ranked = ranking(truth, score)
    value = average_precision_of(ranked, np.ones(n))
    rng = np.random.default_rng(seed)
    if n > _EXACT:
        replicates = value + _grouped_deviations(ranked, rng)
    else:
        draws = (average_precision_of(ranked, resample(rng, n)) for _ in range(AP_REPEATS))
        replicates = np.fromiter(draws, dtype=np.float64)
    interval = percentile(replicates, confidence, f"bootstrap, {AP_REPEATS} repeats, seed {seed}")
    # A perfect ranking shows no spread in any replicate; the interval of a share of events does.
    if interval is None or interval.low == interval.high:
        events = int(truth.sum())
        return value, wilson(round(value * events), events, confidence)
    return value, interval


def _grouped_deviations(ranked: Ranking, rng: np.random.Generator) -> Floats:
    """Deviations of resampled average precision, with scores in groups of equal size.

    The value keeps every score apart; only its spread is taken from the groups, whose counts by
    class are resampled as one multinomial instead of record by record.
    """
    n = len(ranked.event)
    group = np.arange(n) * _GROUPS // n
    events = np.bincount(group, weights=ranked.event)
    counts = np.concatenate([events, np.bincount(group) - events])
    # In portions, because all draws together would take more memory than the records.
    portions = [
        _grouped_precisions(rng.multinomial(n, counts / n, size=_PORTION))
        for _ in range(0, AP_REPEATS, _PORTION)
    ]
    deviations: Floats = np.concatenate(portions) - _grouped_precisions(counts[None, :])
    return deviations


def _grouped_precisions(counts: Floats | Integers) -> Floats:
    """Average precision by row, from the events and then the non-events by group, best first."""
    events, non_events = counts[:, :_GROUPS], counts[:, _GROUPS:]
    hits, seen = np.cumsum(events, axis=1), np.cumsum(events + non_events, axis=1)
    precisions: Floats = (events * hits / np.maximum(seen, 1)).sum(axis=1)
    return precisions / np.maximum(hits[:, -1], 1)


def resample(rng: np.random.Generator, n: int) -> Floats:
    """Bootstrap weights of n records: how often each was drawn."""
    return np.bincount(rng.integers(n, size=n), minlength=n).astype(np.float64)
