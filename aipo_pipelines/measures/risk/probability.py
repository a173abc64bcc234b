"""Whether stated probabilities, or predicted numbers, agree with the outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.thresholds import AppliesTo, Metric, Threshold
from aipo_pipelines.evidence.details.base import details_of
from aipo_pipelines.evidence.details.performance import CalibrationDetails
from aipo_pipelines.evidence.outcome import CheckOutcome, Figure
from aipo_pipelines.measures.calibration.check import measure_calibration
from aipo_pipelines.measures.calibration.slope import METRIC as SLOPE
from aipo_pipelines.measures.metrics.aligned import CLASSIFICATION, Pairs, pair
from aipo_pipelines.measures.metrics.reliability import stated
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.risk.limits import live_limits


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingLabelled:
    """No record has a known truth, so nothing can be compared with it."""

    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoProbabilities:
    """The model predicts classes and states no probabilities."""

    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedProbabilities:
    """Probabilities beside the outcomes.

    Attributes:
        stated: Mean probability of the event, or of the predicted class.
        happened: Share of records in which it happened.
        error: The expected calibration error.
        by_chance: Whether chance alone explains the error.
        slope: The calibration slope; None if it was not measured.
        live_limits: Limits of live batches on the error; a release is not judged by them.
        figures: All figures of the check.
    """

    stated: float
    happened: float
    error: Figure
    by_chance: bool
    slope: Figure | None
    live_limits: tuple[Threshold, ...]
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictedNumbers:
    """Predicted numbers beside the true numbers.

    Attributes:
        bias: The mean error.
        slope: The calibration slope; None if it was not measured.
        figures: All figures of the check.
    """

    bias: Figure
    slope: Figure | None
    figures: tuple[Figure, ...]


Trust: TypeAlias = NothingLabelled | NoProbabilities | StatedProbabilities | PredictedNumbers


def trust_in_answers(charter: Charter, challenger: Scored, seed: int) -> Trust:
    """How far the answers of a challenger agree with the outcomes.

    Args:
        charter: Its thresholds for release on calibration are the limits.
        challenger: Answers beside the truth.
        seed: Seed of resampling.
    """
    pairs = pair(challenger)
    if pairs.n == 0:
        return NothingLabelled()
    classified = pairs.task in CLASSIFICATION
    # A class without a probability cannot be too sure or too timid.
    if classified and not pairs.probabilistic:
        return NoProbabilities()
    # By the limits of the release: the limits of live batches only inform here.
    check = measure_calibration(challenger, charter.thresholds, seed, AppliesTo.RELEASE)
    by_name = {figure.metric: figure for figure in check.figures}
    if classified:
        return _probabilities(charter, pairs, check, by_name)
    return PredictedNumbers(
        bias=by_name[Metric.BIAS.value], slope=by_name.get(SLOPE), figures=check.figures
    )


def _probabilities(
    charter: Charter, pairs: Pairs, check: CheckOutcome, by_name: dict[str, Figure]
) -> StatedProbabilities:
    compared = stated(pairs)
    details = details_of(CalibrationDetails, check.details)
    return StatedProbabilities(
        stated=float(compared.probability.mean()),
        happened=float(compared.happened.mean()),
        error=by_name[Metric.CALIBRATION_ERROR.value],
        by_chance=details.consistent_with_perfect,
        slope=by_name.get(SLOPE),
        live_limits=live_limits(charter, Metric.CALIBRATION_ERROR),
        figures=check.figures,
    )
