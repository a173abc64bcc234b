"""A figure is one value from the measure to the page, and has one form of JSON."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.group import Group
from aipo_pipelines.evidence.outcome import (
    CheckOutcome,
    Direction,
    Figure,
    Interval,
    Severity,
    Verdict,
    figure_from_json,
    figure_to_json,
    figures_from_json,
    judgement,
    overall,
)

PASS, FAIL, INSUFFICIENT = Verdict.PASS, Verdict.FAIL, Verdict.INSUFFICIENT
numbers = st.floats(allow_nan=False, allow_infinity=False)
intervals = st.builds(
    Interval,
    low=numbers | st.just(-math.inf),
    high=numbers | st.just(math.inf),
    level=st.floats(0, 1),
    method=st.text(),
)
figures = st.builds(
    Figure,
    metric=st.text(min_size=1),
    value=st.none() | numbers,
    n=st.integers(0, 10**9),
    interval=st.none() | intervals,
    limit=numbers,
    direction=st.none() | st.sampled_from(Direction),
    verdict=st.sampled_from(Verdict),
    subject=st.text(),
    p_value=st.none() | st.floats(0, 1),
    unit=st.text(),
    estimated=st.booleans(),
    note=st.text(),
    minimum=st.none() | st.integers(1, 10**6),
    severity=st.none() | st.sampled_from(Severity),
)


@given(figures)
def test_a_figure_is_read_back_as_it_was_written(figure: Figure) -> None:
    assert figure_from_json(figure_to_json(figure)) == figure


def test_an_open_end_of_an_interval_is_null_in_json_and_open_again_when_it_is_read() -> None:
    one_sided = Interval(low=-math.inf, high=2.0, level=0.95, method="Wilson")
    figure = Figure(metric="mae", value=1.0, n=3, interval=one_sided)
    assert (figure.low, figure.high) == (None, 2.0)
    assert figure_to_json(figure)["low"] is None
    assert figure_from_json(figure_to_json(figure)).interval == one_sided


@pytest.mark.parametrize(("value", "stored"), [(100.0, "100"), (0.5, "0.5"), (1e300, "1e+300")])
def test_a_whole_number_is_stored_as_it_is_read_back(value: float, stored: str) -> None:
    adapter = TypeAdapter(Figure)
    written = adapter.dump_python(Figure(metric="rows", value=value, n=1), mode="json")
    assert json.dumps(written["value"]) == stored
    again = adapter.dump_python(adapter.validate_python(written), mode="json")
    assert json.dumps(again) == json.dumps(written)


def test_what_json_has_no_number_for_is_no_value() -> None:
    written = figure_to_json(Figure(metric="mae", value=math.nan, n=0, limit=math.inf))
    assert (written["value"], written["limit"]) == (None, None)


@pytest.mark.parametrize(
    ("subject", "of_sex"), [("sex=f", True), ("sex", False), ("sexes=f", False), ("", False)]
)
def test_a_figure_of_a_group_names_its_attribute(subject: str, *, of_sex: bool) -> None:
    figure = Figure(metric="selection_rate", value=0.5, n=10, subject=subject)
    assert figure.is_of_group("sex") is of_sex


def test_the_subject_of_a_group_is_recognised() -> None:
    figure = Figure(metric="mae", value=0.5, n=10, subject=str(Group("region", "a=b")))
    assert figure.is_of_group("region")


def test_a_figure_without_a_limit_has_no_verdict_even_if_older_programs_wrote_it() -> None:
    stored = {"metric": "brier", "value": 0.2, "verdict": "pass", "limit": None}
    assert figure_from_json(stored).verdict is None
    assert figure_from_json(stored).judgement == "not agreed"


def test_a_figure_with_a_limit_and_a_verdict_that_nobody_knows_is_insufficient() -> None:
    stored = {"metric": "brier", "value": 0.2, "verdict": "perhaps", "limit": 0.3}
    assert figure_from_json(stored).verdict is INSUFFICIENT


def test_a_member_that_is_missing_or_of_another_kind_is_empty() -> None:
    assert figure_from_json({"metric": "mae", "value": True, "n": None, "note": 7}) == Figure(
        metric="mae", value=None, n=0
    )


@pytest.mark.parametrize("value", [None, 3, [], {}, {"metric": ""}, {"value": 3.0}])
def test_what_names_no_metric_is_no_figure(value: object) -> None:
    with pytest.raises(ValueError, match="needs a metric"):
        figure_from_json(value)
    assert figures_from_json([value, {"metric": "mae"}]) == (Figure(metric="mae", value=None, n=0),)


def test_what_is_no_list_holds_no_figure() -> None:
    assert figures_from_json("mae") == ()


@pytest.mark.parametrize(
    ("verdicts", "verdict"),
    [
        ((), INSUFFICIENT),
        ((PASS, None), PASS),
        ((PASS, INSUFFICIENT), INSUFFICIENT),
        ((PASS, INSUFFICIENT, FAIL), FAIL),
        ((None,), PASS),
    ],
)
def test_the_worst_figure_decides_a_check(
    verdicts: tuple[Verdict | None, ...], verdict: Verdict
) -> None:
    figures = tuple(Figure(metric="mae", value=1.0, n=1, verdict=each) for each in verdicts)
    assert overall(figures) is verdict


def test_a_check_whose_figures_have_no_limit_only_informs() -> None:
    informing = (Figure(metric="mae", value=1.0, n=1),)
    usable = Figure(metric="unusable_answers", value=0.0, n=1, limit=0.0, verdict=PASS)
    assert judgement(PASS, informing) == "not agreed"
    assert judgement(PASS, (*informing, usable)) == "not agreed"
    assert judgement(INSUFFICIENT, informing) == "insufficient"
    assert judgement(PASS, ()) == "pass"


def test_the_name_of_a_figure_says_what_it_is_about() -> None:
    about = Figure(metric="ks_distance", value=0.3, n=9, subject="age", verdict=FAIL)
    assert (about.name, about.fails) == ("ks_distance of age", True)
    assert Figure(metric="mae", value=0.3, n=9).name == "mae"


def test_an_outcome_says_its_verdict_in_words() -> None:
    outcome = CheckOutcome(
        check="performance",
        verdict=PASS,
        severity=Severity.WARNING,
        summary="Fine.",
        details=NO_DETAILS,
        figures=(Figure(metric="mae", value=1.0, n=1),),
    )
    assert outcome.judgement == "not agreed"


VERDICTS = st.lists(st.sampled_from([None, PASS, FAIL, INSUFFICIENT]), max_size=6)


def judged(verdicts: list[Verdict | None]) -> tuple[Figure, ...]:
    """Measured figures with these verdicts."""
    return tuple(
        Figure(metric=f"m{place}", value=0.5, n=9, verdict=verdict)
        for place, verdict in enumerate(verdicts)
    )


@given(VERDICTS)
def test_the_order_of_figures_does_not_change_the_verdict_of_a_check(
    verdicts: list[Verdict | None],
) -> None:
    assert overall(judged(verdicts)) is overall(judged(verdicts[::-1]))


@given(VERDICTS)
def test_a_failing_figure_fails_its_check_with_any_other_figures(
    verdicts: list[Verdict | None],
) -> None:
    assert overall(judged([*verdicts, FAIL])) is FAIL
    assert (overall(judged(verdicts)) is FAIL) is (FAIL in verdicts)


@given(VERDICTS.filter(lambda verdicts: FAIL not in verdicts))
def test_a_figure_without_evidence_leaves_its_check_open(verdicts: list[Verdict | None]) -> None:
    assert overall(judged([*verdicts, INSUFFICIENT])) is INSUFFICIENT


def test_a_check_passes_for_information_only_if_something_was_measured() -> None:
    unmeasured = Figure(metric="accuracy", value=None, n=0)
    assert overall((unmeasured,)) is INSUFFICIENT
    assert overall(()) is INSUFFICIENT
    assert overall((unmeasured, *judged([None]))) is PASS


@pytest.mark.parametrize(
    ("low", "high", "bounds"),
    [(0.1, 0.3, (0.1, 0.3)), (-math.inf, 0.3, (None, 0.3)), (0.1, math.inf, (0.1, None))],
)
def test_an_open_end_of_an_interval_is_no_bound(
    low: float, high: float, bounds: tuple[float | None, float | None]
) -> None:
    around = Interval(low=low, high=high, level=0.9, method="test")
    figure = Figure(metric="accuracy", value=0.2, n=9, interval=around)
    assert (figure.low, figure.high) == bounds
    assert Figure(metric="accuracy", value=0.2, n=9).low is None


def test_the_limit_on_unusable_answers_is_no_agreement() -> None:
    usable = Figure(metric="unusable_answers", value=0.0, n=9, limit=0.0, verdict=PASS)
    informing = Figure(metric="accuracy", value=0.8, n=9)
    assert judgement(PASS, [informing, usable]) == "not agreed"
    assert judgement(PASS, [usable]) == "pass"
    assert judgement(INSUFFICIENT, [informing, usable]) == "insufficient"


@given(st.lists(figures | st.sampled_from([None, 3, "text", {}, {"metric": ""}]), max_size=6))
def test_only_figures_are_read_among_other_values(values: list[object]) -> None:
    read = figures_from_json(values)
    assert read == tuple(value for value in values if isinstance(value, Figure))
    stored = [figure_to_json(value) if isinstance(value, Figure) else value for value in values]
    assert figures_from_json(stored) == read
