"""Figures of the performance checks that are no KPIs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from aipo_pipelines.policy.answer.figures import CheckFigure, other_figures
from aipo_pipelines.policy.answer.kpis import kpis
from tests.unit.policy.story import PASS, START, Story, figure

PERFORMANCE = "performance/performance"


def measured(*figures: Any) -> Story:
    story = Story().adopts().delivers("w1").runs_all().later(days=7)
    story.judges(PERFORMANCE, "w2", PASS, figures=figures)
    return story.delivers("w2").runs_all()


def others(story: Story) -> tuple[CheckFigure, ...]:
    shown = kpis(story.charter, story.state, story.now)
    return other_figures(story.charter, story.state, shown)


def test_a_figure_without_a_limit_is_shown_with_its_check_and_its_batch() -> None:
    (recall,) = others(measured(figure(), figure("recall", 0.6)))
    assert (recall.check, recall.partition, recall.evidence_at) == (
        "performance",
        "w2",
        START + timedelta(days=7),
    )
    # The charter agrees on no limit for it, so the stored limit does not count.
    assert (recall.figure.metric, recall.figure.limit, recall.figure.verdict) == (
        "recall",
        None,
        None,
    )


def test_a_kpi_is_not_shown_twice_but_the_same_metric_of_a_group_is_shown() -> None:
    assert others(measured(figure())) == ()
    (group,) = others(measured(figure(), figure(subject="region=a")))
    assert group.figure.subject == "region=a"


def test_figures_of_other_assets_and_of_targets_are_left_out() -> None:
    story = measured(figure())
    story.checks("data_quality/contract", "w2", PASS, figures=(figure("rows", 3),))
    story.checks("performance/business_target", "w2", PASS, figures=(figure("recall"),))
    assert others(story) == ()


def test_figures_of_a_former_champion_are_left_out() -> None:
    story = measured(figure(), figure("recall", 0.6))
    champion = story.state.champion
    assert champion is not None
    story.state = replace(story.state, champion=replace(champion, crowned=len(story.entries)))
    assert others(story) == ()
