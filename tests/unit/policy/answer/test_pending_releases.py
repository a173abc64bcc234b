"""Releases that wait for people, past decisions, and the text of both."""

from __future__ import annotations

import pytest

from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.policy.answer.answer import to_json
from aipo_pipelines.policy.answer.notice import Notice
from aipo_pipelines.policy.answer.past_decisions import past_decisions
from aipo_pipelines.policy.answer.pending_releases import Waiting, waiting
from aipo_pipelines.policy.people.approval import reject
from aipo_pipelines.policy.people.manual_actions import retrain
from aipo_pipelines.policy.people.overrides import rollback
from aipo_pipelines.policy.people.stopped_champion import stop
from aipo_pipelines.policy.queue import next_actions
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.policy.wording.trainings import result_text
from aipo_pipelines.reports.notices import notice_of
from tests.unit.policy.changed_charters import person
from tests.unit.policy.story import START, Story, charter
from tests.unit.policy.team import (
    ADA,
    INES,
    MO,
    RAE,
    REASON,
    again,
    by_rule,
    governed,
    released,
    succeeded,
    waits,
    yes,
)


def the_one(story: Story) -> Waiting:
    (held,) = waiting(story.charter, story.state, story.now)
    return held


def newest_notice(story: Story) -> Notice:
    """The newest notice that is asked for."""
    *_, newest = next_actions(story.state, story.now, {ActionKind.NOTIFY})
    return notice_of(story.charter, story.state, newest)


def test_a_waiting_release_is_shown_with_its_evidence_and_the_commands() -> None:
    held = the_one(again(released(), "2").later(days=2))
    assert (held.version, held.against, held.since, held.age.days) == ("2", "1", START, 2)
    assert [(gate.gate, gate.verdict) for gate in held.gates] == [
        ("sample", "pass"),
        ("accuracy", "pass"),
        ("baseline", "pass"),
        ("champion", "pass"),
    ]
    assert held.risk == "Little can go wrong."
    assert held.commands[1].startswith("aipo approve churn 2 ")


def test_the_trigger_of_its_training_is_shown_in_words() -> None:
    story = released().decides(retrain, person=MO, reason="New tariff.").runs_all()
    assert (str(the_one(story).trigger), the_one(story).trigger_reason) == (
        "by hand",
        "Mo Lind: New tariff.",
    )


def test_only_those_who_may_decide_are_named_and_who_said_yes() -> None:
    held = the_one(yes(waits(), "1", RAE))
    assert [(person.name, person.approved) for person in held.may_decide] == [
        (ADA, False),
        (RAE, True),
    ]
    assert (held.quorum, held.missing, [approval.person for approval in held.approvals]) == (
        2,
        1,
        [RAE],
    )


def test_nothing_waits_if_the_gates_decide_or_people_have_decided() -> None:
    for story in (Story(by_rule()).adopts().delivers("w1").runs_all(), yes(waits(), "1")):
        assert waiting(story.charter, story.state, story.now) == ()


def test_a_missing_comparison_is_shown_to_the_deciders_and_in_the_notice() -> None:
    story = Story(by_rule()).adopts().delivers("w1").runs_all().trains("2")
    story.evaluates("2", champion="insufficient", not_compared="column 'gone' is missing")
    held, notice = the_one(story), newest_notice(story)
    assert (held.not_compared, held.quorum, held.missing) == ("column 'gone' is missing", 1, 1)
    assert (
        "passed its gates (sample, accuracy, baseline), but it could not be compared with version 1"
        in notice.body
    )
    assert "Who decides: 1 of Ada Ng (owner)" in notice.body


def test_limits_of_a_former_charter_are_pointed_out() -> None:
    assert not the_one(waits()).risk_is_older
    assert the_one(waits().adopts()).risk_is_older


def test_decisions_are_listed_oldest_first_with_person_and_reason() -> None:
    story = again(released(), "2").decides(reject, version="2", person=RAE, reason="Too early.")
    assert [
        (decision.version, decision.go, decision.by) for decision in past_decisions(story.entries)
    ] == [
        ("1", True, "rule:release"),
        ("2", False, f"risk_officer {RAE}"),
    ]


def test_every_decision_about_a_version_is_listed_and_not_only_the_last_decision() -> None:
    story = succeeded().decides(stop, person=ADA, reason="It harms.").runs_all()
    assert [
        (decision.version, decision.ruling, decision.rule)
        for decision in past_decisions(story.entries)
    ] == [
        ("1", "go", "approved"),
        ("2", "go", "approved"),
        ("2", "stop", ""),
        ("1", "go", "rollback"),
    ]


def test_what_waited_when_a_version_was_stopped_says_that_nothing_is_in_charge() -> None:
    story = again(released(), "2").decides(stop, person=ADA, reason="It harms.").runs_all()
    *_, last = past_decisions(story.entries)
    assert (last.version, last.ruling, last.rule) == ("2", "no-go", "superseded")
    assert last.reason == "It was compared with version 1, and no version is in charge any more."
    assert sentences(story.answer().reasons)[0].startswith(
        f"No model is in charge any more: version 1 was stopped by {ADA}"
    )


def test_the_answer_and_its_json_contain_the_waiting_releases() -> None:
    answer = waits().answer()
    assert [release.version for release in answer.decisions] == ["1"]
    written = to_json(answer)["decisions"]
    assert isinstance(written, list)
    assert isinstance(written[0], dict)
    assert (written[0]["version"], written[0]["missing"]) == ("1", 2)
    assert written[0]["since"] == START.isoformat()


def test_the_answer_names_the_predecessor_only_if_it_exists() -> None:
    assert released().answer().predecessor is None
    before = succeeded().answer().predecessor
    assert before is not None
    assert before.version == "1"


@pytest.mark.parametrize(
    ("story", "trigger", "outcome"),
    [
        (waits(), "first model", "version 1, which waits for people to decide"),
        (released(), "first model", "version 1, in charge now"),
        (
            waits().decides(reject, version="1", person=ADA, reason="No."),
            "first model",
            "version 1, turned down (rejected) by owner Ada Ng on 2026-03-02 09:00 UTC",
        ),
        (released().decides(retrain, person=MO, reason=REASON), "by hand", "under way"),
    ],
)
def test_the_last_training_is_shown_with_its_result(
    story: Story, trigger: str, outcome: str
) -> None:
    training = story.answer().trainings
    assert (training.trigger, result_text(training.outcome)) == (trigger, outcome)


def test_the_use_of_the_cap_does_not_count_the_first_model() -> None:
    story = Story(charter(retraining={"attempts": 5})).adopts().delivers("w1").runs_all()
    assert (story.answer().trainings.in_period, story.answer().trainings.cap) == (0, 5)
    story.decides(retrain, person="Ada Ng", reason=REASON).runs_all()
    assert story.answer().trainings.in_period == 1


def test_a_product_never_trained_has_no_last_training() -> None:
    training = Story().answer().trainings
    assert (training.trigger, training.status, training.outcome, training.in_period) == (
        "",
        None,
        None,
        0,
    )


def test_a_notice_of_a_decision_says_what_waits_who_decides_and_what_to_type() -> None:
    notice = newest_notice(again(released(), "2"))
    assert notice.title == "Customer churn: version 2 waits for your decision"
    for text in (
        "version 2 passed its gates (sample, accuracy, baseline, champion), against version 1.",
        "Little can go wrong.",
        "2026-03-02 09:00 UTC",
        "2 of Ada Ng (owner), Rae Holt (risk officer)",
        "aipo approve churn 2 --by",
        "aipo reject churn 2 --by",
    ):
        assert text in notice.body


def test_a_notice_of_a_decision_reaches_only_the_people_who_may_decide() -> None:
    assert newest_notice(waits()).targets == ("json://ada.example.org", "json://rae.example.org")


def test_the_notice_goes_to_the_log_if_no_decider_has_an_address() -> None:
    people = {"owner": person(ADA), "risk_officer": person(RAE)}
    assert newest_notice(waits(governed(people=people))).targets == ("log",)


def test_a_notice_that_leaves_after_the_decision_names_the_decision() -> None:
    story = waits()
    action = story.next(ActionKind.NOTIFY)
    story.decides(reject, version="1", person=ADA, reason="Too early.")
    notice = notice_of(story.charter, story.state, action)
    assert notice.title == "Customer churn: version 1 is decided already"
    assert "Meanwhile: rejected by owner Ada Ng: Too early." in notice.body
    assert "aipo approve" not in notice.body


def test_a_rollback_is_among_the_decisions_with_its_person() -> None:
    story = succeeded().decides(rollback, person=INES, reason=REASON)
    (back,) = [
        decision for decision in past_decisions(story.entries) if decision.rule == "rollback"
    ]
    assert (back.version, back.by, back.reason) == ("1", f"incident_owner {INES}", REASON)
