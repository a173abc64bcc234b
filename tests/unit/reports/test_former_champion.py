"""Pages of a version that was put back in charge: what was measured of another is not its own."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from aipo_pipelines.ledger.model.models import OverrideAct
from aipo_pipelines.policy.people.overrides import rollback
from aipo_pipelines.policy.people.stopped_champion import stop
from aipo_pipelines.policy.statements.approvals import PendingOverride, PendingRelease
from aipo_pipelines.reports.former_champion import heading
from aipo_pipelines.reports.values import ProductReport
from tests.model_versions import altered
from tests.unit.policy.story import PASS, Story
from tests.unit.reports.evaluations import evaluation, measured, with_state
from tests.unit.reports.telling import HOSTILE, lively, pages, report_of, words_of

CHECKS = ("drift", "fairness", "calibration")


def returned() -> Story:
    """Version 10 was in charge on the last batch, and its predecessor is put back."""
    story = lively(words="said")
    story.trains("10", held_out="w6").evaluates("10", as_live=PASS)
    rights = story.charter.decision_rights
    gates = rights.release.model_copy(update={"quorum": 0})
    rights = rights.model_copy(update={"release": gates})
    story.adopts(story.charter.model_copy(update={"decision_rights": rights})).runs_all()
    assert story.state.champion is not None
    assert story.state.champion.version == "10"
    return story.decides(rollback, person="Ada said", reason="It was worse.").runs_all()


def section(page: str, name: str) -> str:
    start = page.index(f'id="{name}"')
    return page[start : page.find("<section", start)]


@pytest.mark.parametrize("name", CHECKS)
def test_a_section_says_that_the_version_in_charge_was_not_measured_yet(
    name: str, tmp_path: Path
) -> None:
    page = pages(report_of(tmp_path, returned()))["churn.html"]
    text = section(page, name)
    assert "not measured yet" in text
    assert "for version 1. The rest is about an earlier version in charge, on batch w6" in text


@pytest.mark.parametrize("name", CHECKS)
def test_a_section_of_the_version_that_was_measured_says_nothing_of_another(
    name: str, tmp_path: Path
) -> None:
    page = pages(report_of(tmp_path, lively()))["churn.html"]
    assert "not measured yet" not in section(page, name)


def test_a_stop_is_among_the_decisions(tmp_path: Path) -> None:
    story = lively(words="said").decides(stop, person="Ada said", reason="It harms.").runs_all()
    report = report_of(tmp_path, story)
    decisions = {decision.word: decision for decision in report.history.decisions}
    assert (decisions["stop"].version, decisions["stop"].reason) == ("1", "It harms.")
    assert "It harms." in section(pages(report)["churn.html"], "decisions")
    assert "No model is in charge any more." in pages(report)["churn-model.html"]


def test_an_override_that_waits_is_counted_among_the_pending_decisions(tmp_path: Path) -> None:
    story = lively(words="said")
    before = report_of(tmp_path / "before", story).answer.waiting
    rights = story.charter.decision_rights
    override = rights.override.model_copy(update={"quorum": 2})
    story.adopts(
        story.charter.model_copy(
            update={"decision_rights": rights.model_copy(update={"override": override})}
        )
    )
    story.decides(stop, person="Ada said", reason="It harms.").runs_all()
    report = report_of(tmp_path / "after", story)
    assert report.answer.waiting == (PendingOverride(act=OverrideAct.STOP, version="1"),)
    assert before == (PendingRelease(version="9"),)
    assert "stop of version 1" in section(pages(report)["portfolio.html"], "pending")


def test_figures_without_a_limit_have_no_verdict_when_folded_either(
    tmp_path: Path,
) -> None:
    text = section(pages(report_of(tmp_path, lively()))["churn.html"], "calibration")
    assert re.findall(r'class="(badge[^"]*)">([^<]+)<', text) == [
        ("badge not agreed", "not agreed"),
        ("badge not agreed", "not agreed"),
    ]


CHECK = "performance/performance"


def head(report: ProductReport, check: str = CHECK, **changes: object) -> tuple[str, str]:
    newest = evaluation("w6", measured("accuracy", 0.8), entry=40, **changes)
    lead, brief = heading(report, check, newest)
    return words_of(lead), words_of(brief)


def test_an_evaluation_of_the_version_in_charge_is_its_verdict(lived: ProductReport) -> None:
    assert head(lived) == ("pass on batch w6: w6 is well.", "pass")


def test_an_evaluation_without_a_limit_only_informs(lived: ProductReport) -> None:
    newest = evaluation("w6", measured("accuracy", 0.8, limit=None, verdict=None), entry=40)
    assert words_of(heading(lived, CHECK, newest)[1]) == "not agreed"


def test_an_evaluation_before_the_version_went_live_is_no_verdict_on_it(
    lived: ProductReport,
) -> None:
    champion = lived.state.champion
    assert champion is not None
    later = with_state(lived, champion=altered(champion, version="7", crowned=41))
    assert head(later) == (
        (
            "not measured yet for version 7. The rest is about an earlier version in charge, "
            "on batch w6: w6 is well."
        ),
        "not measured yet",
    )
    assert head(with_state(lived, champion=replace(champion, crowned=40)))[1] == "pass"


def test_without_a_version_in_charge_an_evaluation_is_about_an_earlier_version(
    lived: ProductReport,
) -> None:
    lead, brief = head(with_state(lived, champion=None))
    assert ", as no version is in charge. The rest is about an earlier version in charge" in lead
    assert brief == "not measured"


def test_a_check_of_the_data_is_a_verdict_with_and_without_a_champion(
    lived: ProductReport,
) -> None:
    assert head(with_state(lived, champion=None), "data_quality/contract")[1] == "pass"


def test_the_summary_of_an_evaluation_is_never_markup(lived: ProductReport) -> None:
    lead, _ = heading(lived, CHECK, evaluation("w6", entry=40, summary=HOSTILE))
    assert "<script>" not in str(lead)
    assert "<script>alert(1)</script>" in words_of(lead)
