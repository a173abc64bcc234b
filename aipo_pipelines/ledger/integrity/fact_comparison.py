"""Comparison: facts as they are stored against facts folded from the entries.

What differs is named by fact and by member. Words of a fact's own vocabulary (verdicts, states),
numbers, moments and digests are shown; any other text may have come from data and is told by its
length and digest alone.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from aipo_pipelines.evidence.outcome import Json, Severity, Verdict
from aipo_pipelines.ledger.fold.projection import Fact
from aipo_pipelines.ledger.model.models import TrainingStatus
from aipo_pipelines.ledger.model.state import ActionKind, ActionStatus, BatchStatus, IncidentStatus

_WORDS = frozenset(
    str(word)
    for words in (
        Verdict,
        Severity,
        TrainingStatus,
        ActionKind,
        ActionStatus,
        BatchStatus,
        IncidentStatus,
    )
    for word in words
)
# Digests, moments and small numbers identify no person; all other text may come from records.
_HARMLESS = re.compile(r"(sha256:)?[0-9a-f]{64}|\d{4}-\d\d-\d\dT[\d:.]+Z|\d{1,18}|")
_ABSENT: Any = object()
"""Stands for a member that is not there."""
_MEMBERS = ("value", "valid_from", "valid_to", "recorded_from", "recorded_to", "entry", "began")
_MOST_MEMBERS = 5
_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A fact that is not what the entries make of it.

    Attributes:
        kind: Kind of the fact; `newest entry` for what is kept about the product as a whole.
        key: Key of the fact.
        says: What was expected and what was found, without values of data subjects.
        erased: Whether the body of an entry of this product was erased, with which facts that
            rest on it cannot be folded any more.
    """

    product: str
    kind: str
    key: str
    says: str
    erased: bool = False

    def __str__(self) -> str:
        name = self.kind if self.key in ("", self.kind) else f"{self.kind} {self.key}"
        return f"{self.product or 'the installation'}: {name}: {self.says}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What comparing all facts with the entries found.

    Attributes:
        facts: Number of facts that were compared, past ones included.
        products: Number of products.
    """

    facts: int
    products: int
    differences: tuple[Difference, ...]


def compare(
    product: str, expected: Iterable[Fact], found: Iterable[Fact], *, erased: bool = False
) -> Iterator[Difference]:
    """What differs between the facts folded from the entries and those that are stored."""
    wanted, stored = _by_name(expected), _by_name(found)
    for kind, key in sorted(wanted.keys() | stored.keys()):
        says = _difference(wanted.get((kind, key), []), stored.get((kind, key), []))
        if says:
            yield Difference(product=product, kind=kind, key=key, says=says, erased=erased)


def _by_name(facts: Iterable[Fact]) -> dict[tuple[str, str], list[Fact]]:
    named: defaultdict[tuple[str, str], list[Fact]] = defaultdict(list)
    for fact in facts:
        named[fact.kind, fact.key].append(fact)
    for rows in named.values():
        rows.sort(key=lambda fact: (fact.recorded_from, fact.valid_from, fact.entry))
    return named


def _difference(expected: list[Fact], found: list[Fact]) -> str:
    """What is wrong with one fact in all its times; empty where nothing is."""
    for wanted, stored in zip(expected, found, strict=False):
        if said := "; ".join(_members(wanted, stored)):
            return f"as of entry {wanted.entry}: {said}"
    if not found:
        return "the entries make it, and it is not stored"
    if not expected:
        return "it is stored, and no entry makes it"
    if len(expected) != len(found):
        return f"expected {len(expected)} values over time, found {len(found)}"
    return ""


def _members(wanted: Fact, stored: Fact) -> Iterator[str]:
    for member in _MEMBERS:
        one, other = getattr(wanted, member), getattr(stored, member)
        if member != "value":
            if one != other:
                yield f"{member} expected {_moment(one)}, found {_moment(other)}"
        elif _written(one) != _written(other):
            said = list(_values("", one, other))
            yield from said[:_MOST_MEMBERS]
            if len(said) > _MOST_MEMBERS:
                yield f"and {len(said) - _MOST_MEMBERS} more"


def _values(name: str, wanted: Json, stored: Json) -> Iterator[str]:
    match wanted, stored:
        case dict(), dict():
            for key in sorted(wanted.keys() | stored.keys()):
                inner = f"{name}.{key}" if name else key
                yield from _values(inner, wanted.get(key, _ABSENT), stored.get(key, _ABSENT))
        case list(), list() if len(wanted) == len(stored):
            for place, (left, right) in enumerate(zip(wanted, stored, strict=True)):
                yield from _values(f"{name}[{place}]", left, right)
        case _ if _differ(wanted, stored):
            yield f"{name or 'value'} expected {_shown(wanted)}, found {_shown(stored)}"


def _differ(wanted: Json, stored: Json) -> bool:
    # What is absent has no form in JSON, and 1 and True are equal only to Python.
    return _ABSENT in (wanted, stored) or _written(wanted) != _written(stored)


def _written(value: Json) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _shown(value: Json) -> str:
    if value is _ABSENT:
        return "nothing"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return f"{len(value)} members"
    if isinstance(value, str) and value not in _WORDS and not _HARMLESS.fullmatch(value):
        digest = sha256(value.encode(errors="surrogatepass")).hexdigest()[:_SHOWN]
        return f"a text of {len(value)} letters (sha256 {digest}…)"
    return _written(value)


def _moment(value: datetime | int | None) -> str:
    if value is None:
        return "no end"
    return value.isoformat() if isinstance(value, datetime) else str(value)
