from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aipo_pipelines.evidence.outcome import Direction, Figure, Interval, Verdict
from aipo_pipelines.policy.statements.original import (
    ComparisonTooOld,
    Drifted,
    DriftNotCompared,
    NotComparedYet,
    OriginalDropExceeded,
    OriginalNote,
    OriginalUnknown,
)
from aipo_pipelines.policy.wording.original import (
    drift_text,
    drop_text,
    inputs_text,
    original_brief,
    original_line,
    original_sentence,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DROP = Figure(
    metric="accuracy_drop_original",
    value=0.1,
    n=500,
    interval=Interval(low=0.06, high=0.14, level=0.9, method="difference"),
    limit=0.05,
    direction=Direction.AT_MOST,
    verdict=Verdict.FAIL,
    note="original baseline 0.8",
)


def distance(subject: str, value: float | None) -> Figure:
    return Figure(metric="original_psi", subject=subject, value=value, n=500)


NOTE = OriginalNote(
    version="1",
    released_at=NOON,
    released_by="rule:release",
    named_by="",
    reason="",
    in_charge=False,
    drifted=Drifted.YES,
    inputs="1 of 2 features moved.",
    features=("x1",),
    partition="w2",
    evidence_at=NOON,
    figures=(),
)


def test_an_unknown_original_names_both_commands() -> None:
    assert original_sentence(OriginalUnknown(product="churn", version="2")) == (
        "The original baseline is not known: these facts were written by an earlier version of the "
        "program. Fold them again from the entries with: aipo rebuild. Or name it with: aipo "
        'baseline churn 2 --by "YOUR NAME" --reason "WHY"'
    )


def test_a_drop_beyond_the_agreed_drop_says_what_decides() -> None:
    assert original_sentence(OriginalDropExceeded(drop=DROP, version="1")) == (
        "accuracy is 0.1 [0.06, 0.14] worse (original baseline 0.8, n = 500): more than the 0.05 "
        "that the charter allows against the release figures of the champion. Only these decide. "
        "The releases together have moved away from the original baseline, version 1."
    )


def test_a_drop_without_an_interval_shows_none() -> None:
    assert drop_text(replace(DROP, interval=None)) == (
        "accuracy is 0.1 worse (original baseline 0.8, n = 500)"
    )


@pytest.mark.parametrize(
    ("changes", "version"),
    [
        ({}, "version 1, released 2026-03-02 12:00 UTC"),
        ({"in_charge": True}, "version 1, released 2026-03-02 12:00 UTC, in charge now"),
        (
            {"named_by": "Ada Ng"},
            "version 1, released 2026-03-02 12:00 UTC, named by Ada Ng",
        ),
    ],
)
def test_the_short_form_names_the_version_and_the_answer(
    changes: dict[str, object], version: str
) -> None:
    note = replace(NOTE, **changes)  # type: ignore[arg-type] # members of the note
    assert original_brief(note) == f"Drifted from its original baseline ({version}): yes"


def test_the_line_shows_the_three_largest_distances_and_every_drop() -> None:
    figures = (
        distance("x1", 0.1),
        distance("x2", 0.4),
        distance("x3", None),
        distance("x4", 0.3),
        distance("x5", 0.2),
        DROP,
        replace(DROP, metric="recall_drop_original", value=None),
    )
    assert original_line(replace(NOTE, figures=figures)) == (
        "Drifted from its original baseline (version 1, released 2026-03-02 12:00 UTC): yes; 1 of "
        "2 features moved; largest distances: x2 0.4, x4 0.3, x5 0.2; accuracy is 0.1 [0.06, 0.14] "
        "worse (original baseline 0.8, n = 500)"
    )


def test_the_line_without_figures_has_no_empty_part() -> None:
    assert original_line(replace(NOTE, inputs=NotComparedYet())).endswith(
        "): yes; its inputs were not compared with it yet"
    )


def test_a_comparison_that_does_not_count_says_why() -> None:
    assert inputs_text("All features kept.") == "All features kept."
    assert inputs_text(ComparisonTooOld(age=timedelta(days=15))) == (
        "the newest comparison of inputs is 15 days old and no longer counts"
    )


def test_drift_that_was_not_measured_names_the_version_and_the_batch() -> None:
    assert drift_text("x1 moved.") == "x1 moved."
    assert drift_text(DriftNotCompared(version="", partition="w2")) == (
        "not measured: no version is in charge."
    )
    assert drift_text(DriftNotCompared(version="2", partition="w2")) == (
        "not measured yet for version 2: the newest batch, w2, was compared before this version "
        "was in charge."
    )
