"""The verdict on graded figures: the most severe failure counts, missing evidence is critical."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.evidence.outcome import Figure, Severity, Verdict
from aipo_pipelines.measures.contract.severity import Graded, judge, most_severe

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO
PASS, FAIL, INSUFFICIENT = Verdict.PASS, Verdict.FAIL, Verdict.INSUFFICIENT
GRADES = st.lists(st.tuples(st.sampled_from(Verdict), st.sampled_from(Severity)), max_size=6)


def graded(verdict: Verdict, severity: Severity) -> Graded:
    figure = Figure(metric="type", value=1.0, n=9, limit=0.0, verdict=verdict)
    return Graded(figure=figure, severity=severity)


@pytest.mark.parametrize(
    ("severities", "expected"),
    [
        ([], None),
        ([INFO], INFO),
        ([INFO, WARNING], WARNING),
        ([WARNING, CRITICAL, INFO], CRITICAL),
    ],
)
def test_the_most_severe_severity_is_found_in_any_order(
    severities: list[Severity], expected: Severity | None
) -> None:
    assert most_severe(severities) is expected
    assert most_severe(reversed(severities)) is expected


@pytest.mark.parametrize(
    ("grades", "expected"),
    [
        ([(PASS, WARNING), (PASS, INFO)], (PASS, WARNING)),
        ([(FAIL, WARNING), (PASS, CRITICAL)], (FAIL, WARNING)),
        ([(FAIL, WARNING), (FAIL, CRITICAL)], (FAIL, CRITICAL)),
        ([(FAIL, INFO), (PASS, WARNING)], (PASS, WARNING)),
        ([(FAIL, INFO)], (PASS, INFO)),
        ([(FAIL, INFO), (INSUFFICIENT, INFO)], (INSUFFICIENT, CRITICAL)),
        ([(FAIL, WARNING), (INSUFFICIENT, CRITICAL)], (FAIL, WARNING)),
        ([], (INSUFFICIENT, CRITICAL)),
    ],
)
def test_a_check_is_judged_by_its_graded_figures(
    grades: list[tuple[Verdict, Severity]], expected: tuple[Verdict, Severity]
) -> None:
    assert judge(graded(*grade) for grade in grades) == expected


@settings(max_examples=40)
@given(GRADES)
def test_the_order_of_figures_changes_no_verdict(grades: list[tuple[Verdict, Severity]]) -> None:
    figures = [graded(*grade) for grade in grades]
    assert judge(figures) == judge(figures[::-1])


@settings(max_examples=40)
@given(GRADES)
def test_one_more_failure_never_makes_a_check_milder(
    grades: list[tuple[Verdict, Severity]],
) -> None:
    figures = [graded(*grade) for grade in grades]
    assert judge([*figures, graded(FAIL, CRITICAL)]) == (FAIL, CRITICAL)
    verdict, _ = judge([*figures, graded(FAIL, WARNING)])
    assert verdict is FAIL
