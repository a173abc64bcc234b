"""What is believed of Dagster's reports, for any report and any state."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.metadata.base import NO_METADATA
from aipo_pipelines.evidence.metadata.training import ChampionMetadata
from aipo_pipelines.evidence.outcome import Figure, Severity, Verdict
from aipo_pipelines.ledger.events.actions import ActionFinished, ActionStarted
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.event import Event
from aipo_pipelines.ledger.events.incidents import IncidentOpened
from aipo_pipelines.ledger.events.measurements import (
    AssetMaterialised,
    CheckEvaluated,
    MeasurementDue,
)
from aipo_pipelines.ledger.events.runs import EventSetAside, RunClaimed, RunEnded, RunFailed
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.in_memory import InMemoryLedger
from aipo_pipelines.ledger.model.state import Action, ActionKind, ActionStatus, ProductState
from aipo_pipelines.policy.answer.answer import answer
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.sensors.claims import Report, believed
from tests.world import World

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RUN = "5" * 32
ASSETS = ("dataset", "data_quality", "drift", "performance", "evaluation", "champion", "challenger")
CHECKS = ("contract", "privacy", "performance", "data_drift", "volume", "mine")

evaluations = st.builds(
    CheckEvaluated,
    asset=st.sampled_from(ASSETS),
    check=st.sampled_from(CHECKS),
    partition=st.sampled_from(("", "w1", "w2", "w3")),
    run_id=st.just(""),
    verdict=st.sampled_from(Verdict),
    severity=st.sampled_from(Severity),
    summary=st.just("All is well."),
    figures=st.just((Figure(metric="roc_auc", value=1.0, n=1_000),)),
    details=st.just(NO_DETAILS),
    action=st.sampled_from(("", "1:1", "2:1", "9:1")),
)
materialisations = st.builds(
    AssetMaterialised,
    asset=st.sampled_from(ASSETS),
    partition=st.sampled_from(("", "w1", "w2", "w3")),
    run_id=st.just(""),
    data_version=st.just(""),
    metadata=st.builds(
        ChampionMetadata,
        version=st.sampled_from(("1", "2", "9")),
        model_version=st.just("1"),
    ),
    action=st.sampled_from(("", "1:1", "2:1", "9:1")),
)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A product with a champion, an approved batch, a quarantined batch and its incident."""
    world = World(tmp_path_factory.mktemp("claims"), retraining={"window": {"first_batches": 1}})
    return world.deliver("w1").play().deliver("w2", x1=float("nan")).play()


def report(event: Event, number: int = 0, run_id: str = "") -> Report:
    draft = Draft(
        product="sample",
        subject="test",
        actor="recorder",
        occurred_at=AT,
        key=f"dagster/db/{number}",
        event=event,
    )
    return Report(draft=draft, run_id=run_id, job="sample__monitor", tags={})


def recorded(state: ProductState, *events: Event) -> list[tuple[str, str]]:
    """Kinds of the entries that reports of a run become, and the action each serves."""
    reports = [report(event, number, RUN) for number, event in enumerate(events)]
    return [(draft.kind, str(draft.body.get("action", ""))) for draft in believed(state, reports)]


@given(events=st.lists(evaluations | materialisations, min_size=1, max_size=5))
def test_no_event_without_a_run_changes_what_is_decided(lived: World, events: list[Event]) -> None:
    product: Product = lived.product
    ledger = InMemoryLedger()
    before = lived.state
    drafts = believed(before, [report(event, number) for number, event in enumerate(events)])
    services = lived.speaking_to(ledger=replayed(ledger, lived))
    entries = services.record(product, drafts)
    after = ledger.state("sample")
    assert [entry.kind for entry in entries if entry.kind != EventSetAside.kind] == [
        IncidentOpened.kind
    ]
    without_notices = {
        key: member for key, member in after.actions.items() if member.kind != "notify"
    }
    assert replace(after, actions=without_notices, incidents=before.incidents) == replace(
        before,
        actions={key: member for key, member in before.actions.items() if member.kind != "notify"},
    )
    now = lived.clock.now()
    answer_before, answer_after = (answer(product.charter, state, now) for state in (before, after))
    assert (answer_after.verdict, sentences(answer_after.reasons), answer_after.kpis) == (
        answer_before.verdict,
        sentences(answer_before.reasons),
        answer_before.kpis,
    )


def replayed(ledger: InMemoryLedger, world: World) -> InMemoryLedger:
    """The same entries again, without rules."""
    drafts = [
        Draft(
            product=entry.product,
            subject=entry.subject,
            actor=entry.actor,
            occurred_at=entry.occurred_at,
            key=entry.key,
            event=entry.event,
        )
        for entry in world.ledger.entries("sample", limit=10_000)
        if entry.event is not None
    ]
    ledger.append(
        "sample",
        drafts,
        now=world.clock.now(),
        decide=lambda *_: (),
        fold=apply,
    )
    return ledger


MATERIALISED = AssetMaterialised(
    asset="dataset", partition="w1", run_id=RUN, data_version="", metadata=NO_METADATA, action="9:9"
)
ENDED = RunEnded(run_id=RUN)
DONE = ActionFinished(action=9, attempt=9, run_id=RUN)
BROKEN = RunFailed(run_id=RUN, job="sample__monitor", partition="w1", error="?", action="9:9")


def test_an_unclaimed_run_is_believed_in_nothing(world: World) -> None:
    assert recorded(world.state, MATERIALISED, DONE) == [
        (EventSetAside.kind, ""),
        (EventSetAside.kind, ""),
    ]
    assert recorded(world.state, ENDED) == []
    assert recorded(world.state, BROKEN) == [(RunFailed.kind, "")]


def test_what_a_claimed_run_serves_says_its_claim(world: World) -> None:
    world.append([RunClaimed(run_id=RUN, job="sample__monitor")])
    assert recorded(world.state, MATERIALISED, DONE) == [
        (AssetMaterialised.kind, ""),
        (RunEnded.kind, ""),
    ]
    assert recorded(world.state, MATERIALISED, BROKEN) == [
        (AssetMaterialised.kind, ""),
        (RunFailed.kind, ""),
    ]


def test_what_comes_after_the_end_on_the_same_page_is_a_finding(world: World) -> None:
    world.append([RunClaimed(run_id=RUN, job="sample__monitor")])
    assert recorded(world.state, MATERIALISED, ENDED, MATERIALISED) == [
        (AssetMaterialised.kind, ""),
        (RunEnded.kind, ""),
        (EventSetAside.kind, ""),
    ]


def test_a_run_executed_again_ends_the_action_that_it_serves(world: World) -> None:
    world.append([RunClaimed(run_id=RUN, job="sample__monitor", action="4:1")])
    assert recorded(world.state, MATERIALISED, ENDED) == [
        (AssetMaterialised.kind, "4:1"),
        (ActionFinished.kind, "4"),
    ]


def attempts_fail(world: World) -> Action:
    """A measurement breaks, each attempt in a run of its own; the last run is `RUN`."""
    kind = ActionKind.MEASURE
    (action,) = world.due(kind)
    for number in (1, 2, 3):
        run_id = RUN if number == 3 else str(number) * 32
        served = f"{action.entry}:{number}"
        broken = RunFailed(run_id=run_id, job="", partition="w1", error="?", action=served)
        world.append(
            [
                ActionStarted(action=action.entry, attempt=number, action_kind=kind, run_id=run_id),
                broken,
            ]
        )
    return world.state.actions[str(action.entry)]


def test_a_run_whose_attempt_was_given_up_is_believed_in_nothing(world: World) -> None:
    world.deliver("w1").take_in()
    action = attempts_fail(world)
    assert (action.status, action.run_id) == (ActionStatus.GIVEN_UP, RUN)
    assert recorded(world.state, MATERIALISED, DONE) == [
        (EventSetAside.kind, ""),
        (EventSetAside.kind, ""),
    ]


def test_a_run_whose_attempt_was_superseded_is_believed_in_nothing(world: World) -> None:
    world.deliver("w1").take_in()
    action = attempts_fail(world)
    world.append([MeasurementDue(partition="w1", reason="Asked again.", assets=())])
    action = world.state.actions[str(action.entry)]
    assert (action.status, action.run_id) == (ActionStatus.SUPERSEDED, RUN)
    assert recorded(world.state, MATERIALISED) == [(EventSetAside.kind, "")]
