"""The details of checks as JSON, written and read back.

Details are JSON only in Dagster's metadata and in the ledger. This module also reads entries of
older programs:

- A check that was not measured has no details at all.
- Programs up to 2026-11 wrote counts (`known_records`, `slipped_records`, …) only above zero.
- Checks on business targets, and checks that a team declares, have no details.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, cast

from pydantic import (
    BeforeValidator,
    PlainSerializer,
    SkipValidation,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
)

from aipo_pipelines.evidence.details.base import Details
from aipo_pipelines.evidence.details.data_quality import ContractDetails, PrivacyDetails
from aipo_pipelines.evidence.details.dataset import (
    FreshnessDetails,
    SchemaDetails,
    VolumeDetails,
)
from aipo_pipelines.evidence.details.drift import ConceptDriftDetails, DataDriftDetails
from aipo_pipelines.evidence.details.performance import (
    CalibrationDetails,
    FairnessDetails,
    LabelsDetails,
    PerformanceDetails,
    RetrainingValueDetails,
)
from aipo_pipelines.evidence.details.training import (
    AuthorisedDetails,
    LeakageDetails,
    LimitDetails,
    RivalDetails,
    RobustnessDetails,
    SufficientDetails,
)
from aipo_pipelines.evidence.outcome import Json

_OF_CHECK: Mapping[str, type[Details]] = MappingProxyType(
    {
        "dataset/schema": SchemaDetails,
        "dataset/freshness": FreshnessDetails,
        "dataset/volume": VolumeDetails,
        "data_quality/contract": ContractDetails,
        "data_quality/privacy": PrivacyDetails,
        "drift/data_drift": DataDriftDetails,
        "performance/performance": PerformanceDetails,
        "performance/calibration": CalibrationDetails,
        "performance/fairness": FairnessDetails,
        "performance/concept_drift": ConceptDriftDetails,
        "performance/labels": LabelsDetails,
        "performance/retraining_value": RetrainingValueDetails,
        "training_set/authorised": AuthorisedDetails,
        "training_set/sufficient": SufficientDetails,
        "training_set/leakage": LeakageDetails,
        "evaluation/sample": Details,
        "evaluation/baseline": RivalDetails,
        "evaluation/champion": RivalDetails,
        "evaluation/robustness": RobustnessDetails,
    }
)


def details_type(asset: str, check: str) -> type[Details]:
    """The class of a check's details; the class without members for a check of another team."""
    # Every other gate is a limit of the charter, and is named after its metric.
    default = LimitDetails if asset == "evaluation" else Details
    return _OF_CHECK.get(f"{asset}/{check}", default)


def details_to_json(details: Details) -> dict[str, Json]:
    """Writes all members, so that an entry can be read without knowledge of the defaults."""
    adapter = _adapter(_kind_of(details))
    written: dict[str, Json] = adapter.dump_python(details, mode="json", by_alias=True)
    return written


def details_from_json(asset: str, check: str, value: object) -> Details:
    """Reads details back; a value of another form gives details without facts."""
    if isinstance(value, Details):
        return value
    kind = details_type(asset, check)
    hashable: object = kind
    try:
        return cast("Details", _adapter(hashable).validate_python(value))
    except ValidationError:
        # A check that imitates our metadata must not stop the recorder: other events follow it.
        return kind()


def _of_entry(value: object, info: ValidationInfo) -> Details:
    # The members that name the check come before the details in every stored value.
    return details_from_json(str(info.data.get("asset")), str(info.data.get("check")), value)


def _short(details: Details) -> dict[str, Json]:
    # The state is stored with every entry: most details of most checks are as usual.
    adapter = _adapter(_kind_of(details))
    written: dict[str, Json] = adapter.dump_python(
        details, mode="json", exclude_defaults=True, by_alias=True
    )
    return written


def _kind_of(details: Details) -> object:
    # `_adapter` needs a hash. For mypy, a class whose values have a hash has no hash itself.
    return type(details)


@cache  # Building a reader of a class takes longer than a thousand readings.
def _adapter(kind: object) -> TypeAdapter[Any]:
    return TypeAdapter(cast("Any", kind))


StoredDetails = Annotated[
    SkipValidation[Details], BeforeValidator(_of_entry), PlainSerializer(details_to_json)
]
"""Details as a member of an entry, behind `asset` and `check`."""

KeptDetails = Annotated[
    SkipValidation[Details], BeforeValidator(_of_entry), PlainSerializer(_short)
]
"""Details as a member of the state, behind `asset` and `check`: members without their default."""
