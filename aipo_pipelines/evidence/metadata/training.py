"""Metadata of the assets that a candidate passes: from `training_set` to `champion`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer

from aipo_pipelines.evidence.metadata.base import Metadata
from aipo_pipelines.evidence.metadata.gate_terms import StoredTerms
from aipo_pipelines.evidence.metadata.holdout_place import NOT_HELD_OUT, StoredPlace
from aipo_pipelines.evidence.outcome import Figures, Severity, Verdict


def _moment(value: object) -> datetime | None:
    # A broken date makes one member empty. An error would make the whole entry unreadable.
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


Moment = Annotated[
    datetime | None,
    BeforeValidator(_moment),
    PlainSerializer(lambda moment: moment and moment.isoformat()),
]
"""An aware moment in ISO 8601; None for any other text."""

Name = Annotated[str, BeforeValidator(lambda value: "" if value is None else str(value))]
"""A name; entries of older programs have some versions as numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSetMetadata(Metadata):
    """The training window.

    Attributes:
        window: Its batches.
        waiting_for_labels: Batches whose labels have not arrived yet.
        repeated_records, copies, emptied, alike, identified: As in `SufficientDetails`.
    """

    rows: int = 0
    labelled: int = 0
    window: tuple[str, ...] = ()
    waiting_for_labels: tuple[str, ...] = ()
    repeated_records: int = 0
    copies: Mapping[str, str] = field(default_factory=dict)
    emptied: tuple[str, ...] = ()
    alike: int = 0
    identified: Annotated[bool, Field(alias="told_apart")] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengerMetadata(Metadata):
    """A trained version.

    Attributes:
        version: Its version in the registry; empty if none was registered.
        model_digest: Digest of its files.
        trigger: The reason for its training.
        rows: Records that it learnt from.
        choice: The window of the charter that it was trained on; `window` has its batches.
        inputs: Digest of each batch, by partition.
        held_out: The place of its held-out records.
        out_of_fold: Digest of its out-of-fold answers in the lake.
        baseline: Figures on the held-out records: its release figures if it is released.
        out_of_fold_figures: Figures on the records that it learnt from, by models without them.
        losses: Mean loss on the held-out records, by window.
        failed: The reason why no model of a window could be trained, by window.
        against: Version of the champion in the comparison; empty if no version is in charge.
        unused: Versions of earlier attempts that were killed.
    """

    version: Name = ""
    mlflow_run_id: Name = ""
    model_uri: str = ""
    model_digest: str = ""
    trained_at: Moment = None
    trigger: str = ""
    seed: int = 0
    rows: int = 0
    warnings: tuple[str, ...] = ()
    choice: str = ""
    window: tuple[Name, ...] = ()
    inputs: Mapping[str, Name] = field(default_factory=dict)
    held_out: StoredPlace = NOT_HELD_OUT
    out_of_fold: str = ""
    baseline: Figures = ()
    out_of_fold_figures: Figures = ()
    losses: Mapping[str, float | None] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    against: Name = ""
    unused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The result of one gate for a candidate.

    Attributes:
        gate: Its name, which is also the name of the check on `evaluation`.
        verdict: `pass`, `fail` or `insufficient`; only `pass` lets a candidate through.
        terms: The terms of the charter behind the verdict; None in entries of older programs.
    """

    gate: str
    verdict: str
    summary: str
    figures: Figures = ()
    terms: StoredTerms = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AsLive:
    """The result of a check of live batches on the held-out records."""

    check: str
    verdict: Verdict
    severity: Severity
    summary: str
    figures: Figures = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationMetadata(Metadata):
    """The gates of a version, all together.

    Attributes:
        against: Version of the champion in the comparison; empty if no version was in charge.
        not_compared: The reason why the champion could not answer; empty if it answered.
        passed: Whether every gate let it through.
    """

    version: Name = ""
    against: Name = ""
    not_compared: str = ""
    gates: tuple[Gate, ...] = ()
    as_live: tuple[AsLive, ...] = ()
    passed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskAssessmentMetadata(Metadata):
    """The consequences of a version's release, in words, and the figures behind them."""

    version: Name = ""
    text: str = ""
    sentences: tuple[str, ...] = ()
    figures: Figures = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChampionMetadata(Metadata):
    """The version that has the alias now.

    Attributes:
        version: Empty if the alias was removed and no version is in charge.
        decision: Entry of the decision about the move.
        previous: Version that had the alias before.
        model_version: The version in entries of programs before our first release.
    """

    version: Name = ""
    decision: int = 0
    previous: Name = ""
    model_version: str | None = None
