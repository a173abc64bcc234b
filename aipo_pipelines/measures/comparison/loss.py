"""The relative gain: the share of the champion's mean loss that a challenger would save.

Both models answer the same records. The gain is (L_champion - L_challenger) / L_champion of the
mean losses; the loss per record is the loss of `metrics.loss`. Above 0 the challenger is better.

Neighbouring records are rarely independent: hours follow each other, a file is sorted by shop. The
interval therefore resamples about sqrt(n) blocks of as many consecutive records, both models
together (Carlstein, 1986). Its percentiles are widened for the small number of blocks, as
Student's t is wider than the normal (Hesterberg, 2015).

If records are independent, the blocks cost little. If they are not, resampling single records
would show a difference that is chance. With a correlation of 0.9 between neighbours, a bound of
95 % is then wrong in a third of the cases, and with blocks in a tenth.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from statistics import NormalDist

import numpy as np

from aipo_pipelines.errors import ModelError
from aipo_pipelines.evidence.outcome import Direction, Figure, Interval, Verdict
from aipo_pipelines.measures.metrics.aligned import pair
from aipo_pipelines.measures.metrics.loss import losses_of_all
from aipo_pipelines.measures.metrics.same_records import on_same_records
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.statistics.interval_arithmetic import two_sided
from aipo_pipelines.measures.statistics.intervals import Floats, resampled_means

RELATIVE_GAIN = "relative_gain"

Sides = tuple[str, str]
"""Names of the two models of a comparison: the model that may gain, the model to be beaten."""

_CHALLENGE: Sides = ("challenger", "champion")

_REPEATS = 2_000
"""Bounds are corrected for several comparisons, so their ends lie far out; blocks are few."""


def relative_gain(
    challenger: Scored,
    champion: Scored,
    confidence: float,
    seed: int,
    *,
    minimum: int = 2,
    names: Sides = _CHALLENGE,
) -> Figure:
    """The gain of a challenger over the champion on the same records.

    Args:
        challenger: Answers of the new model.
        champion: Answers of the model in charge, on the same rows in the same order.
        confidence: Level of each end of the interval as a one-sided bound. The caller corrects
            it if several comparisons are read together.
        seed: Seed of resampling.
        minimum: Records needed for a verdict.
        names: Names of the two models in the note of the figure.

    Returns:
        Figure `relative_gain` over the records that both models answer, a share without a unit.
        It is insufficient if the champion makes no loss, and then has no value. It is also
        insufficient with fewer records than the minimum, or than an interval needs (4).

    Raises:
        ModelError: The two were not scored on the same rows with the same truth.
    """
    (ours, theirs), kind = losses_of_all(on_same_records(challenger, champion))
    figure = Figure(
        metric=RELATIVE_GAIN,
        value=None,
        n=len(theirs),
        direction=Direction.AT_LEAST,
        verdict=Verdict.INSUFFICIENT,
    )
    if figure.n == 0:
        return replace(figure, note="no record has both a known truth and an answer of both models")
    # A loss can be infinite (an answer of 1e308 for an amount): the note says so, not a warning.
    with np.errstate(over="ignore", invalid="ignore"):
        saved, loss = float((theirs - ours).mean()), float(theirs.mean())
    reason = _no_gain(saved, loss)
    if reason:
        return replace(figure, note=reason)
    note = f"mean {kind}: {names[0]} {loss - saved:.4g}, {names[1]} {loss:.4g}"
    interval = _interval(theirs - ours, theirs, confidence, seed)
    figure = replace(figure, value=saved / loss, interval=interval, note=note)
    if interval is None or figure.n < minimum:
        return replace(figure, note=f"{note}; {figure.n} records are too few for a verdict")
    return replace(figure, verdict=Verdict.PASS)


def mean_losses(scored: Mapping[str, Scored]) -> dict[str, float]:
    """Mean loss of each model, by its name, on the records that all of them answer.

    Raises:
        ModelError: They were not scored on the same rows with the same truth, or no labelled
            record has an answer of each.
    """
    sides = on_same_records(*scored.values())
    if not sides or sides[0].n == 0:
        raise ModelError(
            f"{len(scored)} models cannot be ranked: no record has both a known truth and a usable "
            "answer of each; expected labelled records; hold out a batch whose labels are in."
        )
    values, _ = losses_of_all(sides)
    with np.errstate(over="ignore", invalid="ignore"):
        return {name: float(losses.mean()) for name, losses in zip(scored, values, strict=True)}


def best_by_loss(scored: Mapping[str, Scored]) -> str:
    """Name of the model with the least mean loss; the first of equal models.

    Raises:
        ModelError: As `mean_losses`.
    """
    # Only the models that answer the most labelled records are ranked. A model that answers nothing
    # would otherwise leave no common record, and a model that answers only easy records would win.
    answered = {name: pair(side).n for name, side in scored.items()}
    most = max(answered.values(), default=0)
    means = mean_losses({name: side for name, side in scored.items() if answered[name] == most})
    # A comparison with NaN is always false, so `min` alone could return the broken model.
    return min(means, key=lambda name: (math.isnan(means[name]), means[name]))


def in_words(gain: float) -> str:
    """A relative gain in words: `12.3 % less loss`."""
    if gain == 0:
        return "the same loss"
    return f"{100 * abs(gain):.1f} % {'less' if gain > 0 else 'more'} loss"


def bounds_in_words(figure: Figure) -> str:
    """A value with its interval in words: `0.12 [0.03, 0.2]`."""
    if figure.value is None or figure.interval is None:
        return f"cannot be judged: {figure.note}"
    return f"{figure.value:.3g} [{figure.interval.low:.3g}, {figure.interval.high:.3g}]"


def _no_gain(saved: float, loss: float) -> str:
    """The reason that there is no gain; empty if there is a gain."""
    if not (math.isfinite(saved) and math.isfinite(loss)):
        return "a loss is too large for a number"
    # A share of nothing does not exist; a model without any error cannot be beaten.
    return "" if loss else "the model to be beaten makes no loss on these records"


def _interval(saved: Floats, loss: Floats, confidence: float, seed: int) -> Interval | None:
    """Block bootstrap of mean saved / mean loss; None for fewer than two blocks."""
    # sqrt(n) blocks of sqrt(n) records: long enough to contain the dependence of neighbours, and
    # still enough blocks for a spread (docs/reference/statistics.md has the simulated error rates).
    blocks = math.isqrt(len(loss))
    if blocks < 2:  # noqa: PLR2004 - one block has no spread
        return None
    starts = np.linspace(0, len(loss), blocks, endpoint=False).astype(np.int64)
    sums = np.column_stack([np.add.reduceat(saved, starts), np.add.reduceat(loss, starts)])
    means, method = resampled_means(sums, np.arange(blocks), seed, _REPEATS)
    with np.errstate(divide="ignore", invalid="ignore"):
        gains = means[:, 0] / means[:, 1]
    # The drawn blocks have no loss: the gain is 0 if nothing was saved, otherwise minus infinity.
    gains[np.isnan(gains)] = 0.0
    tail = 1 - _widened(confidence, blocks)
    # The outer of two neighbouring replicates: interpolation would make the interval narrower than
    # its level, and cannot be computed beside an infinite gain.
    return Interval(
        low=float(np.quantile(gains, tail, method="lower")),
        high=float(np.quantile(gains, 1 - tail, method="higher")),
        level=two_sided(confidence),
        method=(
            f"paired expanded percentile {method}, {blocks} blocks of about "
            f"{len(loss) / blocks:.0f} consecutive records"
        ),
    )


def _widened(confidence: float, blocks: int) -> float:
    from scipy.stats import t as student

    # The bootstrap of few blocks is too narrow twice: its variance lacks the factor of blocks - 1,
    # and the spread is itself estimated (Student's t). Hesterberg (2015) corrects for both.
    reach = math.sqrt(blocks / (blocks - 1)) * float(student.ppf(confidence, blocks - 1))
    return NormalDist().cdf(reach)
