"""The rules by which edits of a field are judged, each with a description in words.

Pure. A rule gets the path of the field, its old and its new value; None stands for no value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from aipo_pipelines.charter.dates.cron import longest_interval
from aipo_pipelines.charter.model.base import parse_duration
from aipo_pipelines.charter.model.thresholds import LOWER_IS_BETTER, Metric

Path = tuple[str, ...]


class Effect(StrEnum):
    """The effect of an edit on the agreement.

    `binds`: something binding changed, and it is not clear whether it is stricter now.
    """

    INFORMS = "informs"
    TIGHTENS = "tightens"
    LOOSENS = "loosens"
    BINDS = "binds"


Judge = Callable[[Path, Any, Any], Effect]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How edits of a field are judged.

    Attributes:
        description: The same in words: `lower tightens, higher loosens`.
    """

    judge: Judge
    description: str


ANSWERED = frozenset({"contract", "privacy", "data_quality/contract", "data_quality/privacy"})
"""Checks that have a response even without a line in the charter, and make the answer NO."""

QUARANTINE = "quarantine"
_RETRAIN = "retrain"
_ROUNDS = {"quarter": 90, "month": 30, "week": 7}


def _informs(_path: Path, _old: Any, _new: Any) -> Effect:
    return Effect.INFORMS


def _binds(_path: Path, _old: Any, _new: Any) -> Effect:
    return Effect.BINDS


def _tightens_if(holds: bool) -> Effect:
    return Effect.TIGHTENS if holds else Effect.LOOSENS


def _higher(_path: Path, old: Any, new: Any) -> Effect:
    """A lowest allowed value: without a value everything is allowed."""
    return _tightens_if(new is not None and (old is None or new > old))


def _lower(_path: Path, old: Any, new: Any) -> Effect:
    """A highest allowed value: without a value everything is allowed."""
    return _tightens_if(new is not None and (old is None or new < old))


def _least(path: Path, old: Any, new: Any) -> Effect:
    """A lowest value of a column; dates are texts, whose order is not that of dates."""
    # 31.12.2026 comes after 01.01.2027 as a text, so texts give no direction.
    return Effect.BINDS if _is_text(old, new) else _higher(path, old, new)


def _most(path: Path, old: Any, new: Any) -> Effect:
    return Effect.BINDS if _is_text(old, new) else _lower(path, old, new)


def _is_text(*values: Any) -> bool:
    return any(isinstance(value, str) for value in values)


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
    """A set of requirements: a larger set is stricter; its order says nothing."""
    before, after = _words(old), _words(new)
    # Neither a part of the other: something was taken away, so it loosens.
    return Effect.INFORMS if before == after else _tightens_if(after > before)


def _fewer(path: Path, old: Any, new: Any) -> Effect:
    """A set of permissions: a larger set is looser; its order says nothing."""
    return _more(path, new, old)


def _alternatives(path: Path, old: Any, new: Any) -> Effect:
    """A set to choose from: without a set everything is allowed."""
    return _fewer(path, old, new) if old and new else _tightens_if(not old)


def _disclosed(_path: Path, old: Any, new: Any) -> Effect:
    """Warnings: to add one informs, to remove one hides something."""
    return Effect.INFORMS if _words(new) >= _words(old) else Effect.LOOSENS


def _words(value: Any) -> set[str]:
    return set(map(str, value or ()))


def _added(_path: Path, old: Any, _new: Any) -> Effect:
    return _tightens_if(old is None)


def _removed(_path: Path, _old: Any, new: Any) -> Effect:
    return _tightens_if(new is None)


def _true(_path: Path, _old: Any, new: Any) -> Effect:
    return _tightens_if(new is True)


def _limit(path: Path, old: Any, new: Any) -> Effect:
    """A limit of a metric: an upper limit for errors and differences, otherwise a lower limit."""
    metric = path[-2].split()[0]
    return (_lower if metric in LOWER_IS_BETTER else _higher)(path, old, new)


def _target(path: Path, old: Any, new: Any) -> Effect:
    """The target of a business outcome, identified by its words and its metric (the last word)."""
    metric = path[-2].split()[-1]
    # A metric of a later version, read from a record: its direction is not known here.
    if metric not in set(Metric):
        return Effect.BINDS
    return (_lower if metric in LOWER_IS_BETTER else _higher)(path, old, new)


def _response(path: Path, old: Any, new: Any) -> Effect:
    """A whole response; `contract` and `privacy` have one even without a line in the charter."""
    if new is None:
        return Effect.LOOSENS
    # The written response replaces the built-in response, which may have been stricter.
    if old is None and new["check"] in ANSWERED:
        return Effect.BINDS
    return _reactions((*path[:-1], new["check"], "reactions"), (), new["reactions"])


def _reactions(path: Path, old: Any, new: Any) -> Effect:
    """More reactions are stricter, except reactions that prevent others.

    A batch in quarantine does not count against its model, so a quarantine can hide a failure. Only
    `contract` and `privacy` make the answer NO themselves. A training starts the rest and the count
    of trainings again, so it can delay a training for a better reason.
    """
    if not _words(old) and not _words(new):
        return Effect.TIGHTENS
    begins = _words(new) - _words(old)
    mutes = QUARANTINE in begins and _check(path[-2]) not in ANSWERED
    effect = _more(path, old, new)
    return Effect.BINDS if effect is Effect.TIGHTENS and (mutes or _RETRAIN in begins) else effect


def _check(name: str) -> str:
    """The check of a response by its name in a path: its second response is `performance #2`."""
    return name.partition(" #")[0]


def _privacy(_path: Path, old: Any, new: Any) -> Effect:
    """A whole row of the privacy table: a narrow row may replace a stricter, wider row."""
    return _tightens_if(old is None) if new is None or new["special"] else Effect.BINDS


def _meetings(_path: Path, old: Any, new: Any) -> Effect:
    return _tightens_if(_ROUNDS.get(new, 0) < _ROUNDS.get(old, 0))


def up(*order: str) -> Way:
    """Steps from the loosest to the strictest."""

    def judge(_path: Path, old: Any, new: Any) -> Effect:
        """Judges a step by its place; an unknown step has no direction."""
        # A step that this version does not know, from the record of another version.
        if old not in order or new not in order:
            return Effect.BINDS
        return _tightens_if(order.index(new) > order.index(old))

    return Way(judge=judge, description=f"from `{'` to `'.join(order)}` tightens, back loosens")


def no_tightening(way: Way, loosening: str) -> Way:
    """A rule for fields in which one direction loosens, and the other is not clearly stricter."""

    def judge(path: Path, old: Any, new: Any) -> Effect:
        """Judges as the given rule does, but a tightening only binds."""
        effect = way.judge(path, old, new)
        return Effect.BINDS if effect is Effect.TIGHTENS else effect

    return Way(judge=judge, description=f"{loosening} loosens, any other edit binds")


INFORMS = Way(judge=_informs, description="informs")
BINDS = Way(judge=_binds, description="binds")
HIGHER = Way(judge=_higher, description="higher tightens; lower, or none, loosens")
LOWER = Way(judge=_lower, description="lower tightens; higher, or none, loosens")
LEAST = Way(judge=_least, description=f"{HIGHER.description}; of a date, binds")
MOST = Way(judge=_most, description=f"{LOWER.description}; of a date, binds")
SHORTER = Way(judge=_shorter, description="shorter tightens; longer, or none, loosens")
LONGER = Way(judge=_longer, description="longer tightens; shorter, or none, loosens")
EARLIER = Way(judge=_earlier, description="earlier tightens; later, or none, loosens")
LATER = Way(judge=_later, description="later tightens; earlier, or none, loosens")
OFTEN = Way(judge=_more_often, description="more often tightens; less often, or never, loosens")
MORE = Way(judge=_more, description="more tightens; fewer, or others, loosens")
FEWER = Way(judge=_fewer, description="fewer tightens; more, or others, loosens")
ALTERNATIVES = Way(
    judge=_alternatives,
    description="a new choice, or a choice among fewer, tightens; a choice among more, or no "
    "choice, loosens",
)
DISCLOSED = Way(judge=_disclosed, description="more informs; fewer, or others, loosens")
ADDED = Way(judge=_added, description="new tightens, gone loosens")
REMOVED = Way(judge=_removed, description="gone tightens, new loosens")
TRUE = Way(judge=_true, description="`true` tightens, `false` loosens")
LIMIT = Way(
    judge=_limit,
    description="of errors and differences: lower tightens, higher loosens; of other metrics the "
    "other way round",
)
TARGET = Way(
    judge=_target, description=f"like a limit: {LIMIT.description}; of no metric known here, binds"
)
RESPONSE = Way(
    judge=_response,
    description="new tightens, but binds for `contract`, for `privacy`, and when it quarantines or "
    "retrains; gone loosens",
)
REACTIONS = Way(
    judge=_reactions,
    description="more tightens, but binds with `retrain`, and with `quarantine` for another check "
    "than "
    "`contract` and `privacy`; fewer, or others, loosens",
)
PRIVACY = Way(
    judge=_privacy, description="new tightens when special and binds otherwise; gone loosens"
)
MEETINGS = Way(judge=_meetings, description="more often tightens, less often loosens")
