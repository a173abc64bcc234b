"""The champion: how a version comes into charge, and returns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.evidence.metadata.holdout_place import HeldOutPlace
from aipo_pipelines.evidence.metadata.training import Gate
from aipo_pipelines.ledger.events.releases import ChampionReleased
from aipo_pipelines.ledger.fold.champions import go_live
from aipo_pipelines.ledger.fold.models import ROLLBACK
from aipo_pipelines.ledger.model.models import Champion, OverrideAct, ReleaseDecision
from aipo_pipelines.ledger.model.state import ActionKind, ActionStatus, ProductState
from aipo_pipelines.ledger.model.trigger import Trigger
from tests.model_versions import gathered
from tests.unit.ledger.values import (
    DRIFT,
    FAIL,
    INSUFFICIENT,
    PASS,
    PERFORMANCE,
    START,
    action,
    actions,
    approval,
    candidate,
    champion,
    check,
    day,
    entry,
    evidence,
    figure,
    state,
)


def decision(version: str = "1", **members: Any) -> ReleaseDecision:
    known = ReleaseDecision(
        version=version,
        go=True,
        rule=ROLLBACK,
        reason="It was better.",
        by="owner Ada Ng",
        entry=55,
        at=START,
    )
    return replace(known, **members)


def released(before: ProductState, version: str = "2", decided: int = 55) -> ProductState:
    event = ChampionReleased(version=version, decision=decided)
    return go_live(before, entry(event, 60, at=day(3)), event)


def allowed(version: str = "2", **members: Any) -> ProductState:
    """A candidate that a decision allows."""
    known = candidate(version, decision=55, decided_by="rule:release")
    return state(candidates={version: known}, **members)


def champion_of(after: ProductState) -> Champion:
    assert after.champion is not None
    return after.champion


def test_a_champion_has_everything_that_was_known_about_its_candidate() -> None:
    known = candidate(
        "2",
        decision=55,
        decided_by="owner Ada Ng",
        window=("w1", "w2"),
        baseline=(figure(value=0.9),),
        choice="recent",
        inputs={"w1": "a"},
        out_of_fold="sha256:oof",
        model_digest="sha256:model",
        trigger=Trigger("cadence"),
        held_out=HeldOutPlace(partition="w2"),
        gates=(Gate(gate="roc_auc", verdict="pass", summary="It passes."),),
        as_live={PERFORMANCE: evidence("w2")},
        risk="Little can go wrong.",
    )
    assert champion_of(released(state(candidates={"2": known}))) == gathered(
        Champion,
        version="2",
        run_id="mlflow 2",
        window=("w1", "w2"),
        baseline=(figure(value=0.9),),
        trained_at=START,
        released_at=day(3),
        released_by="owner Ada Ng",
        decision=55,
        previous="",
        choice="recent",
        inputs={"w1": "a"},
        out_of_fold="sha256:oof",
        model_digest="sha256:model",
        trigger=Trigger("cadence"),
        held_out=HeldOutPlace(partition="w2"),
        gates=(Gate(gate="roc_auc", verdict="pass", summary="It passes."),),
        as_live={PERFORMANCE: evidence("w2")},
        risk="Little can go wrong.",
        crowned=60,
    )


def test_a_released_version_is_no_candidate_any_more_and_the_others_stay() -> None:
    before = allowed()
    before = replace(before, candidates={**before.candidates, "3": candidate("3")})
    assert released(before).candidates == {"3": candidate("3")}


def test_the_former_champion_becomes_the_predecessor() -> None:
    after = released(allowed(champion=champion("1"), predecessor=champion("0")))
    assert champion_of(after).previous == "1"
    assert after.predecessor == champion("1")


@pytest.mark.parametrize("known", [{}, {"2": candidate("2")}])
def test_an_alias_that_moved_without_a_decision_makes_no_champion(known: dict[str, Any]) -> None:
    before = state(candidates=known, champion=champion("1"))
    assert released(before) is before


def test_the_predecessor_keeps_its_last_evaluations_in_service() -> None:
    last = evidence("w1", FAIL, entry=20)
    before = allowed(
        champion=champion("1", in_service={"performance/old": evidence("w0")}),
        checks={PERFORMANCE: check(decided=last), DRIFT: check(key=DRIFT)},
    )
    after = released(before)
    assert after.predecessor is not None
    assert after.predecessor.in_service == {"performance/old": evidence("w0"), PERFORMANCE: last}


@pytest.mark.parametrize(("known_up_to", "remains"), [(3, False), (4, True)])
def test_evaluations_before_a_champion_say_nothing_about_it(
    known_up_to: int, remains: bool
) -> None:
    decided = evidence(entry=30, began=known_up_to)
    after = released(allowed(champion=champion("1"), checks={PERFORMANCE: check(decided=decided)}))
    assert after.predecessor is not None
    assert (PERFORMANCE in after.predecessor.in_service) is remains


def test_a_check_without_a_verdict_is_not_kept_for_the_predecessor() -> None:
    checks = {PERFORMANCE: check(verdict=INSUFFICIENT)}
    after = released(allowed(champion=champion("1"), checks=checks))
    assert after.predecessor is not None
    assert after.predecessor.in_service == {}


def rolled_back(**members: Any) -> ProductState:
    """A state in which a rollback to version 1 was decided."""
    former = champion(
        "1",
        previous="0",
        as_live={PERFORMANCE: evidence()},
        in_service={PERFORMANCE: evidence("w2")},
    )
    known: dict[str, Any] = {
        "champion": champion("2"),
        "predecessor": former,
        "decisions": {"1": decision()},
    }
    return state(**{**known, **members})


def test_a_rollback_returns_the_predecessor_with_its_record_in_service() -> None:
    after = released(rolled_back(), "1")
    assert champion_of(after) == champion(
        "1",
        in_service={PERFORMANCE: evidence("w2")},
        released_at=day(3),
        released_by="owner Ada Ng",
        decision=55,
        crowned=60,
    )


def test_after_a_rollback_there_is_no_predecessor() -> None:
    assert released(rolled_back(), "1").predecessor is None


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"1": decision(go=False)},
        {"1": decision(rule="gates")},
        {"1": decision(entry=54)},
        {"3": decision("3")},
    ],
    ids=["none", "no go", "another rule", "another entry", "another version"],
)
def test_the_predecessor_returns_only_by_the_decision_to_roll_back(other: dict[str, Any]) -> None:
    before = rolled_back(decisions=other)
    assert released(before, "1") is before


def test_a_rollback_leaves_the_candidates() -> None:
    known = {"3": candidate("3")}
    assert released(rolled_back(candidates=known), "1").candidates == known


def test_a_new_champion_has_no_approvals_of_overrides() -> None:
    stale = {OverrideAct.ROLLBACK: (approval(),)}
    assert champion_of(released(allowed(champion=champion("1", overrides=stale)))).overrides == {}


def releases() -> dict[str, Any]:
    """Releases in each status: of version 2, of version 4, and of the removal of the alias."""
    waiting = {
        number: action(number, ActionKind.RELEASE, arguments={"version": version}, status=status)
        for number, version, status in (
            (11, "2", ActionStatus.PENDING),
            (12, "2", ActionStatus.STARTED),
            (13, "4", ActionStatus.PENDING),
            (14, "4", ActionStatus.GIVEN_UP),
            (15, "", ActionStatus.GIVEN_UP),
            (16, "", ActionStatus.PENDING),
        )
    }
    return {**actions(*waiting.values()), "17": action(17, status=ActionStatus.GIVEN_UP)}


def test_a_release_ends_the_releases_that_have_nothing_left_to_do() -> None:
    after = released(allowed(actions=releases()))
    assert {key: known.status for key, known in after.actions.items()} == {
        "11": ActionStatus.FINISHED,
        "12": ActionStatus.STARTED,
        "13": ActionStatus.PENDING,
        "14": ActionStatus.SUPERSEDED,
        "15": ActionStatus.FINISHED,
        "16": ActionStatus.FINISHED,
        "17": ActionStatus.GIVEN_UP,
    }
    assert after.actions["14"].error == "another version went live"


def test_a_rollback_ends_the_releases_that_were_given_up_too() -> None:
    after = released(rolled_back(actions=releases()), "1")
    assert after.actions["14"].status is ActionStatus.SUPERSEDED
    assert after.actions["13"].status is ActionStatus.PENDING


def test_the_last_evaluation_in_service_replaces_an_earlier_evaluation() -> None:
    decided = evidence("w1", PASS, entry=20)
    known = allowed(champion=champion("1", in_service={PERFORMANCE: evidence("w0", FAIL)}))
    after = released(replace(known, checks={PERFORMANCE: check(decided=decided)}))
    assert after.predecessor is not None
    assert after.predecessor.in_service[PERFORMANCE] == decided
