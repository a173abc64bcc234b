"""Agreed figures and business targets as curves over batches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.evidence.outcome import Direction, Figure, Verdict
from aipo_pipelines.reports.figures_over_time import PERFORMANCE, kpi_charts
from aipo_pipelines.reports.values import HISTORY, Evaluation, ProductReport
from tests.model_versions import altered
from tests.unit.reports.evaluations import evaluated, evaluation, measured, with_state
from tests.unit.reports.telling import HOSTILE, rows_of, words_of
from tests.unit.reports.test_figures import kpi, with_kpis

Chartered = Callable[..., ProductReport]
RECALL = {"outcome": "Customers kept", "metric": "recall", "target": 0.6, "unit": "EUR"}


def accuracy(value: float | None, **changes: Any) -> Figure:
    members = {"limit": 0.7, "direction": Direction.AT_LEAST, **changes}
    return measured("accuracy", value, **members)


def recall(value: float, **changes: Any) -> Figure:
    return measured("recall", value, limit=None, verdict=None, **changes)


def over(report: ProductReport, *evaluations: Evaluation) -> ProductReport:
    return evaluated(report, {PERFORMANCE: evaluations})


def charts(report: ProductReport) -> list[str]:
    return [words_of(chart) for chart in kpi_charts(report)]


def test_without_an_evaluation_nothing_is_drawn(unborn: ProductReport) -> None:
    assert charts(with_kpis(unborn, kpi(accuracy(0.8)))) == []


def test_a_figure_without_a_value_in_any_batch_is_not_drawn(unborn: ProductReport) -> None:
    report = over(unborn, evaluation("w1", accuracy(None)))
    assert charts(with_kpis(report, kpi(accuracy(None)))) == []


def test_an_agreed_figure_is_a_curve_with_its_limit_and_its_numbers(unborn: ProductReport) -> None:
    report = over(
        unborn,
        evaluation("w1", accuracy(0.8), entry=20),
        evaluation("w2", accuracy(0.6, verdict=Verdict.FAIL), version="2", entry=30),
    )
    (chart,) = kpi_charts(with_kpis(report, kpi(accuracy(0.6))))
    assert "2 batches, w1 to w2; newest value 0.6; 1 failing; agreed limit 0.7" in words_of(chart)
    assert "Dashed: agreed, at least 0.7. Bars: confidence intervals." in words_of(chart)
    assert rows_of(chart) == [
        ["w2", "0.6", "0.58 to 0.62", "500", "fail", "2", "30"],
        ["w1", "0.8", "0.78 to 0.82", "500", "pass", "1", "20"],
    ]


def test_a_batch_without_a_value_is_a_row_and_no_point(unborn: ProductReport) -> None:
    report = over(
        unborn, evaluation("w1", accuracy(0.8)), evaluation("w2", accuracy(None), version="")
    )
    (chart,) = kpi_charts(with_kpis(report, kpi(accuracy(0.8))))
    assert "1 batch" in words_of(chart)
    assert rows_of(chart)[0][:3] == ["w2", "none", "none"]
    assert rows_of(chart)[0][5] == "none"


def test_an_estimate_is_said_to_be_one_and_decides_nothing(unborn: ProductReport) -> None:
    failing = accuracy(0.5, verdict=Verdict.FAIL, estimated=True)
    (chart,) = kpi_charts(with_kpis(over(unborn, evaluation("w1", failing)), kpi(failing)))
    assert rows_of(chart)[0][4] == "fail, estimated"
    assert "; 0 failing" in words_of(chart)


def test_figures_without_intervals_have_no_words_about_bars(unborn: ProductReport) -> None:
    plain = accuracy(0.8, interval=None)
    (chart,) = charts(with_kpis(over(unborn, evaluation("w1", plain)), kpi(plain)))
    assert "Bars" not in chart


def test_the_release_figure_of_the_champion_is_a_dotted_line(lived: ProductReport) -> None:
    champion = lived.state.champion
    assert champion is not None
    signed = altered(champion, baseline=(accuracy(0.99, subject="sex"), accuracy(0.91)))
    report = with_state(over(lived, evaluation("w1", accuracy(0.8))), champion=signed)
    (chart, *_) = charts(with_kpis(report, kpi(accuracy(0.8))))
    assert "Dotted: 0.91, signed off at release." in chart
    without = with_state(report, champion=None)
    (chart, *_) = charts(with_kpis(without, kpi(accuracy(0.8))))
    assert "Dotted" not in chart


def test_a_business_target_beside_a_limit_is_a_line_in_the_same_chart(
    chartered: Chartered,
) -> None:
    report = chartered(outcome_map=[{**RECALL, "metric": "accuracy"}])
    report = over(report, evaluation("w1", accuracy(0.8)))
    (chart,) = charts(with_kpis(report, kpi(accuracy(0.8))))
    assert "Dash-dotted: business target 0.6." in chart
    assert "no limit is agreed" not in chart


def test_a_business_target_without_a_limit_has_a_chart_of_its_own_after_the_others(
    chartered: Chartered,
) -> None:
    report = chartered(outcome_map=[RECALL, {**RECALL, "outcome": "Again"}])
    report = over(report, evaluation("w1", recall(0.66), accuracy(0.8)))
    first, second = charts(with_kpis(report, kpi(accuracy(0.8))))
    assert first.startswith("accuracy")
    assert second.startswith("recall")
    assert "Dash-dotted: business target 0.6; no limit is agreed." in second


def test_a_target_is_about_the_whole_batch_and_not_about_a_group(chartered: Chartered) -> None:
    report = over(
        chartered(outcome_map=[RECALL]), evaluation("w1", recall(0.66), recall(0.5, subject="sex"))
    )
    of_group, of_batch = charts(with_kpis(report, kpi(recall(0.5, subject="sex"))))
    assert "business target" not in of_group
    assert "business target 0.6; no limit is agreed" in of_batch


@pytest.mark.parametrize(("batches", "stated"), [(HISTORY - 1, False), (HISTORY, True)])
def test_a_curve_of_the_largest_length_says_that_it_shows_the_newest_batches(
    unborn: ProductReport, batches: int, stated: bool
) -> None:
    every = [evaluation(f"b{place}", accuracy(0.8)) for place in range(batches)]
    (chart,) = charts(with_kpis(over(unborn, *every), kpi(accuracy(0.8))))
    assert (f"The newest {HISTORY} batches." in chart) is stated


def test_two_charts_of_a_page_have_different_keys(chartered: Chartered) -> None:
    report = over(chartered(outcome_map=[RECALL]), evaluation("w1", accuracy(0.8), recall(0.66)))
    page = "".join(map(str, kpi_charts(with_kpis(report, kpi(accuracy(0.8)), kpi(accuracy(0.8))))))
    assert words_of(page).count("over batches") == 3


def test_names_of_metrics_and_batches_are_never_markup(unborn: ProductReport) -> None:
    hostile = replace(accuracy(0.8), metric=HOSTILE)
    report = over(unborn, evaluation(HOSTILE, hostile))
    (chart,) = kpi_charts(with_kpis(report, kpi(hostile)))
    assert "<script>" not in str(chart)
    assert "<script>alert(1)</script>" in words_of(chart)
