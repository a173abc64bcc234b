"""Which way an edit of one field of an agreement goes.

An edit informs, tightens, loosens, or binds without a direction that a program could name. What no
rule here knows binds: a field that is added to charters one day waits for people until somebody
has said which way it goes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any

from aipo_pipelines.charter.base import parse_duration
from aipo_pipelines.charter.cron import longest_interval
from aipo_pipelines.charter.thresholds import LOWER_IS_BETTER

Path = tuple[str, ...]


class Effect(StrEnum):
    """What an edit does to what was agreed.

    `binds`: something binding changed, and its direction cannot be told.
    """

    INFORMS = "informs"
    TIGHTENS = "tightens"
    LOOSENS = "loosens"
    BINDS = "binds"


Judge = Callable[[Path, Any, Any], Effect]
"""Judges a field by its path, its old and its new value; None stands for no value."""

_TIERS = ("low", "medium", "high")
_GRAVITY = ("info", "warning", "error")
_ANSWERED = frozenset({"contract", "privacy"})
_ROUNDS = {"quarter": 90, "month": 30, "week": 7}


def effect_of(path: Path, old: Any, new: Any) -> Effect:
    """What it does to replace one value of a field by another.

    Args:
        path: Field, beginning with `charter`, `contract` or `standards`; members of lists are
            named by what identifies them.
        old: Value before, as JSON; None where there was none.
        new: Value after, as JSON; None where there is none.
    """
    judge = next((one for pattern, one in _RULES.items() if is_at(path, pattern)), None)
    if judge is None:
        return Effect.BINDS
    try:
        return judge(path, old, new)
    except (TypeError, ValueError):
        # A value of an agreement that an older program adopted may not fit this one's rules.
        return Effect.BINDS


def is_at(path: Path, pattern: str) -> bool:
    """Whether a path has the form of a pattern such as `charter/people/*/notify`."""
    parts = pattern.split("/")
    return len(parts) == len(path) and all(map(fnmatchcase, path, parts))


def _informs(_path: Path, _old: Any, _new: Any) -> Effect:
    return Effect.INFORMS


def _tightens_if(holds: bool) -> Effect:
    return Effect.TIGHTENS if holds else Effect.LOOSENS


def _higher(_path: Path, old: Any, new: Any) -> Effect:
    """A least value: without one nothing is asked."""
    return _tightens_if(new is not None and (old is None or new > old))


def _lower(_path: Path, old: Any, new: Any) -> Effect:
    """A bound that must not be exceeded: without one everything is allowed."""
    return _tightens_if(new is not None and (old is None or new < old))


def _least(path: Path, old: Any, new: Any) -> Effect:
    """A least value of a column; dates are texts, whose order is not that of dates."""
    return Effect.BINDS if _is_text(old, new) else _higher(path, old, new)


def _most(path: Path, old: Any, new: Any) -> Effect:
    return Effect.BINDS if _is_text(old, new) else _lower(path, old, new)


def _is_text(*values: Any) -> bool:
    return any(isinstance(one, str) for one in values)


def _shorter(_path: Path, old: Any, new: Any) -> Effect:
    return _lower(_path, old and parse_duration(old), new and parse_duration(new))


def _longer(_path: Path, old: Any, new: Any) -> Effect:
    return _higher(_path, old and parse_duration(old), new and parse_duration(new))


def _earlier(_path: Path, old: Any, new: Any) -> Effect:
    return _lower(_path, old and date.fromisoformat(old), new and date.fromisoformat(new))


def _later(_path: Path, old: Any, new: Any) -> Effect:
    return _higher(_path, old and date.fromisoformat(old), new and date.fromisoformat(new))


def _more_often(_path: Path, old: Any, new: Any) -> Effect:
    return _lower(_path, old and longest_interval(old), new and longest_interval(new))


def _more(_path: Path, old: Any, new: Any) -> Effect:
    """A set that asks for more the larger it is; its order says nothing."""
    before, after = _words(old), _words(new)
    return Effect.INFORMS if before == after else _tightens_if(after > before)


def _fewer(path: Path, old: Any, new: Any) -> Effect:
    """A set that allows more the larger it is; its order says nothing."""
    return _more(path, new, old)


def _disclosed(_path: Path, old: Any, new: Any) -> Effect:
    """Words that warn: whoever adds some informs, whoever takes some away hides something."""
    return Effect.INFORMS if _words(new) >= _words(old) else Effect.LOOSENS


def _words(value: Any) -> set[str]:
    return set(map(str, value or ()))


def _added(_path: Path, old: Any, _new: Any) -> Effect:
    return _tightens_if(old is None)


def _removed(_path: Path, _old: Any, new: Any) -> Effect:
    return _tightens_if(new is None)


def _up(*order: str) -> Judge:
    def judge(_path: Path, old: Any, new: Any) -> Effect:
        if old not in order or new not in order:
            return Effect.BINDS
        return _tightens_if(order.index(new) > order.index(old))

    return judge


def _true(_path: Path, _old: Any, new: Any) -> Effect:
    return _tightens_if(new is True)


def _limit(path: Path, old: Any, new: Any) -> Effect:
    """A limit of a metric: an upper one for errors and differences, a lower one otherwise."""
    metric = path[-2].split()[0]
    return (_lower if metric in LOWER_IS_BETTER else _higher)(path, old, new)


def _response(_path: Path, old: Any, new: Any) -> Effect:
    """A whole response; to `contract` and `privacy` there is one where the charter is silent."""
    if new is not None and new["check"].rpartition("/")[2] in _ANSWERED:
        return Effect.BINDS
    return _tightens_if(old is None)


def _privacy(_path: Path, old: Any, new: Any) -> Effect:
    """A whole row of the privacy table: a narrower one may stand in for a stricter, wider one."""
    return _tightens_if(old is None) if new is None or new["special"] else Effect.BINDS


def _meetings(_path: Path, old: Any, new: Any) -> Effect:
    return _tightens_if(_ROUNDS.get(new, 0) < _ROUNDS.get(old, 0))


_CHARTER: Mapping[str, Judge] = MappingProxyType(
    {
        **dict.fromkeys(
            ("version", "title", "purpose", "contract", "onboarding", "onboarding/*"), _informs
        ),
        "not_measured": _disclosed,
        "risk_tier": _up(*_TIERS),
        "people/*/notify": _more,
        "decision_rights/separation_of_duties": _true,
        "decision_rights/*/roles": _fewer,
        "decision_rights/*/quorum": _higher,
        "outcome_map/*/outcome": _informs,
        "sources/*/owner": _informs,
        "sources/*/authorisations/*": _removed,
        "sources/*/authorisations/*/until": _earlier,
        "sources/*/approval": _removed,
        "sources/*/approval/on": _later,
        "sources/*/approval/until": _earlier,
        "sources/*/retention": _shorter,
        "thresholds/*": _added,
        "thresholds/*/limit": _limit,
        "thresholds/*/maximum_drop": _lower,
        "thresholds/*/applies_to": _more,
        "thresholds/*/reason": _informs,
        "thresholds/*/agreed": _informs,
        "drift/limit": _lower,
        "drift/alpha": _higher,
        "drift/share": _lower,
        "concept_drift/alpha": _higher,
        "concept_drift/effect": _lower,
        "monitoring/cadence": _shorter,
        "retraining/cadence": _more_often,
        "retraining/maximum_age": _shorter,
        "release/margin": _lower,
        "release/superiority": _true,
        "release/confidence": _higher,
        "release/minimum_sample": _higher,
        "release/rollback": _added,
        "release/robustness/*": _added,
        "release/robustness/*/maximum_loss": _lower,
        "responses/*": _response,
        "responses/*/reactions": _more,
        "responses/*/fails": _lower,
        "responses/*/of": _higher,
        "escalation/levels/*": _added,
        "escalation/levels/*/notify": _more,
        "escalation/levels/*/via": _more,
        "escalation/levels/*/within": _shorter,
        "escalation/repeat": _higher,
        "escalation/acknowledgement_expires": _shorter,
        "rhythm/*": _added,
        "rhythm/*/agenda": _informs,
        "rhythm/*/every": _meetings,
        "rhythm/*/roles": _more,
        "sunset/conditions": _informs,
        "sunset/consumers": _disclosed,
        "sunset/retention": _longer,
    }
)
_CONTRACT: Mapping[str, Judge] = MappingProxyType(
    {
        **dict.fromkeys(("id", "version", "status", "dataset", "digest"), _informs),
        "columns/*/description": _informs,
        "columns/*/required": _true,
        "columns/*/unique": _true,
        "columns/*/critical": _true,
        "columns/*/minimum": _least,
        "columns/*/maximum": _most,
        "columns/*/exclusive_minimum": _true,
        "columns/*/exclusive_maximum": _true,
        "columns/*/minimum_length": _higher,
        "columns/*/maximum_length": _lower,
        "columns/*/type_severity": _up(*_GRAVITY),
        "rules/*": _added,
        "rules/*/description": _informs,
        "rules/*/severity": _up(*_GRAVITY),
        "undeclared_columns": _up(*_GRAVITY),
        "minimum_rows": _higher,
        "maximum_rows": _lower,
        "freshness_hours": _lower,
    }
)
_STANDARDS: Mapping[str, Judge] = MappingProxyType(
    {
        "organisation": _informs,
        "version": _informs,
        "tiers/*/thresholds/*": _added,
        "tiers/*/thresholds/*/limit": _limit,
        "tiers/*/thresholds/*/minimum_sample": _higher,
        "tiers/*/maximum_cadence": _shorter,
        "tiers/*/maximum_retraining_interval": _shorter,
        "tiers/*/required_roles": _more,
        "tiers/*/required_checks": _more,
        "tiers/*/release_quorum": _higher,
        "tiers/*/minimum_levels": _higher,
        "tiers/*/first_response": _shorter,
        "privacy/*": _privacy,
        "privacy/*/regulation": _informs,
        "privacy/*/obligation": _informs,
        "privacy/*/special": _true,
        "signed_decisions": _true,
    }
)
_RULES: Mapping[str, Judge] = MappingProxyType(
    {
        f"{part}/{pattern}": judge
        for part, rules in (
            ("charter", _CHARTER),
            ("contract", _CONTRACT),
            ("standards", _STANDARDS),
        )
        for pattern, judge in rules.items()
    }
)
