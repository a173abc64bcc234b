"""`aipo status` judges figures by the limits in force; without a limit there is no verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.samples import write_product
from tests.unit.cli.conftest import Command
from tests.world import World

MEASURED = {"metric": "accuracy", "limit": 0.1, "owner": "owner", "reason": "At first."}
LATER = {"metric": "roc_auc", "limit": 0.999, "owner": "owner", "reason": "Agreed since."}


@pytest.fixture
def edited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Measured while `roc_auc` had no limit; then a charter is adopted that asks for more."""
    world = World(tmp_path / "products", thresholds=[MEASURED])
    command = Command(world.deliver("w1").deliver("w2").play(), monkeypatch, capsys)
    assert command("status", "sample").code == 0
    write_product(world.folder, version="2", thresholds=[MEASURED, LATER])
    assert command("adopt", "sample").code == 0
    return command


def test_a_limit_agreed_after_the_measurement_is_a_no_at_once(edited: Command) -> None:
    outcome = edited("status", "sample")
    assert outcome.code == 3
    assert "agreed is at least 0.999" in outcome.out


def test_the_same_holds_for_a_moment_in_the_past(edited: Command) -> None:
    moment = edited.world.clock.now().isoformat()
    assert edited("status", "sample", "--as-of", moment).code == 3


def test_json_holds_no_verdict_of_a_figure_without_a_limit(edited: Command) -> None:
    figures: list[dict[str, Any]] = [
        figure["figure"] for figure in edited("status", "sample", "--json").json["figures"]
    ]
    informing = [figure for figure in figures if figure["limit"] is None]
    assert "balanced_accuracy" in {figure["metric"] for figure in informing}
    assert {figure["verdict"] for figure in informing} == {None}
