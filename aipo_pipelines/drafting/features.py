"""The columns that a first model may use, and why each other column may not be used."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from aipo_pipelines.charter.model.contract import LogicalType
from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.privacy.coverage import covers
from aipo_pipelines.drafting.columns import Profile
from aipo_pipelines.drafting.growth import TIME_LIKE
from aipo_pipelines.drafting.label import Goal
from aipo_pipelines.drafting.personal import Personal
from aipo_pipelines.drafting.relations import related_features
from aipo_pipelines.drafting.roles import Roles, is_running, named
from aipo_pipelines.drafting.split_columns import SPLIT_REASON, is_split
from aipo_pipelines.errors import DraftError
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.measures.gates.leakage import Labelled, find_leaks
from aipo_pipelines.measures.metrics.slices import MOST_GROUPS

# More values than this make a text an identifier rather than a category: trees would learn names.
_MOST_CATEGORIES = 64
_GROUP_CATEGORIES = ("user.demographic", "user.health_and_medical")


@dataclass(frozen=True, kw_only=True)
class Features:
    """The columns of a first model.

    Attributes:
        used: Features, in the order of the table.
        left_out: Why each other column is no feature, by name.
        leaks: Columns that give the label away, each with words and figures; empty if no column
            does.
        suspects: The columns that are left out because of a leak.
        powers: How well each column predicts the label alone, if it was examined.
        protected: Attributes by which fairness is measured.
        related: Features that repeat other features, in words.
    """

    used: tuple[str, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)
    leaks: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    suspects: tuple[str, ...] = ()
    powers: Mapping[str, float] = field(default_factory=dict)
    protected: tuple[str, ...] = ()
    related: tuple[str, ...] = ()


def choose_features(
    records: Labelled,
    profiles: Sequence[Profile],
    roles: Roles,
    personal: Personal,
    goal: Goal,
    *,
    without: Sequence[str] = (),
    only: Sequence[str] | None = None,
) -> Features:
    """Chooses features: no keys, no times, no suspected personal data, nothing that leaks.

    1. Check the names that a person gave.
    2. Exclude columns by their kind.
    3. Look for leaks in the other columns, and in columns that only mark records.
    4. Keep the rest, or as much of it as an earlier draft had.

    Args:
        records: The sample in the contract's types.
        profiles: Its columns.
        roles: Key, time and series.
        personal: Suspected personal data.
        goal: What is predicted.
        without: Columns that a person left out.
        only: The features that the charter of an earlier draft has now; None for a first draft.

    Raises:
        DraftError: A column that was left out does not exist, or cannot be left out.
    """
    earlier = only or ()
    _check_names(profiles, goal, roles, without, earlier)
    candidates = [profile for profile in profiles if profile.name != goal.label]
    excluded = _excluded(candidates, roles, personal, goal.task, without, earlier)
    allowed = [profile.name for profile in candidates if profile.name not in excluded]
    marks = [name for name in _marks(candidates, personal) if name not in {*without, *allowed}]
    suspected = _suspected(records, [*allowed, *marks], goal.label)
    chosen = {*allowed} - {*suspected.reasons} if only is None else {*only} - {*without}
    used = _in_order(allowed, chosen, roles.series, goal.task)
    not_before = dict.fromkeys(allowed, "it was no feature of the draft before")
    # The last reason counts: a leak is the strongest reason to leave a column out.
    reasons = {**not_before, **excluded, **suspected.reasons}
    return Features(
        used=used,
        left_out=_left_out(candidates, used, reasons),
        leaks=suspected.words,
        suspects=tuple(name for name in suspected.reasons if name not in used),
        powers=suspected.powers,
        protected=_protected(profiles, personal, goal),
        related=related_features(profiles, used),
    )


def _left_out(
    candidates: Sequence[Profile], used: Collection[str], reasons: Mapping[str, str]
) -> dict[str, str]:
    """Why each column that is not used is no feature, in the order of the table."""
    names = [profile.name for profile in candidates if profile.name not in used]
    return {name: reasons[name] for name in names if name in reasons}


def _in_order(
    allowed: Sequence[str], chosen: Collection[str], series: str | None, task: Task
) -> tuple[str, ...]:
    """The features in the order of the table; the series of a forecast comes first."""
    used = tuple(name for name in allowed if name in chosen and name != series)
    return (str(series), *used) if task is Task.FORECASTING and series in chosen else used


def _check_names(
    profiles: Sequence[Profile],
    goal: Goal,
    roles: Roles,
    without: Sequence[str],
    only: Sequence[str],
) -> None:
    """Refuses names of columns that the data does not have or that cannot be left out.

    Raises:
        DraftError: The message says which name, and the names that are known.
    """
    for name in without:
        _check_without(name, profiles, goal, roles)
    for name in only:
        named(profiles, name, "`model.features`")


def _excluded(
    candidates: Sequence[Profile],
    roles: Roles,
    personal: Personal,
    task: Task,
    without: Sequence[str],
    only: Sequence[str],
) -> dict[str, str]:
    """Columns that may not be features, each with the reason."""
    # The first reason that holds is shown, so the order is from the strongest to the weakest.
    reasons = {
        profile.name: _why_not(profile, roles, personal, task)
        for profile in candidates
        # A person kept these features in an earlier draft, and knows more than the sample shows.
        if profile.name not in only
    }
    excluded = {name: reason for name, reason in reasons.items() if reason}
    return excluded | dict.fromkeys(without, "by --without")


def _marks(candidates: Sequence[Profile], personal: Personal) -> list[str]:
    """Columns that are no features and may give the label away by the records they are filled in.

    Such a mark is a column with one value and gaps, or a column that follows from personal data.
    """
    return [
        profile.name
        for profile in candidates
        if (profile.distinct == 1 and profile.missing) or profile.name in personal.kin
    ]


@dataclass(frozen=True, kw_only=True)
class _Suspected:
    """Leaks in words, the reason to leave out each column, and how well each column predicts."""

    words: Mapping[tuple[str, ...], str]
    reasons: Mapping[str, str]
    powers: Mapping[str, float]


def _suspected(records: Labelled, names: Sequence[str], label: str) -> _Suspected:
    leaks = find_leaks(records, names, seed=0, together=False)
    signs = {
        figure.subject: figure.note for figure in leaks.figures if figure.verdict is Verdict.FAIL
    }
    words: dict[tuple[str, ...], str] = {
        (name,): f"{name} ({sign})" for name, sign in signs.items()
    }
    reasons = dict.fromkeys(signs, "suspected leak: it gives the label away")
    # Two columns that sum to the label give it away together, though neither does alone.
    for summand, other in leaks.details.sums:
        words[summand, other] = f"{summand} and {other} (they sum to {label})"
        reasons |= dict.fromkeys(
            (summand, other), "suspected leak: part of a sum that is the label"
        )
    powers = {figure.subject: figure.value for figure in leaks.figures if figure.value is not None}
    return _Suspected(words=words, reasons=reasons, powers=powers)


def _check_without(name: str, profiles: Sequence[Profile], goal: Goal, roles: Roles) -> None:
    profile = named(profiles, name, "--without")
    if profile.name == goal.label:
        raise DraftError(
            f"--without names {name!r}, which is the label; expected a feature: name another "
            "column to predict with --label"
        )
    if goal.task is Task.FORECASTING and profile.name == roles.series:
        raise DraftError(
            f"--without names {name!r}, which names the series that are forecast; expected another "
            "feature, or --task regression"
        )


def _why_not(profile: Profile, roles: Roles, personal: Personal, task: Task) -> str:
    is_series = task is Task.FORECASTING and profile.name == roles.series
    is_key = profile.name in roles.identifiers or is_running(profile)
    is_free_text = profile.kind is LogicalType.STRING and profile.distinct > _MOST_CATEGORIES
    suspected = "suspected personal data"
    if profile.name in personal.kin:
        suspected += f": {personal.reasons[profile.name]}"
    reasons = {
        suspected: profile.name in personal.categories,
        "it never changes": profile.distinct <= 1,
        "a date: a model would learn that the past is over": profile.is_time,
        "it identifies the record": is_key and not is_series,
        TIME_LIKE: profile.name in roles.rising,
        SPLIT_REASON: is_split(profile),
        "its dates are not understood yet": bool(profile.open_question),
        f"{profile.distinct} different texts, too many for categories": is_free_text
        and not is_series,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _protected(profiles: Sequence[Profile], personal: Personal, goal: Goal) -> tuple[str, ...]:
    """Attributes of people with at least two values, and at most as many as are compared."""
    return tuple(
        profile.name
        for profile in profiles
        if any(
            covers(kind, personal.categories.get(profile.name, "")) for kind in _GROUP_CATEGORIES
        )
        and profile.name not in personal.kin
        and profile.distinct > 1
        and not profile.is_time
        and (profile.is_number or profile.distinct <= MOST_GROUPS)
        and profile.name != goal.label
    )
