"""Whatever breaks inside a command, nobody meets a traceback or anybody's data."""

from __future__ import annotations

import pytest

from aipo_pipelines import cli


def test_an_error_nobody_foresaw_is_told_by_class_and_place(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        raise ValueError("could not convert string to float: 'jane.doe@example.org'")

    monkeypatch.setattr(cli.aipo, "main", fail)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().err
    assert ended.value.code == 1
    assert said.startswith("error: ValueError in fail (test_last_resort.py, line ")
    assert "jane.doe" not in said
