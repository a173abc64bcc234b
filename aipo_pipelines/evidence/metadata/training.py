"""Metadata of the assets that a candidate passes: from `training_set` to `champion`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

from aipo_pipelines.evidence.metadata.base import Metadata
from aipo_pipelines.evidence.outcome import Figures, Json, Severity, Verdict


def _moment(value: object) -> datetime | None:
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
"""A name; entries of older programs hold some versions as numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSetMetadata(Metadata):
    """The training window.

    Attributes:
        window: Its batches.
        waiting_for_labels: Batches whose labels are not in yet.
        repeated_records, copies, emptied, alike, told_apart: As in `SufficientDetails`.
    """

    rows: int = 0
    labelled: int = 0
    window: tuple[str, ...] = ()
    waiting_for_labels: tuple[str, ...] = ()
    repeated_records: int = 0
    copies: Mapping[str, str] = field(default_factory=dict)
    emptied: tuple[str, ...] = ()
    alike: int = 0
    told_apart: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengerMetadata(Metadata):
    """A trained version.

    Attributes:
        version: Its version in the registry; empty if none was registered.
        model_digest: Digest of its files.
        trigger: What made its training due.
        rows: Records it learnt from.
        choice: Which window of the charter it was trained on, and `window` its batches.
        inputs: Digest of each batch, by partition.
        held_out: Where the records lie that it was judged on.
        out_of_fold: Digest of its out-of-fold answers in the lake.
        baseline: Figures on the held-out records, to be signed off with its release.
        out_of_fold_figures: Figures on the records it learnt from, by models without them.
        losses: Mean loss on the held-out records, by window.
        failed: Why no model of a window could be trained, by window.
        against: Version of the champion that it meets; empty if none is in charge.
        unused: Versions that attempts left behind which were killed.
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
    held_out: Mapping[str, Json] = field(default_factory=dict)
    out_of_fold: str = ""
    baseline: Figures = ()
    out_of_fold_figures: Figures = ()
    losses: Mapping[str, float | None] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    against: Name = ""
    unused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What one gate said about a candidate.

    Attributes:
        gate: Its name, that of the check on `evaluation`.
        verdict: `pass`, `fail` or `insufficient`; only `pass` lets a candidate through.
        terms: What of the charter the verdict rests on; empty in entries of earlier versions.
    """

    gate: str
    verdict: str
    summary: str
    figures: Figures = ()
    terms: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AsLive:
    """What a check of live batches says about the held-out records."""

    check: str
    verdict: Verdict
    severity: Severity
    summary: str
    figures: Figures = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationMetadata(Metadata):
    """The gates of a version, all together.

    Attributes:
        against: Version of the champion that it met; empty if no version was in charge.
        not_compared: Why the champion could not answer; empty if it did.
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
    """What a release of a version would mean, in words, and the figures behind them."""

    version: Name = ""
    text: str = ""
    sentences: tuple[str, ...] = ()
    figures: Figures = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChampionMetadata(Metadata):
    """The version that has the alias now.

    Attributes:
        version: Empty if it was taken away and nothing is in charge.
        decision: Entry that asked for the move.
        previous: Version that had the alias before.
        model_version: The version as programs before the first release of this one wrote it.
    """

    version: Name = ""
    decision: int = 0
    previous: Name = ""
    model_version: str | None = None
