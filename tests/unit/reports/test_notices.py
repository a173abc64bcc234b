from __future__ import annotations

from dataclasses import replace
from typing import Any

from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.incidents import IncidentResolved
from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.policy.answer.notice import Notice
from aipo_pipelines.policy.statements.wrong_cells import WrongBatch, WrongCells
from aipo_pipelines.reports.notices import notice_of
from tests.unit.policy.changed_charters import person
from tests.unit.policy.story import FAIL, Story, charter, figure

KEY = "performance/performance"


def _notice(story: Story) -> Notice:
    return notice_of(story.charter, story.state, story.next(ActionKind.NOTIFY))


def _failing(**changes: Any) -> Story:
    responses = [{"check": "performance", "reactions": ["escalate"]}]
    story = Story(charter(responses=responses, **changes)).adopts().delivers("w1")
    figures = (figure(value=0.61, verdict="fail"), figure("f1", value=0.9))
    return story.checks(KEY, "w1", FAIL, figures=figures, summary="Accuracy fell.")


def test_a_notice_says_what_how_bad_since_when_who_and_what_to_type() -> None:
    notice = _notice(_failing())
    assert notice.title == "Customer churn: performance fails on batch w1 (critical)"
    for sentence in (
        "Accuracy fell.",
        "accuracy 0.61 [0.57, 0.65], at least 0.7 (n = 500)",
        "2026-03-02 09:00 UTC",
        "Ines Sol",
        "aipo status churn",
        "aipo incidents",
    ):
        assert sentence in notice.body


def test_no_name_in_a_notice_steers_the_terminal_or_mail_program_that_shows_it() -> None:
    notice = _notice(_failing(title="Churn\x1b[2J\rx"))
    assert notice.title.startswith("Churn\ufffd[2J\ufffdx: performance")
    assert {sign for sign in notice.body if not sign.isprintable()} <= {"\n"}


def test_a_notice_names_only_figures_that_fail() -> None:
    assert "f1" not in _notice(_failing()).body


def test_a_notice_reaches_the_first_level_at_the_addresses_of_today() -> None:
    story = _failing()
    people = {
        "owner": person("Ada Ng"),
        "incident_owner": person("Ines Sol", "json://new.example.org"),
    }
    story.adopts(charter(people=people))
    assert _notice(story).targets == ("json://new.example.org", "log")


def test_a_target_listed_twice_is_notified_once() -> None:
    people = {
        "owner": person("Ada Ng", "json://desk.example.org"),
        "incident_owner": person("Ines Sol", "json://desk.example.org"),
    }
    levels = [{"notify": ["owner", "incident_owner"], "via": ["log", "log"], "within": "1h"}]
    story = _failing(people=people, escalation={"levels": levels})
    assert _notice(story).targets == ("json://desk.example.org", "log")


def test_the_owner_replaces_a_role_that_nobody_has_any_more() -> None:
    story = _failing().adopts(charter(people={"owner": person("Ada Ng", "json://ada.example.org")}))
    assert "json://ada.example.org" in _notice(story).targets


def test_a_problem_that_ended_before_the_notice_left_is_shown_as_ended() -> None:
    story = _failing()
    entry = story.incident(f"check:{KEY}").entry
    story.records(IncidentResolved(incident=entry, resolution="by Ines"))
    assert "Meanwhile: by Ines" in _notice(story).body


def test_an_incident_that_the_state_does_not_know_is_still_reported() -> None:
    story = _failing()
    action = story.next(ActionKind.NOTIFY)
    notice = notice_of(story.charter, Story().adopts().state, action)
    assert "aipo status churn" in notice.body
    assert notice.targets == ("json://ada.example.org", "log")


def test_a_notice_of_an_incident_is_written_line_by_line() -> None:
    assert _notice(_failing()).body.splitlines() == [
        "What: Accuracy fell.",
        "Figures: accuracy 0.61 [0.57, 0.65], at least 0.7 (n = 500)",
        "Batches: w1",
        "Since: 2026-03-02 09:00 UTC (incident 3)",
        "Who answers: Ines Sol",
        "",
        "To see more: aipo status churn",
        "All incidents: aipo incidents",
    ]


def test_a_notice_of_a_broken_contract_counts_its_wrong_cells_instead_of_naming_figures() -> None:
    story = _failing()
    cells = (
        WrongCells(
            column="x1",
            rule="not null",
            failing=12,
            allowed=0,
            severity=Severity.CRITICAL,
            note="3 % of the rows",
        ),
    )
    batch = WrongBatch(partition="w1", rows=400, cells=cells)
    action = story.next(ActionKind.NOTIFY)
    body = notice_of(story.charter, story.state, action, [batch]).body
    assert "Figures:" not in body
    assert "\n\nWrong cells in batch w1 (400 rows), by column and rule:\n12  x1  not null" in body


def test_signs_of_markup_are_unchanged_in_a_notice() -> None:
    notice = _notice(_failing(title='Churn <b> & "co"'))
    assert notice.title.startswith('Churn <b> & "co": performance')


def test_a_release_that_is_not_known_any_more_is_gone() -> None:
    story = _failing()
    action = replace(story.next(ActionKind.NOTIFY), arguments={"decision": "7"})
    notice = notice_of(story.charter, story.state, action)
    assert notice.title == "Customer churn: version 7 is decided already"
    assert notice.body == "Meanwhile: it is gone.\n\nTo see more: aipo decisions churn --all"
