"""Facts: the stored parts of a product's state, each under (kind, key), bitemporally.

`to_facts` and `from_facts` are inverse on every state that `settled` returns. `changes` compares
identities first and writes only the differences. So a state of a thousand batches costs a thousand
comparisons, not a thousand serialisations.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any

from aipo_pipelines.errors import LedgerError
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.model.adapters import adapter
from aipo_pipelines.ledger.model.agreements import AdoptedCharter, ProposedAgreement
from aipo_pipelines.ledger.model.model_version import ModelVersion
from aipo_pipelines.ledger.model.models import (
    Candidate,
    Champion,
    Original,
    ReleaseDecision,
    Stop,
    Training,
)
from aipo_pipelines.ledger.model.state import (
    Action,
    ActionStatus,
    Batch,
    CheckState,
    ClaimedRun,
    Incident,
    ProductState,
)

_SINGLE: Mapping[str, type] = MappingProxyType(
    {
        "charter": AdoptedCharter,
        "proposal": ProposedAgreement,
        "champion": Champion,
        "predecessor": Champion,
        "stop": Stop,
    }
)
_BY_KEY: Mapping[str, tuple[str, type]] = MappingProxyType(
    {
        "batch": ("batches", Batch),
        "check": ("checks", CheckState),
        "original": ("originals", Original),
        "candidate": ("candidates", Candidate),
        "decision": ("decisions", ReleaseDecision),
        "training": ("trainings", Training),
        "action": ("actions", Action),
        "incident": ("incidents", Incident),
        "run": ("runs", ClaimedRun),
    }
)
# Programs before this one stored the members of the model beside those of its release: facts keep
# that form, so that homes of all programs can be read.
_WITH_MODEL = frozenset({Candidate, Champion})
_OF_MODEL = frozenset(member.name for member in fields(ModelVersion))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A fact that an entry changed.

    Attributes:
        value: The new value as JSON; None if the fact ended.
        entry: Index of the entry that changed it.

    Raises:
        LedgerError: Postgres cannot store the key.
    """

    kind: str
    key: str
    value: Json
    entry: int

    def __post_init__(self) -> None:
        if "\x00" in self.key:
            raise LedgerError(
                f"fact {self.kind} {self.key!r} of entry {self.entry} is named with a zero "
                "character, which text in Postgres cannot hold"
            )

    @property
    def text(self) -> str | None:
        """The value as JSON text; None if the fact ended.

        Raises:
            LedgerError: The value holds a number that JSON does not have.
        """
        if self.value is None:
            return None
        try:
            return json.dumps(self.value, allow_nan=False, ensure_ascii=False)
        except ValueError:
            raise LedgerError(
                f"fact {self.kind} {self.key!r} holds a number that is not finite, expected null; "
                f"entry {self.entry} made it"
            ) from None


def settled(state: ProductState) -> ProductState:
    """The state without finished actions: only the history needs them."""
    # Without this, the state of a product would grow with each batch for years.
    done = [key for key, a in state.actions.items() if a.status is ActionStatus.FINISHED]
    if not done:
        return state
    left = {key: action for key, action in state.actions.items() if key not in done}
    return replace(state, actions=left)


def to_facts(state: ProductState) -> dict[tuple[str, str], Json]:
    """Writes a state as JSON values by (kind, key)."""
    return {(kind, key): _write(kind, value) for kind, key, value in _pieces(state)}


def from_facts(product: str, facts: Iterable[tuple[str, str, Json]]) -> ProductState:
    """Reads a state from (kind, key, value); unknown kinds belong to newer programs.

    Raises:
        LedgerError: A stored fact does not have the form of its kind.
    """
    single: dict[str, Any] = {}
    several: dict[str, dict[str, Any]] = {name: {} for name, _ in _BY_KEY.values()}
    for kind, key, value in facts:
        if kind in _SINGLE:
            single[kind] = _read(product, kind, key, value)
        # A kind that is in neither table was written by a newer program, and is left alone.
        elif kind in _BY_KEY:
            several[_BY_KEY[kind][0]][key] = _read(product, kind, key, value)
    members: dict[str, Any] = {**single, **several}
    return ProductState(product=product, **members)


def changes(old: ProductState, new: ProductState, entry: int) -> Iterator[Change]:
    """The facts that differ between two states, one after the other."""
    for kind in _SINGLE:
        was, is_now = getattr(old, kind), getattr(new, kind)
        # Identity first: an unchanged part of the state is the same object and needs no comparison.
        if was is not is_now and was != is_now:
            yield Change(kind=kind, key=kind, value=_write(kind, is_now), entry=entry)
    for kind, (name, _) in _BY_KEY.items():
        before, after = getattr(old, name), getattr(new, name)
        if before is not after:
            yield from _changed_members(kind, before, after, entry)


def _changed_members(
    kind: str, before: Mapping[str, object], after: Mapping[str, object], entry: int
) -> Iterator[Change]:
    added = 0
    for key, value in after.items():
        was = before.get(key)
        added += was is None
        if was is not value and was != value:
            yield Change(kind=kind, key=key, value=_write(kind, value), entry=entry)
    # Keys are rarely removed: the sets are built only if the counts show that a key is gone.
    if len(before) + added > len(after):
        for key in before.keys() - after.keys():
            yield Change(kind=kind, key=key, value=None, entry=entry)


def _pieces(state: ProductState) -> Iterator[tuple[str, str, object]]:
    for kind in _SINGLE:
        if (value := getattr(state, kind)) is not None:
            yield kind, kind, value
    for kind, (name, _) in _BY_KEY.items():
        for key, value in getattr(state, name).items():
            yield kind, key, value


def _type(kind: str) -> type:
    return _SINGLE[kind] if kind in _SINGLE else _BY_KEY[kind][1]


def _write(kind: str, value: object) -> Json:
    if value is None:
        return None
    written: dict[str, Json] = adapter(_type(kind)).dump_python(value, mode="json")
    return {**_model_of(written), **written} if _type(kind) in _WITH_MODEL else written


def _model_of(written: dict[str, Json]) -> dict[str, Json]:
    """Takes the members of the model out of a written value."""
    model = written.pop("model")
    return model if isinstance(model, dict) else {}


def _with_model(kind: str, value: Json) -> Json:
    """The members of the model gathered again, as the class has them."""
    if _type(kind) not in _WITH_MODEL or not isinstance(value, dict):
        return value
    model = {name: member for name, member in value.items() if name in _OF_MODEL}
    own = {name: member for name, member in value.items() if name not in _OF_MODEL}
    return {**own, "model": model}


def _read(product: str, kind: str, key: str, value: Json) -> object:
    try:
        return adapter(_type(kind)).validate_python(_with_model(kind, value))
    except ValueError as error:
        count = getattr(error, "error_count", lambda: 1)()
        raise LedgerError(
            f"fact {kind} {key!r} of product {product!r} cannot be read ({count} fields do not "
            "fit this version of the program). The facts can be made again from the entries: run "
            "aipo rebuild."
        ) from None
