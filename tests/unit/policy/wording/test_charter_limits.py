from datetime import timedelta

import pytest

from aipo_pipelines.policy.statements.charter_limits import (
    BatchesTooLate,
    BatchesTooSmall,
    LabelsNeverDue,
    LimitCaveat,
    RestWithoutEffect,
    Shortage,
    TooFewHeldOut,
)
from aipo_pipelines.policy.wording.charter_limits import limit_sentence

ACCURACY = Shortage(name="accuracy", needed=100)
GAP = Shortage(name="selection_rate_ratio", needed=100, in_each_group=True)
COMPARISON = Shortage(name="", needed=30)


@pytest.mark.parametrize(
    ("caveat", "sentence"),
    [
        (
            LabelsNeverDue(partitions=("orders",), delay=timedelta(days=30)),
            (
                "Labels of orders are never due: the charter counts `labels.delay` (30 days) from "
                "the date of a batch, and these batches have no date. Name a `time_column` of "
                "dates, or name files by their date, as in 2026-09-30.csv."
            ),
        ),
        (
            RestWithoutEffect(length=timedelta(days=7)),
            (
                "A rest of 7 days between two trainings has no effect: it is counted by the dates "
                "of batches, and these batches have no date. `retraining.cooldown_by_clock` "
                "counts by the clock."
            ),
        ),
        (
            BatchesTooSmall(largest=1, short=(ACCURACY, GAP)),
            (
                "No batch so far had more than 1 record, so these can never be judged: accuracy "
                "(needs 100), selection_rate_ratio (needs 100 in each of two groups). Lower "
                "`minimum_sample`, or deliver larger batches."
            ),
        ),
        (
            TooFewHeldOut(records=105, held_out=31, short=(ACCURACY, COMPARISON)),
            (
                "Of 105 records so far 31 can be held out, too few to decide about a release: "
                "accuracy (needs 100), the comparison (needs 30). Models are trained when there "
                "are more records. To train sooner, lower `minimum_sample`, or raise `held_out` "
                "or `recent` of `retraining.window`."
            ),
        ),
        (
            BatchesTooLate(batches=3, least_age=timedelta(days=20), allowed=timedelta(days=14)),
            (
                "The last 3 batches were at least 20 days old when they arrived, and evidence "
                "counts for 14 days: the answer can never be YES. Lengthen `monitoring.cadence`, "
                "or deliver the data sooner."
            ),
        ),
    ],
)
def test_each_agreement_without_effect_has_its_sentence(caveat: LimitCaveat, sentence: str) -> None:
    assert limit_sentence(caveat) == sentence
