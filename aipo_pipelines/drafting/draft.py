"""From a sample of a table to the two pages of a product."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pandas as pd

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
from aipo_pipelines.drafting.personal import find_personal
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

_OTHER_REGIONS = ("US", "GB")
_FEWEST_COLUMNS = 2
_CHARTER_FOLDS = 5
_FEWEST_KNOWN = 100
"""Records from which on the first batches are judged by what comes after them."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a person told about the goal; None where it is to be guessed.

    Attributes:
        event: The positive class.
        without: Columns that are to be no features.
        features: The features that an earlier draft has by now; None for a first draft.
        batches: How an earlier draft cuts its batches by now.
        first_batches: Batches that the first model of an earlier draft waits for by now.
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
    tell: Tell = lambda _: None,
) -> Draft:
    """Drafts charter and contract.

    Args:
        name: Name of the product, a valid key.
        place: Where the data is.
        table: The sample.
        wishes: Label, time and task as far as they are told.
        standards: The organisation's; the draft holds to them.
        tell: Gets a line as each step begins.

    Raises:
        DraftError: The sample has no records or one column, or what was told does not fit it.
    """
    if table.frame.shape[1] < _FEWEST_COLUMNS or not len(table.frame):
        raise DraftError(
            f"the data has {table.frame.shape[1]} columns and {len(table.frame)} records; expected "
            "at least two columns and one record"
        )
    tell("reading types, dates and missing values")
    profiles, layout = profile_columns(table)
    tell("looking for personal data")
    personal = find_personal(profiles, expand((REGION, *_OTHER_REGIONS), standards.regions))
    categories = personal.categories
    roles = find_roles(profiles, categories, wishes.time, wishes.label)
    growth = find_growth(profiles, table, roles.time)
    roles = replace(roles, rising=growth.rising)
    goal = find_goal(profiles, roles, categories, wishes.label, wishes.task, wishes.event)
    standard = standards.tiers[TIER]
    wanted = sample_wanted(goal.task, standard.thresholds) if goal else USUAL_SAMPLE
    cut = cut_records(profiles, roles, table, round(wanted / HELD_OUT) + 1, wishes.batches)
    frame = pd.DataFrame({profile.name: profile.cells for profile in profiles})
    plan = Plan(
        name=name,
        place=place,
        table=table,
        layout=layout,
        profiles=profiles,
        categories=categories,
        suspicions=personal.why,
        roles=roles,
        growth=growth,
        cut=cut,
        model=None,
        standard=standard,
        remarks=_remarks(table, profiles, roles, categories, cut, place),
    )
    if goal is not None:
        tell(f"looking for what gives {goal.label} away")
        features = choose_features(
            _labelled(frame, goal, plan),
            profiles,
            roles,
            personal,
            goal,
            without=wishes.without,
            only=wishes.features,
        )
        plan = (
            replace(plan, model=_model(plan, goal, features, frame, wishes.first_batches, tell))
            if features.used
            else replace(plan, without_model=_nothing_to_learn_from(goal, features))
        )
    return Draft(
        plan=plan,
        charter=charter_page(plan),
        contract=contract_page(plan),
        questions=tuple(questions(plan)),
    )


def _remarks(
    table: Table,
    profiles: tuple[Profile, ...],
    roles: Roles,
    categories: Mapping[str, str],
    cut: Cut,
    place: Place,
) -> dict[str, tuple[Remark, ...]]:
    """What is odd, by column; about the whole table under no name."""
    newest = table.parts[-1].name if table.parts else place.told
    found = {"": table_remarks(table, profiles, roles, cut, newest)}
    found |= {
        profile.name: column_remarks(profile, table, roles, categories) for profile in profiles
    }
    return {name: remarks for name, remarks in found.items() if remarks}


def _labelled(frame: pd.DataFrame, goal: Goal, plan: Plan) -> Labelled:
    return Labelled(
        frame=frame,
        label=goal.label,
        task=goal.task,
        batches=batch_of_rows(plan.cut, frame, plan.table),
        series=plan.roles.series if goal.task is Task.FORECASTING else None,
    )


def _nothing_to_learn_from(goal: Goal, features: Features) -> str:
    """Why there is no model where no column is left to predict from.

    Raises:
        DraftError: A person told the label.
    """
    reasons = "; ".join(f"{name}: {why}" for name, why in features.left_out.items())
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
    tell: Tell,
) -> Model:
    lags = lags_of(plan.profiles, plan.roles) if goal.task is Task.FORECASTING else None
    first = (
        FirstBatches(count=agreed, rows=plan.cut.rows)
        if agreed
        else first_batches(plan.cut, lags, plan.profiles)
    )
    tell("training a first model to see what can be reached")
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
    """After which shares of the records the first model is judged on the rest.

    Of deliveries, also after those that the first model is going to know.
    """
    if not cut.is_ordered:
        return ()
    known = first.count / cut.batches
    is_delivered = isinstance(cut.rule, FileBatches | FolderBatches)
    enough = first.count * first.rows >= _FEWEST_KNOWN
    return (PAST, known) if is_delivered and enough and known < PAST else (PAST,)
