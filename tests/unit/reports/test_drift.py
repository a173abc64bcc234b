"""How far the inputs have moved, as the page of a product shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.evidence.outcome import Figure, Verdict
from aipo_pipelines.policy.statements.original import Drifted
from aipo_pipelines.reports.drift import DRIFT, MOST_BARS, MOST_ROWS, drift
from aipo_pipelines.reports.values import Evaluation, ProductReport
from tests.model_versions import altered
from tests.unit.reports.evaluations import evaluated, evaluation, measured, with_state
from tests.unit.reports.telling import HOSTILE, rows_of, words_of

Chartered = Callable[..., ProductReport]


def distance(feature: str, value: float | None, **changes: Any) -> Figure:
    return measured("ks_distance", value, feature, **changes)


def drifted(feature: str, value: float) -> Figure:
    return distance(feature, value, verdict=Verdict.FAIL)


def of(report: ProductReport, *evaluations: Evaluation) -> ProductReport:
    """The report with evaluations of drift, and without an original baseline."""
    without = replace(report, answer=replace(report.answer, original=None))
    return evaluated(without, {DRIFT: evaluations})


def features(report: ProductReport) -> list[list[str]]:
    """Rows of the table of features."""
    return [row for row in rows_of(drift(report)) if len(row) == 6]


def course(report: ProductReport) -> list[list[str]]:
    """Rows of the table of batches."""
    return [row for row in rows_of(drift(report)) if len(row) == 4]


def test_a_product_without_a_model_has_no_drift(chartered: Chartered) -> None:
    assert drift(chartered(model=None, thresholds=[], labels=None, retraining={})) is None


def test_without_an_evaluation_nothing_was_measured(unborn: ProductReport) -> None:
    assert words_of(drift(unborn)) == "Drift Nothing was measured yet."


def test_the_features_that_moved_most_come_first(lived: ProductReport) -> None:
    newest = evaluation(
        "w9", distance("a", 0.02), drifted("b", 0.31), distance("c", None), distance("d", 0.08)
    )
    assert features(of(lived, newest)) == [
        ["b", "ks_distance", "0.31", "0.29 to 0.33", "at most 0.1", "drifted"],
        ["d", "ks_distance", "0.08", "0.06 to 0.1", "at most 0.1", "pass"],
        ["a", "ks_distance", "0.02", "0 to 0.04", "at most 0.1", "pass"],
        ["c", "ks_distance", "none", "none", "at most 0.1", "pass"],
    ]


def test_the_chart_shows_the_largest_distances_and_the_table_more(lived: ProductReport) -> None:
    names = [f"f{place:03}" for place in range(MOST_ROWS + 1)]
    newest = evaluation("w9", *(distance(name, 0.001 * i) for i, name in enumerate(names)))
    part = drift(of(lived, newest))
    drawn = words_of(part).split("Dashed")[0]
    assert [name for name in names if f"{name} " in drawn] == names[-MOST_BARS:]
    assert len(features(of(lived, newest))) == MOST_ROWS


def test_a_figure_about_missing_cells_is_labelled_as_such(lived: ProductReport) -> None:
    newest = evaluation("w9", measured("missing_share_difference", 0.2, "a"))
    assert "a: missing share difference 0.2" in words_of(drift(of(lived, newest)))


def test_without_a_distance_there_is_no_chart(lived: ProductReport) -> None:
    text = str(drift(of(lived, evaluation("w9", distance("a", None)))))
    assert "<svg" not in text


def test_comparisons_with_the_original_baseline_are_no_distances_of_the_champion(
    lived: ProductReport,
) -> None:
    from_original = measured("original_ks_distance", 0.9, "a")
    newest = evaluation("w9", distance("a", 0.02), from_original)
    assert [row[2] for row in features(of(lived, newest))] == ["0.02"]
    assert course(of(lived, newest)) == [["w9", "a", "0.02", "pass"]]


def test_the_largest_distance_of_each_batch_is_shown_newest_first(lived: ProductReport) -> None:
    report = of(
        lived,
        evaluation("w7", distance("a", 0.02), distance("b", 0.05)),
        evaluation("w8", drifted("a", 0.3), verdict=Verdict.FAIL),
        evaluation("w9", distance("a", None), verdict=Verdict.INSUFFICIENT),
    )
    assert course(report) == [["w8", "a", "0.3", "fail"], ["w7", "b", "0.05", "pass"]]


def test_a_batch_that_the_champion_learnt_from_is_said_to_be_compared_with_itself(
    lived: ProductReport,
) -> None:
    champion = lived.state.champion
    assert champion is not None
    inputs = {"w2": lived.state.batches["w2"].digest}
    report = with_state(lived, champion=altered(champion, inputs=inputs))
    words = words_of(drift(of(report, evaluation("w2", distance("a", 0.0)))))
    assert "The champion was trained on w2: compared with itself." in words
    other = words_of(drift(of(report, evaluation("w3", distance("a", 0.0)))))
    assert "compared with itself" not in other


def test_the_limit_of_the_charter_is_the_dashed_line(chartered: Chartered) -> None:
    report = of(chartered(drift={"limit": 0.25}), evaluation("w9", distance("a", 0.2)))
    words = words_of(drift(report))
    assert "Dashed: 0.25." in words
    assert "smallest distance that matters, 0.25" in words


def with_original(report: ProductReport, **changes: Any) -> ProductReport:
    original = report.answer.original
    assert original is not None
    note = replace(original, **changes)
    report = of(report, evaluation("w9", distance("a", 0.02)))
    return replace(report, answer=replace(report.answer, original=note))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"named_by": "Ada Ng", "reason": "It is the pilot"},
            "released 2026-03-02 09:00 UTC, named by Ada Ng: It is the pilot: no Nothing moved.",
        ),
        ({}, "released 2026-03-02 09:00 UTC, the first: no Nothing moved."),
    ],
    ids=["named by a person", "the first"],
)
def test_the_original_baseline_is_shown_with_how_it_became_that(
    lived: ProductReport, changes: dict[str, Any], words: str
) -> None:
    note = {"drifted": Drifted.NO, "inputs": "Nothing moved", "in_charge": False, **changes}
    assert words in words_of(drift(with_original(lived, **note)))


def test_distances_from_the_original_are_shown_unless_the_figures_above_are_the_same(
    lived: ProductReport,
) -> None:
    own = {"figures": (measured("original_ks_distance", 0.4, "a"),)}
    apart = words_of(drift(with_original(lived, in_charge=False, **own)))
    assert "Distance from the original baseline" in apart
    same = words_of(drift(with_original(lived, in_charge=True, **own)))
    assert "It is in charge now, so the figures above are these." in same
    assert "Distance from the original baseline" not in same


def test_figures_of_a_former_champion_are_not_taken_for_those_of_the_original(
    lived: ProductReport,
) -> None:
    report = with_original(
        lived, in_charge=True, figures=(measured("original_ks_distance", 0.4, "a"),)
    )
    champion = report.state.champion
    assert champion is not None
    later = with_state(report, champion=replace(champion, crowned=5_000))
    words = words_of(drift(later))
    assert "not measured yet" in words
    assert "so the figures above are these" not in words
    assert "Distance from the original baseline" in words


def test_names_of_features_are_never_markup(lived: ProductReport) -> None:
    part = drift(of(lived, evaluation("w9", drifted(HOSTILE, 0.4))))
    assert "<script>" not in str(part)
    assert "<script>alert(1)</script>" in words_of(part)
