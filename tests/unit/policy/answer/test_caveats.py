"""The caveats of an answer as values, in their order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.append import CLOCK_TOLERANCE
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.ledger.model.models import TrainingStatus
from aipo_pipelines.ledger.model.state import BatchStatus, ProductState
from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.policy.answer.caveats import caveats
from aipo_pipelines.policy.answer.sources import source_notes
from aipo_pipelines.policy.facts.calendar import RetrainingPlan, retraining_plan
from aipo_pipelines.policy.people.manual_actions import retrain
from aipo_pipelines.policy.people.stopped_champion import stop
from aipo_pipelines.policy.statements.approvals import Override
from aipo_pipelines.policy.statements.batches import (
    BatchesWithoutVerdict,
    ChangedTrainingBatches,
    QuarantinedBatches,
)
from aipo_pipelines.policy.statements.checks import FailingCheck
from aipo_pipelines.policy.statements.incidents import (
    ActionsGivenUp,
    IncidentOfFormerModel,
    IncidentOpen,
    ReleaseAhead,
)
from aipo_pipelines.policy.statements.reasons import Caveat
from aipo_pipelines.policy.statements.sources import NotApproved, SourceWithProblem
from aipo_pipelines.policy.statements.trainings import (
    CapReached,
    DelayedTraining,
    ModelTooOld,
    NoCandidate,
    RetrainingOverdue,
)
from tests.unit.policy.story import FAIL, INSUFFICIENT, START, Story, charter
from tests.unit.policy.team import ADA, REASON, governed, succeeded

DRIFT = "drift/data_drift"
TWO = {"roles": ["owner", "incident_owner"], "quorum": 2}


def noted(
    story: Story, state: ProductState | None = None, plan: RetrainingPlan | None = None
) -> list[Caveat]:
    state = state or story.state
    plan = plan or retraining_plan(story.charter, state, story.now)
    sources = source_notes(story.charter, state, story.now.date())
    return list(caveats(story.charter, state, plan, sources, story.now))


def lived() -> Story:
    return Story().adopts().delivers("w1").runs_all().later(days=7).delivers("w2").runs_all()


def test_a_product_in_order_has_no_caveat() -> None:
    assert noted(lived()) == []


def test_a_release_in_the_future_is_named_beyond_the_difference_of_two_clocks() -> None:
    story = lived()
    champion = story.state.champion
    assert champion is not None
    near = replace(champion, released_at=story.now + CLOCK_TOLERANCE)
    far = replace(champion, released_at=story.now + CLOCK_TOLERANCE + timedelta(seconds=1))
    assert noted(story, replace(story.state, champion=near)) == []
    assert noted(story, replace(story.state, champion=far)) == [
        ReleaseAhead(version="1", at=far.released_at)
    ]


def test_an_override_that_waits_is_a_caveat_itself() -> None:
    story = succeeded().adopts(governed(override=TWO))
    story.decides(stop, person=ADA, reason=REASON).runs_all()
    (override,) = [caveat for caveat in noted(story) if isinstance(caveat, Override)]
    assert (override.version, override.missing) == ("2", 1)


def test_an_open_incident_is_a_caveat_unless_it_is_critical() -> None:
    story = lived()
    story.charter = charter(responses=[{"check": DRIFT, "reactions": ["escalate"]}])
    story.judges(DRIFT, "w3", FAIL, severity=Severity.WARNING).later(days=7)
    story.delivers("w3").runs_all()
    incident = story.incident(f"check:{DRIFT}")
    opened = IncidentOpen(incident=incident.entry, title=incident.title)
    assert opened in noted(story)
    critical = replace(incident, severity=Severity.CRITICAL)
    state = replace(story.state, incidents={str(incident.entry): critical})
    assert opened not in noted(story, state)
    story.later(days=7).delivers("w4").runs_all()
    assert opened not in noted(story)


def test_an_incident_of_the_former_model_follows_its_incident() -> None:
    story = lived()
    story.charter = charter(
        responses=[{"check": "performance/performance", "reactions": ["escalate"]}]
    )
    story.judges("performance/performance", "w3", FAIL).later(days=7).delivers("w3").runs_all()
    story.decides(retrain, person="Ada Ng", reason=REASON).runs_all()
    incident = story.incident("check:performance/performance")
    former = [caveat for caveat in noted(story) if isinstance(caveat, IncidentOfFormerModel)]
    assert [(caveat.incident, caveat.version) for caveat in former] == [(incident.entry, "2")]


def test_an_overdue_retraining_comes_before_a_model_that_is_too_old() -> None:
    story = lived()
    plan = RetrainingPlan(
        last=START,
        next=None,
        overdue=True,
        overdue_since=START + timedelta(days=1),
        tried_at=START + timedelta(days=2),
        too_old_since=START + timedelta(days=3),
        held_back=None,
    )
    assert noted(story, plan=plan) == [RetrainingOverdue(since=START + timedelta(days=1))]
    tried = replace(plan, overdue=False, overdue_since=None)
    (old,) = noted(story, plan=tried)
    assert isinstance(old, ModelTooOld)
    assert (old.since, old.tried_at) == (plan.too_old_since, plan.tried_at)
    # A model that is too old is overdue until a training was tried.
    assert noted(story, plan=replace(tried, tried_at=None)) == []


def test_the_result_of_the_last_training_explains_a_model_that_is_too_old() -> None:
    agreed = charter(retraining={"maximum_age": "5d"})
    story = Story(agreed).adopts().delivers("w1").runs_all().later(days=6)
    story.decides(retrain, person="Ada Ng", reason=REASON)
    (old,) = [caveat for caveat in noted(story) if isinstance(caveat, ModelTooOld)]
    assert old.result == NoCandidate(status=TrainingStatus.REQUESTED)
    assert (old.since, old.tried_at) == (START + timedelta(days=5), story.now)


def test_a_training_that_rests_is_a_caveat_itself() -> None:
    story = lived()
    held = DelayedTraining(
        trigger=Trigger("cadence"),
        reason="",
        since=START,
        until=None,
        by_dates=False,
        why=CapReached(requested=1, most=1, period=timedelta(days=1)),
    )
    plan = replace(retraining_plan(story.charter, story.state, story.now), held_back=held)
    assert noted(story, plan=plan) == [held]


def test_a_source_without_an_approval_is_named() -> None:
    story = lived()
    sources = story.charter.sources
    bare = sources["crm"].model_copy(update={"approval": None})
    story.charter = story.charter.model_copy(update={"sources": {"crm": bare}})
    assert noted(story) == [SourceWithProblem(source="crm", problem=NotApproved())]


def test_content_that_changed_after_the_training_is_named() -> None:
    story = lived().delivers("w1", digest="other content")
    assert ChangedTrainingBatches(partitions=("w1",)) in noted(story)


def test_a_batch_waits_for_its_verdict_until_it_has_one() -> None:
    story = lived().later(days=7).delivers("w3", "w4")
    assert BatchesWithoutVerdict(partitions=("w3", "w4")) in noted(story)
    assert noted(story.runs_all()) == []


def test_an_empty_batch_waits_only_until_a_later_batch_has_a_verdict() -> None:
    story = lived().later(days=7).delivers("w3")
    for key in ("data_quality/contract", "data_quality/privacy"):
        story.checks(key, "w3", INSUFFICIENT, summary="No record.")
    waiting = BatchesWithoutVerdict(partitions=("w3",))
    assert waiting in noted(story)
    batches, tomorrow = story.state.batches, story.now + timedelta(days=1)
    for status in (BatchStatus.APPROVED, BatchStatus.QUARANTINED):
        later = replace(batches["w2"], partition="w9", occurred_at=tomorrow, status=status)
        state = replace(story.state, batches={**batches, "w9": later})
        assert waiting not in noted(story, state)
    earlier = replace(batches["w2"], partition="w0", occurred_at=START - timedelta(days=9))
    assert waiting in noted(story, replace(story.state, batches={**batches, "w0": earlier}))


def test_given_up_actions_are_counted_last() -> None:
    story = lived().later(days=7).delivers("w3").gives_up_first()
    assert noted(story)[-1] == ActionsGivenUp(count=1)


def test_the_failing_check_comes_before_the_batch_in_quarantine() -> None:
    story = lived().judges("data_quality/contract", "w3", FAIL, summary="Broken.")
    story.judges(DRIFT, "w2", FAIL).later(days=7).delivers("w3").runs_all()
    story.checks(DRIFT, "w2", FAIL, summary="x1 moved.")
    kinds = [type(caveat) for caveat in noted(story)]
    assert kinds.index(FailingCheck) < kinds.index(QuarantinedBatches)
    failing = next(caveat for caveat in noted(story) if isinstance(caveat, FailingCheck))
    assert failing.key == CheckKey("drift", "data_drift")
