"""What changed between two agreements, field by field, and what each edit does.

Pure. Members of lists that have an identity (a threshold its metric, a response its check) are
compared by it, so that a line put in between changes nothing else. What a change shows is what may
be recorded: of an address of notices only the scheme, of a location no credentials.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from types import MappingProxyType
from typing import Any

from pydantic_core import to_jsonable_python

from aipo_pipelines.charter.changes.effect_rules import ANSWERED, QUARANTINE
from aipo_pipelines.charter.changes.effects import Effect, Path, effect_of, is_at
from aipo_pipelines.charter.model.addresses import public_address
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.charter.model.standards import Standards
from aipo_pipelines.charter.reading.locations import seen_from_root
from aipo_pipelines.charter.reading.redaction import recordable

IDENTITIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "charter/thresholds": ("metric", "attribute"),
        "charter/responses": ("check",),
        "charter/rhythm": ("name",),
        "charter/outcome_map": ("outcome", "metric"),
        "charter/sources/*/authorisations": ("category", "by", "on"),
        "charter/release/robustness": ("perturbation", "size", "columns"),
        "contract/columns": ("name",),
        "contract/rules": ("name",),
        "standards/tiers/*/thresholds": ("metric",),
        "standards/privacy": ("category", "regions"),
    }
)
"""By which fields the members of a list are known; those of other lists by their place."""

_SECRET = ("charter/people/*/notify", "charter/escalation/levels/*/via")
_LOCATION = "charter/sources/*/location"
_JUDGING = (("charter", "drift"), ("charter", "concept_drift"), ("charter", "thresholds"))
"""Where the limits of checks stand, besides the contract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field that differs between two agreements.

    Attributes:
        field: `charter.thresholds.roc_auc.limit`.
        old: Value before, as it may be recorded; None where there was none.
        new: Value after; None where there is none.
    """

    field: str
    old: Any
    new: Any
    effect: Effect

    @property
    def waits(self) -> bool:
        """Whether people must agree to it."""
        return self.effect in (Effect.LOOSENS, Effect.BINDS)

    @property
    def part(self) -> str:
        """`charter`, `contract` or `standards`."""
        return self.field.partition(".")[0]


def difference(old: Product, new: Product) -> tuple[Change, ...]:
    """Every field in which two agreements differ, in the order of the fields.

    When a charter is known from its record only, both are compared as they are recorded: what a
    record leaves out was changed by nobody. Where the folder was moved, a relative location is that
    of other data: both are compared as seen from the folder of all products. When either
    quarantines for what a stricter limit finds, a stricter limit keeps more of what the model did
    from counting, and binds.
    """
    before, after = (_plain(charter) for charter in _charters(old, new))
    if old.folder != new.folder and old.place != new.place:
        before, after = seen_from_root(before, old.place), seen_from_root(after, new.place)
    mutes = _mutes(old) or _mutes(new)
    return (
        *_changes("charter", before, after, mutes=mutes),
        *(
            change
            for change in _changes("contract", old.contract, new.contract, mutes=mutes)
            if change.field != "contract.digest"
        ),
        *_changes("standards", old.standards, new.standards, mutes=mutes),
    )


def standards_difference(old: Standards, new: Standards) -> tuple[Change, ...]:
    """Every field in which two standards differ."""
    return tuple(_changes("standards", old, new, mutes=False))


def _changes(name: str, old: object, new: object, *, mutes: bool) -> Iterator[Change]:
    for path, before, after in _differing((name,), _plain(old), _plain(new)):
        yield Change(
            field=".".join(path),
            old=_recordable(path, before),
            new=_recordable(path, after),
            effect=_effect(path, before, after, mutes=mutes),
        )


def _effect(path: Path, old: Any, new: Any, *, mutes: bool) -> Effect:
    effect = effect_of(path, old, new)
    judges = path[:1] == ("contract",) or path[:2] in _JUDGING
    return Effect.BINDS if effect is Effect.TIGHTENS and mutes and judges else effect


def _mutes(product: Product) -> bool:
    """Whether batches are quarantined for more than a breach of contract or privacy."""
    return any(
        QUARANTINE in response.reactions and response.check not in ANSWERED
        for response in product.charter.responses
    )


def _charters(old: Product, new: Product) -> tuple[object, object]:
    if old.recorded is None and new.recorded is None:
        return old.charter, new.charter
    return recordable(old.recorded or old.charter), recordable(new.recorded or new.charter)


def unraised(old: Product, new: Product, changes: tuple[Change, ...]) -> tuple[str, ...]:
    """The parts whose binding fields changed and whose version was not raised."""
    versions = {
        "charter": (old.charter.version, new.charter.version),
        "contract": (old.contract.version, new.contract.version),
        "standards": (old.standards.version, new.standards.version),
    }
    binding = {change.part for change in changes if change.effect is not Effect.INFORMS}
    return tuple(
        part
        for part, before_and_after in versions.items()
        if part in binding and not _raised(*before_and_after)
    )


def _raised(old: str, new: str) -> bool:
    """Whether a version follows another; where they are no numbers, whether it is another."""
    parts = [text.split(".") for text in (old, new)]
    if all(part.isdecimal() for version in parts for part in version):
        before, after = ([int(part) for part in version] for version in parts)
        return after > before
    return new != old


def _plain(value: object) -> Any:
    return to_jsonable_python(value, fallback=_other, inf_nan_mode="strings")


def _other(value: object) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)


def _differing(path: Path, old: Any, new: Any) -> Iterator[tuple[Path, Any, Any]]:
    # As they are written: to Python a list of 1 equals one of True, and one of 1.0.
    if repr(old) == repr(new):
        return
    before, after = _members(path, old), _members(path, new)
    if before is None or after is None:
        yield path, old, new
        return
    for name in {**before, **after}:
        yield from _differing((*path, name), before.get(name), after.get(name))


def _members(path: Path, value: Any) -> Mapping[str, Any] | None:
    """The members of a value by name; None where it is compared as a whole."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, list):
        return None
    if not all(isinstance(member, dict) for member in value):
        return None
    identity = _identity(path)
    members: dict[str, Any] = {}
    for place, member in enumerate(value):
        name = " ".join(_word(member.get(part)) for part in identity).strip() if identity else ""
        if name and name in members:
            # The second of one identity, wherever in the list it stands.
            name = next(again for n in count(2) if (again := f"{name} #{n}") not in members)
        while not name or name in members:
            name = f"{name} #{place}".strip()
        members[name] = member
    return members


def _identity(path: Path) -> tuple[str, ...]:
    for pattern, fields in IDENTITIES.items():
        if is_at(path, pattern):
            return fields
    return ()


def _word(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value))
    return "" if value is None else str(value)


def _recordable(path: Path, value: Any) -> Any:
    """The value without secrets, whether it is one address or holds some further in."""
    if any(is_at(path, pattern) for pattern in _SECRET):
        return [str(address).split(":", 1)[0] for address in value or ()]
    if isinstance(value, str):
        return public_address(value) if is_at(path, _LOCATION) else value
    members = value if isinstance(value, dict) else None
    if members is not None:
        return {name: _recordable((*path, name), member) for name, member in members.items()}
    if isinstance(value, list):
        return [_recordable((*path, str(place)), item) for place, item in enumerate(value)]
    return value
