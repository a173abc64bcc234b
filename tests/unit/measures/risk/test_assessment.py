"""The risk of a release in numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.load import load_product
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Figure
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.risk.assessment import RiskAssessment, assess_risk
from aipo_pipelines.measures.risk.probability import NothingLabelled, StatedProbabilities
from tests.samples import write_product

Make = Callable[..., Scored]
MakeCharter = Callable[..., Charter]
COSTS = {"false_negative": 420, "false_positive": 25}


@pytest.fixture
def chartered(tmp_path: Path) -> MakeCharter:
    """The sample's charter with keys changed."""

    def make(**changes: Any) -> Charter:
        return load_product(write_product(tmp_path / "sample", **changes)).charter

    return make


def mapped(costs: Mapping[str, float]) -> list[dict[str, Any]]:
    entry = {"outcome": "Customers kept", "metric": "recall", "target": 0.6, "unit": "EUR"}
    return [{**entry, "costs": costs}]


def named(assessment: RiskAssessment, metric: str) -> Figure:
    return next(figure for figure in assessment.figures if figure.metric == metric)


def small(binary: Make) -> Scored:
    """Of 20 records 2 false alarms, 1 missed event, 4 found; 5 events in all."""
    truth = [1] * 5 + [0] * 15
    answers = [1] * 4 + [0] + [1] * 2 + [0] * 13
    return binary(truth, np.where(answers, 0.8, 0.2))


def test_errors_are_priced_per_thousand_records(binary: Make, chartered: MakeCharter) -> None:
    charter = chartered(outcome_map=mapped(COSTS))
    cost = named(assess_risk(charter, small(binary), (), 0), "expected_cost")
    assert cost.value == pytest.approx(1000 * (2 * 25 + 420) / 20)
    assert (cost.unit, cost.n, cost.subject) == ("EUR per 1,000 records", 20, "Customers kept")


def test_a_cost_has_an_interval_about_it(calibrated: Make, chartered: MakeCharter) -> None:
    charter = chartered(outcome_map=mapped({"false_positive": 10}))
    scored = calibrated(2_000)
    cost = named(assess_risk(charter, scored, (), 0), "expected_cost")
    share = (cost.value or 0) / 10_000
    reach = 1.645 * 10_000 * np.sqrt(share * (1 - share) / 2_000)
    assert cost.interval is not None
    assert cost.interval.high - (cost.value or 0) == pytest.approx(reach, rel=0.2)
    assert (cost.value or 0) - cost.interval.low == pytest.approx(reach, rel=0.2)


def test_a_comparison_holds_the_groups_with_the_highest_and_the_lowest_rate(
    binary: Make, chartered: MakeCharter
) -> None:
    shares = {"old": 0.6, "middle": 0.4, "young": 0.1}
    answers = np.concatenate([np.arange(400) < 400 * share for share in shares.values()])
    groups = pd.DataFrame({"x1": np.repeat([*shares], 400)})
    scored = binary(answers, np.where(answers, 0.9, 0.1), groups=groups)
    (comparison,) = assess_risk(chartered(protected=["x1"]), scored, (), 0).comparisons
    assert [(rate.name, rate.value) for rate in comparison.extremes] == [
        ("old", 0.6),
        ("young", 0.1),
    ]
    assert comparison.figure.value == pytest.approx(0.5)
    assert comparison.left_out == ()


def test_stated_probabilities_are_compared_with_the_events(
    binary: Make, chartered: MakeCharter
) -> None:
    trust = assess_risk(chartered(), binary([1] * 100 + [0] * 300, [0.5] * 400), (), 0).trust
    assert isinstance(trust, StatedProbabilities)
    assert (trust.stated, trust.happened) == (0.5, 0.25)
    assert trust.error.value == pytest.approx(0.25)
    assert not trust.by_chance


def test_without_labels_nothing_is_known_about_the_answers(
    binary: Make, chartered: MakeCharter
) -> None:
    scored = binary([0, 1] * 10, [0.2, 0.8] * 10, labelled=False)
    assessment = assess_risk(chartered(), scored, (), 0)
    assert assessment.trust == NothingLabelled()
    assert assessment.sample.n == 0
    assert assessment.sample.unseen is None


def test_outcomes_without_a_price_are_named(binary: Make, chartered: MakeCharter) -> None:
    without_price = assess_risk(chartered(outcome_map=mapped({})), small(binary), (), 0)
    assert (without_price.priced, without_price.unpriced) == ((), ("Customers kept",))
    assert assess_risk(chartered(), small(binary), (), 0).unpriced is None
