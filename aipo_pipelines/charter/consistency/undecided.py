"""The fields that a charter leaves open: they must exist, and no decision may depend on them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from aipo_pipelines.charter.model.base import Part
from aipo_pipelines.charter.model.charter import Charter, Lifecycle
from aipo_pipelines.charter.model.problem import Fault, did_you_mean, listed, shown

_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
# Later stages act on people, and nothing that acts on people may be undecided.
_EARLY = (Lifecycle.PROTOTYPE, Lifecycle.PILOT)


def undecided_faults(charter: Charter) -> Iterator[Fault]:
    """Yields open fields that do not exist, and decisions that open fields do not allow."""
    for position, field in enumerate(charter.undecided):
        path = ("undecided", position)
        if field in charter.undecided[:position]:
            yield Fault(path, f"{shown(field)} again", "each field once", "remove one")
            continue
        known = _stumbles(charter, field)
        if known is not None:
            hint = did_you_mean(field, known, "write it as `aipo check` names fields, or remove it")
            yield Fault(path, shown(field), "a field of this charter", hint)
    if not charter.undecided:
        return
    if charter.lifecycle not in _EARLY:
        expected = f"nothing undecided in {charter.lifecycle}"
        hint = f"decide the fields, or set `lifecycle` to {listed(_EARLY)}"
        yield Fault(("undecided",), f"{len(charter.undecided)} undecided", expected, hint)
    if charter.decision_rights.release.quorum == 0:
        expected = "at least 1: rules must not decide by limits that nobody has agreed"
        quorum = ("decision_rights", "release", "quorum")
        yield Fault(quorum, "0", expected, "raise it, or decide what is listed in `undecided`")


def _stumbles(charter: Charter, field: str) -> Sequence[str] | None:
    """The fields that exist at the end of a wrong path; None if the path leads to a field."""
    steps = [index or name for index, name in _STEP.findall(field)]
    value: object = charter
    before = ""
    for step in steps:
        inside = _inside(value)
        if step not in inside:
            return [f"{before}{name}" for name in inside]
        before += f"{step}."
        value = inside[step]
    return None if steps else list(Charter.model_fields)


def _inside(value: object) -> Mapping[str, object]:
    # Only declared fields: properties of a model are computed, and nobody decides them.
    if isinstance(value, Part):
        return {name: getattr(value, name) for name in type(value).model_fields}
    if isinstance(value, dict):
        return {str(key): member for key, member in value.items()}
    if isinstance(value, tuple):
        return {str(place): member for place, member in enumerate(value)}
    return {}
