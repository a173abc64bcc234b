"""The charter of one AI product: one page, everything that was agreed."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from aipo_pipelines.charter.model.base import Name, Part, Text
from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.charter.model.operations import (
    Escalation,
    Monitoring,
    OnboardingStep,
    Outcome,
    Release,
    Response,
    Retraining,
    Review,
    Sunset,
)
from aipo_pipelines.charter.model.people import DecisionRights, Person, Role
from aipo_pipelines.charter.model.sources import Batches, Labels, Source
from aipo_pipelines.charter.model.thresholds import ConceptDriftLimits, DriftLimits, Threshold

# Everybody asks about it. No task of today needs it, and no answer may look as if it was measured.
HALLUCINATION = "hallucination rate (this model writes no text)"
"""The risk that every product with a model names as not measured."""


class Lifecycle(StrEnum):
    """Stage of a product's life."""

    PROTOTYPE = "prototype"
    PILOT = "pilot"
    PRODUCTION = "production"
    SUNSET = "sunset"


class RiskTier(StrEnum):
    """How much harm the product can do; decides which standards apply."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Charter(Part):
    """What was agreed about one AI product.

    Attributes:
        version: Version of the charter, raised by its owner with every change.
        people: Accountable person by role; owner and incident owner are always named.
        sources: Data sources by name. `feed` names the source that brings batches.
        contract: ODCS file of the feed, relative to the charter.
        identifiers: Columns that identify a record in all batches, not its subject: for the same
            customers each month, customer and month. Without identifiers the features of the model
            identify it. Without a model the whole row except the label does. Then rows of several
            batches are one record if more rows are alike than by chance. `aipo check` warns of a
            model without identifiers.
        time_column: Column with a record's own time, if any.
        protected: Attributes by which fairness is measured. Numbers above 20, such as ages, are
            compared in bands of ten. `aipo check` warns of an attribute without a threshold.
        model: None for a product that is data only.
        not_measured: Risks that are known and not measured, in words (`hallucination rate`).
        undecided: Fields that nobody has decided yet (`people.owner`), as `aipo init` leaves them;
            while the list is not empty, the answer is UNKNOWN and people decide on each release.
    """

    product: Name
    version: Text
    title: Text
    purpose: Text
    lifecycle: Lifecycle
    risk_tier: RiskTier
    people: dict[Role, Person]
    decision_rights: DecisionRights
    outcome_map: tuple[Outcome, ...] = ()
    sources: dict[Name, Source] = Field(min_length=1)
    feed: Name
    contract: Text
    batches: Batches
    identifiers: tuple[Text, ...] = ()
    time_column: Text | None = None
    labels: Labels | None = None
    protected: tuple[Text, ...] = ()
    model: ModelSpec | None = None
    thresholds: tuple[Threshold, ...] = ()
    drift: DriftLimits = DriftLimits()
    concept_drift: ConceptDriftLimits = ConceptDriftLimits()
    monitoring: Monitoring
    retraining: Retraining = Retraining()
    release: Release = Release()
    responses: tuple[Response, ...] = ()
    escalation: Escalation
    rhythm: tuple[Review, ...] = ()
    sunset: Sunset
    onboarding: tuple[OnboardingStep, ...] = ()
    not_measured: tuple[Text, ...] = ()
    undecided: tuple[Text, ...] = ()

    @property
    def unmeasured_risks(self) -> tuple[str, ...]:
        """Risks that nobody measures: those in the charter, and hallucination of a model."""
        named = any("hallucination" in risk.casefold() for risk in self.not_measured)
        if named or self.model is None:
            return self.not_measured
        return (*self.not_measured, HALLUCINATION)

    @property
    def names_records(self) -> bool:
        """Whether it says what a record is: by identifiers, or by series and time (forecasting)."""
        return bool(self.identifiers or (self.model and self.model.forecasting))

    @property
    def as_far_as_known(self) -> str:
        """The restriction to add to a statement that a model had not seen a record."""
        return "" if self.names_records else ", as far as features show"

    def is_placeholder(self, role: Role) -> bool:
        """Whether the person written for a role stands for somebody who is not named yet."""
        return not {"people", f"people.{role.value}"}.isdisjoint(self.undecided)

    @property
    def owner(self) -> Person:
        """The accountable person."""
        return self.people[Role.OWNER]
