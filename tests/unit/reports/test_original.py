"""The original baseline on the page of a product."""

from __future__ import annotations

from pathlib import Path

from aipo_pipelines.evidence.outcome import Json, Verdict
from aipo_pipelines.policy.people.manual_actions import retrain
from tests.unit.policy.story import Story, figure
from tests.unit.reports.telling import pages, report_of


def away() -> Story:
    """Version 2 is in charge, and its data is far from that of version 1."""
    story = Story().adopts().delivers("w1").runs_all()
    story.decides(retrain, person="Ada Ng", reason="why").runs_all().delivers("w2")
    distance: dict[str, Json] = {
        "limit": 0.1,
        "direction": "at_most",
        "low": None,
        "high": None,
        "subject": "x1",
    }
    story.judges(
        "drift/data_drift",
        "w2",
        Verdict.PASS,
        summary="0 of 1 compared features have drifted.",
        figures=(
            figure("ks_distance", 0.02, **distance),
            figure("original_ks_distance", 0.37, **distance, verdict="fail"),
        ),
        details={
            "original": {
                "version": "1",
                "verdict": "fail",
                "summary": "1 of 1 compared features have drifted: x1.",
                "drifted": ["x1"],
            }
        },
    )
    return story.runs_all()


def test_the_page_says_that_the_product_has_left_its_original_baseline(tmp_path: Path) -> None:
    text = pages(report_of(tmp_path, away()))["churn.html"]
    assert "Drifted from its original baseline (version 1, released 2026-03-02 09:00 UTC): yes" in (
        text
    )
    assert "From the original baseline" in text
    assert "1 of 1 compared features have drifted: x1." in text
    assert "original ks distance" in text


def test_no_chart_of_deciding_figures_shows_distances_from_the_original(tmp_path: Path) -> None:
    text = pages(report_of(tmp_path, away()))["churn.html"]
    chart = text[text.index("Distance by feature") : text.index("From the original baseline")]
    assert "0.02" in chart
    assert "0.37" not in chart
