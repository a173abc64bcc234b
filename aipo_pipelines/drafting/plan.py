"""Everything found about a table that charter and contract are written from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np

from aipo_pipelines.charter.model.charter import RiskTier
from aipo_pipelines.charter.model.contract import FileLayout
from aipo_pipelines.charter.model.modelling import Lags, ModelSpec, Task
from aipo_pipelines.charter.model.people import Role
from aipo_pipelines.charter.model.sources import SourceFormat, TimeBatches
from aipo_pipelines.charter.model.standards import TierStandard
from aipo_pipelines.charter.model.thresholds import AppliesTo
from aipo_pipelines.drafting.batch_windows import Cut, FirstBatches
from aipo_pipelines.drafting.column_findings import Remark
from aipo_pipelines.drafting.columns import Profile
from aipo_pipelines.drafting.features import Features
from aipo_pipelines.drafting.first_model import Measured
from aipo_pipelines.drafting.growth import TIME_LIKE, Growth
from aipo_pipelines.drafting.label import Goal
from aipo_pipelines.drafting.limits import Limit
from aipo_pipelines.drafting.roles import Roles
from aipo_pipelines.drafting.sample_sizes import out_of_reach
from aipo_pipelines.drafting.split_columns import SPLIT_REASON
from aipo_pipelines.drafting.table import Table

# The middle: a draft neither denies nor claims harm before a person has thought about it.
TIER = RiskTier.MEDIUM
"""Tier of every draft."""

SOURCE = "data"
"""Name of the one source of a draft."""

# A person looks at the strongest columns first, and reads no list of all.
_STRONGEST = 3
_MOST_SHOWN = 10

REGION = "EU"
"""Assumed until a person says where the people live: the strictest rules there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The place of the data, as the charter writes it.

    Attributes:
        location: Path, or URL without any secret.
        table: SQL only: the table.
        shown_as: What to show people: never a secret.
    """

    location: str
    format: SourceFormat
    table: str | None = None
    shown_as: str = ""


@dataclass(frozen=True, kw_only=True)
class Model:
    """The model part of a draft.

    Attributes:
        first: The batches that the first model waits for.
    """

    goal: Goal
    features: Features
    spec: ModelSpec
    measured: Measured
    limits: tuple[Limit, ...]
    first: FirstBatches


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is drafted.

    Attributes:
        layout: How the file is written, with the words that stand for missing values.
        categories: Suspected personal data by column.
        suspicions: Why each of them is suspected, in words.
        growth: What changes from delivery to delivery.
        model: None if nothing can be predicted.
        without_model: Why there is no model, in words.
        standard: The organisation's standard for the drafted tier.
        remarks: What is odd, by column; about the whole table under no name.
    """

    name: str
    place: Place
    table: Table
    layout: FileLayout
    profiles: tuple[Profile, ...]
    categories: Mapping[str, str]
    suspicions: Mapping[str, str] = field(default_factory=dict)
    roles: Roles
    growth: Growth = field(default_factory=Growth)
    cut: Cut
    model: Model | None
    without_model: str = "nothing to predict was found"
    standard: TierStandard
    remarks: Mapping[str, tuple[Remark, ...]] = field(default_factory=dict)

    @property
    def people(self) -> tuple[Role, ...]:
        """The roles that must be held, in the order of the charter."""
        required = {
            Role.OWNER,
            Role.DATA_STEWARD,
            Role.INCIDENT_OWNER,
            *self.standard.required_roles,
        }
        if self.model is not None:
            # The training needs a responsible person before the first model exists.
            required.add(Role.MODEL_STEWARD)
        required |= set(self.deciders)
        return tuple(role for role in Role if role in required)

    @property
    def deciders(self) -> tuple[Role, ...]:
        """Roles that decide about a release: as many as must agree, the model steward never."""
        candidates = [Role.OWNER, Role.EXECUTIVE_SPONSOR, Role.RISK_OFFICER, Role.DATA_STEWARD]
        return tuple(candidates[: max(1, self.quorum)])

    @property
    def quorum(self) -> int:
        """People who must agree to a release: at least one while something is undecided."""
        return max(1, self.standard.release_quorum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing a person must decide: the field of the charter, and what is asked."""

    field: str
    asks: str


def questions(plan: Plan) -> Iterator[Question]:
    """Everything a person must decide before the product can be answered for."""
    yield Question(field="purpose", asks="What is it for, and who relies on it?")
    yield Question(field="risk_tier", asks="How much harm can it do?")
    for role in plan.people:
        yield Question(field=f"people.{role.value}", asks="Who is it, and how are they reached?")
    source = f"sources.{SOURCE}"
    yield Question(field=f"{source}.owner", asks="Which team delivers the data?")
    yield Question(field=f"{source}.regions", asks="Where do the people in the data live?")
    yield Question(field=f"{source}.lawful_basis", asks="What allows the use of the data?")
    if plan.categories:
        asks = f"Is this personal data: {', '.join(plan.categories)}?"
        yield Question(field=f"{source}.categories", asks=asks)
    yield Question(field=f"{source}.approval", asks="Who allows the use of this source until when?")
    yield Question(field=f"{source}.retention", asks="How long may the records be kept?")
    yield Question(field="contract", asks=" ".join(_about_contract(plan)))
    yield Question(field="batches", asks="Is this how the data comes in?")
    yield from _of_model(plan)
    yield Question(field="monitoring.cadence", asks="How old may evidence get?")
    asks = "Who is notified first, and how fast do they act?"
    yield Question(field="escalation.levels", asks=asks)
    yield Question(field="sunset.retention", asks="How long is evidence kept after the end?")


def _about_contract(plan: Plan) -> Iterator[str]:
    """The sentences of the question about the contract."""
    yield "Do types, ranges and sets hold for data to come?"
    undecided = [
        profile.name for profile in plan.profiles if profile.open_question or profile.misfits
    ]
    if undecided:
        yield f"Not settled by the data: {', '.join(undecided)}."
    odd = [name for name, remarks in plan.remarks.items() if name and _is_open(remarks)]
    if odd:
        yield f"Odd: {', '.join(odd)}."
    for remark in _of_table(plan):
        end = "" if remark.text.endswith("?") else "."
        yield f"{remark.text[:1].upper()}{remark.text[1:]}{end}"


def _is_open(remarks: tuple[Remark, ...]) -> bool:
    return any(remark.is_open for remark in remarks)


def _of_table(plan: Plan) -> Iterator[Remark]:
    return (remark for remark in plan.remarks.get("", ()) if remark.is_open)


def _of_model(plan: Plan) -> Iterator[Question]:
    model = plan.model
    if model is None:
        yield Question(field="model", asks="Is anything predicted? Then add `labels` and `model`.")
        return
    goal = model.goal
    if "label" in goal.guessed:
        asks = f"Is {goal.label} the label to predict? It was guessed."
        yield Question(field="labels.column", asks=asks)
    if "positive" in goal.guessed:
        yield Question(field="labels.positive", asks="Is this the event? It was guessed.")
    if "task" in goal.guessed:
        yield Question(field="model.task", asks=f"Is it {goal.task.value}? It was guessed.")
    asks = "Is each known when the prediction is needed?"
    for remark in remarks_on_features(plan, model):
        asks += f" {remark[:1].upper()}{remark[1:]}{'' if remark.endswith('?') else '.'}"
    if model.features.leaks:
        asks += f" Suspected leaks: {'; '.join(model.features.leaks.values())}."
    if model.measured.perfect:
        asks += f" {too_good(model)}"
    yield Question(field="model.features", asks=asks)
    if plan.categories:
        asks = "By which attributes must people be treated alike?"
        yield Question(field="protected", asks=asks)
    yield Question(field="outcome_map", asks="What is it worth, and what does an error cost?")
    yield Question(field="thresholds", asks=_about_limits(plan, model))


def remarks_on_features(plan: Plan, model: Model) -> Iterator[str]:
    """Remarks about features, and about columns that are left out."""
    features = model.features
    grown = [name for name in plan.roles.rising if name in features.left_out]
    if grown:
        yield f"left out: {', '.join(grown)} ({TIME_LIKE})"
    for name in plan.growth.perhaps:
        if name in features.used:
            yield (
                f"{name} may be time-like: if it grows with each delivery, leave it out "
                f"(--without {name})"
            )
    splits = [name for name, reason in features.left_out.items() if reason == SPLIT_REASON]
    if splits:
        yield f"left out: {', '.join(splits)} ({SPLIT_REASON})"
    if features.related:
        yield (
            f"some features repeat other features: {_some(features.related)}. Drift of one is "
            "drift of all, and a column that is left out may remain under another name: keep them, "
            "or leave some out?"
        )


def _some(texts: tuple[str, ...]) -> str:
    more = len(texts) - _MOST_SHOWN
    return "; ".join(texts[:_MOST_SHOWN]) + (f"; and {more} more" if more > 0 else "")


def _about_limits(plan: Plan, model: Model) -> str:
    asks = "Which limits are agreed? These are only measured."
    small = [*out_of_reach(model.limits, model.first, plan.standard)]
    if small:
        asks += f" Batches are too small to judge by them: {'; '.join(small)}."
    for limit in model.limits:
        if limit.too_small:
            unseen = "" if AppliesTo.RELEASE in limit.applies_to else ", so it is judged live only"
            asks += f" Groups of {limit.attribute}: {limit.too_small}{unseen}."
    return asks


def too_good(model: Model) -> str:
    """The question that a nearly perfect first model raises, with the strongest columns."""
    powers = model.features.powers
    strongest = sorted(
        (name for name in model.features.used if name in powers), key=lambda name: -powers[name]
    )
    alone = ", ".join(f"{name} ({powers[name]:.3f})" for name in strongest[:_STRONGEST])
    look = f" The strongest alone: {alone}." if alone else ""
    return (
        f"A first model reaches {model.measured.perfect}, which hardly any honest model does: is a "
        f"feature known only after the event?{look}"
    )


def lags_of(profiles: tuple[Profile, ...], roles: Roles) -> Lags | None:
    """Lags and season of a panel, from the usual step between its times; None without a series."""
    if roles.time is None or roles.series is None:
        return None
    time = next(profile for profile in profiles if profile.name == roles.time)
    moments = np.unique(time.present.to_numpy(dtype="datetime64[us]"))
    step = timedelta(microseconds=int(np.median(np.diff(moments).astype(np.int64))))
    season = _season(step)
    # A seasonal forecast needs two seasons to learn from; before that it repeats the last value.
    if len(moments) < 2 * season + 2:
        season = 1
    return Lags(series=roles.series, steps=tuple(sorted({1, season})), season=season)


def _season(step: timedelta) -> int:
    """Steps in a season: of a day for hours, a week for days, a year for anything longer."""
    for longest, season in (
        (timedelta(minutes=45), 48),
        (timedelta(hours=12), 24),
        (timedelta(days=2), 7),
        (timedelta(days=10), 52),
        (timedelta(days=45), 12),
        (timedelta(days=120), 4),
    ):
        if step <= longest:
            return season
    return 1


def first_batches(cut: Cut, lags: Lags | None, profiles: tuple[Profile, ...]) -> FirstBatches:
    """A third of the batches, but at least two seasons; two batches are left to judge."""
    least = max(1, cut.batches // 3)
    if lags is not None and isinstance(cut.rule, TimeBatches):
        times = next(profile for profile in profiles if profile.name == cut.rule.column).distinct
        least = max(least, -(-2 * lags.season * cut.batches // times))
    return FirstBatches(count=max(1, min(least, cut.batches - 2)), rows=cut.rows)


def is_forecast(plan: Plan) -> bool:
    """Whether the model forecasts."""
    return plan.model is not None and plan.model.goal.task is Task.FORECASTING
