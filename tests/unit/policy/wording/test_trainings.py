from datetime import UTC, datetime, timedelta

import pytest

from aipo_pipelines.ledger.model.models import TrainingStatus
from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.policy.statements.trainings import (
    AgreedRest,
    CandidateDecided,
    CandidateInCharge,
    CandidateUndecided,
    CapReached,
    DelayedTraining,
    FirstModelsUsedUp,
    ModelTooOld,
    NoCandidate,
    RestReason,
    RetrainingOverdue,
    SameDataWaits,
    TrainingResult,
    Untrained,
)
from aipo_pipelines.policy.wording.trainings import (
    rest_sentence,
    result_text,
    training_sentence,
    untrained_text,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CAP = CapReached(requested=1, most=1, period=timedelta(days=20))
USED_UP = FirstModelsUsedUp(product="churn", refused=3, most=3)


def decided(**changes: object) -> CandidateDecided:
    members: dict[str, object] = {
        "version": "2",
        "go": True,
        "rule": "approved",
        "by": "owner Ada Ng",
        "approved_by": (),
        "at": NOON,
    }
    return CandidateDecided(**{**members, **changes})  # type: ignore[arg-type] # test members


def delayed(
    reason: RestReason = CAP,
    until: datetime | None = NOON + timedelta(days=20),
    *,
    by_dates: bool = False,
    trigger: str = "check:performance/performance",
) -> str:
    training = DelayedTraining(
        trigger=Trigger.parse(trigger),
        reason="accuracy is low.",
        since=NOON,
        until=until,
        by_dates=by_dates,
        why=reason,
    )
    return training_sentence(training)


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (None, ""),
        (Untrained.NO_MODEL, "this product has no model"),
        (Untrained.PREDICTIONS_DELIVERED, "the batches carry predictions made elsewhere"),
    ],
)
def test_an_untrained_product_says_why(reason: Untrained | None, text: str) -> None:
    assert untrained_text(reason) == text


def test_an_overdue_retraining_says_since_when() -> None:
    assert training_sentence(RetrainingOverdue(since=NOON)) == (
        "Retraining is overdue since 2026-03-02 12:00 UTC."
    )


def test_a_model_that_is_too_old_shows_the_last_attempt_and_its_result() -> None:
    old = ModelTooOld(
        since=NOON,
        tried_at=NOON + timedelta(days=1),
        result=NoCandidate(status=TrainingStatus.NOTHING),
    )
    assert training_sentence(old) == (
        "The model in charge is older than agreed since 2026-03-02 12:00 UTC. Retraining was last "
        "tried on 2026-03-03 12:00 UTC: no model: its data were not enough or not authorised."
    )


def test_a_rest_ends_by_the_clock_by_a_batch_or_by_people() -> None:
    assert delayed() == (
        "Retraining is due by the check performance since 2026-03-02 12:00 UTC, and rests until "
        "2026-03-22 12:00 UTC: 1 retraining of at most 1 in 20d were requested."
    )
    assert "and rests until a batch of 2026-03-22 12:00 UTC or later is there: " in delayed(
        by_dates=True
    )
    assert "and rests until people decide: " in delayed(until=None)


def test_a_first_model_that_rests_names_no_trigger() -> None:
    assert delayed(USED_UP, None, trigger="first model").startswith(
        "The first model is due since 2026-03-02 12:00 UTC, and rests until people decide: Gates "
        "refused 3 first models"
    )


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        (
            SameDataWaits(product="churn", version="2"),
            (
                "version 2 waits for people and was trained on the same data; see: aipo decisions "
                "churn."
            ),
        ),
        (
            AgreedRest(length=timedelta(days=7), asked_at=NOON, data_up_to=None),
            "1w of rest are agreed between two trainings; the last was requested on 2026-03-02.",
        ),
        (
            AgreedRest(
                length=timedelta(days=7), asked_at=NOON, data_up_to=NOON - timedelta(days=30)
            ),
            (
                "1w of rest are agreed between two trainings, by the dates of batches; the last "
                "was requested on 2026-03-02, with data up to 2026-01-31."
            ),
        ),
        (
            CapReached(requested=4, most=3, period=timedelta(days=20)),
            "4 retrainings of at most 3 in 20d were requested.",
        ),
        (
            FirstModelsUsedUp(product="churn", refused=1, most=1),
            (
                "Gates refused 1 first model, and rules try at most 1: each further attempt is "
                "another chance to pass by luck. Look at data and limits; then request one more "
                'with: aipo retrain churn --by "YOUR NAME" --reason "WHY"; or agree on more '
                "`retraining.attempts`."
            ),
        ),
    ],
)
def test_each_rest_has_its_sentence(reason: RestReason, sentence: str) -> None:
    assert rest_sentence(reason) == sentence


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (None, ""),
        (NoCandidate(status=TrainingStatus.REQUESTED), "under way"),
        (NoCandidate(status=TrainingStatus.GIVEN_UP), "given up after its last attempt failed"),
        (CandidateInCharge(version="2"), "version 2, in charge now"),
        (
            decided(),
            "version 2, allowed to go live by owner Ada Ng on 2026-03-02 12:00 UTC",
        ),
        (
            decided(by="rule:release", approved_by=("Ada Ng", "Mo Li")),
            (
                "version 2, allowed to go live by Ada Ng, Mo Li, counted by the rule release on "
                "2026-03-02 12:00 UTC"
            ),
        ),
        (
            decided(go=False, rule="gates", by="rule:release"),
            "version 2, turned down (gates) by the rule release on 2026-03-02 12:00 UTC",
        ),
        (
            CandidateUndecided(version="2", waits_for_people=True),
            "version 2, which waits for people to decide",
        ),
        (CandidateUndecided(version="2", waits_for_people=False), "version 2, not decided yet"),
    ],
)
def test_each_result_of_a_training_has_its_text(result: TrainingResult | None, text: str) -> None:
    assert result_text(result) == text
