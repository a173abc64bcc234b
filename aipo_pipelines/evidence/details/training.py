"""Details of the checks on `training_set` and of the gates on `evaluation`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from pydantic import Field

from aipo_pipelines.evidence.details.base import Details, details_of


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisedDetails(Details):
    """Sources without a valid approval."""

    unapproved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SufficientDetails(Details):
    """The records of a training window.

    Attributes:
        waiting_for_labels: Batches whose labels have not arrived yet.
        repeated_records: Rows that came again in a later delivery.
        copies: Batches with the same content as another batch, by the name of the copy.
        emptied: Batches that have no row left.
        alike: Rows that look like other rows, but not more often than by chance.
        identified: Whether rows identify records.
        strange_labels: Labels that are neither class.
    """

    state_members: ClassVar[tuple[str, ...]] = ("repeated_records", "identified", "strange_labels")

    waiting_for_labels: tuple[str, ...] = ()
    repeated_records: int = 0
    copies: Mapping[str, str] = field(default_factory=dict)
    emptied: tuple[str, ...] = ()
    alike: int = 0
    # Stored by the name that entries have had from the beginning.
    identified: Annotated[bool, Field(alias="told_apart")] = True
    strange_labels: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakageDetails(Details):
    """Features that give the target away.

    Attributes:
        sums: Pairs of features that sum to the target.
        signs: The signs of a leak in words, by feature.
    """

    leaking: tuple[str, ...] = ()
    sums: tuple[tuple[str, str], ...] = ()
    signs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RivalDetails(Details):
    """The comparison of a challenger in the gates `baseline` and `champion`.

    Attributes:
        confidence: Confidence of each bound.
        choices: Number of windows that were tried; the challenger was the best.
        not_compared: The reason why the champion could not answer; empty if it answered.
    """

    confidence: float = 0.0
    choices: int = 0
    seed: int = 0
    not_compared: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitDetails(Details):
    """The reason for a limit, and the role that is responsible for it."""

    reason: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RobustnessDetails(Details):
    """The perturbations of the inputs that were tried.

    Attributes:
        confidence: Confidence of all bounds together.
        corrected_confidence: Confidence of the bounds of each test.
        tests: The tests of the charter.
    """

    seed: int = 0
    confidence: float = 0.0
    corrected_confidence: float = 0.0
    tests: tuple[Mapping[str, Any], ...] = ()


def why_not_compared(details: Details) -> str:
    """Why the champion could not answer at a gate; empty if it answered, or did not have to."""
    return details_of(RivalDetails, details).not_compared
