"""The answer for an AI Product Owner: is this model performing as intended?

YES, NO or UNKNOWN, with its evidence: figures with limits, intervals and age, the champion, drift,
incidents, retraining, sources, the risks that are not measured, and the accountable person. Every
number is read from the state. Nothing is computed again and no clock is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.answer.as_json import plain
from aipo_pipelines.policy.answer.business_outcomes import (
    OutcomeNote,
    missed_targets,
    outcome_notes,
)
from aipo_pipelines.policy.answer.caveats import caveats
from aipo_pipelines.policy.answer.champion import ChampionNote, champion_note
from aipo_pipelines.policy.answer.drift import DriftNote, drift_note
from aipo_pipelines.policy.answer.figures import CheckFigure, other_figures
from aipo_pipelines.policy.answer.incidents import IncidentNote, incident_notes
from aipo_pipelines.policy.answer.judgeable import never_judged
from aipo_pipelines.policy.answer.kpis import Kpi, kpis
from aipo_pipelines.policy.answer.last_training import TrainingNote, training_note
from aipo_pipelines.policy.answer.original_baseline import original_caveats, original_note
from aipo_pipelines.policy.answer.pending_releases import Waiting, waiting
from aipo_pipelines.policy.answer.sources import SourceNote, source_notes
from aipo_pipelines.policy.answer.unreported_failures import unreported_failures
from aipo_pipelines.policy.answer.verdict import Performing, judge
from aipo_pipelines.policy.answer.wrong_cells import newest_wrong_batch
from aipo_pipelines.policy.facts.calendar import RetrainingPlan, retraining_plan
from aipo_pipelines.policy.facts.freshness import check_freshness
from aipo_pipelines.policy.facts.independence import not_independent
from aipo_pipelines.policy.facts.live_thresholds import required
from aipo_pipelines.policy.facts.training import untrained
from aipo_pipelines.policy.people.pending_overrides import overrides
from aipo_pipelines.policy.statements.approvals import (
    AlsoWaiting,
    Pending,
    PendingAgreement,
    PendingOverride,
    PendingRelease,
)
from aipo_pipelines.policy.statements.original import OriginalNote
from aipo_pipelines.policy.statements.reasons import Caveat, Reason
from aipo_pipelines.policy.statements.trainings import Untrained
from aipo_pipelines.policy.statements.wrong_cells import WrongBatch
from aipo_pipelines.policy.wording.approvals import pending_text
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.policy.wording.trainings import untrained_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Accountable:
    """The person who answers for the product."""

    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer for one product at one moment.

    Attributes:
        reasons: The reasons of the verdict.
        caveats: What people should know, and what does not change the verdict.
        as_of: The moment of the answer, aware UTC.
        simulated: Whether that moment is from a simulated clock.
        kpis: Live thresholds and their newest figures, in the order of the charter.
        outcomes: Business outcomes in service, with the cost of errors.
        figures: Other figures of the performance checks, newest evaluation each.
        evidence_at: Date of the oldest evidence among the required checks; None if there is no
            evidence.
        evidence_age: Age of that evidence.
        original: The original baseline, and whether the product has drifted from it; None if no
            model of the product is in charge.
        wrong_cells: The cells of the newest batch that break its contract; None if no cell does.
        decisions: Releases that wait for people, with their evidence.
        also_waiting: Overrides and a changed agreement that wait for people.
        trainings: The last training and the use of the cap.
        predecessor: The champion to which a rollback returns; None if there is no predecessor.
        sources: Sources without a valid approval.
        has_model: Whether the product has a model. Otherwise the question is about the product.
        untrained: Why nothing is trained here; None if a model is trained here.
        undecided: Fields of the charter that nobody has decided yet.
        not_measured: Risks that the charter names as not measured, and thresholds without a figure.
    """

    product: str
    title: str
    lifecycle: str
    risk_tier: str
    verdict: Performing
    reasons: tuple[Reason, ...]
    caveats: tuple[Caveat, ...]
    as_of: datetime
    simulated: bool
    kpis: tuple[Kpi, ...]
    outcomes: tuple[OutcomeNote, ...]
    figures: tuple[CheckFigure, ...]
    evidence_at: datetime | None
    evidence_age: timedelta | None
    champion: ChampionNote | None
    drift: DriftNote | None
    original: OriginalNote | None
    incidents: tuple[IncidentNote, ...]
    wrong_cells: WrongBatch | None
    decisions: tuple[Waiting, ...]
    also_waiting: tuple[AlsoWaiting, ...]
    retraining: RetrainingPlan
    trainings: TrainingNote
    predecessor: ChampionNote | None
    sources: tuple[SourceNote, ...]
    has_model: bool
    untrained: Untrained | None
    undecided: tuple[str, ...]
    not_measured: tuple[str, ...]
    accountable: Accountable

    @property
    def waiting(self) -> tuple[Pending, ...]:
        """Everything that waits for people."""
        releases = (PendingRelease(version=release.version) for release in self.decisions)
        return (*releases, *self.also_waiting)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """The parts of an answer from which other parts are made."""

    kpis: tuple[Kpi, ...]
    outcomes: tuple[OutcomeNote, ...]
    original: OriginalNote | None
    retraining: RetrainingPlan
    sources: tuple[SourceNote, ...]


def answer(
    charter: Charter, state: ProductState, now: datetime, *, simulated: bool = False
) -> Answer:
    """The answer for a product at a moment.

    Args:
        charter: The charter in force.
        state: State of the product at that moment.
        now: The moment, aware UTC; ages are counted up to it.
        simulated: Whether `now` is from a simulated clock.
    """
    parts = _parts(charter, state, now)
    verdict, reasons = judge(charter, state, parts.kpis, parts.outcomes, now)
    evidence_at = _oldest_evidence(charter, state, now)
    return Answer(
        product=charter.product,
        title=charter.title,
        lifecycle=charter.lifecycle.value,
        risk_tier=charter.risk_tier.value,
        verdict=verdict,
        reasons=reasons,
        caveats=tuple(_caveats(charter, state, parts, verdict, now)),
        as_of=now,
        simulated=simulated,
        kpis=parts.kpis,
        outcomes=parts.outcomes,
        figures=other_figures(charter, state, parts.kpis),
        evidence_at=evidence_at,
        evidence_age=max(now - evidence_at, timedelta(0)) if evidence_at else None,
        champion=champion_note(state, state.champion),
        drift=drift_note(charter, state),
        original=parts.original,
        incidents=incident_notes(state, now),
        wrong_cells=newest_wrong_batch(state),
        decisions=waiting(charter, state, now),
        also_waiting=tuple(_also_waiting(charter, state, now)),
        retraining=parts.retraining,
        trainings=training_note(charter, state, now),
        predecessor=champion_note(state, state.predecessor),
        sources=parts.sources,
        has_model=charter.model is not None,
        untrained=untrained(charter),
        undecided=charter.undecided,
        not_measured=_not_measured(charter, parts.kpis),
        accountable=Accountable(name=charter.owner.name, email=charter.owner.email),
    )


def _parts(charter: Charter, state: ProductState, now: datetime) -> _Parts:
    return _Parts(
        kpis=kpis(charter, state, now),
        outcomes=outcome_notes(charter, state, now),
        original=original_note(charter, state, now),
        retraining=retraining_plan(charter, state, now),
        sources=source_notes(charter, state, now.date()),
    )


def to_json(value: Answer) -> dict[str, Json]:
    """An answer as JSON: moments in ISO 8601, lengths of time in seconds."""
    written = {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    # Other programs read words here, and an empty text if a model is trained here.
    return written | {
        "reasons": list(sentences(value.reasons)),
        "caveats": list(sentences(value.caveats)),
        "also_waiting": list(map(pending_text, value.also_waiting)),
        "untrained": untrained_text(value.untrained),
    }


def _caveats(
    charter: Charter, state: ProductState, parts: _Parts, verdict: Performing, now: datetime
) -> Iterator[Caveat]:
    if verdict is Performing.NO:
        yield from unreported_failures(charter, state, now)
    yield from missed_targets(parts.outcomes)
    yield from caveats(charter, state, parts.retraining, parts.sources, now)
    yield from original_caveats(parts.original, state)
    yield from never_judged(charter, state)
    yield from not_independent(charter, state, now)


def _also_waiting(charter: Charter, state: ProductState, now: datetime) -> Iterator[AlsoWaiting]:
    yield from (
        PendingOverride(act=override.act, version=override.version)
        for override in overrides(charter, state, now)
    )
    if state.proposal is not None and state.proposal.waits:
        yield PendingAgreement(version=state.proposal.version)


def _not_measured(charter: Charter, figures: tuple[Kpi, ...]) -> tuple[str, ...]:
    missing = (kpi.figure.name for kpi in figures if kpi.figure.value is None)
    return (*charter.unmeasured_risks, *missing)


def _oldest_evidence(charter: Charter, state: ProductState, now: datetime) -> datetime | None:
    # An answer is as old as its oldest evidence.
    checks = (check_freshness(charter, state, key, now) for key in required(charter))
    dates = (
        check.evidence.evidence_at
        for check in checks
        if check.evidence and not check.evidence.withdrawn
    )
    return min(dates, default=None)
