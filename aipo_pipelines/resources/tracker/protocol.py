"""What a model tracker promises, and the values it is given and gives back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.evidence.outcome import CheckOutcome, Figure, Json
from aipo_pipelines.models.training import Fitted
from aipo_pipelines.policy.rules.registry import Registered


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingInput:
    """One batch a model was trained on.

    Attributes:
        digest: Content digest of its snapshot (`sha256:…`).
        rows: Number of its records.
    """

    partition: str
    digest: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRecord:
    """Everything that is remembered about a training besides the model itself.

    Attributes:
        product: Product the model serves; its experiment and registered model bear this name.
        spec: Training specification.
        figures: Figures on the held-out records with their intervals: the baseline to sign off.
        inputs: Batches of the window, with the number of records trained on.
        trained_at: When, aware UTC.
        code_version: Version of this package, with the commit where known.
        trigger: What made the training due (`entry:42`, `run:…`).
        choice: Which window of the charter it is.
        held_out: Partition, digest, first row and number of the records it was judged on.
        losses: Mean loss on those records of the challenger of each window that was tried.
        out_of_fold: Figures from cross-validation of the records it was trained on.
        numbered: Number of the newest version that the ledger knows; the new one gets a later one.
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
    trigger: str
    choice: str = ""
    held_out: Mapping[str, Json] = field(default_factory=dict)
    losses: Mapping[str, float] = field(default_factory=dict)
    out_of_fold: tuple[Figure, ...] = ()
    numbered: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedModel:
    """A stored, registered model version.

    Attributes:
        version: Registered version (`3`).
        run_id: MLflow run.
        model_uri: Where MLflow finds it (`models:/product/3`).
        digest: `sha256:…` over all its files; hand it to `load` to prove that it is unchanged.
    """

    product: str
    version: str
    run_id: str
    model_uri: str
    digest: str


class ModelTracker(Protocol):
    """Keeps trained models and remembers which one is the champion."""

    def log_training(self, fitted: Fitted, record: TrainingRecord) -> TrainedModel:
        """Stores a trained model with its record, as the newest `challenger`.

        Raises:
            ModelNotStorableError: The model holds a type that may not be stored.
            TrackerError: It could not be stored.
        """
        ...

    def log_evaluation(
        self, trained: TrainedModel, outcomes: Sequence[CheckOutcome], at: datetime
    ) -> None:
        """Adds what the gates said, with their figures, to the run of a stored model.

        Args:
            trained: The model.
            outcomes: One per gate.
            at: When they were judged, aware UTC.

        Raises:
            TrackerError: It could not be stored.
        """
        ...

    def set_aside(self, product: str, known: Collection[str]) -> tuple[str, ...]:
        """Marks the versions of trainings asked for by rule that the ledger does not know.

        Args:
            product: Product they were trained for.
            known: Versions the ledger knows.

        Returns:
            Those that were not set aside before, oldest first.

        Raises:
            TrackerError: The tracker does not answer.
        """
        ...

    def release(self, product: str, version: str) -> str:
        """Makes a version the champion and its predecessor `previous`; again changes nothing.

        Returns:
            Version of the predecessor, empty if there is none.

        Raises:
            TrackerError: No such version, or the tracker does not answer.
        """
        ...

    def put_in_charge(self, product: str, champion: str, previous: str) -> None:
        """Sets the aliases to what the ledger says, whatever they are; again changes nothing.

        Args:
            product: The product.
            champion: Version of the champion; empty for none, which takes the alias away.
            previous: Version of its predecessor; empty for none.

        Raises:
            TrackerError: No such version, or the tracker does not answer.
        """
        ...

    def load(
        self, product: str, version: str, *, digest: str = "", allowed: tuple[str, ...] = ()
    ) -> Fitted:
        """Reads a version back, after proving that its files are those that were stored.

        Args:
            product: Product it serves.
            version: Registered version.
            digest: Digest the ledger remembers; empty trusts the one the tracker remembers.
            allowed: Types the charter allows besides the reviewed ones.

        Raises:
            ModelNotStorableError: It holds a type that is neither reviewed nor allowed.
            ModelAlteredError: Its files are not those that were stored.
            TrackerError: No such version, or the tracker does not answer.
        """
        ...

    def registered(self, versions: Mapping[str, Mapping[str, str]]) -> Mapping[str, Registered]:
        """What the registry holds of some products, by one look-up for all of them.

        Args:
            versions: By product, the versions to look for, each with its MLflow run.

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
