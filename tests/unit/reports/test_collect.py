from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from aipo_pipelines.reports import collect as collecting
from tests.unit.policy.story import PASS, START, Story, charter, figure
from tests.unit.reports.telling import lively, report_of

CHECK = "performance/performance"


def test_batches_come_in_the_order_of_their_dates(tmp_path: Path) -> None:
    history = report_of(tmp_path, lively(weeks=4)).history
    assert [evaluation.partition for evaluation in history.of(CHECK)] == ["w1", "w2", "w3", "w4"]


def test_only_the_newest_evaluation_of_a_batch_is_shown(tmp_path: Path) -> None:
    story = lively(weeks=3).checks(CHECK, "w2", PASS, figures=(figure(value=0.91),))
    evaluations = {
        evaluation.partition: evaluation
        for evaluation in report_of(tmp_path, story).history.of(CHECK)
    }
    again = evaluations["w2"].figure("accuracy")
    assert again is not None
    assert (len(evaluations), again.value) == (3, 0.91)


def test_a_long_history_is_read_no_further_than_it_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "HISTORY", 3)
    history = report_of(tmp_path, lively(weeks=6)).history
    assert [evaluation.partition for evaluation in history.of(CHECK)] == ["w4", "w5", "w6"]


def test_history_is_read_in_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "_PAGE", 2)
    assert len(report_of(tmp_path, lively(weeks=5)).history.of(CHECK)) == 5


def test_what_was_not_known_then_is_left_out(tmp_path: Path) -> None:
    history = report_of(tmp_path, lively(weeks=4), as_of=START + timedelta(days=15)).history
    assert [evaluation.partition for evaluation in history.of(CHECK)] == ["w1", "w2", "w3"]


def test_a_decision_shows_who_approved_it_and_what_it_rested_on(tmp_path: Path) -> None:
    report = report_of(tmp_path, Story().adopts().delivers("w1").runs_all())
    (decision,) = report.history.decisions
    assert (decision.version, decision.go, decision.rule) == ("1", True, "gates")
    gates = ("sample", "accuracy", "baseline", "champion")
    assert dict(decision.gates) == dict.fromkeys(gates, "pass")
    assert decision.evidence is not None


def test_a_product_without_a_model_has_no_history_of_one(tmp_path: Path) -> None:
    agreed = charter(model=None, thresholds=[], labels=None, retraining={})
    assert report_of(tmp_path, Story(agreed).adopts()).history.checks == {}
