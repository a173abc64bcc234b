"""Trainings and candidates; `test_decisions` has the decisions about them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.evidence.metadata.base import Metadata
from aipo_pipelines.evidence.metadata.holdout_place import NOT_HELD_OUT, HeldOutPlace
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
from aipo_pipelines.ledger.events.trainings import TrainingDue
from aipo_pipelines.ledger.fold.invalid_evidence import invalid
from aipo_pipelines.ledger.fold.models import (
    materialise,
    training_due,
)
from aipo_pipelines.ledger.model.models import (
    Candidate,
    ReleaseDecision,
    Training,
    TrainingStatus,
)
from aipo_pipelines.ledger.model.state import (
    ActionKind,
    ActionStatus,
    Batch,
    BatchStatus,
    ProductState,
)
from aipo_pipelines.ledger.model.trigger import Trigger
from tests.model_versions import altered, gathered
from tests.unit.ledger.values import (
    PASS,
    action,
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
    held_out=HeldOutPlace(partition="w2"),
    out_of_fold="sha256:oof",
    baseline=(figure(),),
    against="1",
)


def test_a_trained_version_is_a_candidate_with_everything_that_its_entry_says() -> None:
    assert made(state(), CHALLENGER).candidates == {
        "2": gathered(
            Candidate,
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
            trigger=Trigger("cadence"),
            training=10,
            held_out=HeldOutPlace(partition="w2"),
            against="1",
        )
    }


def test_a_candidate_of_a_run_by_hand_belongs_to_no_training() -> None:
    after = made(state(), replace(CHALLENGER, trained_at=None), action="")
    assert after.candidates["2"].training is None
    assert after.candidates["2"].model.trained_at == day(5)


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
    decision = ReleaseDecision(
        version="2", go=False, rule="gates", reason="", by="rule:release", entry=8, at=day(1)
    )
    before = state(decisions={"2": decision})
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
FRESH = candidate("2", evaluated=None, assessed=None, held_out=HeldOutPlace(partition="w1"))


def evaluation_of(before: ProductState) -> Any:
    after = made(before, EVALUATION)
    return after.candidates["2"].model.as_live["performance/performance"]


def test_a_candidate_is_evaluated_by_its_gates_and_by_the_checks_of_live_batches() -> None:
    known = batch("w1", occurred_at=day(1))
    after = made(with_candidate(FRESH, known), EVALUATION)
    live = evidence(
        "w1", PASS, severity=Severity.WARNING, summary="It passes.", evidence_at=day(1), entry=60
    )
    assert after.candidates["2"] == altered(
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
    known = evaluation_of(with_candidate(altered(FRESH, held_out=NOT_HELD_OUT)))
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
    assert after.candidates["2"] == altered(EVALUATED, risk="Little can go wrong.", assessed=60)
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
