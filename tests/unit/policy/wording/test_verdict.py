from datetime import UTC, datetime

import pytest

from aipo_pipelines.evidence.outcome import Direction, Figure, Verdict
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.policy.statements.missing_model import (
    MissingModel,
    ReturnFailed,
    TooFewBatches,
    TrainingFailed,
    TrainingSetNotAuthorised,
    TrainingSetNotSufficient,
    VersionRefused,
    VersionStopped,
    VersionWaits,
)
from aipo_pipelines.policy.statements.verdict import (
    AllChecksPass,
    AlteredFacts,
    CriticalIncidentOpen,
    FailedCheck,
    MissedLimit,
    NoLiveThreshold,
    NoModelInCharge,
    PassingCheck,
    UndecidedFields,
)
from aipo_pipelines.policy.wording.verdict import (
    missing_model_text,
    question_text,
    remedy_text,
    return_failure_text,
    verdict_sentence,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CONTRACT = CheckKey("data_quality", "contract")
PERFORMANCE = CheckKey("performance", "performance")


def missed(direction: Direction, limit: float, value: float = 0.61234) -> MissedLimit:
    figure = Figure(
        metric="accuracy",
        value=value,
        n=500,
        limit=limit,
        direction=direction,
        verdict=Verdict.FAIL,
    )
    return MissedLimit(figure=figure, partition="w2")


def stopped(reason: str = "It refuses everybody.", failed: ReturnFailed | None = None) -> str:
    stop = VersionStopped(
        product="churn", version="2", person="Ada Ng", at=NOON, reason=reason, failed=failed
    )
    return missing_model_text(stop)


def test_the_question_is_about_the_model_or_about_the_product() -> None:
    assert question_text(has_model=True) == "Is this model performing as intended?"
    assert question_text(has_model=False) == "Is this product performing as intended?"


def test_altered_facts_name_the_command_that_shows_them() -> None:
    assert verdict_sentence(AlteredFacts()) == (
        "The stored facts about this product are not the facts that the ledger's entries give: "
        "they were altered outside the ledger. See: aipo verify."
    )


def test_undecided_fields_are_counted_and_listed() -> None:
    assert verdict_sentence(UndecidedFields(fields=("people.owner",))) == (
        "1 field is still undecided in the charter: people.owner."
    )
    assert verdict_sentence(UndecidedFields(fields=("people", "labels"))) == (
        "2 fields are still undecided in the charter: people, labels."
    )


def test_every_undecided_field_is_listed() -> None:
    fields = tuple(f"field{number}" for number in range(7))
    assert verdict_sentence(UndecidedFields(fields=fields)).endswith("field5, field6.")


def test_a_missed_limit_shows_the_figure_the_batch_the_agreed_side_and_the_sample() -> None:
    assert verdict_sentence(missed(Direction.AT_LEAST, 0.7)) == (
        "accuracy is 0.6123 on batch w2, agreed is at least 0.7 (n = 500)."
    )
    assert verdict_sentence(missed(Direction.AT_MOST, 0.25)) == (
        "accuracy is 0.6123 on batch w2, agreed is at most 0.25 (n = 500)."
    )


def test_a_failed_check_ends_with_one_full_stop() -> None:
    for summary in ("3 columns are missing", " 3 columns are missing. ", "3 columns are missing."):
        failed = FailedCheck(key=CONTRACT, partition="w2", summary=summary)
        assert verdict_sentence(failed) == "contract fails on batch w2: 3 columns are missing."


def test_a_critical_incident_has_its_number_its_moment_and_its_title() -> None:
    incident = CriticalIncidentOpen(incident=17, opened_at=NOON, title="contract fails")
    assert verdict_sentence(incident) == (
        "Critical incident 17 is open since 2026-03-02 12:00 UTC: contract fails."
    )


@pytest.mark.parametrize(("was_stopped", "since"), [(False, "yet"), (True, "any more")])
def test_without_a_model_the_sentence_says_if_there_was_one(was_stopped: bool, since: str) -> None:
    reason = NoModelInCharge(reason=VersionWaits(version="3"), was_stopped=was_stopped)
    assert verdict_sentence(reason) == (
        f"No model is in charge {since}: version 3 waits for a decision by people."
    )


def test_a_charter_without_a_live_threshold_is_named() -> None:
    assert verdict_sentence(NoLiveThreshold()) == ("The charter has no threshold for live batches.")


def test_a_yes_lists_the_checks_and_marks_those_with_warnings() -> None:
    checks = (PassingCheck(key=CONTRACT, has_warnings=True), PassingCheck(key=PERFORMANCE))
    assert verdict_sentence(AllChecksPass(checks=checks)) == (
        "Every required check passes on recent evidence: contract (with warnings), performance."
    )


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (TrainingFailed(error="OSError"), "the last training failed: OSError"),
        (
            VersionRefused(version="2", reason="accuracy is too low."),
            "version 2 may not go live. accuracy is too low.",
        ),
        (
            TrainingSetNotAuthorised(summary="No approval holds."),
            "the last training set was not authorised. No approval holds.",
        ),
        (
            TrainingSetNotSufficient(summary="12 records."),
            "the last training set is not sufficient. 12 records.",
        ),
        (
            TooFewBatches(approved=0, needed=3),
            "0 batches are approved, the first model waits for 3.",
        ),
        (
            TooFewBatches(approved=1, needed=3),
            "1 batch is approved, the first model waits for 3.",
        ),
    ],
)
def test_each_reason_without_a_model_has_its_text(reason: MissingModel, text: str) -> None:
    assert missing_model_text(reason) == text


def test_a_stop_names_the_person_the_moment_and_the_reason() -> None:
    assert stopped() == (
        "version 2 was stopped by Ada Ng on 2026-03-02 12:00 UTC: It refuses everybody."
    )


def test_a_stop_whose_predecessor_cannot_return_says_why_and_the_next_step() -> None:
    failed = ReturnFailed(version="1", error="its files are gone")
    sentence = stopped(failed=failed)
    assert sentence.startswith(
        "version 2 was stopped by Ada Ng on 2026-03-02 12:00 UTC: It refuses everybody. Version 1, "
        "which was to take over, could not: its files are gone; bring back what it needs"
    )
    assert sentence.endswith("train a new version with: aipo retrain churn.")
    # The reason of a person may end without a full stop.
    assert "It harms. Version 1, which" in stopped("It harms", failed)


def test_the_next_step_depends_on_a_failed_return() -> None:
    failed = ReturnFailed(version="1", error="its files are gone")
    assert remedy_text("churn", None) == "see: aipo status churn"
    assert "aipo retrain churn" in remedy_text("churn", failed)
    assert return_failure_text(failed) == (
        "version 1, which was to take over, could not: its files are gone"
    )
