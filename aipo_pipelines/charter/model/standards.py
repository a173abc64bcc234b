"""The organisation's standards: minimums by risk tier, and the privacy table."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from aipo_pipelines.charter.model.base import Duration, Name, Part, Text
from aipo_pipelines.charter.model.charter import RiskTier
from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.people import Role
from aipo_pipelines.charter.model.sources import Region
from aipo_pipelines.charter.model.thresholds import Metric


class StandardThreshold(Part):
    """The loosest limit a charter may set on a metric."""

    metric: Metric
    limit: float
    minimum_sample: int | None = None


class LongestResponse(Part):
    """How long a response to a required check may wait: `fails` failures of `of` batches."""

    fails: int = Field(ge=1)
    of: int = Field(ge=1)


class Exemption(Part):
    """A decision that one product may be looser than the standard in one field, until a day.

    Attributes:
        field: As `aipo check` writes it (`thresholds[0].limit`).
        value: The allowed value, as `aipo check` writes what it found.
        decided_by: The names of the people who decided.
        until: Last day on which it counts.
    """

    product: Name
    field: Text
    value: Text
    decided_by: Text
    reason: Text
    until: date


class TierStandard(Part):
    """The minimum requirements of a risk tier.

    Attributes:
        thresholds: Loosest limits, if the charter sets a limit on the metric.
        maximum_cadence: Longest time between two measurements.
        maximum_retraining_interval: Longest life of a champion.
        required_roles: Roles that must be named.
        required_checks: Checks whose response must escalate.
        release_quorum: Least number of people who approve a release; 0 releases by rule.
        minimum_levels: Least number of levels of the ladder.
        first_response: Longest time the first level may take.
        required_metrics: Metrics by task; at least one of them must have a limit for release and
            for live batches.
        maximum_drift_limit: Largest `drift.limit`.
        maximum_margin: Largest `release.margin`.
        minimum_held_out: Least `release.minimum_sample`.
        longest_response: Largest `fails` and `of` of a response to a required check.
        separation_of_duties: Whether duties must be separated.
    """

    thresholds: tuple[StandardThreshold, ...] = ()
    maximum_cadence: Duration
    maximum_retraining_interval: Duration
    required_roles: tuple[Role, ...] = ()
    required_checks: tuple[Text, ...] = ()
    release_quorum: int = Field(default=1, ge=0)
    minimum_levels: int = Field(default=1, ge=1)
    first_response: Duration
    required_metrics: dict[Task, tuple[Metric, ...]] = Field(default_factory=dict)
    maximum_drift_limit: float | None = Field(default=None, gt=0, le=1)
    maximum_margin: float | None = Field(default=None, gt=0, lt=1)
    minimum_held_out: int | None = Field(default=None, ge=2)
    longest_response: LongestResponse | None = None
    separation_of_duties: bool = False


class PrivacyRule(Part):
    """One row of the table data category x region -> regulation -> obligation.

    Attributes:
        category: Fideslang key; covers the keys below it.
        regions: Regions in which it holds; empty means everywhere.
        special: Whether it is a special category (needs its own authorisation).
    """

    category: Text
    regions: tuple[Region, ...] = ()
    regulation: Text
    obligation: Text
    special: bool = False


class Standards(Part):
    """`standards.yaml`: the rules for every product of the organisation.

    Attributes:
        signed_decisions: Whether decisions must carry a signature.
        regions: Members of the groups of regions that privacy rules may name; the group `eea`
            is written `EEA` in a rule.
        exceptions: Decisions that a product may be looser than the standard, each with an end.
    """

    organisation: Text
    version: Text
    tiers: dict[RiskTier, TierStandard]
    privacy: tuple[PrivacyRule, ...] = ()
    signed_decisions: bool = False
    regions: dict[Name, tuple[Region, ...]] = Field(default_factory=dict)
    exceptions: tuple[Exemption, ...] = ()
