"""From a sample of a table to the two pages of a product."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from aipo_pipelines.charter.model.contract import FileLayout
from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.sources import Batches, FileBatches, FolderBatches
from aipo_pipelines.charter.model.standards import Standards
from aipo_pipelines.charter.privacy.coverage import expand
from aipo_pipelines.drafting.batch_windows import (
    HELD_OUT,
    Cut,
    FirstBatches,
    batch_of_rows,
    cut_records,
)
from aipo_pipelines.drafting.charter_page import charter_page
from aipo_pipelines.drafting.column_findings import Remark, column_remarks
from aipo_pipelines.drafting.columns import Profile, profile_columns
from aipo_pipelines.drafting.contract_page import contract_page
from aipo_pipelines.drafting.features import Features, choose_features
from aipo_pipelines.drafting.first_model import FOLDS, PAST, first_spec, measure_first_model
from aipo_pipelines.drafting.growth import find_growth
from aipo_pipelines.drafting.label import Goal, find_goal
from aipo_pipelines.drafting.limits import USUAL_SAMPLE, draft_limits, sample_wanted
from aipo_pipelines.drafting.personal import Personal, find_personal
from aipo_pipelines.drafting.plan import (
    REGION,
    TIER,
    Model,
    Place,
    Plan,
    Question,
    first_batches,
    lags_of,
    questions,
)
from aipo_pipelines.drafting.roles import Roles, find_roles
from aipo_pipelines.drafting.table import Table
from aipo_pipelines.drafting.table_findings import table_remarks
from aipo_pipelines.errors import DraftError
from aipo_pipelines.measures.gates.leakage import Labelled

# Telephone numbers of these regions are often written without a country code, in any file.
_OTHER_REGIONS = ("US", "GB")
_FEWEST_COLUMNS = 2
# More folds than the quick first look takes: the charter's model is trained once per release.
_CHARTER_FOLDS = 5
# With fewer records the first batches are no past that a model could learn from.
_FEWEST_KNOWN = 100

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """The goal as far as a person named it; None for each part that must be guessed.

    Attributes:
        event: The positive class.
        without: Columns that must not be features.
        features: The features of an earlier draft as its charter has them now; None for a first
            draft.
        batches: The rule for batches of an earlier draft.
        first_batches: Batches that the first model of an earlier draft waits for.
    """

    label: str | None = None
    time: str | None = None
    task: Task | None = None
    event: str | None = None
    without: tuple[str, ...] = ()
    features: tuple[str, ...] | None = None
    batches: Batches | None = None
    first_batches: int | None = None


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A drafted product.

    Attributes:
        charter, contract: Texts of the two files.
        questions: What a person must decide, in the order of `undecided`.
    """

    plan: Plan
    charter: str
    contract: str
    questions: tuple[Question, ...]


def draft_product(
    name: str,
    place: Place,
    table: Table,
    wishes: Wishes,
    standards: Standards,
    report: Report = lambda _: None,
) -> Draft:
    """Drafts charter and contract.

    1. Read what the columns hold, and which of them may hold personal data.
    2. Decide key, time, growth and goal, and with them how the records fall into batches.
    3. Choose features and train a first model, if there is something to predict.
    4. Write both pages and the questions that a person must answer.

    Args:
        name: Name of the product, a valid key.
        place: Where the data is.
        table: The sample.
        wishes: Label, time and task as far as a person named them.
        standards: The organisation's standards, which no draft loosens.
        report: Gets a line when a step begins.

    Raises:
        DraftError: The sample has no records or only one column, or a wish does not fit it.
    """
    if table.frame.shape[1] < _FEWEST_COLUMNS or not len(table.frame):
        raise DraftError(
            f"the data has {table.frame.shape[1]} columns and {len(table.frame)} records; expected "
            "at least two columns and one record"
        )
    report("reading types, dates and missing values")
    profiles, layout = profile_columns(table)
    report("looking for personal data")
    personal = find_personal(profiles, expand((REGION, *_OTHER_REGIONS), standards.regions))
    plan, goal = _plan(name, place, table, layout, profiles, personal, wishes, standards)
    if goal is not None:
        report(f"looking for columns that give {goal.label} away")
        plan = _with_model(plan, goal, personal, wishes, report)
    return Draft(
        plan=plan,
        charter=charter_page(plan),
        contract=contract_page(plan),
        questions=tuple(questions(plan)),
    )


def _plan(  # noqa: PLR0913, PLR0917 - everything that was found about the sample
    name: str,
    place: Place,
    table: Table,
    layout: FileLayout,
    profiles: tuple[Profile, ...],
    personal: Personal,
    wishes: Wishes,
    standards: Standards,
) -> tuple[Plan, Goal | None]:
    """The plan of a product of data only, and the goal of a model if there is one.

    1. Find key and time, then the columns that grow, then the label: each step excludes columns
       from the next.
    2. Decide how large a batch must be to be judged.
    3. Cut the records into batches.
    """
    categories = personal.categories
    roles = find_roles(profiles, categories, wishes.time, wishes.label)
    growth = find_growth(profiles, table, roles.time)
    # The goal comes after growth: a column that only grows is no label.
    roles = replace(roles, rising=growth.rising)
    goal = find_goal(profiles, roles, categories, wishes.label, wishes.task, wishes.event)
    standard = standards.tiers[TIER]
    needed = sample_wanted(goal.task, standard.thresholds) if goal else USUAL_SAMPLE
    cut = cut_records(profiles, roles, table, round(needed / HELD_OUT) + 1, wishes.batches)
    plan = Plan(
        name=name,
        place=place,
        table=table,
        layout=layout,
        profiles=profiles,
        categories=categories,
        suspicions=personal.reasons,
        roles=roles,
        growth=growth,
        cut=cut,
        model=None,
        standard=standard,
        remarks=_remarks(table, profiles, roles, categories, cut, place),
    )
    return plan, goal


def _with_model(plan: Plan, goal: Goal, personal: Personal, wishes: Wishes, report: Report) -> Plan:
    """The plan with a first model, or with the reason why there is no model."""
    frame = pd.DataFrame({profile.name: profile.cells for profile in plan.profiles})
    features = choose_features(
        _labelled(frame, goal, plan),
        plan.profiles,
        plan.roles,
        personal,
        goal,
        without=wishes.without,
        only=wishes.features,
    )
    if not features.used:
        return replace(plan, without_model=_nothing_to_learn_from(goal, features))
    return replace(plan, model=_model(plan, goal, features, frame, wishes.first_batches, report))


def _remarks(
    table: Table,
    profiles: tuple[Profile, ...],
    roles: Roles,
    categories: Mapping[str, str],
    cut: Cut,
    place: Place,
) -> dict[str, tuple[Remark, ...]]:
    """Odd findings by column; those about the whole table have an empty name."""
    # The name of a file may have a date, which decides whether batches are dated by their files.
    newest = table.parts[-1].name if table.parts else place.shown_as
    remarks_of = {"": table_remarks(table, profiles, roles, cut, newest)}
    remarks_of |= {
        profile.name: column_remarks(profile, table, roles, categories) for profile in profiles
    }
    return {name: remarks for name, remarks in remarks_of.items() if remarks}


def _labelled(frame: pd.DataFrame, goal: Goal, plan: Plan) -> Labelled:
    return Labelled(
        frame=frame,
        label=goal.label,
        task=goal.task,
        batches=batch_of_rows(plan.cut, frame, plan.table),
        series=plan.roles.series if goal.task is Task.FORECASTING else None,
    )


def _nothing_to_learn_from(goal: Goal, features: Features) -> str:
    """Why there is no model if no column is left to predict from.

    Raises:
        DraftError: A person named the label, and so expects a model.
    """
    reasons = "; ".join(f"{name}: {reason}" for name, reason in features.left_out.items())
    missing = f"no column is left to predict {goal.label!r} from ({reasons})"
    if "label" not in goal.guessed:
        raise DraftError(f"{missing}; expected at least one")
    return missing


def _model(
    plan: Plan,
    goal: Goal,
    features: Features,
    frame: pd.DataFrame,
    agreed: int | None,
    report: Report,
) -> Model:
    """Trains a first model, and drafts its limits.

    1. Choose lags and the first batches.
    2. Measure a quick model, with few folds.
    3. Draft limits from its figures.
    """
    lags = lags_of(plan.profiles, plan.roles) if goal.task is Task.FORECASTING else None
    first = (
        FirstBatches(count=agreed, rows=plan.cut.rows)
        if agreed
        else first_batches(plan.cut, lags, plan.profiles)
    )
    report("training a first model to see which figures can be reached")
    quick = first_spec(goal, features.used, lags, folds=FOLDS)
    measured = measure_first_model(
        frame, goal, quick, plan.roles, features.protected, _pasts(plan.cut, first)
    )
    limits = draft_limits(goal.task, measured, features.protected, first, plan.standard.thresholds)
    return Model(
        goal=goal,
        features=features,
        spec=first_spec(goal, features.used, lags, folds=_CHARTER_FOLDS),
        measured=measured,
        limits=limits,
        first=first,
    )


def _pasts(cut: Cut, first: FirstBatches) -> tuple[float, ...]:
    """Shares of the records after which the first model is judged on the rest.

    For deliveries, also the share that the first released model will have seen.
    """
    # Without an order there is no past: random folds must do.
    if not cut.is_ordered:
        return ()
    # Rows that a person agreed may be more than the source has, so that no batch is full yet.
    known = first.count / max(1, cut.batches)
    is_delivered = isinstance(cut.rule, FileBatches | FolderBatches)
    enough = first.count * first.rows >= _FEWEST_KNOWN
    return (PAST, known) if is_delivered and enough and known < PAST else (PAST,)
