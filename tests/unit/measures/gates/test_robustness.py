"""The check `robustness`: rise of the loss and changed answers under perturbation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.model.operations import RobustnessTest
from aipo_pipelines.errors import ModelError
from aipo_pipelines.evidence.outcome import Severity, Verdict
from aipo_pipelines.measures.comparison.loss import relative_gain
from aipo_pipelines.measures.gates.robustness import measure_robustness
from aipo_pipelines.measures.metrics.scored import Scored

Make = Callable[..., Scored]


def a_test(maximum: float, size: float = 0.1, **more: object) -> RobustnessTest:
    fields = {"perturbation": "noise", "size": size, "maximum_loss": maximum, **more}
    return RobustnessTest.model_validate(fields)


def errors(numeric: Make, factor: float, rows: int = 900) -> Scored:
    """Answers whose absolute errors are `factor` times those of any other factor."""
    noise = np.random.default_rng(1).normal(size=rows)
    truth = np.linspace(100, 200, rows)
    return numeric(truth, truth + factor * noise)


def test_a_rise_of_the_loss_is_a_share_of_the_original_loss(numeric: Make) -> None:
    outcome = measure_robustness(
        errors(numeric, 1.0), [(a_test(0.3), errors(numeric, 1.25))], 0.95, 0
    )
    rise = outcome.figures[0]
    assert (rise.metric, rise.subject, rise.limit) == ("loss_rise", "noise 0.1", 0.3)
    assert rise.value == pytest.approx(0.25)
    assert outcome.verdict is Verdict.PASS


def test_a_rise_shown_beyond_the_limit_fails_and_is_reported(numeric: Make) -> None:
    outcome = measure_robustness(
        errors(numeric, 1.0), [(a_test(0.2), errors(numeric, 1.25))], 0.95, 0
    )
    assert outcome.verdict is Verdict.FAIL
    assert outcome.severity is Severity.CRITICAL
    assert outcome.summary == (
        "Under noise 0.1 the mean loss rises by 25.0%, agreed is at most 20.0%."
    )


def test_a_rise_that_may_still_be_chance_is_insufficient(numeric: Make) -> None:
    before = errors(numeric, 1.0, rows=60)
    worse = replace(before, predicted=before.predicted + np.random.default_rng(2).normal(size=60))
    rise = measure_robustness(before, [(a_test(1.0), worse)], 0.95, 0).figures[0]
    assert rise.interval is not None
    assert rise.value is not None
    limit = (rise.interval.low + rise.value) / 2
    outcome = measure_robustness(before, [(a_test(limit), worse)], 0.95, 0)
    assert outcome.verdict is Verdict.INSUFFICIENT


def test_a_model_that_does_better_when_perturbed_has_a_negative_rise(numeric: Make) -> None:
    outcome = measure_robustness(
        errors(numeric, 1.0), [(a_test(0.1), errors(numeric, 0.5))], 0.95, 0
    )
    assert outcome.figures[0].value == pytest.approx(-0.5)
    assert outcome.verdict is Verdict.PASS


def test_the_rise_is_the_gain_with_its_sign_turned(calibrated: Make) -> None:
    before, after = calibrated(400), calibrated(400)
    assert after.probability is not None
    after = replace(after, probability=after.probability.mul(0.5).add(0.25))
    rise = measure_robustness(before, [(a_test(0.5), after)], 0.95, 3).figures[0]
    gain = relative_gain(after, before, 0.95, 3)
    assert gain.interval is not None
    assert rise.interval is not None
    assert gain.value is not None
    assert rise.value == -gain.value
    assert (rise.interval.low, rise.interval.high) == (-gain.interval.high, -gain.interval.low)


def test_several_tests_share_the_agreed_confidence(numeric: Make) -> None:
    sides = [(a_test(0.3, size), errors(numeric, 1.25)) for size in (0.1, 0.2)]
    outcome = measure_robustness(errors(numeric, 1.0), sides, 0.9, 0)
    assert outcome.details.corrected_confidence == 0.95
    assert all(figure.interval and figure.interval.level == 0.9 for figure in outcome.figures)


def test_one_failing_test_fails_the_check(numeric: Make) -> None:
    sides = [(a_test(0.3), errors(numeric, 1.25)), (a_test(0.3, 0.5), errors(numeric, 2.0))]
    outcome = measure_robustness(errors(numeric, 1.0), sides, 0.95, 0)
    assert outcome.verdict is Verdict.FAIL
    assert [figure.verdict for figure in outcome.figures[:2]] == [Verdict.PASS, Verdict.FAIL]
    assert "noise 0.5" in outcome.summary
    assert "noise 0.1" not in outcome.summary


def test_changed_classes_are_counted_as_a_share(binary: Make) -> None:
    truth = [0, 1] * 10
    before = binary(truth, [0.3, 0.7] * 10)
    after = binary(truth, [0.6, 0.7, 0.3, 0.7] * 5)
    flips = measure_robustness(before, [(a_test(9.0), after)], 0.95, 0).figures[1]
    assert (flips.metric, flips.value, flips.n) == ("flip_rate", 0.25, 20)
    assert flips.interval is not None
    assert flips.interval.method == "Wilson, 5 of 20"


def test_changed_numbers_are_averaged(numeric: Make) -> None:
    before = numeric([1.0, 2.0, 3.0, 4.0], [1.5, 2.5, 3.5, 4.5])
    after = replace(before, predicted=before.predicted.add([1.0, -1.0, 3.0, -3.0]))
    change = measure_robustness(before, [(a_test(99.0), after)], 0.95, 0).figures[1]
    assert (change.metric, change.value) == ("mean_absolute_change", 2.0)


def test_a_record_that_is_no_longer_answered_has_changed(binary: Make) -> None:
    before = binary([0, 1] * 10, [0.3, 0.7] * 10)
    answers = before.predicted.mask(np.arange(20) < 4)
    after = replace(before, predicted=answers)
    flips = measure_robustness(before, [(a_test(9.0), after)], 0.95, 0).figures[1]
    assert flips.value == 0.2
    assert flips.note == "4 records are no longer answered"


def test_a_model_without_any_loss_passes_if_nothing_changes(numeric: Make) -> None:
    flawless = numeric(np.arange(30), np.arange(30))
    outcome = measure_robustness(flawless, [(a_test(0.1), flawless)], 0.95, 0)
    assert outcome.verdict is Verdict.PASS
    assert outcome.figures[0].value == 0.0


def test_a_rise_from_no_loss_has_no_share_and_does_not_pass(numeric: Make) -> None:
    flawless = numeric(np.arange(30), np.arange(30))
    worse = replace(flawless, predicted=flawless.predicted + 1)
    outcome = measure_robustness(flawless, [(a_test(0.1), worse)], 0.95, 0)
    assert outcome.verdict is Verdict.INSUFFICIENT


def test_unlabelled_records_judge_nothing(binary: Make) -> None:
    before = binary([0, 1] * 10, [0.3, 0.7] * 10, labelled=False)
    outcome = measure_robustness(before, [(a_test(0.1), before)], 0.95, 0)
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert outcome.figures[0].value is None


def test_without_a_test_nothing_is_shown(binary: Make) -> None:
    outcome = measure_robustness(binary([0, 1] * 10, [0.3, 0.7] * 10), [], 0.95, 0)
    assert outcome.verdict is Verdict.INSUFFICIENT


def test_other_rows_are_refused(numeric: Make) -> None:
    with pytest.raises(ModelError):
        measure_robustness(
            numeric([1.0, 2.0], [1, 1]), [(a_test(0.1), numeric([1.0], [1]))], 0.95, 0
        )


def test_the_columns_of_a_test_are_part_of_its_name(numeric: Make) -> None:
    side = errors(numeric, 1.0)
    named = a_test(0.1, columns=("tenure", "charges"))
    outcome = measure_robustness(side, [(named, side)], 0.95, 0)
    assert outcome.figures[0].subject == "noise 0.1 in tenure, charges"


def test_words_of_classes_do_not_reach_the_outcome(binary: Make) -> None:
    before = binary([0, 1] * 10, [0.3, 0.7] * 10)
    odd = replace(before, predicted=pd.Series(["secret"] * 20))
    outcome = measure_robustness(before, [(a_test(0.1), odd)], 0.95, 0)
    assert "secret" not in repr(outcome)
