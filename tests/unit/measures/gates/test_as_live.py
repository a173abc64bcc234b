"""Until its first batch, a version is judged on its held-out records by the limits of batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import CheckOutcome, Verdict
from aipo_pipelines.measures.gates.as_live import judge_as_live
from aipo_pipelines.measures.metrics.scored import Scored
from tests.samples import CHARTER, merged

Make = Callable[..., Scored]


def judged(scored: Scored, *thresholds: dict[str, Any]) -> dict[str, CheckOutcome]:
    agreed = [{"owner": "owner", "reason": "r", **each} for each in thresholds]
    charter = Charter.model_validate(merged(CHARTER, {"thresholds": agreed, "protected": ["sex"]}))
    return {outcome.check: outcome for outcome in judge_as_live(charter, scored, 0)}


def batch(calibrated: Make) -> Scored:
    groups = pd.DataFrame({"sex": np.where(np.arange(400) % 2, "f", "m")})
    return calibrated(400, groups=groups)


def test_the_three_checks_of_answers_are_judged_in_their_order(calibrated: Make) -> None:
    assert list(judged(batch(calibrated))) == ["performance", "calibration", "fairness"]


def test_each_check_is_judged_by_its_limits_of_live_batches(calibrated: Make) -> None:
    outcomes = judged(
        batch(calibrated),
        {"metric": "roc_auc", "limit": 0.99, "applies_to": ["live"]},
        {"metric": "expected_calibration_error", "limit": 0.2, "applies_to": ["live"]},
        {"metric": "selection_rate_difference", "limit": 0.5, "attribute": "sex"},
    )
    assert {check: outcome.verdict for check, outcome in outcomes.items()} == {
        "performance": Verdict.FAIL,
        "calibration": Verdict.PASS,
        "fairness": Verdict.PASS,
    }
    assert outcomes["calibration"].figures[0].limit == 0.2
    assert 0.5 in [figure.limit for figure in outcomes["fairness"].figures]


def test_a_limit_for_a_release_alone_judges_nothing_here(calibrated: Make) -> None:
    gate = {"metric": "roc_auc", "limit": 0.99, "applies_to": ["release"]}
    performance = judged(batch(calibrated), gate)["performance"]
    assert performance.verdict is Verdict.PASS
    assert performance.summary.endswith("no limit is agreed.")


def test_a_drop_is_not_judged_because_these_records_are_the_release_figures(
    calibrated: Make,
) -> None:
    limit = {"metric": "roc_auc", "limit": 0.5, "maximum_drop": 0.01}
    performance = judged(batch(calibrated), limit)["performance"]
    assert performance.verdict is Verdict.PASS
    assert [f.metric for f in performance.figures if f.metric.endswith("_drop")] == []
