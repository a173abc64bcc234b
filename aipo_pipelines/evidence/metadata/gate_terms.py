"""The terms of the charter by which a gate was judged, stored with its verdict.

Every kind of gate has its own terms. In JSON they are an object, and the names of its members say
which kind it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, cast

from pydantic import BeforeValidator, PlainSerializer, SkipValidation, TypeAdapter, ValidationError

from aipo_pipelines.evidence.outcome import Json, is_whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The question that every figure of a model answers.

    Attributes:
        positive: The value of the label that the model looks for; None if there is no such value.
    """

    task: str
    decision_threshold: float | None
    label: str
    positive: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleTerms:
    """The number of held-out records that a release needs."""

    about: Question
    minimum_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineTerms:
    """The proof that a model is better than the naive baseline."""

    about: Question
    confidence: float
    minimum_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DropTerms:
    """The most that a metric may lose against the champion."""

    metric: str
    maximum_drop: float
    minimum_sample: int
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChampionTerms:
    """The proof that a model is no worse, or is better, than the champion."""

    about: Question
    confidence: float
    minimum_sample: int
    margin: float
    superiority: bool
    drops: tuple[DropTerms, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PerturbationTerms:
    """One perturbation that a model must withstand."""

    perturbation: str
    size: float
    columns: tuple[str, ...]
    maximum_loss: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RobustnessTerms:
    """All perturbations that a model must withstand."""

    about: Question
    confidence: float
    tests: tuple[PerturbationTerms, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitTerms:
    """The limit of a metric.

    Attributes:
        protected: The protected attributes if the limit applies to each of them.
    """

    about: Question
    metric: str
    attribute: str | None
    limit: float
    minimum_sample: int
    confidence: float
    protected: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnknownTerms:
    """Terms that another program wrote in a form of its own: no terms in force equal them."""

    stored: Mapping[str, Json]

    @property
    def about(self) -> Question | None:
        """The question, if it is on record in the form of this program."""
        # Other terms do not make the figures useless: they may still answer the question of today.
        return cast("Question | None", _valid(Question, self.stored.get("about")))


GateTerms = (
    SampleTerms | BaselineTerms | ChampionTerms | RobustnessTerms | LimitTerms | UnknownTerms
)
"""The terms of one gate: two verdicts rest on the same terms if these are equal."""

_KINDS = (SampleTerms, BaselineTerms, ChampionTerms, RobustnessTerms, LimitTerms)
_BY_MEMBERS: Mapping[frozenset[str], type] = MappingProxyType(
    {frozenset(member.name for member in fields(kind)): kind for kind in _KINDS}
)


def terms_from_json(value: object) -> GateTerms | None:
    """Reads terms back; None for an entry of an older program, which names no terms."""
    if isinstance(value, GateTerms):
        return value
    if not isinstance(value, Mapping) or not value:
        return None
    kind: object = _BY_MEMBERS.get(frozenset(value))
    terms = _valid(kind, value) if kind else None
    return UnknownTerms(dict(value)) if terms is None else cast("GateTerms", terms)


def terms_to_json(terms: GateTerms | None) -> dict[str, Json]:
    """Writes terms as they are stored; an empty object if there are no terms."""
    if terms is None:
        return {}
    if isinstance(terms, UnknownTerms):
        return dict(terms.stored)
    kind: object = type(terms)
    written: dict[str, Json] = _adapter(kind).dump_python(terms, mode="json")
    return {name: _canonical(member) for name, member in written.items()}


StoredTerms = Annotated[
    SkipValidation[GateTerms | None],
    BeforeValidator(terms_from_json),
    PlainSerializer(terms_to_json),
]
"""Terms as a member of a gate."""


def _canonical(value: Json) -> Json:
    # As in figures: facts are compared letter by letter with facts that were read back.
    if isinstance(value, list):
        return [_canonical(member) for member in value]
    if isinstance(value, dict):
        return {name: _canonical(member) for name, member in value.items()}
    return int(value) if is_whole(value) else value


def _valid(kind: object, value: object) -> object | None:
    try:
        return cast("object", _adapter(kind).validate_python(value))
    except ValidationError:
        return None


@cache
def _adapter(kind: object) -> TypeAdapter[Any]:
    return TypeAdapter(cast("Any", kind))
