"""The interface of a model tracker, and the values that it takes and returns."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.evidence.metadata.holdout_place import NOT_HELD_OUT, HeldOutPlace
from aipo_pipelines.evidence.outcome import CheckOutcome, Figure
from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.models.training import Fitted
from aipo_pipelines.policy.rules.registry import Registered


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingInput:
    """One batch that a model was trained on.

    Attributes:
        digest: Content digest of its snapshot (`sha256:…`).
        rows: Number of its records.
    """

    partition: str
    digest: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRecord:
    """Everything that is stored about a training besides the model itself.

    Attributes:
        product: Product of the model; its experiment and registered model have this name.
        spec: Training specification.
        figures: Figures on the held-out records with their intervals: the release figures, if the
            version is released.
        inputs: Batches of the window, with the number of records trained on.
        trained_at: Time of the training, aware UTC.
        code_version: Version of this package, with the commit if it is known.
        trigger: The cause of the training (`entry:42`, `run:…`).
        choice: The charter's window that was chosen.
        held_out: The place of the records that it was evaluated on.
        losses: Mean loss on these records, of the challenger of each window that was tried.
        out_of_fold: Figures from cross-validation of the records it was trained on.
        numbered: Number of the newest version that the ledger knows; the new version gets a larger
            number.
    """

    product: str
    spec: ModelSpec
    figures: tuple[Figure, ...]
    inputs: tuple[TrainingInput, ...]
    trained_at: datetime
    charter_version: str
    charter_digest: str
    contract_version: str
    contract_digest: str
    code_version: str
    trigger: Trigger
    choice: str = ""
    held_out: HeldOutPlace = NOT_HELD_OUT
    losses: Mapping[str, float] = field(default_factory=dict)
    out_of_fold: tuple[Figure, ...] = ()
    numbered: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedModel:
    """A stored, registered model version.

    Attributes:
        version: Registered version (`3`).
        run_id: MLflow run.
        model_uri: Address by which MLflow finds it (`models:/product/3`).
        digest: `sha256:…` over all its files; hand it to `load` to prove that it is unchanged.
    """

    product: str
    version: str
    run_id: str
    model_uri: str
    digest: str


class ModelTracker(Protocol):
    """Stores trained models, and knows which version is the champion."""

    def log_training(self, fitted: Fitted, record: TrainingRecord) -> TrainedModel:
        """Stores a trained model with its record, as the newest `challenger`.

        Raises:
            ModelNotStorableError: The model contains a type that may not be stored.
            TrackerError: It could not be stored.
        """
        ...

    def log_evaluation(
        self, trained: TrainedModel, outcomes: Sequence[CheckOutcome], at: datetime
    ) -> None:
        """Adds the outcomes of the gates, with their figures, to the run of a stored model.

        Args:
            trained: The model.
            outcomes: The outcome of each gate.
            at: Time of the verdicts, aware UTC.

        Raises:
            TrackerError: It could not be stored.
        """
        ...

    def set_aside(self, product: str, known: Collection[str]) -> tuple[str, ...]:
        """Marks versions that the ledger does not know, if a rule had caused their training.

        Args:
            product: Product they were trained for.
            known: Versions that the ledger knows.

        Returns:
            The versions that were not marked before, oldest first.

        Raises:
            TrackerError: The tracker does not answer.
        """
        ...

    def release(self, product: str, version: str) -> str:
        """Makes a version the champion and its predecessor `previous`; may be repeated.

        Returns:
            Version of the predecessor, empty if there is no predecessor.

        Raises:
            TrackerError: No such version, or the tracker does not answer.
        """
        ...

    def put_in_charge(self, product: str, champion: str, previous: str) -> None:
        """Sets the aliases to the versions that the ledger names; may be repeated.

        Args:
            product: The product.
            champion: Version of the champion; empty removes the alias.
            previous: Version of its predecessor; empty removes the alias.

        Raises:
            TrackerError: No such version, or the tracker does not answer.
        """
        ...

    def load(
        self, product: str, version: str, *, digest: str = "", allowed: tuple[str, ...] = ()
    ) -> Fitted:
        """Reads a version, after it proved that the files are the stored files.

        Args:
            product: Product of the model.
            version: Registered version.
            digest: Digest from the ledger; if it is empty, the digest from the tracker is trusted.
            allowed: Types that the charter allows besides the reviewed types.

        Raises:
            ModelNotStorableError: It contains a type that is neither reviewed nor allowed.
            ModelAlteredError: Its files are not the stored files.
            TrackerError: No such version, or the tracker does not answer.
        """
        ...

    def registered(self, versions: Mapping[str, Mapping[str, str]]) -> Mapping[str, Registered]:
        """The registry's content for several products, by one look-up for all of them.

        Args:
            versions: The versions to look for, each with its MLflow run, by product.

        Raises:
            TrackerError: The tracker does not answer.
        """
        ...

    def champion_version(self, product: str) -> str | None:
        """Version of the champion, None before the first release.

        Raises:
            TrackerError: The tracker does not answer.
        """
        ...
