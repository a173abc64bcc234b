"""The answer to the question an AI Product Owner is asked: is this model performing as intended.

YES, NO or UNKNOWN with everything behind it: figures with limits, intervals and age, the champion,
drift, incidents, retraining, sources, what is not measured, and the accountable person. Every
number is read from the state; nothing is computed anew and no clock is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Figure, Json
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.answer.as_json import plain
from aipo_pipelines.policy.answer.business_outcomes import (
    OutcomeNote,
    missed_targets,
    outcome_notes,
)
from aipo_pipelines.policy.answer.judgeable import never_judged
from aipo_pipelines.policy.answer.kpis import Kpi, kpis
from aipo_pipelines.policy.answer.last_training import TrainingNote, training_note
from aipo_pipelines.policy.answer.original_baseline import (
    OriginalNote,
    original_caveats,
    original_note,
)
from aipo_pipelines.policy.answer.pending_releases import Waiting, waiting
from aipo_pipelines.policy.answer.sections import (
    ChampionNote,
    DriftNote,
    IncidentNote,
    SourceNote,
    caveats,
    champion_note,
    drift_note,
    incident_notes,
    source_notes,
)
from aipo_pipelines.policy.answer.unreported_failures import untold
from aipo_pipelines.policy.answer.verdict import Performing, judge
from aipo_pipelines.policy.answer.wrong_cells import WrongBatch, newest_wrong_batch
from aipo_pipelines.policy.facts.business_targets import MEASURED_BY
from aipo_pipelines.policy.facts.calendar import RetrainingPlan, retraining_plan
from aipo_pipelines.policy.facts.freshness import check_freshness, newest_of
from aipo_pipelines.policy.facts.independence import not_independent
from aipo_pipelines.policy.facts.judged_evidence import figures_in_force, is_former
from aipo_pipelines.policy.facts.live_thresholds import required
from aipo_pipelines.policy.facts.training import untrained
from aipo_pipelines.policy.people.pending_overrides import overrides


@dataclass(frozen=True, slots=True, kw_only=True)
class Accountable:
    """Who answers for the product."""

    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFigure:
    """A figure of the newest evaluation of a check that is no KPI."""

    check: str
    partition: str
    evidence_at: datetime
    figure: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer for one product at one moment.

    Attributes:
        reasons: Sentences that carry the verdict.
        caveats: Sentences worth knowing that do not change it.
        as_of: The moment asked about, aware UTC.
        simulated: Whether that moment is of a simulated clock.
        kpis: Live thresholds with what answers them, in the order of the charter.
        outcomes: Business outcomes in service, with what errors cost.
        figures: Other figures of the performance checks, newest evaluation each.
        evidence_at: Date of the oldest evidence among the required checks; None where there is
            none at all.
        evidence_age: Age of that evidence.
        original: The original baseline and whether the product has drifted from it; None where
            no model of ours is in charge.
        wrong_cells: What is wrong in the newest batch by its contract, counted; None where nothing.
        decisions: Releases that wait for people, with their evidence.
        also_waiting: What else waits for people, in a few words each: overrides, a changed
            agreement.
        trainings: The last training and the use of the cap.
        predecessor: The champion a rollback returns to; None where there is none.
        sources: Sources that are unapproved or whose approval expired.
        has_model: Whether the product has a model at all; without one no question is about it.
        untrained: Why nothing is trained here, in words; empty where a model is.
        undecided: Fields of the charter that nobody has decided yet.
        not_measured: Risks the charter names as not measured, and thresholds without a figure.
    """

    product: str
    title: str
    lifecycle: str
    risk_tier: str
    verdict: Performing
    reasons: tuple[str, ...]
    caveats: tuple[str, ...]
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
    also_waiting: tuple[str, ...]
    retraining: RetrainingPlan
    trainings: TrainingNote
    predecessor: ChampionNote | None
    sources: tuple[SourceNote, ...]
    has_model: bool
    untrained: str
    undecided: tuple[str, ...]
    not_measured: tuple[str, ...]
    accountable: Accountable

    @property
    def question(self) -> str:
        """The question that the verdict answers."""
        return f"Is this {'model' if self.has_model else 'product'} performing as intended?"

    @property
    def waiting(self) -> tuple[str, ...]:
        """Everything that waits for people, in a few words each."""
        return (*(f"version {one.version}" for one in self.decisions), *self.also_waiting)


def answer(
    charter: Charter, state: ProductState, now: datetime, *, simulated: bool = False
) -> Answer:
    """Answers for a product at a moment.

    Args:
        charter: The charter in force.
        state: State of the product at that moment.
        now: The moment, aware UTC; ages are counted up to it.
        simulated: Whether `now` is of a simulated clock.
    """
    measured = kpis(charter, state, now)
    outcomes = outcome_notes(charter, state, now)
    verdict, reasons = judge(charter, state, measured, outcomes, now)
    plan = retraining_plan(charter, state, now)
    sources = source_notes(charter, state, now.date())
    evidence_at = _oldest_evidence(charter, state, now)
    original = original_note(charter, state, now)
    return Answer(
        product=charter.product,
        title=charter.title,
        lifecycle=charter.lifecycle.value,
        risk_tier=charter.risk_tier.value,
        verdict=verdict,
        reasons=reasons,
        caveats=(
            *(untold(charter, state, now) if verdict is Performing.NO else ()),
            *missed_targets(outcomes),
            *caveats(charter, state, plan, sources, now),
            *original_caveats(original, state),
            *never_judged(charter, state),
            *not_independent(charter, state, now),
        ),
        as_of=now,
        simulated=simulated,
        kpis=measured,
        outcomes=outcomes,
        figures=_other_figures(charter, state, measured),
        evidence_at=evidence_at,
        evidence_age=max(now - evidence_at, timedelta(0)) if evidence_at else None,
        champion=champion_note(state, state.champion),
        drift=drift_note(charter, state),
        original=original,
        incidents=incident_notes(state, now),
        wrong_cells=newest_wrong_batch(state),
        decisions=waiting(charter, state, now),
        also_waiting=tuple(_also_waiting(charter, state, now)),
        retraining=plan,
        trainings=training_note(charter, state, now),
        predecessor=champion_note(state, state.predecessor),
        sources=sources,
        has_model=charter.model is not None,
        untrained=untrained(charter),
        undecided=charter.undecided,
        not_measured=(
            *charter.unmeasured_risks,
            *(kpi.figure.name for kpi in measured if kpi.figure.value is None),
        ),
        accountable=Accountable(name=charter.owner.name, email=charter.owner.email),
    )


def to_json(value: Answer) -> dict[str, Json]:
    """Writes an answer as JSON: moments in ISO 8601, lengths of time in seconds."""
    return {field.name: plain(getattr(value, field.name)) for field in fields(value)}


def _also_waiting(charter: Charter, state: ProductState, now: datetime) -> Iterator[str]:
    yield from (
        f"{one.act.value} of version {one.version}" for one in overrides(charter, state, now)
    )
    if state.proposal is not None and state.proposal.waits:
        yield f"agreement version {state.proposal.version}"


def _oldest_evidence(charter: Charter, state: ProductState, now: datetime) -> datetime | None:
    stands = (check_freshness(charter, state, key, now) for key in required(charter))
    said = (one.evidence for one in stands)
    return min((one.evidence_at for one in said if one and not one.withdrawn), default=None)


def _other_figures(
    charter: Charter, state: ProductState, measured: tuple[Kpi, ...]
) -> tuple[CheckFigure, ...]:
    held = {(kpi.figure.metric, kpi.figure.subject) for kpi in measured}
    return tuple(
        CheckFigure(
            check=check.check,
            partition=check.partition,
            evidence_at=check.evidence_at,
            figure=figure,
        )
        for key, check in state.checks.items()
        if check.asset == "performance"
        and key not in MEASURED_BY
        and not is_former(charter, state, key, newest_of(check).known_up_to)
        for figure in figures_in_force(charter, state, key, newest_of(check))
        if (figure.metric, figure.subject) not in held
    )
