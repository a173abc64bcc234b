from datetime import UTC, date, datetime

import pytest

from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.policy.statements.batches import (
    BatchCaveat,
    BatchesWithoutVerdict,
    ChangedTrainingBatches,
    CopiedBatches,
    DatedBatch,
    KeptInQuarantine,
    ModelOnWithdrawnBatches,
    QuarantinedBatches,
    WithdrawnBatch,
)
from aipo_pipelines.policy.statements.dates import (
    DateCaveat,
    DatedAhead,
    RecordsBeforeFirstWindow,
    UndatedBatches,
    UnusedDate,
)
from aipo_pipelines.policy.wording.batches import batch_sentence, date_sentence

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = date(2026, 3, 2)
CONTRACT, PRIVACY = CheckKey("data_quality", "contract"), CheckKey("data_quality", "privacy")
SEVEN = tuple(f"w{number}" for number in range(7))


def kept(*batches: DatedBatch, incident: int | None = None) -> str:
    return batch_sentence(KeptInQuarantine(key=CONTRACT, incident=incident, batches=batches))


def withdrawn(*failed: CheckKey) -> str:
    batch = WithdrawnBatch(partition="w2", failed=failed, at=NOON, reason="its file is gone")
    return batch_sentence(batch)


def test_one_batch_in_quarantine_is_named_with_its_day_and_its_incident() -> None:
    assert kept(DatedBatch(partition="w2", day=DAY), incident=8) == (
        "Batch w2 of 2026-03-02 is in quarantine: contract fails critically (incident 8)."
    )


def test_several_batches_without_an_incident_are_named_together() -> None:
    assert kept(DatedBatch(partition="w3", day=DAY), DatedBatch(partition="w2", day=None)) == (
        "Batches w3 of 2026-03-02, w2 are in quarantine: contract fails critically."
    )


def test_a_batch_that_is_named_by_its_date_shows_the_date_once() -> None:
    assert "Batch orders-2026-03-02 is in" in kept(
        DatedBatch(partition="orders-2026-03-02", day=DAY)
    )


def test_a_withdrawn_batch_names_the_checks_that_it_failed() -> None:
    assert withdrawn() == "Batch w2 was withdrawn by its feed on 2026-03-02: its file is gone."
    assert withdrawn(CONTRACT, PRIVACY) == (
        "Batch w2, which failed contract, privacy, was withdrawn by its feed on 2026-03-02: its "
        "file is gone."
    )


@pytest.mark.parametrize(
    ("is_decided", "trained", "subject"),
    [
        (True, True, "Version 2 was trained on w1, w2"),
        (True, False, "Version 2 was evaluated on w1, w2"),
        (False, True, "Version 2, which is not decided on yet, was trained on w1, w2"),
    ],
)
def test_a_model_on_withdrawn_batches_says_how_it_used_them(
    is_decided: bool, trained: bool, subject: str
) -> None:
    model = ModelOnWithdrawnBatches(
        version="2", is_decided=is_decided, trained=trained, partitions=("w1", "w2")
    )
    assert batch_sentence(model) == (
        f"{subject}, which its feed has withdrawn since: the next training leaves it out."
    )


@pytest.mark.parametrize(
    ("caveat", "sentence"),
    [
        (
            QuarantinedBatches(partitions=SEVEN),
            "In quarantine, unused: w0, w1, w2, w3, w4 and 2 more.",
        ),
        (
            ChangedTrainingBatches(partitions=("w1",)),
            "Delivered again with other content after the champion was trained on it: w1.",
        ),
        (BatchesWithoutVerdict(partitions=("w1", "w2")), "Without a verdict yet: w1, w2."),
        (
            CopiedBatches(copies=("w2",), original="w1"),
            (
                "Batch w2 has the same content as batch w1, which came before: no new evidence, "
                "and its records count once in a training."
            ),
        ),
        (
            CopiedBatches(copies=("w2", "w3"), original="w1"),
            (
                "Batches w2, w3 have the same content as batch w1, which came before: no new "
                "evidence, and its records count once in a training."
            ),
        ),
    ],
)
def test_each_caveat_about_batches_has_its_sentence(caveat: BatchCaveat, sentence: str) -> None:
    assert batch_sentence(caveat) == sentence


@pytest.mark.parametrize(
    ("caveat", "sentence"),
    [
        (
            RecordsBeforeFirstWindow(records=1, starting=DAY),
            (
                "No batch contains 1 record of the feed from before 2026-03-02, when the first "
                "window begins: nothing measures them."
            ),
        ),
        (
            UnusedDate(partition="w45", dated=NOON, is_among_plans=False),
            (
                "The date of batch w45, 2026-03-02, is far after its arrival and is not used: the "
                "batch is before every dated batch that arrives after it. Correct the date and "
                "deliver the batch again."
            ),
        ),
        (
            UnusedDate(partition="w45", dated=NOON, is_among_plans=True),
            (
                "The date of batch w45, 2026-03-02, is further after its arrival than other dates "
                "and is not used: the batch is before every dated batch that arrives after it. "
                "Correct the date and deliver the batch again."
            ),
        ),
        (
            DatedAhead(batches=(DatedBatch(partition="w9", day=DAY),)),
            (
                "Dated ahead of arrival: w9 (2026-03-02). A batch that arrives later and is not "
                "dated ahead is after these batches. Correct a wrong date and deliver its batch "
                "again."
            ),
        ),
        (
            UndatedBatches(partitions=("orders",)),
            (
                "No date is known for orders, but other batches have a date: a batch without a "
                "date is before every dated batch that arrives after it. Correct its name or its "
                "times and deliver it again."
            ),
        ),
    ],
)
def test_each_caveat_about_dates_has_its_sentence(caveat: DateCaveat, sentence: str) -> None:
    assert date_sentence(caveat) == sentence
