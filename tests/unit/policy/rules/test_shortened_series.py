"""Enough failures next to each other are reported, also after a batch dropped out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.batches import BatchQuarantined, BatchWithdrawn
from aipo_pipelines.ledger.events.incidents import IncidentOpened
from aipo_pipelines.ledger.model.state import ActionKind, Incident
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.people.manual_actions import resolve
from aipo_pipelines.policy.rules.shortened_series import look_again, look_on_tick, was_notified
from aipo_pipelines.policy.wording.sentences import sentences
from tests.unit.policy.contexts import context_now, context_of
from tests.unit.policy.story import FAIL, INSUFFICIENT, PASS, Story, charter, figure
from tests.unit.policy.withdrawing import withdraws

CONTRACT, PERFORMANCE, DRIFT = (
    "data_quality/contract",
    "performance/performance",
    "drift/data_drift",
)
POOR, GOOD = (figure(value=0.5, verdict="fail"),), (figure(value=0.9),)
LATE = {"column": "left", "delay": "28d"}


def agreed(fails: int = 2, of: int = 2, check: str = "performance", **changes: Any) -> Charter:
    response = {"check": check, "reactions": ["escalate"], "fails": fails, "of": of}
    return charter(**{"responses": [response], "labels": LATE, **changes})


def lived(verdicts: str, known: Charter | None = None, key: str = PERFORMANCE) -> Story:
    """Weekly batches from w2 on: `F` fails, `P` passes."""
    story = Story(known or agreed()).adopts().delivers("w1").runs_all()
    for number, verdict in enumerate(verdicts, start=2):
        comes(story.later(days=7), f"w{number}", verdict, key)
    return story


def comes(story: Story, name: str, verdict: str, key: str = PERFORMANCE) -> Story:
    figures = {"figures": POOR if verdict == "F" else GOOD} if key == PERFORMANCE else {}
    story.judges(key, name, FAIL if verdict == "F" else PASS, **figures)
    return story.delivers(name).runs_all()


def opened(story: Story, key: str = PERFORMANCE) -> list[Incident]:
    return [
        incident
        for incident in story.state.incidents.values()
        if str(incident.cause) == f"check:{key}"
    ]


def notices(story: Story) -> int:
    return sum(action.kind is ActionKind.NOTIFY for action in story.state.actions.values())


def not_notified(story: Story) -> list[str]:
    return [
        caveat
        for caveat in sentences(story.answer().caveats)
        if caveat.startswith("Nobody was notified")
    ]


def withdrawn(story: Story) -> Story:
    return withdraws(story, "w3").runs_all()


def without_labels(story: Story) -> Story:
    story.judges(PERFORMANCE, "w3", INSUFFICIENT, figures=())
    return story.labels("w3", "none").runs_all()


def quarantined(story: Story) -> Story:
    return story.judges(CONTRACT, "w3", FAIL).delivers("w3", digest="broken").runs_all()


DROPS = pytest.mark.parametrize("drops", [withdrawn, without_labels, quarantined])


@DROPS
def test_a_series_that_closes_up_is_reported_once(drops: Callable[[Story], Story]) -> None:
    story = lived("FPF")
    assert opened(story) == []
    (caveat,) = not_notified(story)
    assert caveat.endswith("it escalates after 2 of 2 batches, and 1 batch has failed so far.")
    drops(story)
    (incident,) = opened(story)
    assert incident.is_open
    assert incident.partitions == ("w4",)
    assert incident.title == "performance fails on batch w4: 2 or more of the last 2 batches"
    assert incident.severity is Severity.CRITICAL
    assert incident.subjects == ("accuracy",)
    assert not_notified(story) == []
    before = notices(story)
    story.ticks().runs_all().later(days=2).ticks().runs_all()
    assert len(opened(story)) == 1
    assert notices(story) == before


@DROPS
def test_what_people_have_ended_is_not_notified_again(drops: Callable[[Story], Story]) -> None:
    story = drops(lived("FPF"))
    (incident,) = opened(story)
    story.decides(resolve, incident=incident.entry, person="Ines Sol", reason="known")
    story.ticks().runs_all()
    withdraws(story, "w1").ticks().runs_all()
    assert [incident.is_open for incident in opened(story)] == [False]
    assert not_notified(story) == []


@DROPS
def test_a_series_that_does_not_hold_without_it_is_not_notified(
    drops: Callable[[Story], Story],
) -> None:
    story = drops(lived("PPF"))
    assert opened(story) == []
    (caveat,) = not_notified(story)
    assert caveat.endswith("it escalates after 2 of 2 batches, and 1 batch has failed so far.")


@DROPS
def test_its_incident_ends_when_a_later_batch_passes(drops: Callable[[Story], Story]) -> None:
    story = comes(drops(lived("FPF")).later(days=7), "w5", "P")
    assert [incident.is_open for incident in opened(story)] == [False]
    assert len(opened(story.ticks().runs_all())) == 1


@pytest.mark.parametrize("drops", [withdrawn, quarantined])
def test_checks_of_drift_close_up_too(drops: Callable[[Story], Story]) -> None:
    story = drops(lived("FPF", agreed(check="data_drift"), DRIFT))
    assert [incident.partitions for incident in opened(story, DRIFT)] == [("w4",)]


def test_batches_found_again_in_another_source_are_a_series_without_the_other_batches() -> None:
    story = lived("FPF").adopts(None, "charter.sources.crm.location").ticks().runs_all()
    assert opened(story) == []
    story.delivers("w2").runs_all()
    assert opened(story) == []
    story.delivers("w4").runs_all()
    assert [incident.partitions for incident in opened(story)] == [("w4",)]


def test_warnings_of_the_data_close_up_when_a_batch_is_withdrawn() -> None:
    story = Story(agreed(check="contract")).adopts().delivers("w1").runs_all()
    for name in ("w2", "w4"):
        story.judges(CONTRACT, name, FAIL, severity=Severity.WARNING)
    for name in ("w2", "w3", "w4"):
        story.later(days=7).delivers(name).runs_all()
    assert opened(story, CONTRACT) == []
    withdrawn(story)
    (incident,) = opened(story, CONTRACT)
    assert (incident.partitions, incident.severity) == (("w4",), Severity.WARNING)


def test_batches_in_quarantine_close_up_in_the_order_of_their_arrival() -> None:
    both = {"check": DRIFT, "reactions": ["quarantine", "escalate"], "fails": 2, "of": 2}
    story = lived("FPF", charter(responses=[both]), DRIFT)
    assert opened(story, DRIFT) == []
    withdrawn(story)
    (incident,) = opened(story, DRIFT)
    assert incident.partitions == ("w4",)
    assert len(opened(story.ticks().runs_all(), DRIFT)) == 1


def test_an_edit_of_the_response_reports_the_series_that_it_now_covers() -> None:
    story = lived("FF", agreed(3, 3)).adopts(agreed()).runs_all()
    (incident,) = opened(story)
    assert incident.partitions == ("w3",)
    story = lived("FF", charter(responses=[])).adopts(agreed(1, 1)).runs_all()
    (incident,) = opened(story)
    assert incident.title == "performance fails on batch w3"
    assert not_notified(story) == []


def test_an_edit_of_the_response_notifies_nobody_about_a_failure_that_is_over() -> None:
    story = lived("FP", charter(responses=[])).adopts(agreed(1, 1)).runs_all()
    assert opened(story) == []


def test_a_later_version_of_a_batch_that_an_incident_had_is_reported() -> None:
    story = lived("FF")
    assert [incident.partitions for incident in opened(story)] == [("w3",)]
    for name in ("w3", "w2"):
        story.judges(PERFORMANCE, name, PASS, figures=(figure(value=0.9, n=900),))
        story.later(hours=1).delivers(name, digest=f"good {name}", rows=900).runs_all()
    assert [incident.is_open for incident in opened(story)] == [False]
    story.judges(PERFORMANCE, "w3", FAIL, figures=POOR)
    story.later(hours=1).delivers("w3", digest="bad", rows=900).runs_all()
    (caveat,) = not_notified(story)
    assert caveat.endswith("and 1 batch has failed so far.")


def test_a_version_that_is_not_measured_yet_is_reported_for_no_more_than_the_version_before() -> (
    None
):
    story = lived("FF")
    (incident,) = opened(story)
    story.decides(resolve, incident=incident.entry, person="Ines Sol", reason="known")
    story.later(hours=1).delivers("w3", digest="next").ticks()
    withdraws(story, "w1").ticks()
    assert [incident.is_open for incident in opened(story)] == [False]
    assert not_notified(story) == []
    assert [incident.is_open for incident in opened(story.runs_all())] == [False, True]


def test_what_an_older_program_left_unreported_is_reported_with_the_next_tick_once() -> None:
    story = withdrawn(lived("FPF"))
    story.state = replace(story.state, incidents={})
    (caveat,) = not_notified(story)
    assert caveat.endswith("fails: 2 of 2 batches failed, and it escalates at the next look.")
    story.ticks().ticks()
    assert len(opened(story)) == 1
    assert not_notified(story) == []


def test_a_series_without_failures_is_over() -> None:
    story = lived("FPF")
    story.trains("9", held_out="w4").evaluates("9", as_live="pass").runs_all()
    withdrawn(story)
    assert opened(story) == []
    assert story.answer().verdict is Performing.YES


ACTS: dict[str, Callable[[Story, str], Story]] = {
    "is withdrawn": lambda story, name: withdraws(story, name).runs_all(),
    "loses its labels": lambda story, name: (
        story.judges(PERFORMANCE, name, INSUFFICIENT, figures=())
        .labels(name, f"none {len(story.entries)}")
        .runs_all()
    ),
    "breaks its contract": lambda story, name: (
        story.judges(CONTRACT, name, FAIL)
        .delivers(name, digest=f"broken {len(story.entries)}")
        .runs_all()
    ),
}


@settings(max_examples=60, deadline=None)
@given(
    verdicts=st.lists(st.sampled_from("FP"), min_size=2, max_size=6),
    drops=st.lists(st.tuples(st.integers(0, 5), st.sampled_from(sorted(ACTS))), max_size=4),
    fails=st.integers(2, 3),
    more=st.integers(0, 1),
)
def test_people_are_notified_if_and_only_if_enough_of_the_last_batches_failed_once(
    verdicts: list[str], drops: list[tuple[int, str]], fails: int, more: int
) -> None:
    known, held = {"w1": "P"}, False
    story = Story(agreed(fails, fails + more)).adopts().delivers("w1").runs_all()

    def enough() -> bool:
        return [*known.values()][-fails - more :].count("F") >= fails

    for number, verdict in enumerate(verdicts, start=2):
        known[f"w{number}"] = verdict
        comes(story.later(days=7), f"w{number}", verdict)
        held = held or enough()
        assert bool(opened(story)) == held
    for place, act in drops:
        name = f"w{place + 2}"
        if known.pop(name, None) is not None:
            ACTS[act](story, name)
            held = held or enough()
            assert bool(opened(story)) == held
            assert not [caveat for caveat in not_notified(story) if "next look" in caveat]


def dropped(story: Story) -> Story:
    """w3 is out of the series, and no rule has looked at it."""
    checks = dict(story.state.checks)
    check = checks[PERFORMANCE]
    left = tuple(verdict for verdict in check.recent if verdict.partition != "w3")
    checks[PERFORMANCE] = replace(check, recent=left)
    story.state = replace(story.state, checks=checks)
    return story


def test_a_tick_opens_the_incident_of_a_complete_series_with_its_last_evaluation() -> None:
    story = dropped(lived("FPF"))
    (draft,) = look_on_tick(story.charter, story.state, story.now)
    incident = draft.event
    assert isinstance(incident, IncidentOpened)
    assert incident.title == "performance fails on batch w4: 2 or more of the last 2 batches"
    assert incident.summary == "performance says fail."
    assert (incident.partition, incident.subjects) == ("w4", ("accuracy",))
    assert incident.severity is Severity.CRITICAL
    assert draft.key == f"tick/churn/series/{PERFORMANCE}/0"
    assert (draft.subject, draft.actor) == (f"incident/check:{PERFORMANCE}", "rule:escalate")


def test_a_series_whose_last_evaluation_is_not_known_names_its_batches() -> None:
    story = dropped(lived("FPF"))
    check = story.state.checks[PERFORMANCE]
    unknown = replace(check, partition="w9", decided=None)
    story.state = replace(story.state, checks={PERFORMANCE: unknown})
    (draft,) = look_on_tick(story.charter, story.state, story.now)
    assert isinstance(draft.event, IncidentOpened)
    assert draft.event.summary == "It failed on w2, w4."
    assert draft.event.subjects == ()


@pytest.mark.parametrize("verdicts", ["FPF", "P", "PF"])
def test_a_tick_opens_nothing_for_an_incomplete_series(verdicts: str) -> None:
    story = lived(verdicts)
    assert list(look_on_tick(story.charter, story.state, story.now)) == []


def test_a_tick_opens_nothing_while_an_incident_is_open() -> None:
    story = lived("FF")
    assert opened(story)[0].is_open
    assert list(look_on_tick(story.charter, story.state, story.now)) == []


def test_a_series_is_looked_at_after_a_withdrawal_and_not_after_an_arrival() -> None:
    story = dropped(lived("FPF"))
    withdrawal = BatchWithdrawn(partition="w1", digest="", arrival=0, reason="late")
    (draft,) = look_again(context_of(story, withdrawal))
    assert draft.kind == IncidentOpened.kind
    assert draft.key.endswith(f"/escalate/series/{PERFORMANCE}")
    assert list(look_again(context_now(story.delivers("w9")))) == []


def test_a_check_that_quarantined_a_batch_has_reported_it_already() -> None:
    story = dropped(lived("FPF"))
    event = BatchQuarantined(partition="w1", digest="", checks=(PERFORMANCE,), summary="Bad.")
    assert list(look_again(context_of(story, event))) == []
    other = replace(event, checks=(CONTRACT,))
    assert len(list(look_again(context_of(story, other)))) == 1


def test_people_know_a_failure_of_an_open_incident_and_a_version_that_an_incident_had() -> None:
    story = lived("FF")
    failure = story.state.checks[PERFORMANCE].newest
    assert failure.partition == "w3"
    assert was_notified(story.state, PERFORMANCE, failure)
    assert was_notified(story.state, PERFORMANCE, replace(failure, partition="w2"))
    assert not was_notified(story.state, DRIFT, failure)
    story.decides(
        resolve, incident=opened(story)[0].entry, person="Ines Sol", reason="I have looked."
    )
    assert was_notified(story.state, PERFORMANCE, failure)
    assert not was_notified(story.state, PERFORMANCE, replace(failure, partition="w2"))


def test_people_do_not_know_a_version_that_arrived_after_the_incident_had_ended() -> None:
    story = lived("FF")
    story.decides(
        resolve, incident=opened(story)[0].entry, person="Ines Sol", reason="I have looked."
    )
    comes(story.later(days=1), "w3", "P")
    story.delivers("w3", digest="again").later(days=1)
    later = replace(story.state.checks[PERFORMANCE].newest, partition="w3", entry=10_000, began=0)
    assert not was_notified(story.state, PERFORMANCE, later)
    assert was_notified(story.state, PERFORMANCE, replace(later, entry=1))
