from datetime import UTC, datetime

import pytest

from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.policy.statements.incidents import (
    ActionsGivenUp,
    CheckQuarantines,
    EvaluatedBefore,
    EvaluatedRecordsChanged,
    EvaluatedRecordsOlder,
    EvaluationDoesNotPass,
    EvaluationSaysNothing,
    IncidentOfFormerModel,
    IncidentOpen,
    NotEvaluatedSince,
    ReleaseAhead,
    StaysOpenBecause,
)
from aipo_pipelines.policy.wording.incidents import operation_sentence

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def of_former(because: StaysOpenBecause, *, has_returned: bool = False) -> str:
    incident = IncidentOfFormerModel(
        incident=8,
        key=CheckKey("performance", "performance"),
        version="2",
        has_returned=has_returned,
        because=because,
    )
    return operation_sentence(incident)


def test_an_open_incident_has_its_number_and_its_title() -> None:
    assert operation_sentence(IncidentOpen(incident=8, title="data_drift fails")) == (
        "Incident 8 is open: data_drift fails."
    )


def test_actions_that_were_given_up_are_counted() -> None:
    assert operation_sentence(ActionsGivenUp(count=1)) == (
        "1 action was given up after the last attempt."
    )
    assert operation_sentence(ActionsGivenUp(count=3)) == (
        "3 actions were given up after the last attempt."
    )


def test_a_release_in_the_future_shows_its_moment() -> None:
    assert operation_sentence(ReleaseAhead(version="2", at=NOON)) == (
        "Version 2 is recorded as released on 2026-03-02 12:00 UTC, which is in the future: a "
        "clock was ahead."
    )


def test_an_incident_of_the_former_model_says_how_it_can_end() -> None:
    assert of_former(EvaluatedBefore()) == (
        "Incident 8 was opened before version 2 was put in charge, and stays open because this "
        "version was evaluated before the incident opened. It ends by rule when performance passes "
        'on later batches, or by people: aipo resolve 8 --by "YOUR NAME" --reason "WHY"'
    )


def test_a_version_that_returned_was_put_in_charge_again() -> None:
    assert of_former(NotEvaluatedSince(), has_returned=True).startswith(
        "Incident 8 was opened before version 2 was put in charge again, and stays open because "
        "performance has not been evaluated since. "
    )


@pytest.mark.parametrize(
    ("because", "text"),
    [
        (
            EvaluationSaysNothing(),
            "the evaluation of this version says nothing about performance",
        ),
        (
            EvaluationDoesNotPass(),
            "the evaluation of this version does not pass performance",
        ),
        (
            EvaluatedRecordsChanged(partition="w1"),
            (
                "the evaluation of this version passes performance on records of batch w1, which "
                "was delivered again since, or has other labels"
            ),
        ),
        (CheckQuarantines(), "performance keeps batches in quarantine"),
        (
            EvaluatedRecordsOlder(partition="w1", newest="w3"),
            (
                "the evaluation of this version passes performance on records of batch w1, which "
                "are older than batch w3 of the incident"
            ),
        ),
    ],
)
def test_each_reason_why_an_incident_stays_open_has_its_text(
    because: StaysOpenBecause, text: str
) -> None:
    assert f"stays open because {text}. It ends by rule" in of_former(because)
