"""The check `succession`: would the champion's predecessor have done better?"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from aipo_pipelines.charter.model.operations import Release
from aipo_pipelines.evidence.outcome import CheckOutcome, Severity, Verdict
from aipo_pipelines.measures.comparison.predecessor import measure_succession
from aipo_pipelines.measures.metrics.scored import Scored

Make = Callable[..., Scored]


@pytest.fixture
def model(numeric: Make) -> Make:
    """Makes a model whose errors are a factor times a common noise, with noise of its own."""

    def make(factor: float, rows: int = 400, wobble: float = 0.1) -> Scored:
        rng = np.random.default_rng(4)
        truth, noise = rng.normal(50, 9, rows), rng.normal(size=rows)
        own = np.random.default_rng(round(factor * 100)).normal(size=rows) * wobble
        return replace(numeric(truth, truth + factor * noise + own), model_version=f"{factor}")

    return make


def succession(champion: Scored, predecessor: Scored | None) -> CheckOutcome:
    return measure_succession(champion, predecessor, Release(minimum_sample=100), 0)


def test_a_champion_shown_worse_than_its_predecessor_fails(model: Make) -> None:
    outcome = succession(model(1.5), model(1))
    assert outcome.verdict is Verdict.FAIL
    assert outcome.figures[0].interval is not None
    assert outcome.figures[0].interval.high < 0
    assert outcome.summary.startswith("The predecessor would have done better")


def test_the_figure_names_the_champion_and_its_predecessor(model: Make) -> None:
    note = succession(model(1.5), model(1)).figures[0].note
    assert re.fullmatch(r"mean absolute error: champion [\d.]+, predecessor [\d.]+", note)


def test_failing_is_never_critical(model: Make) -> None:
    assert succession(model(1.5), model(1)).severity is Severity.WARNING


@pytest.mark.parametrize("factor", [0.5, 1.0])
def test_a_champion_not_shown_worse_passes(model: Make, factor: float) -> None:
    outcome = succession(model(factor), model(1))
    assert outcome.verdict is Verdict.PASS
    assert "not shown to be worse" in outcome.summary


def test_a_worse_champion_passes_while_chance_could_make_it(model: Make) -> None:
    outcome = succession(model(1.02, wobble=1.5), model(1, wobble=1.5))
    assert outcome.figures[0].value is not None
    assert outcome.figures[0].value < 0
    assert outcome.verdict is Verdict.PASS


def test_the_figure_names_the_predecessor_and_the_limit(model: Make) -> None:
    figure = succession(model(1.5), model(1)).figures[0]
    assert (figure.metric, figure.subject, figure.limit) == ("relative_gain", "1", 0.0)


def test_without_a_predecessor_it_is_insufficient(model: Make) -> None:
    outcome = succession(model(1), None)
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert "no predecessor" in outcome.summary


def test_without_labels_it_is_insufficient(model: Make) -> None:
    dark = [replace(model(factor), truth=None) for factor in (1.5, 1)]
    assert succession(dark[0], dark[1]).verdict is Verdict.INSUFFICIENT


@pytest.mark.parametrize(("rows", "verdict"), [(99, Verdict.INSUFFICIENT), (100, Verdict.FAIL)])
def test_fewer_records_than_the_release_asks_for_are_insufficient(
    model: Make, rows: int, verdict: Verdict
) -> None:
    assert succession(model(2, rows=rows), model(1, rows=rows)).verdict is verdict
