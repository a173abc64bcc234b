"""Figures, times and names as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.policy.text import (
    actor_text,
    counted,
    ended,
    listed,
    moment,
    number,
    span,
    trigger_text,
    visible,
    whole,
)


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 releases"), (1, "1 release"), (2400, "2,400 releases")]
)
def test_a_counted_noun_is_in_the_right_number(count: int, text: str) -> None:
    assert counted(count, "release") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "none"),
        (float("nan"), "none"),
        (0.12345, "0.1235"),
        (9999.4, "9999"),
        (9999.5, "10,000"),
        (-122584.4, "-122,584"),
        (0.0, "0"),
        (9.9e14, "990,000,000,000,000"),
        (1e15, "1e+15"),
        (float("inf"), "none"),
    ],
)
def test_a_large_figure_has_no_exponent(value: float | None, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("actor", "text"), [("rule:release", "the rule release"), ("Ada Okafor", "Ada Okafor")]
)
def test_a_rule_is_called_a_rule(actor: str, text: str) -> None:
    assert actor_text(actor) == text


@pytest.mark.parametrize(
    ("trigger", "text"),
    [
        ("check:performance/concept_drift", "the check concept_drift"),
        ("first model", "first model"),
        ("", ""),
    ],
)
def test_a_trigger_is_shown_without_the_key_of_its_check(trigger: str, text: str) -> None:
    assert trigger_text(trigger) == text
    assert trigger_text(Trigger.parse(trigger)) == text


def test_an_irregular_noun_has_its_own_plural() -> None:
    assert counted(1, "batch", "batches") == "1 batch"
    assert counted(2, "batch", "batches") == "2 batches"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "none"),
        (float("nan"), "none"),
        (float("-inf"), "none"),
        (12.345, "12.35"),
        (999.96, "1000"),
        (-999.4, "-999.4"),
        (1000.0, "1,000"),
        (-1000.4, "-1,000"),
        (7200.4, "7,200"),
        (1.5e15, "1,500,000,000,000,000"),
    ],
)
def test_a_whole_number_has_decimals_only_below_a_thousand(value: float | None, text: str) -> None:
    assert whole(value) == text


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(days=-3), "less than a minute"),
        (timedelta(seconds=60), "1 minute"),
        (timedelta(minutes=59, seconds=59), "59 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=23, minutes=59), "23 hours"),
        (timedelta(hours=24), "1 day"),
        (timedelta(days=12, hours=23), "12 days"),
        # One year would hide up to a year of days.
        (timedelta(days=366), "366 days"),
        (timedelta(days=730), "730 days"),
        (timedelta(days=731), "2 years"),
        (timedelta(days=1096), "3 years"),
    ],
    ids=str,
)
def test_a_length_of_time_is_counted_in_its_largest_unit_rounded_down(
    length: timedelta, text: str
) -> None:
    assert span(length) == text


def test_a_sentence_ends_with_exactly_one_full_stop() -> None:
    assert ended("It fails") == "It fails."
    assert ended("It fails.") == "It fails."
    assert ended("It fails...") == "It fails."
    assert ended(".It fails: X") == ".It fails: X."
    assert ended("") == "."


@given(st.text())
def test_a_sentence_that_has_ended_stays_as_it_is(text: str) -> None:
    assert ended(ended(text)) == ended(text)


def test_people_whose_approvals_a_rule_counted_come_before_the_rule() -> None:
    assert actor_text("rule:release", ["Ada Ng", "Rae Holt"]) == (
        "Ada Ng, Rae Holt, counted by the rule release"
    )


def test_a_moment_is_shown_to_the_minute_in_utc() -> None:
    assert moment(datetime(2026, 3, 2, 9, 5, 59, tzinfo=UTC)) == "2026-03-02 09:05 UTC"


def test_a_long_list_is_cut_and_says_how_much_is_left_out() -> None:
    names = ["a", "b", "c", "d", "e", "f", "g"]
    assert listed(names[:5]) == "a, b, c, d, e"
    assert listed(names[:6]) == "a, b, c, d, e and 1 more"
    assert listed(names, most=2) == "a, b and 5 more"
    assert listed([]) == ""


def test_a_character_that_controls_a_terminal_is_replaced() -> None:
    assert visible("a\x1b[2Jb\u202ec") == "a\ufffd[2Jb\ufffdc"
    assert visible("two\n\tlines of Ångström") == "two\n\tlines of Ångström"
    assert visible("") == ""


@given(st.text())
def test_text_keeps_its_length_and_shows_all_its_characters(text: str) -> None:
    shown = visible(text)
    assert len(shown) == len(text)
    assert {character for character in shown if not character.isprintable()} <= {"\n", "\t"}
    assert visible(shown) == shown
