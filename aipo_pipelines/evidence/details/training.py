"""Details of the checks on `training_set` and of the gates on `evaluation`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from aipo_pipelines.evidence.details.base import Details, details_of


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisedDetails(Details):
    """Sources without an approval that holds."""

    unapproved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SufficientDetails(Details):
    """What the records of a training window are.

    Attributes:
        waiting_for_labels: Batches whose labels are not in yet.
        repeated_records: Rows that came again in a later delivery.
        copies: Batches with the same content as another batch, by the name of the copy.
        emptied: Batches without any row that is left.
        alike: Rows alike to others, no more than chance gives.
        told_apart: Whether rows identify records.
        strange_labels: Labels that are neither class.
    """

    state_members: ClassVar[tuple[str, ...]] = ("repeated_records", "told_apart", "strange_labels")

    waiting_for_labels: tuple[str, ...] = ()
    repeated_records: int = 0
    copies: Mapping[str, str] = field(default_factory=dict)
    emptied: tuple[str, ...] = ()
    alike: int = 0
    told_apart: bool = True
    strange_labels: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakageDetails(Details):
    """Features that give the target away.

    Attributes:
        sums: Pairs of features that sum to the target.
        signs: What was seen of each leaking feature.
    """

    leaking: tuple[str, ...] = ()
    sums: tuple[tuple[str, str], ...] = ()
    signs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RivalDetails(Details):
    """How a challenger was compared: the gates `baseline` and `champion`.

    Attributes:
        confidence: Of each bound.
        choices: Number of windows that were tried; the challenger was the best.
        not_compared: Why the champion could not answer; empty if it did.
    """

    confidence: float = 0.0
    choices: int = 0
    seed: int = 0
    not_compared: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitDetails(Details):
    """Why a limit was agreed, and the role that answers for it."""

    reason: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RobustnessDetails(Details):
    """The perturbations of the inputs that were tried.

    Attributes:
        confidence: Of each bound, for all tests together.
        corrected_confidence: Of each bound of a single test.
        tests: As the charter sets them.
    """

    seed: int = 0
    confidence: float = 0.0
    corrected_confidence: float = 0.0
    tests: tuple[Mapping[str, Any], ...] = ()


def why_not_compared(details: Details) -> str:
    """Why the champion could not answer at a gate; empty if it did, or was not asked there."""
    return details_of(RivalDetails, details).not_compared
