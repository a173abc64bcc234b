"""The values that pages show: which evaluation is the newest, and what a decision is called."""

from __future__ import annotations

from typing import Any

import pytest

from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.reports.values import STOPPED, Decided, Evaluation, History, ProductReport
from tests.unit.policy.story import START
from tests.unit.reports.evaluations import evaluation, measured

CHECK = "performance/performance"


def history(*evaluations: Evaluation) -> History:
    return History(checks={CHECK: evaluations}, decisions=(), risks=())


def test_a_check_that_never_ran_has_no_evaluation() -> None:
    assert history().of("drift/data_drift") == ()
    assert history().newest("drift/data_drift") is None
    assert history().newest(CHECK) is None


def test_a_batch_without_a_figure_does_not_hide_the_figures_before_it() -> None:
    first = evaluation("w1", measured("accuracy", 0.8))
    second = evaluation("w2", measured("accuracy", 0.7))
    empty = evaluation("w3", measured("accuracy", None), verdict=Verdict.INSUFFICIENT)
    assert history(first, second, empty).newest(CHECK) is second


def test_without_any_figure_the_newest_batch_is_shown() -> None:
    empty = [evaluation(name, measured("accuracy", None)) for name in ("w1", "w2")]
    assert history(*empty).newest(CHECK) is empty[1]


def test_the_figure_of_the_batch_is_not_that_of_a_group() -> None:
    of_group, of_batch = measured("accuracy", 0.6, "sex=f"), measured("accuracy", 0.8)
    both = evaluation("w1", of_group, of_batch)
    assert both.figure("accuracy") is of_batch
    assert both.figure("accuracy", "sex=f") is of_group
    assert both.figure("accuracy", "sex=m") is None


@pytest.mark.parametrize(
    ("changes", "judgement"),
    [
        ({}, "pass"),
        ({"limit": None, "verdict": None}, "not agreed"),
    ],
)
def test_an_evaluation_without_a_limit_judged_nothing(
    changes: dict[str, Any], judgement: str
) -> None:
    assert evaluation("w1", measured("accuracy", 0.05, **changes)).judgement == judgement


@pytest.mark.parametrize(
    ("go", "rule", "word"),
    [(True, "gates", "go"), (False, "gates", "no-go"), (False, STOPPED, "stop"),
     (True, STOPPED, "stop")],
)  # fmt: skip
def test_a_decision_has_a_word(go: bool, rule: str, word: str) -> None:
    decided = Decided(
        version="1", go=go, rule=rule, reason="", by="rule:release", at=START, entry=1, gates={}
    )
    assert decided.word == word


def test_a_report_has_the_name_and_the_charter_of_its_product(unborn: ProductReport) -> None:
    assert unborn.name == "churn"
    assert unborn.charter is unborn.product.charter
