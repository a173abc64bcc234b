"""A home that was moved or copied to another path goes on; files that are gone are not altered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from aipo_pipelines.ledger.events.actions import ActionFailed
from tests.acceptance.place import NAME, Place, make_place, outcome

pytestmark = pytest.mark.acceptance


@pytest.fixture(scope="module")
def lived(home_template: Path, module_folder: Path) -> Iterator[Place]:
    """A place whose product has a champion and whose folder was then moved."""
    folder = module_folder / "before"
    folder.mkdir(mode=0o711)
    place = make_place(home_template, folder, batches=2)
    assert place.forked("run", NAME).returncode == 0
    place.close()
    folder.rename(module_folder / "after")
    moved = Place(module_folder / "after")
    yield moved
    moved.close()


def test_a_moved_home_answers_scores_and_trains_as_before(lived: Place) -> None:
    before = outcome(lived)
    status = lived.forked("status", NAME, "--json")
    assert json.loads(status.stdout)["verdict"] == "YES", status.stderr
    lived.deliver("b2", seed=2)
    run = lived.forked("run", NAME)
    assert run.returncode == 0, run.stderr
    after = outcome(lived)
    assert after["champion"] == before["champion"]
    assert after["batches"]["b2"][2]
    words = ("--by", "Chiara Rossi", "--reason", "The home has moved.")
    retraining = lived.forked("retrain", NAME, *words)
    assert retraining.returncode == 0, retraining.stderr
    assert lived.forked("run", NAME).returncode == 0
    assert lived.entries(ActionFailed.kind) == []
    assert lived.forked("verify").returncode == 0
    assert not lived.folder.with_name("before").exists()
