"""The check `retraining_value`: would retraining pay?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from aipo_pipelines.charter.model.operations import Retraining
from aipo_pipelines.evidence.outcome import CheckOutcome, Direction, Severity, Verdict
from aipo_pipelines.measures.comparison.retraining_value import measure_retraining_value
from aipo_pipelines.measures.metrics.scored import Scored

Make = Callable[..., Scored]


@pytest.fixture
def model(numeric: Make) -> Make:
    """Makes a model whose errors are those of the champion times a factor."""
    rng = np.random.default_rng(2)
    truth, noise = rng.normal(50, 9, 900), rng.normal(size=900)

    def make(factor: float, rows: int = 900, wobble: float = 0.0) -> Scored:
        own = np.random.default_rng(3).normal(size=900) * wobble
        return numeric(truth[:rows], (truth + factor * noise + own)[:rows])

    return make


def value(champion: Scored, shadows: dict[str, Scored], **agreed: float) -> CheckOutcome:
    return measure_retraining_value(champion, shadows, Retraining.model_validate(agreed), 0)


def test_it_fails_if_a_challenger_is_shown_to_gain_more_than_the_margin(model: Make) -> None:
    outcome = value(model(1), {"all": model(1.2), "recent": model(0.7)}, margin=0.2)
    assert outcome.verdict is Verdict.FAIL
    assert [figure.verdict for figure in outcome.figures] == [Verdict.PASS, Verdict.FAIL]
    assert "Retraining would pay: a model trained on the window recent" in outcome.summary
    assert "30.0 % less loss on 900 records" in outcome.summary


def test_a_gain_below_the_margin_does_not_pay(model: Make) -> None:
    outcome = value(model(1), {"recent": model(0.7)}, margin=0.4)
    assert outcome.verdict is Verdict.PASS
    assert outcome.summary.startswith("Retraining is not shown to pay by more than 40.0 %")


def test_a_gain_that_chance_could_make_does_not_pay(model: Make) -> None:
    few = {"recent": model(0.97, rows=120, wobble=0.8)}
    outcome = value(model(1, rows=120, wobble=-0.8), few)
    assert outcome.verdict is Verdict.PASS


def test_the_champion_against_itself_never_pays(model: Make) -> None:
    outcome = value(model(1), {"all": model(1), "recent": model(1)})
    assert outcome.verdict is Verdict.PASS
    assert "the same loss" in outcome.summary


def test_failing_is_never_critical(model: Make) -> None:
    outcome = value(model(1), {"all": model(0.5)})
    assert (outcome.verdict, outcome.severity) == (Verdict.FAIL, Severity.WARNING)


def test_each_choice_of_window_has_its_figure_held_to_the_margin(model: Make) -> None:
    outcome = value(model(1), {"all": model(0.9), "recent": model(0.8)}, margin=0.05)
    assert [(figure.subject, figure.limit) for figure in outcome.figures] == [
        ("all", 0.05),
        ("recent", 0.05),
    ]
    assert {figure.direction for figure in outcome.figures} == {Direction.AT_MOST}


def test_bounds_are_corrected_for_the_number_of_windows(model: Make) -> None:
    champion, shadow = model(1, wobble=0.4), model(0.9)
    alone = value(champion, {"all": shadow}).figures[0].interval
    among = value(champion, dict.fromkeys(("all", "recent", "since"), shadow)).figures[0]
    assert alone is not None
    assert among.interval is not None
    assert among.interval.low < alone.low
    assert among.interval.level == pytest.approx(1 - 2 * 0.05 / 3)


@pytest.mark.parametrize(("rows", "verdict"), [(99, Verdict.INSUFFICIENT), (100, Verdict.FAIL)])
def test_fewer_records_than_a_hundred_are_insufficient(
    model: Make, rows: int, verdict: Verdict
) -> None:
    assert value(model(1, rows=rows), {"all": model(0.5, rows=rows)}).verdict is verdict


def test_the_caller_may_ask_for_another_minimum(model: Make) -> None:
    outcome = measure_retraining_value(
        model(1), {"all": model(0.5)}, Retraining(), 0, minimum_sample=901
    )
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert "900 records are too few" in outcome.summary


def test_unlabelled_batches_are_insufficient(model: Make) -> None:
    dark = [replace(model(factor), truth=None) for factor in (1, 0.5)]
    outcome = value(dark[0], {"all": dark[1]})
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert "no record has both a known truth" in outcome.summary


def test_without_challengers_it_is_insufficient_and_says_so(model: Make) -> None:
    outcome = value(model(1), {})
    assert (outcome.verdict, outcome.figures) == (Verdict.INSUFFICIENT, ())
    assert "no challenger could be trained" in outcome.summary


def test_a_window_without_a_verdict_does_not_hide_a_window_that_pays(model: Make) -> None:
    dark = replace(model(1), predicted=model(1).predicted * np.nan)
    outcome = value(model(1), {"all": dark, "recent": model(0.5)})
    assert outcome.verdict is Verdict.FAIL
    assert "window recent" in outcome.summary
