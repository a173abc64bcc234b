"""The differences between two agreements, field by field, and the effect of each edit.

Pure. Some members of lists have an identity: a threshold its metric, a response its check. They are
compared by it, so that a line put in between changes no other line. A change shows only what may be
recorded: the scheme of an address of notices, and a location without credentials.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, count
from types import MappingProxyType
from typing import Any

from pydantic_core import to_jsonable_python

from aipo_pipelines.charter.changes.changed_field import ChangedField
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
"""The fields that identify the members of a list; members of other lists have a place only."""

_SECRET = ("charter/people/*/notify", "charter/escalation/levels/*/via")
_LOCATION = "charter/sources/*/location"
# The limits of checks are in these parts, and in the contract.
_JUDGING = (("charter", "drift"), ("charter", "concept_drift"), ("charter", "thresholds"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field that differs between two agreements.

    Attributes:
        field: `charter.thresholds.roc_auc.limit`.
        old: Value before, as it may be recorded; None if the field was absent.
        new: Value after; None if the field is absent.
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
    def at(self) -> ChangedField:
        """The field as a value that answers what it belongs to."""
        return ChangedField(self.field)

    @property
    def part(self) -> str:
        """`charter`, `contract` or `standards`."""
        return self.at.part


def difference(old: Product, new: Product) -> tuple[Change, ...]:
    """Every field in which two agreements differ, in the order of the fields.

    1. Compare the charters; if only the record of one is left, compare both as they are recorded.
    2. If the folder was moved, compare locations as seen from the folder of all products.
    3. Compare contracts and standards.
    """
    before, after = (_plain(charter) for charter in _charters(old, new))
    # After a move, the same relative location leads to other data.
    if old.folder != new.folder and old.place != new.place:
        before, after = seen_from_root(before, old.place), seen_from_root(after, new.place)
    # If a check quarantines its batch, a stricter limit hides more batches from all other checks.
    # Such an edit does not simply tighten: it binds, and people must agree.
    mutes = _mutes(old) or _mutes(new)
    return (
        *_changes("charter", before, after, mutes=mutes),
        *(
            change
            for change in _changes("contract", old.contract, new.contract, mutes=mutes)
            # The digest changes with each blank; the promises are compared field by field.
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
    # A record has no secrets. Fields that it leaves out were changed by nobody.
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
    """Whether a version follows another; if they are no numbers, whether they differ."""
    parts = [text.split(".") for text in (old, new)]
    # Compared as numbers: as texts, 1.10 would come before 1.9.
    if all(part.isdecimal() for version in parts for part in version):
        before, after = ([int(part) for part in version] for version in parts)
        return after > before
    return new != old


def _plain(value: object) -> Any:
    return to_jsonable_python(value, fallback=_other, inf_nan_mode="strings")


def _other(value: object) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)


def _differing(path: Path, old: Any, new: Any) -> Iterator[tuple[Path, Any, Any]]:
    # Compared as text, because Python takes 1, 1.0 and True for equal.
    if repr(old) == repr(new):
        return
    before, after = _members(path, old), _members(path, new)
    # A field that became another kind of value is one edit, not many removed and added fields.
    if before is None or after is None:
        yield path, old, new
        return
    for name in {**before, **after}:
        yield from _differing((*path, name), before.get(name), after.get(name))


def _members(path: Path, value: Any) -> Mapping[str, Any] | None:
    """The members of a value by name; None if it is compared as a whole."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, list) or not all(isinstance(member, dict) for member in value):
        return None
    identity = _identity(path)
    members: dict[str, Any] = {}
    for place, member in enumerate(value):
        own = " ".join(_word(member.get(part)) for part in identity).strip()
        members[_name(own, place, members)] = member
    return members


def _name(own: str, place: int, taken: Collection[str]) -> str:
    """The name of a member of a list, which no other member has."""
    # Without an identity the place must do: then an edit in the middle looks like several.
    first = own or f"#{place}"
    # A second member of one identity is numbered, so that its place does not matter.
    numbered = (f"{first} #{number}" for number in count(2))
    return next(name for name in chain([first], numbered) if name not in taken)


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
        # Addresses of notices contain tokens, and nothing is ever deleted from the ledger.
        return [str(address).split(":", 1)[0] for address in value or ()]
    if isinstance(value, str):
        return public_address(value) if is_at(path, _LOCATION) else value
    if isinstance(value, dict):
        return {name: _recordable((*path, name), member) for name, member in value.items()}
    if isinstance(value, list):
        return [_recordable((*path, str(place)), item) for place, item in enumerate(value)]
    return value
