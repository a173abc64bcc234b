"""Which columns a first model may use, and why each other one may not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from aipo_pipelines.charter.contract import LogicalType
from aipo_pipelines.charter.modelling import Task
from aipo_pipelines.drafting.columns import Profile
from aipo_pipelines.drafting.goal import Goal
from aipo_pipelines.drafting.roles import Roles, is_running
from aipo_pipelines.measures.leakage import find_leaks

_MOST_CATEGORIES = 64
_GROUPS = (2, 6)
_GROUP_CATEGORY = "user.demographic"


@dataclass(frozen=True, kw_only=True)
class Features:
    """The columns of a first model.

    Attributes:
        used: Features, in the order of the table.
        left_out: Why each other column is none, by name.
        leaks: What gives the label away, in words; empty where nothing does.
        protected: Attributes by which fairness is to be measured.
    """

    used: tuple[str, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)
    leaks: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()


def choose_features(
    frame: pd.DataFrame,
    profiles: Sequence[Profile],
    roles: Roles,
    categories: Mapping[str, str],
    goal: Goal,
) -> Features:
    """Chooses features: no keys, no times, no suspected personal data, nothing that leaks.

    Args:
        frame: The sample in the contract's types.
        profiles: Its columns.
        roles: Key, time and series.
        categories: Suspected personal data by column.
        goal: What is predicted.
    """
    left_out = {
        one.name: reason
        for one in profiles
        if one.name != goal.label and (reason := _why_not(one, roles, categories, goal.task))
    }
    names = [one.name for one in profiles if one.name not in {*left_out, goal.label}]
    found = find_leaks(frame, goal.label, names, goal.task, seed=0).details
    leaking = _texts(found.get("leaking"))
    leaks = [f"{name} alone gives {goal.label} away" for name in leaking]
    reasons = dict.fromkeys(leaking, "suspected leak: it gives the label away")
    sums = found.get("sums")
    for pair in sums if isinstance(sums, list) else []:
        one, other = _texts(pair)
        leaks.append(f"{one} and {other} sum to {goal.label}")
        reasons |= dict.fromkeys((one, other), "suspected leak: part of a sum that is the label")
    used = tuple(name for name in names if name not in reasons and name != roles.series)
    if goal.task is Task.FORECASTING and roles.series and roles.series not in reasons:
        used = (roles.series, *used)
    return Features(
        used=used,
        left_out={**left_out, **reasons},
        leaks=tuple(leaks),
        protected=_protected(profiles, categories, goal),
    )


def _why_not(one: Profile, roles: Roles, categories: Mapping[str, str], task: Task) -> str:
    is_series = task is Task.FORECASTING and one.name == roles.series
    is_key = one.name in roles.identifiers or is_running(one)
    many = one.kind is LogicalType.STRING and one.distinct > _MOST_CATEGORIES
    reasons = {
        "suspected personal data": one.name in categories,
        "it never changes": one.distinct <= 1,
        "a date: a model would learn that the past is over": one.is_time,
        "it identifies the record": is_key and not is_series,
        "it only rises with time: a model would learn that the past is over": (
            one.name in roles.rising
        ),
        "its dates are not understood yet": bool(one.open_question),
        f"{one.distinct} different texts, too many for categories": many and not is_series,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _protected(
    profiles: Sequence[Profile], categories: Mapping[str, str], goal: Goal
) -> tuple[str, ...]:
    least, most = _GROUPS
    return tuple(
        one.name
        for one in profiles
        if categories.get(one.name, "").startswith(_GROUP_CATEGORY)
        and least <= one.distinct <= most
        and one.name != goal.label
    )


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []
