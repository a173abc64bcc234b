"""Comparison: stored facts against facts folded from the entries.

A difference names its fact and its member. Words of our own vocabulary (verdicts, states), numbers,
moments and digests are shown. Any other text may come from data: only its length and its digest are
shown.
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
"""Stands for a missing member."""
_MEMBERS = ("value", "valid_from", "valid_to", "recorded_from", "recorded_to", "entry", "began")
_MOST_MEMBERS = 5
_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A fact that differs from the fact that the entries make.

    Attributes:
        kind: Kind of the fact; `newest entry` for the record about the product as a whole.
        key: Key of the fact.
        text: The expected and the stored value, without values of data subjects.
        erased: Whether the body of an entry of this product was erased. Facts from that entry
            cannot be folded any more.
    """

    product: str
    kind: str
    key: str
    text: str
    erased: bool = False

    def __str__(self) -> str:
        name = self.kind if self.key in ("", self.kind) else f"{self.kind} {self.key}"
        return f"{self.product or 'the installation'}: {name}: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Result of the comparison of all facts with the entries.

    Attributes:
        facts: Number of compared facts, present and past.
        products: Number of products.
    """

    facts: int
    products: int
    differences: tuple[Difference, ...]


def compare(
    product: str, expected: Iterable[Fact], stored: Iterable[Fact], *, erased: bool = False
) -> Iterator[Difference]:
    """The differences between the facts folded from the entries and the stored facts."""
    expected_facts, stored_facts = _by_name(expected), _by_name(stored)
    for kind, key in sorted(expected_facts.keys() | stored_facts.keys()):
        text = _difference(expected_facts.get((kind, key), []), stored_facts.get((kind, key), []))
        if text:
            yield Difference(product=product, kind=kind, key=key, text=text, erased=erased)


def _by_name(facts: Iterable[Fact]) -> dict[tuple[str, str], list[Fact]]:
    named: defaultdict[tuple[str, str], list[Fact]] = defaultdict(list)
    for fact in facts:
        named[fact.kind, fact.key].append(fact)
    # Each side comes in an order of its own, so both are sorted before they are paired.
    for rows in named.values():
        rows.sort(key=lambda fact: (fact.recorded_from, fact.valid_from, fact.entry))
    return named


def _difference(expected: list[Fact], stored: list[Fact]) -> str:
    """The first difference of one fact over time; empty without a difference."""
    for expected_fact, stored_fact in zip(expected, stored, strict=False):
        if text := "; ".join(_members(expected_fact, stored_fact)):
            return f"as of entry {expected_fact.entry}: {text}"
    if not stored:
        return "the entries make it, and it is not stored"
    if not expected:
        return "it is stored, and no entry makes it"
    if len(expected) != len(stored):
        return f"expected {len(expected)} values over time, found {len(stored)}"
    return ""


def _members(expected_fact: Fact, stored_fact: Fact) -> Iterator[str]:
    for member in _MEMBERS:
        expected, stored = getattr(expected_fact, member), getattr(stored_fact, member)
        if member != "value":
            if expected != stored:
                yield f"{member} expected {_moment(expected)}, found {_moment(stored)}"
        elif _written(expected) != _written(stored):
            differences = list(_values("", expected, stored))
            yield from differences[:_MOST_MEMBERS]
            if len(differences) > _MOST_MEMBERS:
                yield f"and {len(differences) - _MOST_MEMBERS} more"


def _values(name: str, expected: Json, stored: Json) -> Iterator[str]:
    match expected, stored:
        case dict(), dict():
            for key in sorted(expected.keys() | stored.keys()):
                inner = f"{name}.{key}" if name else key
                yield from _values(inner, expected.get(key, _ABSENT), stored.get(key, _ABSENT))
        case list(), list() if len(expected) == len(stored):
            for place, (left, right) in enumerate(zip(expected, stored, strict=True)):
                yield from _values(f"{name}[{place}]", left, right)
        case _ if _differ(expected, stored):
            yield f"{name or 'value'} expected {_shown(expected)}, found {_shown(stored)}"


def _differ(expected: Json, stored: Json) -> bool:
    # A missing member has no form in JSON, and 1 and True are equal only to Python.
    return _ABSENT in (expected, stored) or _written(expected) != _written(stored)


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
