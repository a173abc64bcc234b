from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.append import CLOCK_TOLERANCE
from aipo_pipelines.ledger.model.models import OverrideAct
from aipo_pipelines.policy.facts.counted_approvals import stop_tally
from aipo_pipelines.policy.people.overrides import restore, rollback
from aipo_pipelines.policy.people.pending_overrides import (
    is_confirmed,
    overrides,
    unconfirmed,
)
from aipo_pipelines.policy.people.stopped_champion import stop
from aipo_pipelines.policy.statements.approvals import Override
from aipo_pipelines.policy.wording.approvals import override_sentence
from tests.unit.policy.story import START, Story
from tests.unit.policy.team import ADA, INES, governed, released, succeeded

TWO = {"roles": ["owner", "incident_owner"], "quorum": 2}
OPTIONS = '--by "YOUR NAME" --reason "WHY"'


def by_two(story: Story | None = None) -> Story:
    return (story or succeeded()).adopts(governed(override=TWO))


def stopped() -> Story:
    return by_two().decides(stop, person=ADA, reason="Harm.")


def only(story: Story) -> Override:
    (override,) = overrides(story.charter, story.state, story.now)
    return override


def test_nothing_waits_before_the_first_approval() -> None:
    story = by_two()
    assert overrides(story.charter, story.state, story.now) == ()
    assert unconfirmed(story.charter, story.state, story.now) is None


def test_a_rollback_that_waits_names_both_versions_and_the_next_command() -> None:
    override = only(by_two().later(hours=1).decides(rollback, person=ADA, reason="Harm."))
    assert (override.product, override.act) == ("churn", OverrideAct.ROLLBACK)
    assert (override.version, override.instead) == ("2", "1")
    assert override.since == START + timedelta(hours=1)
    assert (override.quorum, override.missing) == (2, 1)
    assert [approval.person for approval in override.words] == [ADA]
    assert (override.confirm_by, override.late) == (None, False)
    assert override.command == f"aipo rollback churn {OPTIONS}"


def test_a_restoration_that_waits_is_about_the_version_in_charge() -> None:
    override = only(by_two(released()).decides(restore, person=ADA, reason="Moved.", alias=""))
    assert (override.act, override.version, override.instead) == (OverrideAct.RESTORE, "1", "1")
    assert override.command == f"aipo restore churn {OPTIONS}"
    assert override_sentence(override) == (
        "Giving version 1 its alias back waits for people: 1 of 2 approvals are missing (given by "
        "Ada Ng)."
    )


def test_a_rollback_that_lost_its_predecessor_names_no_version_instead() -> None:
    story = by_two().decides(rollback, person=ADA, reason="Harm.")
    story.state = replace(story.state, predecessor=None)
    assert only(story).instead == ""


def test_a_sentence_says_if_nobody_gave_an_approval_that_counts() -> None:
    story = by_two().decides(rollback, person=ADA, reason="Harm.")
    assert override_sentence(replace(only(story), words=(), missing=2)) == (
        "A rollback of version 2 waits for people: 2 of 2 approvals are missing (given by nobody)."
    )


def test_a_stop_that_waits_names_the_version_that_took_over_and_the_next_command() -> None:
    override = only(stopped().later(hours=2))
    assert (override.product, override.act) == ("churn", OverrideAct.STOP)
    assert (override.version, override.instead, override.since) == ("2", "1", START)
    assert (override.quorum, override.missing) == (2, 1)
    assert (override.confirm_by, override.late) == (START + timedelta(days=1), False)
    assert override.command == f"aipo stop churn --confirm {OPTIONS}"


@pytest.mark.parametrize(("seconds", "late"), [(0, False), (1, True)])
def test_a_confirmation_is_late_after_its_time(seconds: int, late: bool) -> None:
    story = stopped().later(days=1, seconds=seconds)
    assert only(story).late is late
    assert ("was due by" in override_sentence(only(story))) is late
    assert (unconfirmed(story.charter, story.state, story.now) is not None) is late


def test_a_late_confirmation_is_an_alarm_with_the_command_and_the_stop_stays() -> None:
    story = stopped().later(days=2)
    alarm = unconfirmed(story.charter, story.state, story.now)
    assert alarm is not None
    assert (str(alarm.cause), alarm.severity) == ("unconfirmed_stop", Severity.WARNING)
    assert alarm.title == "The stop of version 2 was not confirmed in time"
    assert alarm.summary == (
        f"{override_sentence(only(story))} The stop stays; confirm it with: aipo stop churn "
        f"--confirm {OPTIONS}"
    )


@pytest.mark.parametrize(("beyond", "late"), [(timedelta(0), False), (timedelta(seconds=1), True)])
def test_a_stop_of_a_clock_that_was_ahead_is_due_now(beyond: timedelta, late: bool) -> None:
    story = stopped()
    story.now = START - CLOCK_TOLERANCE - beyond
    assert only(story).late is late
    assert only(story).confirm_by == (story.now if late else START + timedelta(days=1))


def test_a_stop_is_confirmed_by_the_quorum_then_or_by_a_charter_that_needs_fewer_people() -> None:
    story = stopped()
    known = story.state.stop
    assert known is not None
    assert not is_confirmed(known, stop_tally(story.charter, known.words))
    fewer = governed(override={**TWO, "quorum": 1})
    assert is_confirmed(known, stop_tally(fewer, known.words))
    confirmed = replace(known, confirmed_at=START)
    assert is_confirmed(confirmed, stop_tally(story.charter, known.words))


def test_a_stop_and_a_rollback_can_wait_at_the_same_time() -> None:
    story = stopped().runs_all().decides(restore, person=INES, reason="Moved.", alias="")
    waiting = overrides(story.charter, story.state, story.now)
    assert [override.act for override in waiting] == [OverrideAct.STOP, OverrideAct.RESTORE]
