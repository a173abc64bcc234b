"""The reader of contradictions finds each kind it is there for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.contradictions import in_answer, in_page, in_story

FIGURE = {"metric": "roc_auc", "value": 0.8, "limit": 0.7, "direction": "at_least"}
SOUND: dict[str, Any] = {
    "verdict": "YES",
    "kpis": [FIGURE | {"verdict": "pass", "fresh": True}],
    "incidents": [],
    "champion": {"version": "1"},
}
ROW = '<tr><td data-label="value">{}</td><td data-label="limit">{}</td>\
<td data-label="verdict"><span>{}</span></td></tr>'


def test_a_sound_answer_contains_no_contradiction() -> None:
    assert in_answer(SOUND) == []


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({"value": 0.6}, "roc_auc 0.6 passes at_least 0.7"),
        ({"limit": None}, "roc_auc has no limit and the verdict pass"),
        ({"value": None}, "roc_auc was not measured and has the verdict pass"),
    ],
)
def test_a_verdict_that_its_figure_does_not_give_is_found(
    change: dict[str, Any], outcome: str
) -> None:
    figure = FIGURE | {"verdict": "pass", "fresh": True} | change
    assert in_answer(SOUND | {"kpis": [figure]}) == [outcome]


def test_a_yes_with_evidence_against_it_is_found() -> None:
    incident = {"entry": 7, "severity": "critical"}
    (outcome,) = in_answer(SOUND | {"incidents": [incident]})
    assert outcome == "YES beside [] and critical incidents [7]"
    assert in_answer(SOUND | {"champion": None}) == ["YES without a champion"]


def test_a_week_that_keeps_what_it_breaks_is_found() -> None:
    text = "  Churn: 9 records arrive and keep what was agreed: roc_auc 0.6, agreed at least 0.7."
    assert in_story(text) == ["roc_auc 0.6 is not at least 0.7"]
    assert in_story(text.replace("0.6", "0.8")) == []


@pytest.mark.parametrize(
    ("value", "limit", "verdict", "count"),
    [
        ("0.8", "at least 0.7", "pass", 0),
        ("0.6", "at least 0.7", "pass", 1),
        ("0.6", "at least 0.7", "fail", 0),
        ("0.6", "none", "not agreed", 0),
        ("0.6", "none", "pass", 1),
    ],
)
def test_a_row_whose_verdict_is_not_that_of_its_value_is_found(
    value: str, limit: str, verdict: str, count: int
) -> None:
    assert len(in_page(ROW.format(value, limit, verdict))) == count
