"""For each error inside a command, no person sees a traceback or data."""

from __future__ import annotations

import logging

import pytest

from aipo_pipelines import cli


def test_an_unexpected_error_is_reported_by_class_and_place(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        raise ValueError("could not convert string to float: 'jane.doe@example.org'")

    monkeypatch.setattr(cli.aipo, "main", fail)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    outcome = capsys.readouterr().err
    assert ended.value.code == 1
    assert outcome.startswith("error: ValueError in fail (test_last_resort.py, line ")
    assert "jane.doe" not in outcome


def test_its_traceback_is_logged_without_its_words(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_: object) -> None:
        raise ValueError("could not convert string to float: 'jane.doe@example.org'")

    caplog.set_level(logging.INFO, logger="aipo")
    monkeypatch.setattr(cli.aipo, "main", fail)
    with pytest.raises(SystemExit):
        cli.main()
    assert "the command broke: ValueError\n  in main (__init__.py, line " in caplog.text
    assert "jane.doe" not in caplog.text
