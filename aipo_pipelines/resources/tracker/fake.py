"""A model tracker in memory, for tests and simulations.

It implements `ModelTracker`, refuses the same types, and can simulate failures:

    tracker = FakeTracker()
    trained = tracker.log_training(fitted, record)
    tracker.release(trained.product, trained.version)
    tracker.away = True          # every call now raises TrackerError
    tracker.alter("churn", "1")  # loading that version now raises ModelAlteredError
    tracker.delete("churn", "1")  # it is unknown now: TrackerError
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from aipo_pipelines.errors import ModelAlteredError, TrackerError
from aipo_pipelines.evidence.outcome import CheckOutcome
from aipo_pipelines.models.training import Fitted
from aipo_pipelines.models.trusted_types import refuse_types, store_model
from aipo_pipelines.policy.rules.registry import Registered
from aipo_pipelines.resources.tracker.protocol import TrainedModel, TrainingRecord


@dataclass(frozen=True, kw_only=True)
class StoredVersion:
    """Everything that the fake stores for one version."""

    fitted: Fitted
    record: TrainingRecord
    trained: TrainedModel
    types: tuple[str, ...]
    altered: bool = False
    unused: bool = False
    outcomes: tuple[CheckOutcome, ...] = ()


@dataclass(kw_only=True)
class FakeTracker:
    """Trained models in memory.

    Attributes:
        versions: The stored versions, by product and number.
        aliases: Version by alias, by product.
        stored: The number of the newest version of each product; no number is used twice.
        away: If true, every call fails as if no server answered.
    """

    versions: dict[tuple[str, str], StoredVersion] = field(default_factory=dict)
    aliases: dict[str, dict[str, str]] = field(default_factory=dict)
    stored: dict[str, int] = field(default_factory=dict)
    away: bool = False

    def log_training(self, fitted: Fitted, record: TrainingRecord) -> TrainedModel:
        """See `ModelTracker.log_training`."""
        data, types = store_model(fitted.estimator, record.spec.allowed_types)
        self._answer()
        # As in MLflow: no number of a version that the ledger knows, or that was deleted.
        newest = max(self.stored.get(record.product, 0), record.numbered)
        self.stored[record.product] = newest + 1
        version = str(self.stored[record.product])
        trained = TrainedModel(
            product=record.product,
            version=version,
            run_id=f"fake-run-{sum(self.stored.values())}",
            model_uri=f"models:/{record.product}/{version}",
            digest=f"sha256:{hashlib.sha256(data).hexdigest()}",
        )
        self.versions[record.product, version] = StoredVersion(
            fitted=fitted, record=record, trained=trained, types=types
        )
        self.aliases.setdefault(record.product, {})["challenger"] = version
        return trained

    def log_evaluation(
        self,
        trained: TrainedModel,
        outcomes: Sequence[CheckOutcome],
        at: datetime,  # noqa: ARG002 - the fake keeps no times
    ) -> None:
        """See `ModelTracker.log_evaluation`."""
        stored = self._stored(trained.product, trained.version)
        evaluated = replace(stored, outcomes=tuple(outcomes))
        self.versions[trained.product, trained.version] = evaluated

    def set_aside(self, product: str, known: Collection[str]) -> tuple[str, ...]:
        """See `ModelTracker.set_aside`."""
        self._answer()
        unused = []
        for (name, version), stored in self.versions.items():
            by_rule = stored.record.trigger.by_rule
            if name == product and version not in known and by_rule and not stored.unused:
                self.versions[name, version] = replace(stored, unused=True)
                unused.append(version)
        return tuple(sorted(unused, key=int))

    def release(self, product: str, version: str) -> str:
        """See `ModelTracker.release`."""
        self._stored(product, version)
        aliases = self.aliases[product]
        before = aliases.get("champion", "")
        if before == version:
            return aliases.get("previous", "")
        if before:
            aliases["previous"] = before
        aliases["champion"] = version
        if aliases.get("challenger") == version:
            del aliases["challenger"]
        return before

    def put_in_charge(self, product: str, champion: str, previous: str) -> None:
        """See `ModelTracker.put_in_charge`."""
        for version in filter(None, (champion, previous)):
            self._stored(product, version)
        self._answer()
        aliases = self.aliases.setdefault(product, {})
        for name, version in (("champion", champion), ("previous", previous)):
            aliases.pop(name, None)
            if version:
                aliases[name] = version

    def load(
        self, product: str, version: str, *, digest: str = "", allowed: tuple[str, ...] = ()
    ) -> Fitted:
        """See `ModelTracker.load`."""
        stored = self._stored(product, version)
        if stored.altered or (digest and digest != stored.trained.digest):
            raise ModelAlteredError(f"version {version} of {product} was altered")
        refuse_types(stored.types, allowed)
        return stored.fitted

    def registered(self, versions: Mapping[str, Mapping[str, str]]) -> Mapping[str, Registered]:
        """See `ModelTracker.registered`."""
        self._answer()
        return {
            product: Registered(
                champion=self.aliases.get(product, {}).get("champion", ""),
                versions=frozenset(
                    number for number in run_of if (product, number) in self.versions
                ),
            )
            for product, run_of in versions.items()
        }

    def champion_version(self, product: str) -> str | None:
        """See `ModelTracker.champion_version`."""
        self._answer()
        return self.aliases.get(product, {}).get("champion")

    def alter(self, product: str, version: str) -> None:
        """Pretends that a person changed the files of a version."""
        self.versions[product, version] = replace(self._stored(product, version), altered=True)

    def delete(self, product: str, version: str) -> None:
        """Pretends that a person deleted a version by hand; MLflow then deletes its aliases too."""
        self._stored(product, version)
        del self.versions[product, version]
        aliases = self.aliases[product].items()
        self.aliases[product] = {name: number for name, number in aliases if number != version}

    def _stored(self, product: str, version: str) -> StoredVersion:
        self._answer()
        try:
            return self.versions[product, version]
        except KeyError:
            raise TrackerError(f"found no version {version!r} of {product}") from None

    def _answer(self) -> None:
        if self.away:
            raise TrackerError("the model tracker does not answer")
