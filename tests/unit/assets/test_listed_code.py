"""No code runs that the installation does not list, for any use of a model."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.errors import ModelError
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.resources.product_feeds import Feeds
from tests.world import World

MODEL: dict[str, Any] = {"estimator": ..., "factory": "quiet_team:make"}
CODE = """
open({path!r}, "w").close()
from sklearn.linear_model import LogisticRegression
def make():
    return LogisticRegression()
"""


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that is there as soon as the team's module was imported."""
    path = tmp_path / "ran"
    (tmp_path / "quiet_team.py").write_text(CODE.format(path=str(path)))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "quiet_team", raising=False)
    return path


def test_training_refuses_a_module_that_is_not_listed_and_does_not_import_it(
    tmp_path: Path, ran: Path
) -> None:
    world = World(tmp_path / "world", model=MODEL).deliver("w1").deliver("w2")
    world.take_in()
    with pytest.raises(ModelError, match=r"AIPO_MODULES.*allowed\.txt") as refused:
        world.play()
    assert refused.value.is_lasting
    assert not ran.exists()


def test_training_uses_a_module_that_is_listed(tmp_path: Path, ran: Path) -> None:
    world = World(tmp_path / "world", model=MODEL).deliver("w1").deliver("w2")
    environ = {"AIPO_MODULES": "quiet_team"}
    world.services = world.speaking_to(feeds=Feeds(environ=environ, settle_seconds=0.0))
    world.play()
    assert ran.exists()
    assert world.state.champion is not None


def test_the_value_of_retraining_is_not_measured_with_code_that_is_not_listed(
    tmp_path: Path, ran: Path
) -> None:
    world = (
        World(tmp_path / "world", model=MODEL, retraining={"triggers": ["checks", "value"]})
        .deliver("w1")
        .deliver("w2")
    )
    lent = Feeds(environ={"AIPO_MODULES": "quiet_team"}, settle_seconds=0.0)
    nothing, world.services = world.services, world.speaking_to(feeds=lent)
    world.play().deliver("w3").take_in()
    assert ran.exists()
    world.services = nothing
    outcome = world.outcome("w3", "retraining_value")
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert "AIPO_MODULES" in outcome.summary
