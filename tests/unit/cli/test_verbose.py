"""`aipo -v` shows on standard error what is done; without it nothing changes."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from aipo_pipelines.logs import FORMAT, LEVEL, set_up
from tests.unit.cli.conftest import Command, Outcome

BY_ADA = ("--by", "Ada Okafor", "--reason", "The file was taken away.")


@pytest.fixture(autouse=True)
def quiet_again(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Takes back what `-v` leaves in the environment and among the loggers."""
    monkeypatch.setenv(LEVEL, "")
    yield
    set_up({})


def resolved(aipo: Command, *options: str) -> Outcome:
    """An incident is ended by hand."""
    aipo.world.put("data/w0.csv", "").take_in()
    (incident,) = aipo.world.state.incidents.values()
    return aipo(*options, "resolve", str(incident.entry), *BY_ADA)


def test_without_v_nothing_is_logged(aipo: Command) -> None:
    assert "(incident/" not in resolved(aipo).err


def test_with_v_each_entry_is_logged_without_the_name_of_a_person(aipo: Command) -> None:
    output = resolved(aipo, "-v")
    assert output.code == 0
    assert "sample: incident resolved (incident/" in output.err
    assert "(incident/" not in output.out
    logged = [line for line in output.err.splitlines() if "(incident/" in line]
    assert "Ada Okafor" not in "".join(logged)


def test_services_that_a_command_starts_log_as_much_as_it_does(aipo: Command) -> None:
    aipo("-vv", "history", "sample")
    assert os.environ[LEVEL] == "debug"


def test_a_form_of_logs_that_means_nothing_is_wrong_usage(
    aipo: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FORMAT, "xml")
    output = aipo("history", "sample")
    assert output.code == 2
    assert "AIPO_LOG_FORMAT is 'xml'; expected one of text, json" in output.err
