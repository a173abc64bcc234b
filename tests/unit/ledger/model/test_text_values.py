"""Values whose form in JSON is a text: keys of checks, causes, triggers, attempts, subjects."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from aipo_pipelines.ledger.model.attempt import Attempt
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.ledger.model.subject import Subject
from aipo_pipelines.ledger.model.text_values import TextValue
from aipo_pipelines.ledger.model.trigger import Trigger

NAMES = st.text(alphabet="abc_ -0é", min_size=1)
DRIFT = CheckKey("drift", "data_drift")


@dataclass(frozen=True, slots=True)
class Holder:
    cause: Cause


HOLDERS = TypeAdapter(Holder)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (DRIFT, "drift/data_drift"),
        (CheckKey("drift", ""), "drift"),
        (CheckKey("dataset", "mine/too"), "dataset/mine/too"),
        (Cause("stale"), "stale"),
        (Cause.of_check(DRIFT), "check:drift/data_drift"),
        (Cause.of_action(ActionKind.TRAIN), "action:train"),
        (Cause("rollback", "3"), "rollback:3"),
        (Trigger("first model"), "first model"),
        (Trigger.of_check("drift/data_drift"), "check:drift/data_drift"),
        (Subject.of_batch("0014"), "batch/0014"),
        (Subject.of_incident(7), "incident/7"),
        (Subject.of_incident(Cause("stale")), "incident/stale"),
        (Subject.of_action(12), "action/12"),
        (Subject.of_run("run"), "run/run"),
        (Subject("model"), "model"),
        (Attempt(12, 3), "12:3"),
    ],
)
def test_a_value_is_read_from_the_text_that_it_is_written_as(
    value: CheckKey | Cause | Trigger | Subject | Attempt, text: str
) -> None:
    assert str(value) == text
    assert type(value).parse(text) == value


def test_each_function_makes_the_value_that_its_name_says() -> None:
    texts = [
        Subject.of_batch("0014"),
        Subject.of_incident(7),
        Subject.of_incident(Cause("stale")),
        Subject.of_action(12),
        Subject.of_run("run"),
        Cause.of_check(DRIFT),
        Cause.of_action(ActionKind.TRAIN),
        Trigger.of_check(DRIFT),
    ]
    assert [str(text) for text in texts] == [
        "batch/0014",
        "incident/7",
        "incident/stale",
        "action/12",
        "run/run",
        "check:drift/data_drift",
        "action:train",
        "check:drift/data_drift",
    ]


@pytest.mark.parametrize(
    ("text", "kind", "rest"),
    [("a", "a", ""), ("a:", "a", ""), ("a:b:c", "a", "b:c"), (":b", "", "b"), ("", "", "")],
)
def test_the_first_separator_ends_the_kind(text: str, kind: str, rest: str) -> None:
    assert (Cause.parse(text), Trigger.parse(text)) == (Cause(kind, rest), Trigger(kind, rest))
    slashed = text.replace(":", "/")
    expected = rest.replace(":", "/")
    assert CheckKey.parse(slashed) == CheckKey(kind, expected)
    assert Subject.parse(slashed) == Subject(kind, expected)


def test_an_attempt_has_the_entry_before_its_number() -> None:
    assert Attempt.parse("12:3") == Attempt(12, 3)
    assert str(Attempt(12, 3)) == "12:3"
    assert Attempt(2, 9) < Attempt(12, 1)


@given(kind=NAMES, about=NAMES)
def test_reading_and_writing_changes_no_text(kind: str, about: str) -> None:
    for text in (kind, f"{kind}:{about}", f"{kind}/{about}", f"{kind}:{about}/{about}:{kind}"):
        assert [
            str(value_class.parse(text)) for value_class in (Cause, Trigger, CheckKey, Subject)
        ] == [text] * 4


def test_the_check_of_a_cause_or_trigger_is_known() -> None:
    assert Cause.parse("check:drift/data_drift").check_key == DRIFT
    assert Trigger.parse("check:drift/data_drift").check_key == DRIFT


def test_another_cause_or_trigger_has_no_check() -> None:
    assert Cause.parse("action:train").check_key is None
    assert Trigger.parse("cadence").check_key is None


@pytest.mark.parametrize("text", ["", "12", "12:", ":3", "a:1", "-1:2", "1:2:3", "1:²"])
def test_the_identity_of_an_attempt_is_read_strictly(text: str) -> None:
    assert Attempt.parse(text) is None


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("incident/7", 7),
        ("incident/0", 0),
        ("incident/stale", None),
        ("incident/7/8", None),
        ("incident/-7", None),
        ("incident/", None),
        ("batch/7", None),
        ("", None),
        (f"incident/{10**18}", None),
        (f"incident/{10**18 - 1}", 10**18 - 1),
    ],
)
def test_only_a_number_names_the_entry_that_opened_an_incident(
    text: str, entry: int | None
) -> None:
    assert Subject.parse(text).opening == entry


def test_a_value_is_its_text_in_json() -> None:
    held = Holder(cause=Cause.of_check(DRIFT))
    assert HOLDERS.dump_python(held, mode="json") == {"cause": "check:drift/data_drift"}
    assert HOLDERS.validate_python({"cause": "check:drift/data_drift"}) == held
    assert HOLDERS.validate_python({"cause": held.cause}) == held


def test_a_value_that_is_no_text_is_refused() -> None:
    with pytest.raises(ValidationError, match="expected text, found int"):
        HOLDERS.validate_python({"cause": 7})


def test_the_form_of_a_text_value_must_be_named() -> None:
    with pytest.raises(NotImplementedError):
        TextValue.parse("text")
