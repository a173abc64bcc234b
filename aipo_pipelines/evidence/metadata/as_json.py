"""The metadata of assets as JSON: how they are written, and how they are read back.

They are JSON in Dagster and in the ledger, and nowhere else. What older programs wrote is read
here and in the classes: a missing member has its default, a version may be a number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
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

from aipo_pipelines.evidence.metadata.base import Metadata, OtherMetadata
from aipo_pipelines.evidence.metadata.monitoring import (
    DataQualityMetadata,
    DatasetMetadata,
    DriftMetadata,
    PerformanceMetadata,
    PredictionsMetadata,
)
from aipo_pipelines.evidence.metadata.training import (
    ChallengerMetadata,
    ChampionMetadata,
    EvaluationMetadata,
    RiskAssessmentMetadata,
    TrainingSetMetadata,
)
from aipo_pipelines.evidence.outcome import Json

_OF_ASSET: Mapping[str, type[Metadata]] = MappingProxyType(
    {
        "dataset": DatasetMetadata,
        "data_quality": DataQualityMetadata,
        "drift": DriftMetadata,
        "predictions": PredictionsMetadata,
        "performance": PerformanceMetadata,
        "training_set": TrainingSetMetadata,
        "challenger": ChallengerMetadata,
        "evaluation": EvaluationMetadata,
        "risk_assessment": RiskAssessmentMetadata,
        "champion": ChampionMetadata,
    }
)


def metadata_type(asset: str) -> type[Metadata]:
    """The class of an asset's metadata; that of any numbers for an asset that is not ours."""
    return _OF_ASSET.get(asset, OtherMetadata)


def metadata_to_json(metadata: Metadata) -> dict[str, Json]:
    """Writes metadata by the names that Dagster shows; what is None is left out."""
    kind: object = type(metadata)
    written: dict[str, Json] = _adapter(kind).dump_python(metadata, mode="json", exclude_none=True)
    spread = written.pop(metadata.spread, None)
    return written | spread if isinstance(spread, dict) else written


def metadata_from_json(asset: str, value: object) -> Metadata:
    """Reads metadata back; whatever is not of their form says nothing."""
    if isinstance(value, Metadata):
        return value
    kind = metadata_type(asset)
    if not isinstance(value, Mapping):
        return kind()
    hashable: object = kind
    try:
        return cast("Metadata", _adapter(hashable).validate_python(_gathered(kind, value)))
    except ValidationError:
        # Whoever imitates our assets must not keep the recorder from what comes after them.
        return kind()


def _gathered(kind: type[Metadata], value: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a class, with what stood beside them back in its own member."""
    if not kind.spread:
        return dict(value)
    own = {field.name for field in fields(kind)} - {kind.spread}
    beside = {name: each for name, each in value.items() if name not in own}
    return {name: value[name] for name in own & value.keys()} | {kind.spread: beside}


def _of_entry(value: object, info: ValidationInfo) -> Metadata:
    # The member that names the asset stands before the metadata in every stored value.
    return metadata_from_json(str(info.data.get("asset")), value)


@cache
def _adapter(kind: object) -> TypeAdapter[Any]:
    return TypeAdapter(cast("Any", kind))


StoredMetadata = Annotated[
    SkipValidation[Metadata], BeforeValidator(_of_entry), PlainSerializer(metadata_to_json)
]
"""Metadata as a member of an entry, behind `asset`."""
