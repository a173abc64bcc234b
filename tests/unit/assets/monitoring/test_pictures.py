"""Pictures of drift and of performance: what is drawn, and in which order."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from urllib.parse import unquote

import pytest

from aipo_pipelines.assets.loading.batch import load
from aipo_pipelines.assets.monitoring.pictures import MOST_BARS, curves, drift_bars
from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.outcome import (
    CheckOutcome,
    Direction,
    Figure,
    Severity,
    Verdict,
)
from tests.world import World


def outcome(*figures: Figure) -> CheckOutcome:
    return CheckOutcome(
        check="data_drift",
        verdict=Verdict.PASS,
        severity=Severity.CRITICAL,
        summary="",
        figures=figures,
        details=NO_DETAILS,
    )


def distance(
    subject: str, value: float | None, verdict: Verdict = Verdict.PASS, metric: str = "ks_distance"
) -> Figure:
    return Figure(metric=metric, value=value, n=10, subject=subject, verdict=verdict)


def labels_of(picture: str, names: list[str]) -> list[str]:
    """The names that a picture shows, from top to bottom."""
    text = unquote(picture)
    if "base64," in text:
        encoded = text.partition("base64,")[2].partition(")")[0].partition('"')[0]
        text += b64decode(encoded).decode()
    places = {name: text.find(f">{name}<") for name in names}
    return sorted((name for name, place in places.items() if place >= 0), key=lambda n: places[n])


def test_without_a_measured_distance_there_is_no_picture() -> None:
    assert drift_bars(outcome(), 0.2) == {}
    assert drift_bars(outcome(distance("x1", None)), 0.2) == {}
    assert drift_bars(outcome(distance("x1", 0.3, metric="psi")), 0.2) == {}


def test_the_strongest_drift_comes_first() -> None:
    figures = [distance("x1", 0.1), distance("x2", 0.4), distance("x3", 0.2)]
    (picture,) = drift_bars(outcome(*figures), 0.2).values()
    assert labels_of(picture, ["x1", "x2", "x3"]) == ["x2", "x3", "x1"]


def test_both_distances_are_drawn_and_the_limit_is_named() -> None:
    figures = [distance("x1", 0.1), distance("plan", 0.3, metric="total_variation")]
    pictures = drift_bars(outcome(*figures), 0.25)
    assert list(pictures) == ["drift by feature"]
    assert labels_of(pictures["drift by feature"], ["x1", "plan"]) == ["plan", "x1"]
    assert "the limit, 0.25." in pictures["drift by feature"]


@pytest.mark.parametrize("number", [MOST_BARS, MOST_BARS + 1])
def test_of_many_features_only_the_strongest_are_drawn(number: int) -> None:
    names = [f"x{place:03d}" for place in range(number)]
    figures = [distance(name, place / number) for place, name in enumerate(names)]
    (picture,) = drift_bars(outcome(*figures), 0.2).values()
    assert labels_of(picture, names) == names[::-1][:MOST_BARS]


ROC = Figure(
    metric="roc_auc",
    value=0.8,
    n=400,
    limit=0.7,
    direction=Direction.AT_LEAST,
    verdict=Verdict.PASS,
)


def drawn(lived: World, *figures: Figure, baseline: tuple[Figure, ...] = ()) -> dict[str, str]:
    loaded = load(lived.services, lived.product, "w2")
    return curves(lived.services, loaded, outcome(*figures), baseline)


def test_only_agreed_metrics_of_the_whole_batch_are_drawn(lived: World) -> None:
    assert list(drawn(lived, ROC)) == ["roc_auc over batches"]
    assert drawn(lived, replace(ROC, metric="brier_score")) == {}
    assert drawn(lived, replace(ROC, subject="plan=basic")) == {}
    assert drawn(lived, replace(ROC, value=None)) == {}
    assert drawn(lived) == {}


def test_the_levels_of_a_curve_are_named_if_they_are_known(lived: World) -> None:
    (plain,) = drawn(lived, replace(ROC, limit=None)).values()
    assert "Dashed" not in plain
    assert "Dotted" not in plain
    signed = replace(ROC, value=0.85)
    (both,) = drawn(lived, ROC, baseline=(signed,)).values()
    assert "Dashed: the limit, 0.7." in both
    assert "Dotted: the baseline, 0.85." in both
    (other,) = drawn(lived, ROC, baseline=(replace(signed, metric="recall"),)).values()
    assert "Dotted" not in other


def test_without_a_judged_figure_the_ledger_is_not_read(
    lived: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        type(lived.ledger), "entries", lambda *_, **__: pytest.fail("the ledger was read")
    )
    loaded = load(lived.services, lived.product, "w2")
    assert curves(lived.services, loaded, outcome(), ()) == {}
