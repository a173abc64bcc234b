"""Drift from the original baseline, as a part of an answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from aipo_pipelines.policy.answer.original_baseline import original_caveats, original_note
from aipo_pipelines.policy.statements.original import (
    ComparisonTooOld,
    Drifted,
    NotComparedYet,
    OriginalDropExceeded,
    OriginalNote,
    OriginalUnknown,
)
from tests.model_versions import altered
from tests.unit.policy.story import (
    FAIL,
    INSUFFICIENT,
    PASS,
    START,
    Story,
    charter,
    figure,
    threshold,
)

DRIFT, PERFORMANCE = "drift/data_drift", "performance/performance"


def compared(version: str = "1", verdict: str = "pass", *drifted: str) -> dict[str, Any]:
    """The details of a drift check that compared with the original's data, too."""
    original = {
        "version": version,
        "verdict": verdict,
        "summary": f"Against version {version}: {verdict}.",
        "drifted": list(drifted),
    }
    return {"original": original, "drifted": ["x9"]}


def succeeded(
    verdict: Any = PASS, *, accuracy: float = 0.8, drop: float | None = None, **members: Any
) -> Story:
    """Version 2 is in charge after version 1, and measured w2."""
    agreed = charter(thresholds=[threshold(maximum_drop=drop)])
    story = Story(agreed).adopts().delivers("w1").runs_all()
    story.trains("2", window=["w1"]).evaluates("2").runs_all().later(days=7)
    story.judges(DRIFT, "w2", verdict, **members)
    shown = figure(value=accuracy, verdict="pass" if accuracy > 0.7 else "fail")
    story.judges(PERFORMANCE, "w2", PASS, figures=(shown,))
    return story.delivers("w2").runs_all()


def note(story: Story, **later: float) -> OriginalNote:
    note_now = original_note(story.charter, story.state, story.now + timedelta(**later))
    assert note_now is not None
    return note_now


def test_without_a_champion_or_a_model_there_is_no_note() -> None:
    empty = Story().adopts()
    assert original_note(empty.charter, empty.state, empty.now) is None
    story = succeeded()
    bare = charter(model=None, thresholds=[], labels=None)
    assert original_note(bare, story.state, story.now) is None
    stopped = replace(story.state, champion=None)
    assert original_note(story.charter, stopped, story.now) is None


def test_the_first_champion_is_the_original_through_all_releases() -> None:
    note_now = note(succeeded())
    assert (note_now.version, note_now.released_at, note_now.in_charge) == ("1", START, False)
    assert (note_now.released_by, note_now.named_by, note_now.reason) == ("rule:release", "", "")
    first = note(Story().adopts().delivers("w1").runs_all())
    assert first.in_charge


def test_a_comparison_with_the_data_of_the_original_is_shown() -> None:
    figures = (figure("original_psi", 0.3, subject="x1"), figure("psi", 0.1, subject="x1"))
    story = succeeded(details=compared("1", "fail", "x1"), figures=figures)
    note_now = note(story)
    assert (note_now.drifted, note_now.inputs, note_now.features) == (
        Drifted.YES,
        "Against version 1: fail.",
        ("x1",),
    )
    assert (note_now.partition, note_now.evidence_at) == ("w2", START + timedelta(days=7))
    assert [shown.metric for shown in note_now.figures] == [
        "original_psi",
        "accuracy_drop_original",
    ]


def test_a_comparison_with_another_version_does_not_count() -> None:
    story = succeeded(details=compared("7", "fail", "x1"))
    champion = story.state.champion
    assert champion is not None
    other_data = altered(champion, inputs={"w2": "digest"})
    story.state = replace(story.state, champion=other_data)
    note_now = note(story)
    assert (note_now.drifted, note_now.inputs) == (Drifted.INSUFFICIENT, NotComparedYet())
    assert (note_now.partition, note_now.evidence_at, note_now.features) == ("", None, ())


def test_a_champion_on_the_same_data_needs_no_second_comparison() -> None:
    figures = (figure("original_psi", 0.3, subject="x1"), figure("psi", 0.1, subject="x1"))
    story = succeeded(FAIL, summary="x9 moved.", details={"drifted": ["x9"]}, figures=figures)
    note_now = note(story)
    assert (note_now.drifted, note_now.inputs, note_now.features, note_now.partition) == (
        Drifted.YES,
        "x9 moved.",
        ("x9",),
        "w2",
    )
    assert note_now.figures[0].metric == "psi"
    # A check that began before the champion compared with the data of another champion.
    check = story.state.checks[DRIFT]
    champion = story.state.champion
    assert champion is not None
    for began, inputs in ((champion.since - 1, NotComparedYet()), (champion.since, "x9 moved.")):
        checks = {**story.state.checks, DRIFT: replace(check, began=began)}
        story.state = replace(story.state, checks=checks)
        assert note(story).inputs == inputs


def test_a_comparison_counts_as_long_as_other_evidence() -> None:
    story = succeeded(details=compared())
    assert note(story, days=14).inputs == "Against version 1: pass."
    late = note(story, days=14, seconds=1)
    assert late.inputs == ComparisonTooOld(age=timedelta(days=14, seconds=1))
    assert late.drifted is Drifted.INSUFFICIENT


def test_without_a_drift_check_nothing_was_compared() -> None:
    story = succeeded()
    checks = {key: check for key, check in story.state.checks.items() if key != DRIFT}
    story.state = replace(story.state, checks=checks)
    assert note(story).inputs == NotComparedYet()


def test_the_drop_of_an_agreed_metric_is_counted_from_the_original() -> None:
    note_now = note(succeeded(accuracy=0.75, details=compared()))
    (drop,) = note_now.figures
    assert (drop.metric, drop.note) == ("accuracy_drop_original", "original baseline 0.8")
    assert drop.value is not None
    assert abs(drop.value - 0.05) < 1e-9
    # Nobody agreed on a maximum drop, so nothing is judged.
    assert (drop.limit, drop.verdict, note_now.drifted) == (None, None, Drifted.NO)


def test_an_agreed_maximum_drop_judges_the_drop() -> None:
    note_now = note(succeeded(accuracy=0.5, drop=0.1, details=compared()))
    (drop,) = note_now.figures
    assert (drop.limit, drop.verdict, note_now.drifted) == (0.1, FAIL, Drifted.YES)
    near = note(succeeded(accuracy=0.79, drop=0.1, details=compared()))
    assert (near.figures[0].verdict, near.drifted) == (PASS, Drifted.NO)


def test_a_drop_that_is_not_shown_is_no_no() -> None:
    note_now = note(succeeded(accuracy=0.69, drop=0.1, details=compared()))
    assert (note_now.figures[0].verdict, note_now.drifted) == (INSUFFICIENT, Drifted.INSUFFICIENT)


def test_old_figures_and_estimates_give_no_drop() -> None:
    story = succeeded(details=compared())
    assert note(story, days=14, seconds=1).figures == ()
    story = succeeded(details=compared())
    check = story.state.checks[PERFORMANCE]
    estimates = tuple(replace(shown, estimated=True) for shown in check.figures)
    decided = check.decided
    assert decided is not None
    story.state = replace(
        story.state,
        checks={
            **story.state.checks,
            PERFORMANCE: replace(
                check, figures=estimates, decided=replace(decided, figures=estimates)
            ),
        },
    )
    assert note(story).figures == ()


def test_facts_of_older_programs_know_no_original() -> None:
    story = succeeded()
    champion, predecessor = story.state.champion, story.state.predecessor
    assert champion is not None
    assert predecessor is not None
    older = replace(
        story.state,
        originals={},
        champion=replace(champion, previous="5"),
        predecessor=replace(predecessor, previous="4"),
    )
    assert list(original_caveats(None, older)) == [OriginalUnknown(product="churn", version="2")]
    assert list(original_caveats(None, story.state)) == []
    assert list(original_caveats(None, Story().adopts().state)) == []


def test_a_drop_beyond_the_maximum_is_a_caveat_unless_the_original_is_in_charge() -> None:
    story = succeeded(accuracy=0.5, drop=0.1, details=compared())
    note_now = note(story)
    assert list(original_caveats(note_now, story.state)) == [
        OriginalDropExceeded(drop=note_now.figures[0], version="1")
    ]
    in_charge = replace(note_now, in_charge=True)
    assert list(original_caveats(in_charge, story.state)) == []


def test_a_distance_or_a_drop_without_a_limit_is_no_caveat() -> None:
    story = succeeded(accuracy=0.5, drop=0.1, details=compared())
    (drop,) = note(story).figures
    for figures in (
        (replace(drop, metric="original_psi"),),
        (replace(drop, limit=None),),
        (replace(drop, verdict=PASS),),
    ):
        changed = replace(note(story), figures=figures)
        assert list(original_caveats(changed, story.state)) == []
