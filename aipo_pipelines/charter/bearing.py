"""What an edit of an agreement bears on: which verdicts it takes the ground from.

Limits bear on nothing here: a figure is judged by them whenever it is read. What a check cannot be
judged by afterwards, because only the records themselves would say, must be measured again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from fnmatch import fnmatchcase
from types import MappingProxyType

from aipo_pipelines.charter.difference import Change
from aipo_pipelines.charter.effects import Effect


class Bearing(StrEnum):
    """What is judged anew by another agreement.

    `data`: contract, privacy and what the contract says about an arrival. `drift`: drift of the
    data and of the concept. `truth`: everything that is measured against labels.
    """

    DATA = "data"
    DRIFT = "drift"
    TRUTH = "truth"


_FIELDS: Mapping[Bearing, tuple[str, ...]] = MappingProxyType(
    {
        Bearing.DATA: (
            "contract.*",
            "standards.privacy*",
            "charter.feed",
            "charter.sources.*",
            # Who may approve a source, and who is one person, decide whether an approval counts.
            "charter.decision_rights.data_source*",
            "charter.people.*",
        ),
        Bearing.DRIFT: ("charter.drift*", "charter.concept_drift*"),
        Bearing.TRUTH: ("charter.labels*",),
    }
)
_WITHOUT = ("charter.people.*.notify", "charter.labels.delay")


def bearings(changes: Iterable[Change]) -> frozenset[Bearing]:
    """What some changes bear on; a change that only informs bears on nothing."""
    fields = [
        one.field
        for one in changes
        if one.effect is not Effect.INFORMS and not _fits(one.field, _WITHOUT)
    ]
    return frozenset(
        bearing
        for bearing, patterns in _FIELDS.items()
        if any(_fits(field, patterns) for field in fields)
    )


def _fits(field: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(field, pattern) for pattern in patterns)
