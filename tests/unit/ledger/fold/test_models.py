"""Trainings, candidates, and decisions about releases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.evidence.metadata.base import Metadata
from aipo_pipelines.evidence.metadata.training import (
    AsLive,
    ChallengerMetadata,
    ChampionMetadata,
    EvaluationMetadata,
    Gate,
    RiskAssessmentMetadata,
)
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.measurements import AssetMaterialised
from aipo_pipelines.ledger.events.releases import (
    ReleaseApproved,
    ReleaseDecided,
    ReleaseRequested,
)
from aipo_pipelines.ledger.events.trainings import TrainingDue
from aipo_pipelines.ledger.fold.invalid_evidence import invalid
from aipo_pipelines.ledger.fold.models import (
    RESTORED,
    ROLLBACK,
    known_versions,
    materialise,
    newest_number,
    release_approved,
    release_decided,
    release_requested,
    training_due,
)
from aipo_pipelines.ledger.model.models import (
    Approval,
    Candidate,
    OverrideAct,
    ReleaseDecision,
    Training,
    TrainingStatus,
)
from aipo_pipelines.ledger.model.state import (
    Action,
    ActionKind,
    ActionStatus,
    Batch,
    BatchStatus,
    ProductState,
)
from aipo_pipelines.ledger.model.trigger import Trigger
from tests.unit.ledger.values import (
    PASS,
    action,
    approval,
    batch,
    candidate,
    champion,
    day,
    entry,
    evidence,
    figure,
    run,
    state,
)

GATE = Gate(gate="roc_auc", verdict="pass", summary="It passes.")


def made(
    before: ProductState, metadata: Metadata, index: int = 60, *, action: str = "10:1"
) -> ProductState:
    """The state after the materialisation of an asset of a retrain run."""
    event = AssetMaterialised(
        asset="asset",
        partition="",
        run_id="run",
        data_version="",
        metadata=metadata,
        action=action,
    )
    return materialise(before, entry(event, index, at=day(5)), event)


def with_candidate(known: Candidate, *batches: Batch, **members: Any) -> ProductState:
    return state(*batches, candidates={known.version: known}, **members)


# Trainings.

DUE = TrainingDue(
    window=("w1", "w2"),
    trigger=Trigger("cadence"),
    reason="It is old.",
    change="w2",
    data="sha256:data",
)


def test_a_training_that_is_due_is_known_and_asked_for() -> None:
    event = replace(DUE, data_at=day(3))
    after = training_due(state(), entry(event, 10, at=day(4)), event)
    assert after.trainings == {
        "10": Training(
            entry=10,
            trigger=Trigger("cadence"),
            reason="It is old.",
            asked_at=day(4),
            data_at=day(3),
            data="sha256:data",
        )
    }
    arguments = {"window": ["w1", "w2"], "trigger": "cadence", "change": "w2"}
    assert after.actions == {"10": action(10, ActionKind.TRAIN, arguments=arguments, due_at=day(4))}


def test_a_training_without_dated_batches_is_counted_from_its_request() -> None:
    after = training_due(state(), entry(DUE, 10, at=day(4)), DUE)
    assert after.trainings["10"].data_at == day(4)


def test_earlier_trainings_stay() -> None:
    before = training_due(state(), entry(DUE, 10), DUE)
    assert list(training_due(before, entry(DUE, 11), DUE).trainings) == ["10", "11"]


# Candidates.

CHALLENGER = ChallengerMetadata(
    version="2",
    mlflow_run_id="mlflow 2",
    model_digest="sha256:model",
    trained_at=day(4),
    trigger="cadence",
    choice="recent",
    window=("w1", "w2"),
    inputs={"w1": "a"},
    held_out={"partition": "w2"},
    out_of_fold="sha256:oof",
    baseline=(figure(),),
    against="1",
)


def test_a_trained_version_is_a_candidate_with_everything_that_its_entry_says() -> None:
    assert made(state(), CHALLENGER).candidates == {
        "2": Candidate(
            version="2",
            run_id="mlflow 2",
            window=("w1", "w2"),
            baseline=(figure(),),
            trained_at=day(4),
            entry=60,
            choice="recent",
            inputs={"w1": "a"},
            out_of_fold="sha256:oof",
            model_digest="sha256:model",
            trigger="cadence",
            training=10,
            held_out={"partition": "w2"},
            against="1",
        )
    }


def test_a_candidate_of_a_run_by_hand_belongs_to_no_training() -> None:
    after = made(state(), replace(CHALLENGER, trained_at=None), action="")
    assert after.candidates["2"].training is None
    assert after.candidates["2"].trained_at == day(5)


@pytest.mark.parametrize(
    "members",
    [
        {"candidates": {"2": candidate("2", assessed=None)}},
        {"champion": champion("2")},
        {"predecessor": champion("2")},
    ],
)
def test_a_version_that_is_known_already_does_not_become_a_candidate_again(
    members: dict[str, Any],
) -> None:
    before = state(**members)
    assert made(before, CHALLENGER) is before


def test_a_version_with_a_decision_does_not_become_a_candidate_again() -> None:
    before = decided(with_candidate(candidate("2")), go=False)
    assert made(before, CHALLENGER) is before


@pytest.mark.parametrize("metadata", [ChallengerMetadata(), ChampionMetadata(version="2")])
def test_an_asset_without_a_version_or_of_another_kind_changes_nothing(metadata: Metadata) -> None:
    before = state()
    assert made(before, metadata) is before


def test_only_the_unfinished_candidate_of_the_same_training_is_replaced() -> None:
    known = {
        "3": candidate("3", training=10, assessed=None),
        "4": candidate("4", training=10),
        "5": candidate("5", training=11, assessed=None),
        "6": candidate("6", training=None, assessed=None),
    }
    assert list(made(state(candidates=known), CHALLENGER).candidates) == ["4", "5", "6", "2"]
    by_hand = made(state(candidates=known), CHALLENGER, action="")
    assert list(by_hand.candidates) == ["3", "4", "5", "6", "2"]


# Their evaluation.

AS_LIVE = AsLive(
    check="performance",
    verdict=PASS,
    severity=Severity.WARNING,
    summary="It passes.",
    figures=(figure(),),
)
EVALUATION = EvaluationMetadata(
    version="2", not_compared="It did not answer.", gates=(GATE,), as_live=(AS_LIVE,)
)
FRESH = candidate("2", evaluated=None, assessed=None, held_out={"partition": "w1"})


def evaluation_of(before: ProductState) -> Any:
    after = made(before, EVALUATION)
    return after.candidates["2"].as_live["performance/performance"]


def test_a_candidate_is_evaluated_by_its_gates_and_by_the_checks_of_live_batches() -> None:
    known = batch("w1", occurred_at=day(1))
    after = made(with_candidate(FRESH, known), EVALUATION)
    live = evidence(
        "w1", PASS, severity=Severity.WARNING, summary="It passes.", evidence_at=day(1), entry=60
    )
    assert after.candidates["2"] == replace(
        FRESH,
        gates=(GATE,),
        not_compared="It did not answer.",
        as_live={"performance/performance": live},
        evaluated=60,
    )


def test_the_evaluation_of_a_version_knows_the_agreement_of_the_claim_of_its_run() -> None:
    before = with_candidate(FRESH, runs={"run": run("run", 55)})
    assert evaluation_of(before).began == 55


def test_held_out_records_of_an_unknown_batch_are_as_old_as_the_entry() -> None:
    known = evaluation_of(with_candidate(replace(FRESH, held_out={})))
    assert (known.partition, known.evidence_at) == ("", day(5))


def test_held_out_records_with_a_date_in_the_future_are_as_old_as_the_entry() -> None:
    future = batch("w1", occurred_at=day(9), arrived_at=day(4))
    assert evaluation_of(with_candidate(FRESH, future)).evidence_at == day(5)


def test_an_evaluation_on_a_batch_that_does_not_count_is_invalid() -> None:
    withdrawn = batch("w1", status=BatchStatus.WITHDRAWN)
    known = evaluation_of(with_candidate(FRESH, withdrawn))
    reason = "Batch w1, which it was about, was withdrawn when the version was evaluated."
    live = evidence("w1", severity=Severity.WARNING, entry=60)
    assert known == invalid(live, "w1", reason, day(5))


@pytest.mark.parametrize("known", [candidate("3"), candidate("2", evaluated=6, assessed=None)])
def test_a_version_is_evaluated_once_and_only_as_a_candidate(known: Candidate) -> None:
    before = with_candidate(known)
    assert made(before, EVALUATION) is before


# Their risk assessment.

RISK = RiskAssessmentMetadata(version="2", text="Little can go wrong.")
EVALUATED = candidate("2", assessed=None, training=10)


def test_a_candidate_is_complete_with_its_risk_assessment() -> None:
    after = made(with_candidate(EVALUATED), RISK)
    assert after.candidates["2"] == replace(EVALUATED, risk="Little can go wrong.", assessed=60)
    assert after.trainings == {}


@pytest.mark.parametrize(
    "known",
    [candidate("3", assessed=None), candidate("2"), candidate("2", evaluated=None, assessed=None)],
    ids=["unknown", "assessed already", "not evaluated"],
)
def test_only_an_evaluated_candidate_is_assessed_and_only_once(known: Candidate) -> None:
    before = with_candidate(known)
    assert made(before, RISK) is before


def test_a_training_is_done_when_its_candidate_is_assessed() -> None:
    before = training_due(with_candidate(EVALUATED), entry(DUE, 10), DUE)
    other = training_due(before, entry(DUE, 11), DUE)
    after = made(replace(before, trainings=other.trainings), RISK)
    assert after.trainings["10"].status is TrainingStatus.TRAINED
    assert after.trainings["10"].version == "2"
    assert after.trainings["11"].status is TrainingStatus.REQUESTED
    assert after.actions["10"].status is ActionStatus.FINISHED


# The request for a decision.

REQUESTED = ReleaseRequested(version="2", reason="It passed.", roles=("owner",), quorum=1)


def requested(before: ProductState) -> ProductState:
    return release_requested(before, entry(REQUESTED, 70, at=day(6)), REQUESTED)


def test_people_are_asked_to_decide_about_a_candidate() -> None:
    after = requested(with_candidate(candidate("2")))
    assert after.candidates["2"] == candidate("2", requested=70, requested_at=day(6))
    assert after.candidates["2"].awaits_people
    assert after.actions == {
        "70": action(70, ActionKind.NOTIFY, arguments={"decision": "2"}, due_at=day(6))
    }


def test_nobody_is_asked_about_an_unknown_version() -> None:
    before = with_candidate(candidate("3"))
    assert requested(before) is before


def test_a_new_request_takes_a_decision_back_with_its_waiting_release() -> None:
    before = decided(with_candidate(candidate("2")))
    before = decided(
        replace(before, candidates={**before.candidates, "3": candidate("3")}), 76, version="3"
    )
    after = requested(before)
    assert after.candidates["2"].decision is None
    assert after.candidates["2"].decided_by == ""
    assert list(after.decisions) == ["3"]
    withdrawn = after.actions["75"]
    assert (withdrawn.status, withdrawn.error) == (
        ActionStatus.SUPERSEDED,
        "the decision it served was withdrawn",
    )
    assert after.actions["76"].status is ActionStatus.PENDING


def test_a_release_that_has_begun_asks_for_the_decision_itself() -> None:
    before = decided(with_candidate(candidate("2")))
    begun = replace(before.actions["75"], status=ActionStatus.STARTED)
    after = requested(replace(before, actions={"75": begun}))
    assert after.actions["75"] == begun


# Approvals.

APPROVED = ReleaseApproved(
    version="2",
    person="Ada Ng",
    role="owner",
    reason="I agree.",
    evaluation=6,
    signature="signed",
    charter_version="4",
    charter_digest="charter",
    contract_digest="contract",
    standards_digest="standards",
    model_digest="model",
)


def approved(before: ProductState, index: int = 72, **members: Any) -> ProductState:
    event = replace(APPROVED, **members)
    return release_approved(before, entry(event, index, at=day(6)), event)


def test_an_approval_is_kept_with_everything_that_the_person_saw() -> None:
    assert approved(with_candidate(candidate("2"))).candidates["2"].approvals == (
        Approval(
            person="Ada Ng",
            role="owner",
            reason="I agree.",
            entry=72,
            at=day(6),
            signature="signed",
            evaluation=6,
            charter_version="4",
            charter_digest="charter",
            contract_digest="contract",
            standards_digest="standards",
            model_digest="model",
        ),
    )


def test_a_repeated_approval_changes_nothing() -> None:
    once = approved(with_candidate(candidate("2")))
    assert approved(once, 73) is once


def test_an_approval_of_other_evidence_replaces_that_of_the_same_person() -> None:
    after = approved(approved(with_candidate(candidate("2"))), 73, evaluation=8)
    assert [known.entry for known in after.candidates["2"].approvals] == [73]


@pytest.mark.parametrize("known", [candidate("3"), candidate("2", decision=71)])
def test_an_approval_of_an_unknown_or_decided_version_changes_nothing(known: Candidate) -> None:
    before = with_candidate(known)
    assert approved(before) is before


# Decisions.


def decided(
    before: ProductState, index: int = 75, *, actor: str = "owner Ada Ng", **members: Any
) -> ProductState:
    known = ReleaseDecided(version="2", go=True, rule="approved", reason="It passed.", evidence={})
    event = replace(known, **members)
    return release_decided(before, entry(event, index, at=day(6), actor=actor), event)


def release(index: int = 75, version: str = "2") -> Action:
    return action(index, ActionKind.RELEASE, arguments={"version": version}, due_at=day(6))


def test_a_go_is_noted_and_asks_for_the_release() -> None:
    after = decided(with_candidate(candidate("2")))
    assert after.decisions == {
        "2": ReleaseDecision(
            version="2",
            go=True,
            rule="approved",
            reason="It passed.",
            by="owner Ada Ng",
            entry=75,
            at=day(6),
        )
    }
    assert after.candidates["2"] == candidate("2", decision=75, decided_by="owner Ada Ng")
    assert after.actions == {"75": release()}


def test_a_no_go_is_noted_and_ends_the_candidate() -> None:
    after = decided(with_candidate(candidate("2")), go=False, rule="rejected")
    assert after.candidates == {}
    assert not after.decisions["2"].go
    assert after.actions == {}


def test_a_no_go_takes_a_go_back_with_its_waiting_release() -> None:
    after = decided(decided(with_candidate(candidate("2"))), 76, go=False)
    assert after.decisions["2"].entry == 76
    assert after.actions["75"].status is ActionStatus.SUPERSEDED
    assert list(after.actions) == ["75"]


def test_a_second_go_asks_for_no_second_release() -> None:
    once = decided(with_candidate(candidate("2")))
    assert decided(once, 76) is once


@pytest.mark.parametrize("go", [True, False])
def test_an_unknown_version_is_not_decided_about(go: bool) -> None:
    before = state(champion=champion("2"), predecessor=champion("1"))
    assert decided(before, go=go) is before


def test_the_people_whose_approvals_made_a_go_are_noted() -> None:
    known = candidate(
        "2", approvals=(approval("Ada Ng", 70), approval("Ben Haas", 71), approval("Ines", 72))
    )
    for named, people in (
        ([70, 72], ("Ada Ng", "Ines")),
        ([], ()),
        ("70", ()),
        (None, ()),
    ):
        after = decided(with_candidate(known), evidence={"approvals": named})
        assert after.decisions["2"].approved_by == people


def test_a_no_go_rests_on_no_approval() -> None:
    known = candidate("2", approvals=(approval("Ada Ng", 70),))
    after = decided(with_candidate(known), go=False, evidence={"approvals": [70]})
    assert after.decisions["2"].approved_by == ()


def test_a_rollback_to_the_predecessor_can_be_decided() -> None:
    before = state(champion=champion("3"), predecessor=champion("2"))
    after = decided(before, rule=ROLLBACK)
    assert after.actions == {"75": release()}
    assert after.decisions["2"].rule == ROLLBACK
    assert after.candidates == {}


@pytest.mark.parametrize(
    "members", [{"rule": "approved"}, {"rule": ROLLBACK, "go": False}, {"version": "1"}]
)
def test_the_predecessor_returns_by_a_go_to_roll_back_only(members: dict[str, Any]) -> None:
    before = state(champion=champion("3"), predecessor=champion("2"))
    assert decided(before, **{"rule": ROLLBACK, **members}) is before


def test_the_champion_of_record_gets_its_alias_back() -> None:
    after = decided(state(champion=champion("2")), rule=RESTORED)
    assert after.actions == {"75": release()}
    assert after.decisions["2"].rule == RESTORED
    assert after.champion == champion("2")


@pytest.mark.parametrize("known", [None, champion("1")])
def test_another_version_gets_no_alias_back(known: Any) -> None:
    before = with_candidate(candidate("2"), champion=known)
    assert decided(before, rule=RESTORED) is before


def test_restoring_without_a_go_is_a_no_go_about_a_candidate() -> None:
    after = decided(with_candidate(candidate("2"), champion=champion("2")), rule=RESTORED, go=False)
    assert after.candidates == {}
    assert after.actions == {}


@pytest.mark.parametrize("rule", ["approved", RESTORED])
def test_approvals_about_the_champion_lead_to_one_decision(rule: str) -> None:
    known = champion("2", overrides={OverrideAct.RESTORE: (approval(),)})
    before = with_candidate(candidate("2"), champion=known)
    after = decided(before, rule=rule)
    assert after.champion == champion("2")


def test_approvals_about_the_champion_stay_if_the_decision_does_not_count() -> None:
    known = champion("1", overrides={OverrideAct.RESTORE: (approval(),)})
    before = state(champion=known)
    assert decided(before) is before


# Versions.


def test_versions_without_a_decision_or_an_assessment_are_not_known() -> None:
    known = state(
        candidates={"5": candidate("5"), "6": candidate("6", assessed=None)},
        decisions={"4": decided(with_candidate(candidate("2"))).decisions["2"]},
        champion=champion("3"),
        predecessor=champion("2"),
    )
    assert known_versions(known) == {"5", "4", "3", "2"}
    assert newest_number(known) == 6


def test_without_any_version_the_newest_number_is_0() -> None:
    assert known_versions(state()) == frozenset()
    assert newest_number(state()) == 0
    assert newest_number(state(champion=champion("v7"))) == 0


@given(st.lists(st.integers(1, 10**6), min_size=1))
def test_numbers_are_compared_as_numbers(numbers: list[int]) -> None:
    known = state(candidates={str(n): candidate(str(n)) for n in numbers})
    assert newest_number(known) == max(numbers)
