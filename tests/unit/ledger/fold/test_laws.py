"""Laws of the fold, on sequences of all kinds of events in any order, however contradictory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.evidence.metadata.base import Metadata
from aipo_pipelines.evidence.metadata.holdout_place import HeldOutPlace
from aipo_pipelines.evidence.metadata.monitoring import PerformanceMetadata, PredictionsMetadata
from aipo_pipelines.evidence.metadata.training import (
    AsLive,
    ChallengerMetadata,
    EvaluationMetadata,
    RiskAssessmentMetadata,
)
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.actions import (
    ActionFailed,
    ActionFinished,
    ActionLost,
    ActionRenewed,
    ActionStarted,
)
from aipo_pipelines.ledger.events.agreements import (
    AgreementApproved,
    AgreementProposed,
    AgreementRejected,
    AgreementWithdrawn,
    CharterAdopted,
)
from aipo_pipelines.ledger.events.batches import (
    BatchApproved,
    BatchArrived,
    BatchQuarantined,
    BatchWithdrawn,
)
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.event import Event
from aipo_pipelines.ledger.events.incidents import (
    IncidentContinued,
    IncidentOpened,
    IncidentResolved,
)
from aipo_pipelines.ledger.events.measurements import AssetMaterialised, MeasurementDue
from aipo_pipelines.ledger.events.overrides import ChampionStopped, OverrideApproved
from aipo_pipelines.ledger.events.releases import (
    ChampionReleased,
    OriginalNamed,
    ReleaseApproved,
    ReleaseDecided,
    ReleaseRequested,
)
from aipo_pipelines.ledger.events.runs import RunClaimed, RunEnded, RunFailed
from aipo_pipelines.ledger.events.trainings import TrainingDue
from aipo_pipelines.ledger.fold.facts import from_facts, settled, to_facts
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.fold.models import ROLLBACK
from aipo_pipelines.ledger.fold.projection import project
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.models import OverrideAct
from aipo_pipelines.ledger.model.state import ActionKind, BatchStatus, ProductState
from aipo_pipelines.ledger.model.trigger import Trigger
from tests.unit.ledger.values import (
    CONTRACT,
    DRIFT,
    FAIL,
    INSUFFICIENT,
    PASS,
    PERFORMANCE,
    START,
    arrived,
    day,
    entry,
    evaluated,
    figure,
)

NAMES = st.sampled_from(["w1", "w2", "w3"])
VERSIONS = st.sampled_from(["1", "2", "3", "4"])
ENTRIES = st.integers(0, 12)
ATTEMPTS = st.integers(1, 3)
RUNS = st.sampled_from(["run", "other"])
SERVED = st.just("") | st.builds("{}:{}".format, ENTRIES, ATTEMPTS)
PEOPLE = st.sampled_from(["Ada Ng", "Ben Haas"])
WORDS = st.just("why")
VERDICTS = st.sampled_from([PASS, FAIL, INSUFFICIENT])
FIGURES = st.builds(lambda n: (figure(n=n),), st.integers(0, 100)) | st.just(())
LIVE = AsLive(
    check="performance", verdict=PASS, severity=Severity.CRITICAL, summary="", figures=(figure(),)
)
METADATA: st.SearchStrategy[Metadata] = st.one_of(
    st.builds(
        ChallengerMetadata,
        version=VERSIONS,
        held_out=st.builds(HeldOutPlace, partition=NAMES),
    ),
    st.builds(EvaluationMetadata, version=VERSIONS, as_live=st.just((LIVE,))),
    st.builds(RiskAssessmentMetadata, version=VERSIONS, text=WORDS),
    st.builds(PredictionsMetadata, model_version=VERSIONS),
    st.builds(PerformanceMetadata, judged=WORDS),
)
ASSETS: dict[type[Metadata], str] = {
    ChallengerMetadata: "challenger",
    EvaluationMetadata: "evaluation",
    RiskAssessmentMetadata: "risk_assessment",
    PredictionsMetadata: "predictions",
    PerformanceMetadata: "performance",
}


def _materialised(metadata: Metadata, partition: str, action: str) -> AssetMaterialised:
    return AssetMaterialised(
        asset=ASSETS[type(metadata)],
        partition=partition,
        run_id="run",
        data_version="",
        metadata=metadata,
        action=action,
    )


def _arrived(
    partition: str, digest: str, dated: float | None, *, labels_only: bool
) -> BatchArrived:
    return arrived(
        partition,
        digest=digest,
        records=f"records {digest}",
        labels_digest=digest,
        labels_only=labels_only,
        batch_date=None if dated is None else day(dated),
    )


BATCHES: st.SearchStrategy[Event] = st.one_of(
    st.builds(
        _arrived,
        NAMES,
        st.sampled_from("ab"),
        st.none() | st.integers(-5, 60),
        labels_only=st.booleans(),
    ),
    st.builds(BatchApproved, partition=NAMES, digest=st.sampled_from("ab"), evaluation=ENTRIES),
    st.builds(
        BatchQuarantined,
        partition=NAMES,
        digest=st.sampled_from("ab"),
        checks=st.just((CONTRACT,)),
        summary=WORDS,
    ),
    st.builds(BatchWithdrawn, partition=NAMES, digest=WORDS, arrival=ENTRIES, reason=WORDS),
    st.builds(
        MeasurementDue, partition=NAMES, reason=WORDS, fails=st.sampled_from([(), (PERFORMANCE,)])
    ),
    st.builds(
        evaluated,
        NAMES,
        VERDICTS,
        st.sampled_from([PERFORMANCE, CONTRACT, DRIFT]),
        run_id=RUNS,
        action=SERVED,
        figures=FIGURES,
    ),
    st.builds(_materialised, METADATA, NAMES, SERVED),
)
MODELS: st.SearchStrategy[Event] = st.one_of(
    st.builds(TrainingDue, window=st.just(("w1",)), trigger=st.just(Trigger("cadence"))),
    st.builds(_materialised, METADATA, NAMES, SERVED),
    st.builds(
        ReleaseRequested,
        version=VERSIONS,
        reason=WORDS,
        roles=st.just(("owner",)),
        quorum=st.just(1),
    ),
    st.builds(
        ReleaseApproved,
        version=VERSIONS,
        person=PEOPLE,
        role=WORDS,
        reason=WORDS,
        evaluation=ENTRIES,
        charter_digest=st.sampled_from(["", "a"]),
    ),
    st.builds(
        ReleaseDecided,
        version=VERSIONS,
        go=st.booleans(),
        rule=st.sampled_from(["gates", ROLLBACK, "restored"]),
        reason=WORDS,
        evidence=st.just({}),
    ),
    st.builds(ChampionReleased, version=VERSIONS, decision=ENTRIES),
    st.builds(OriginalNamed, version=VERSIONS, person=PEOPLE, role=WORDS, reason=WORDS),
    st.builds(
        OverrideApproved,
        act=st.sampled_from(OverrideAct),
        version=VERSIONS,
        person=PEOPLE,
        role=WORDS,
        reason=WORDS,
        completes=st.booleans(),
        charter_digest=st.just("a"),
    ),
    st.builds(
        ChampionStopped,
        version=VERSIONS,
        back_to=st.just(""),
        person=PEOPLE,
        role=WORDS,
        reason=WORDS,
        confirm_by=st.just(day(9)),
        confirmed=st.booleans(),
    ),
)
WORK: st.SearchStrategy[Event] = st.one_of(
    st.builds(
        ActionStarted,
        action=ENTRIES,
        attempt=ATTEMPTS,
        action_kind=st.just(ActionKind.MEASURE),
        run_id=RUNS | st.just(""),
    ),
    st.builds(ActionFinished, action=ENTRIES, attempt=ATTEMPTS),
    st.builds(ActionFailed, action=ENTRIES, attempt=ATTEMPTS, error=WORDS, permanent=st.booleans()),
    st.builds(ActionLost, action=ENTRIES, attempt=ATTEMPTS, reason=WORDS),
    st.builds(ActionRenewed, action=ENTRIES, attempt=ATTEMPTS, reason=WORDS),
    st.builds(
        RunFailed,
        run_id=RUNS,
        job=WORDS,
        partition=NAMES,
        error=WORDS,
        action=SERVED,
        interrupted=st.booleans(),
    ),
    st.builds(RunClaimed, run_id=RUNS, job=WORDS, action=SERVED),
    st.builds(RunEnded, run_id=RUNS),
    st.builds(
        IncidentOpened,
        cause=st.just(Cause("stale")),
        title=WORDS,
        summary=WORDS,
        severity=st.just(Severity.WARNING),
        partition=NAMES,
        owner=WORDS,
        ladder=st.just([]),
        subjects=st.sampled_from([(), ("x1",)]),
    ),
    st.builds(
        IncidentContinued,
        incident=ENTRIES,
        partition=NAMES,
        summary=WORDS,
        subjects=st.sampled_from([(), ("x1", "x2")]),
    ),
    st.builds(IncidentResolved, incident=ENTRIES, resolution=WORDS, notify_end=st.booleans()),
)
AGREEMENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(
        AgreementProposed,
        version=WORDS,
        digest=st.sampled_from("ab"),
        contract_digest=WORDS,
        standards_digest=WORDS,
    ),
    st.builds(AgreementApproved, proposal=ENTRIES, person=PEOPLE, role=WORDS, reason=WORDS),
    st.builds(AgreementRejected, proposal=ENTRIES, person=PEOPLE, role=WORDS, reason=WORDS),
    st.builds(AgreementWithdrawn, proposal=ENTRIES, reason=WORDS),
)
ADOPTIONS: st.SearchStrategy[Event] = st.builds(
    CharterAdopted,
    version=WORDS,
    digest=st.sampled_from("ab"),
    contract_version=WORDS,
    contract_digest=WORDS,
    standards_version=WORDS,
    standards_digest=WORDS,
    charter=st.just({}),
    contract=st.sampled_from(["", "text"]),
    standards=st.just("text"),
)
# A run by hand without a batch is counted each time, as the training that it was.
BY_HAND = st.builds(evaluated, st.just(""), VERDICTS, st.just("training_set/sufficient"))
REPEATABLE = st.one_of(BATCHES, MODELS, WORK, AGREEMENTS)
EVENTS = st.one_of(REPEATABLE, ADOPTIONS, BY_HAND)


def entries_of(events: Sequence[Event]) -> list[Entry]:
    """The entries of some events, an hour apart."""
    return [
        entry(event, index, at=START + timedelta(hours=index)) for index, event in enumerate(events)
    ]


def states(
    entries: Sequence[Entry], fold: Callable[..., ProductState] = apply
) -> Iterator[ProductState]:
    """The state before the first entry, and after each entry."""
    known = ProductState(product="churn")
    yield known
    for each in entries:
        known = settled(fold(known, each))
        yield known


def read_back(known: ProductState) -> ProductState:
    facts = [(kind, key, value) for (kind, key), value in to_facts(known).items()]
    return from_facts(known.product, facts)


def lived() -> list[Event]:
    """Events that lead to a champion, a predecessor, a candidate, actions and verdicts."""
    events: list[Event] = [_arrived("w1", "a", None, labels_only=False)]
    for version in ("1", "2", "3"):
        events += [
            _materialised(
                ChallengerMetadata(version=version, held_out=HeldOutPlace(partition="w1")), "", ""
            ),
            ReleaseDecided(version=version, go=True, rule="gates", reason="", evidence={}),
            ChampionReleased(version=version, decision=len(events) + 1),
        ]
    return [*events[:-2], evaluated("w1", FAIL), evaluated("w2", INSUFFICIENT)]


def lists_of(events: st.SearchStrategy[Event]) -> st.SearchStrategy[list[Entry]]:
    """Entries from the beginning of a product, or in the middle of its life."""
    begun = st.sampled_from([[], lived()])
    return st.tuples(begun, st.lists(events, max_size=14)).map(
        lambda parts: entries_of([*parts[0], *parts[1]])
    )


SEQUENCES = lists_of(EVENTS)


@settings(max_examples=25)
@given(SEQUENCES)
def test_a_state_that_was_stored_and_read_in_between_folds_on_as_if_it_had_not(
    entries: list[Entry],
) -> None:
    stored = [*states(entries, lambda known, each: apply(read_back(known), each))]
    assert stored == [*states(entries)]


@settings(max_examples=25)
@given(SEQUENCES)
def test_the_present_facts_of_the_projection_are_the_facts_of_the_state(
    entries: list[Entry],
) -> None:
    *_, last = states(entries)
    present = {
        (fact.kind, fact.key): fact.value
        for fact in project("churn", entries, apply)
        if fact.holds(None, None)
    }
    assert present == to_facts(last)


@settings(max_examples=25)
@given(SEQUENCES)
def test_the_projection_returns_the_state_that_was_known_at_each_time(
    entries: list[Entry],
) -> None:
    facts = [*project("churn", entries, apply)]
    for each, known in zip(entries, [*states(entries)][1:], strict=True):
        at = each.recorded_at
        held = {(fact.kind, fact.key): fact.value for fact in facts if fact.holds(at, at)}
        assert held == to_facts(known)


@settings(max_examples=25)
@given(lists_of(REPEATABLE))
def test_an_entry_that_is_folded_twice_in_a_row_changes_the_state_once(
    entries: list[Entry],
) -> None:
    known = ProductState(product="churn")
    for each in entries:
        known = apply(known, each)
        assert apply(known, each) == known


@settings(max_examples=25)
@given(SEQUENCES)
def test_entries_of_another_product_change_nothing(entries: list[Entry]) -> None:
    other = ProductState(product="fraud")
    assert all(apply(other, each) is other for each in entries)


@settings(max_examples=25)
@given(SEQUENCES)
def test_every_champion_was_allowed_by_a_recorded_decision(entries: list[Entry]) -> None:
    allowed = {
        each.index: each.event.version
        for each in entries
        if isinstance(each.event, ReleaseDecided) and each.event.go
    }
    for known in states(entries):
        champions = [known.champion] if known.champion else []
        for champion in champions:
            assert allowed[champion.decision] == champion.version


@settings(max_examples=25)
@given(SEQUENCES)
def test_an_attempt_at_an_action_only_moves_forward(entries: list[Entry]) -> None:
    attempts: dict[str, int] = {}
    for known in states(entries):
        for key, action in known.actions.items():
            assert action.attempt >= attempts.get(key, 1)
            attempts[key] = action.attempt


@settings(max_examples=25)
@given(SEQUENCES)
def test_no_batch_that_its_feed_withdrew_is_evidence(entries: list[Entry]) -> None:
    for known in states(entries):
        withdrawn = {
            name for name, batch in known.batches.items() if batch.status is BatchStatus.WITHDRAWN
        }
        evidence = [
            evaluation.partition
            for check in known.checks.values()
            for evaluation in (check.newest, check.decided, *check.undecided)
            if evaluation is not None
        ]
        judged = [verdict.partition for check in known.checks.values() for verdict in check.recent]
        assert withdrawn.isdisjoint([*evidence, *judged])


def test_the_life_of_the_sequences_has_a_champion_a_predecessor_and_a_candidate() -> None:
    """The laws would also hold for events that all change nothing."""
    *_, known = states(entries_of(lived()))
    assert known.champion is not None
    assert known.predecessor is not None
    versions = [known.predecessor.version, known.champion.version, *known.candidates]
    assert versions == ["1", "2", "3"]
    assert (list(known.batches), list(known.checks)) == (["w1"], [PERFORMANCE])
