"""Which columns a first model may use, and why each other one may not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from aipo_pipelines.drafting.split_columns import WHY as SPLIT
from aipo_pipelines.drafting.split_columns import is_split
from aipo_pipelines.errors import DraftError
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.measures.gates.leakage import Labelled, find_leaks
from aipo_pipelines.measures.metrics.slices import MOST_GROUPS

_MOST_CATEGORIES = 64
_GROUP_CATEGORIES = ("user.demographic", "user.health_and_medical")


@dataclass(frozen=True, kw_only=True)
class Features:
    """The columns of a first model.

    Attributes:
        used: Features, in the order of the table.
        left_out: Why each other column is none, by name.
        leaks: What gives the label away, in words with figures, by the columns that it is about;
            empty where nothing does.
        suspects: Those of the columns that are left out for it.
        powers: How well each column predicts the label alone, as far as it was looked at.
        protected: Attributes by which fairness is to be measured.
        related: What features say that others say too, in words.
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

    Args:
        records: The sample in the contract's types.
        profiles: Its columns.
        roles: Key, time and series.
        personal: Suspected personal data.
        goal: What is predicted.
        without: Columns that a person left out.
        only: The features that an earlier draft has by now, whoever chose them; None for a first
            draft.

    Raises:
        DraftError: A column that was left out does not exist, or cannot be left out.
    """
    for name in without:
        _check_without(name, profiles, goal, roles)
    for name in only or ():
        named(profiles, name, "`model.features`")
    others = [one for one in profiles if one.name != goal.label]
    barred = {
        one.name: reason
        for one in others
        if one.name not in (only or ()) and (reason := _why_not(one, roles, personal, goal.task))
    }
    barred |= dict.fromkeys(without, "by --without")
    open_ones = [one.name for one in others if one.name not in barred]
    # One value and gaps: no feature, but where it stands may tell the label all the same.
    marks = [
        one.name
        for one in others
        if (one.distinct == 1 and one.missing) or one.name in personal.kin
    ]
    suspected = _suspected(records, [*open_ones, *({*marks} - {*without, *open_ones})], goal.label)
    chosen = {*open_ones} - {*suspected.reasons} if only is None else {*only} - {*without}
    used = tuple(name for name in open_ones if name in chosen and name != roles.series)
    if goal.task is Task.FORECASTING and roles.series in chosen:
        used = (str(roles.series), *used)
    usual = dict.fromkeys(open_ones, "it was no feature of the draft before")
    reasons = {**usual, **barred, **suspected.reasons}
    return Features(
        used=used,
        left_out={
            one.name: reasons[one.name]
            for one in others
            if one.name not in used and one.name in reasons
        },
        leaks=suspected.words,
        suspects=tuple(name for name in suspected.reasons if name not in used),
        powers=suspected.powers,
        protected=_protected(profiles, personal, goal),
        related=related_features(profiles, used),
    )


@dataclass(frozen=True, kw_only=True)
class _Suspected:
    """What gives a label away: in words, why each column is left out, and how strong each is."""

    words: Mapping[tuple[str, ...], str]
    reasons: Mapping[str, str]
    powers: Mapping[str, float]


def _suspected(records: Labelled, names: Sequence[str], label: str) -> _Suspected:
    found = find_leaks(records, names, seed=0, together=False)
    signs = {one.subject: one.note for one in found.figures if one.verdict is Verdict.FAIL}
    words: dict[tuple[str, ...], str] = {
        (name,): f"{name} ({sign})" for name, sign in signs.items()
    }
    reasons = dict.fromkeys(signs, "suspected leak: it gives the label away")
    for one, other in found.details.sums:
        words[one, other] = f"{one} and {other} (they sum to {label})"
        reasons |= dict.fromkeys((one, other), "suspected leak: part of a sum that is the label")
    powers = {one.subject: one.value for one in found.figures if one.value is not None}
    return _Suspected(words=words, reasons=reasons, powers=powers)


def _check_without(name: str, profiles: Sequence[Profile], goal: Goal, roles: Roles) -> None:
    one = named(profiles, name, "--without")
    if one.name == goal.label:
        raise DraftError(
            f"--without names {name!r}, which is what is predicted; expected a feature: name "
            "another column to predict with --label"
        )
    if goal.task is Task.FORECASTING and one.name == roles.series:
        raise DraftError(
            f"--without names {name!r}, which names the series that are forecast; expected another "
            "feature, or --task regression"
        )


def _why_not(one: Profile, roles: Roles, personal: Personal, task: Task) -> str:
    is_series = task is Task.FORECASTING and one.name == roles.series
    is_key = one.name in roles.identifiers or is_running(one)
    many = one.kind is LogicalType.STRING and one.distinct > _MOST_CATEGORIES
    suspected = "suspected personal data"
    if one.name in personal.kin:
        suspected += f": {personal.why[one.name]}"
    reasons = {
        suspected: one.name in personal.categories,
        "it never changes": one.distinct <= 1,
        "a date: a model would learn that the past is over": one.is_time,
        "it identifies the record": is_key and not is_series,
        TIME_LIKE: one.name in roles.rising,
        SPLIT: is_split(one),
        "its dates are not understood yet": bool(one.open_question),
        f"{one.distinct} different texts, too many for categories": many and not is_series,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _protected(profiles: Sequence[Profile], personal: Personal, goal: Goal) -> tuple[str, ...]:
    """Attributes of people with at least two values, and no more than groups are compared of."""
    return tuple(
        one.name
        for one in profiles
        if any(covers(kind, personal.categories.get(one.name, "")) for kind in _GROUP_CATEGORIES)
        and one.name not in personal.kin
        and one.distinct > 1
        and not one.is_time
        and (one.is_number or one.distinct <= MOST_GROUPS)
        and one.name != goal.label
    )
