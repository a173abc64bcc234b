"""A trained version of a model: what is known about it before and after its release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.metadata.holdout_place import NOT_HELD_OUT, StoredPlace
from aipo_pipelines.evidence.metadata.training import Gate
from aipo_pipelines.evidence.outcome import Figures
from aipo_pipelines.ledger.model.trigger import Trigger

UNKNOWN_TRIGGER = Trigger("")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion:
    """A trained version: as a candidate and as champion it is the same model.

    Attributes:
        version: MLflow registered version.
        run_id: MLflow run.
        window: Partitions it was trained on, including the partition of the held-out records.
        choice: Name of that window in the charter.
        baseline: Figures on the held-out records: the release figures if it is released.
        inputs: Content digest of each snapshot it was trained on, by partition.
        out_of_fold: Digest of its out-of-fold predictions in the lake.
        model_digest: Digest of its files, checked before it answers.
        trigger: Why its training was due, or which entry or run began it.
        held_out: The place of the records for its evaluation.
        gates: Results of the gates; empty before its evaluation.
        as_live: Results of the checks of live batches for the held-out records, by `asset/check`.
        risk: Its risk assessment in words.
    """

    version: str
    run_id: str
    window: tuple[str, ...]
    baseline: Figures
    trained_at: datetime
    choice: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    out_of_fold: str = ""
    model_digest: str = ""
    trigger: Trigger = UNKNOWN_TRIGGER
    held_out: StoredPlace = NOT_HELD_OUT
    gates: tuple[Gate, ...] = ()
    as_live: Mapping[str, Evidence] = field(default_factory=dict)
    risk: str = ""
