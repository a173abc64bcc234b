"""What is logged, in which form, and when it is shown."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from aipo_pipelines.errors import UsageError
from aipo_pipelines.logs import FORMAT, LEVEL, LogAction, logger_of, note, set_up

LOGGER = logger_of("aipo_pipelines.sensors.intake")


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    set_up({})


def arrived(name: str = "w1", level: int = logging.INFO) -> None:
    note(
        LOGGER,
        LogAction.INTAKE,
        f"sample: batch arrived ({name})",
        product="sample",
        batch=name,
        entry=0,
        level=level,
    )


def test_a_logger_is_named_after_the_room_of_its_module() -> None:
    assert LOGGER.name == "aipo.sensors"


def test_nothing_is_shown_unless_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    set_up({})
    arrived()
    assert capsys.readouterr() == ("", "")


def test_a_person_reads_a_time_and_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    set_up({LEVEL: "info"})
    arrived()
    out, err = capsys.readouterr()
    time, _, sentence = err.partition(" ")
    assert out == ""
    assert len(time) == len("2026-03-02T09:00:00Z")
    assert sentence == "sample: batch arrived (w1)\n"


def test_a_program_reads_an_object_with_action_and_context(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up({LEVEL: "info", FORMAT: "json"})
    arrived()
    line = json.loads(capsys.readouterr().err)
    assert line.pop("at").endswith("Z")
    assert line == {
        "level": "info",
        "logger": "aipo.sensors",
        "action": "intake",
        "product": "sample",
        "batch": "w1",
        "entry": 0,
        "message": "sample: batch arrived (w1)",
    }


def test_a_level_that_is_lower_shows_more(capsys: pytest.CaptureFixture[str]) -> None:
    set_up({LEVEL: "info"})
    arrived(level=logging.DEBUG)
    assert capsys.readouterr().err == ""
    set_up({LEVEL: "debug"})
    arrived(level=logging.DEBUG)
    assert "batch arrived" in capsys.readouterr().err


def test_a_form_alone_shows_warnings_in_that_form(capsys: pytest.CaptureFixture[str]) -> None:
    set_up({FORMAT: "json"})
    arrived()
    LOGGER.warning("the registry was not looked at")
    assert json.loads(capsys.readouterr().err)["message"] == "the registry was not looked at"


def test_asking_again_replaces_what_was_asked_before(capsys: pytest.CaptureFixture[str]) -> None:
    set_up({LEVEL: "info"})
    set_up({LEVEL: "info"})
    arrived()
    assert capsys.readouterr().err.count("batch arrived") == 1


def test_a_line_break_in_a_name_makes_no_line_of_its_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up({LEVEL: "info"})
    arrived("w1\n2026-03-02T09:00:00Z sample: all is well")
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "w1\\n2026" in err


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_words_of_an_error_are_withheld(capsys: pytest.CaptureFixture[str], form: str) -> None:
    set_up({LEVEL: "info", FORMAT: form})
    try:
        int("Zelda Fitzgerald")
    except ValueError:
        LOGGER.exception("a look broke")
    err = capsys.readouterr().err
    assert "ValueError" in err
    assert "test_the_words_of_an_error_are_withheld" in err
    assert "Zelda" not in err


@pytest.mark.parametrize(("name", "value"), [(LEVEL, "loud"), (FORMAT, "xml")])
def test_a_value_that_means_nothing_is_refused(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=f"{name} is '{value}'; expected one of"):
        set_up({name: value})
