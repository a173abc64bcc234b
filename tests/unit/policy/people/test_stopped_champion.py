from __future__ import annotations

from datetime import timedelta

import pytest

from aipo_pipelines.errors import DecisionError
from aipo_pipelines.ledger.events.overrides import ChampionStopped, OverrideApproved
from aipo_pipelines.ledger.events.releases import ReleaseDecided
from aipo_pipelines.ledger.model.models import OverrideAct
from aipo_pipelines.policy.people.stopped_champion import confirm_stop, stop
from tests.unit.policy.story import START, Story
from tests.unit.policy.team import ADA, INES, governed, released, succeeded

TWO = {"roles": ["owner", "incident_owner"], "quorum": 2}


def by_two(story: Story) -> Story:
    return story.adopts(governed(override=TWO))


def stopped() -> Story:
    return by_two(succeeded()).decides(stop, person=ADA, reason="Harm.")


def test_a_stop_records_the_person_the_agreement_and_the_time_for_its_confirmation() -> None:
    story = by_two(succeeded())
    agreement = story.state.charter
    champion = story.state.champion
    assert agreement is not None
    assert champion is not None
    taken, _ = stop(story.charter, story.state, ADA, " Harm. ", story.now)
    assert taken.event == ChampionStopped(
        version="2",
        back_to="1",
        person=ADA,
        role="owner",
        reason="Harm.",
        confirm_by=START + timedelta(days=1),
        confirmed=False,
        charter_version=agreement.version,
        charter_digest=agreement.digest,
        contract_digest="contract",
        standards_digest="standards",
        signature="unsigned",
    )
    assert (taken.product, taken.subject, taken.actor) == ("churn", "model/2", f"owner {ADA}")
    assert taken.occurred_at == START
    assert taken.key == f"stop/churn/{champion.decision}/{START.isoformat()}"


def test_a_stop_brings_the_predecessor_back_by_the_same_decision() -> None:
    story = by_two(succeeded())
    champion = story.state.champion
    assert champion is not None
    taken, returning = stop(story.charter, story.state, ADA, "Harm.", story.now)
    assert returning.event == ReleaseDecided(
        version="1",
        go=True,
        rule="rollback",
        reason="Version 2 was stopped: Harm.",
        evidence={"gives_way": "2", "its_decision": champion.decision},
        signature="unsigned",
    )
    assert (returning.subject, returning.key) == ("model/1", f"{taken.key}/back")
    assert (returning.actor, returning.occurred_at) == (f"owner {ADA}", START)


def test_a_stop_without_a_predecessor_puts_no_version_in_charge() -> None:
    story = by_two(released())
    (taken,) = stop(story.charter, story.state, ADA, "Harm.", story.now)
    assert isinstance(taken.event, ChampionStopped)
    assert taken.event.back_to == ""


@pytest.mark.parametrize(("quorum", "confirmed"), [(1, True), (2, False)])
def test_a_stop_is_confirmed_at_once_if_one_person_is_enough(quorum: int, confirmed: bool) -> None:
    story = succeeded()
    story.charter = governed(override={**TWO, "quorum": quorum})
    taken = stop(story.charter, story.state, ADA, "Harm.", story.now)[0]
    assert isinstance(taken.event, ChampionStopped)
    assert taken.event.confirmed is confirmed


def test_the_time_for_the_confirmation_is_agreed_in_the_charter() -> None:
    story = succeeded()
    story.charter = governed(override={**TWO, "confirm_within": "4h"})
    taken = stop(story.charter, story.state, ADA, "Harm.", story.now)[0]
    assert isinstance(taken.event, ChampionStopped)
    assert taken.event.confirm_by == START + timedelta(hours=4)


def test_a_confirmation_names_the_stopped_version_and_completes_the_quorum() -> None:
    story = stopped().later(hours=1)
    known, agreement = story.state.stop, story.state.charter
    assert known is not None
    assert agreement is not None
    (confirmed,) = confirm_stop(story.charter, story.state, "INES@example.org", "Seen.", story.now)
    assert isinstance(confirmed.event, OverrideApproved)
    assert (confirmed.event.act, confirmed.event.version) == (OverrideAct.STOP, "2")
    assert (confirmed.event.person, confirmed.event.completes) == (INES, True)
    assert (confirmed.subject, confirmed.actor) == ("model/2", f"incident_owner {INES}")
    assert confirmed.occurred_at == START + timedelta(hours=1)
    assert confirmed.key == f"confirm/churn/{known.entry}/{agreement.entry}/ines@example.org"


@pytest.mark.parametrize("story", [by_two(released()), Story(governed(override=TWO)).adopts()])
def test_without_a_stop_nothing_is_confirmed(story: Story) -> None:
    with pytest.raises(DecisionError) as refusal:
        confirm_stop(story.charter, story.state, INES, "Seen.", story.now)
    assert str(refusal.value) == (
        "no stop of churn waits to be confirmed; nothing was recorded now; see: aipo decisions "
        "churn"
    )


def test_nothing_in_charge_is_stopped_and_the_command_for_a_confirmation_is_named() -> None:
    story = Story(governed(override=TWO)).adopts()
    with pytest.raises(DecisionError) as refusal:
        stop(story.charter, story.state, ADA, "Harm.", story.now)
    assert str(refusal.value) == (
        "no version of churn is in charge, so there is nothing to stop; see: aipo status churn; "
        "to confirm a stop: aipo stop churn --confirm"
    )
