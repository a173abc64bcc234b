"""Events of a measurement: it is due, its assets were produced, its checks were evaluated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from aipo_pipelines.evidence.details.as_json import StoredDetails
from aipo_pipelines.evidence.metadata.as_json import StoredMetadata
from aipo_pipelines.evidence.outcome import Figures, Severity, Verdict
from aipo_pipelines.ledger.model.check_key import CheckKey


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementDue:
    """By rule: a known batch must be measured again. The entry asks for a `measure` action.

    Attributes:
        assets: Assets of the batch that are measured; empty for all.
        fails: Checks, `asset/check`, that fail by the agreement in force and the stored figures of
            the batch, although their evaluations did not fail.
    """

    kind: ClassVar[Literal["measurement_due"]] = "measurement_due"

    partition: str
    reason: str
    assets: tuple[str, ...] = ()
    fails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetMaterialised:
    """Dagster reported a materialisation of a governed asset.

    Attributes:
        asset: Last part of the asset key.
        action: `<entry>:<attempt>` of the action its run served; empty for a run by hand.
    """

    kind: ClassVar[Literal["asset_materialised"]] = "asset_materialised"

    asset: str
    partition: str
    run_id: str
    data_version: str
    metadata: StoredMetadata
    action: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckEvaluated:
    """Dagster reported an evaluation of a check on a governed asset.

    Attributes:
        asset: Last part of the asset key.
        action: `<entry>:<attempt>` of the action its run served; empty for a run by hand.
    """

    kind: ClassVar[Literal["check_evaluated"]] = "check_evaluated"

    asset: str
    check: str
    partition: str
    run_id: str
    verdict: Verdict
    severity: Severity
    summary: str
    figures: Figures
    details: StoredDetails
    batch_date: datetime | None = None
    action: str = ""

    @property
    def key(self) -> CheckKey:
        """The check."""
        return CheckKey(self.asset, self.check)


MeasurementEvent = MeasurementDue | AssetMaterialised | CheckEvaluated
