"""The metadata of assets as JSON, written and read back.

Metadata are JSON only in Dagster and in the ledger. Entries of older programs are read here and in
the classes: a missing member has its default, and a version may be a number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, cast, get_type_hints

from pydantic import (
    BeforeValidator,
    PlainSerializer,
    SkipValidation,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
)
from pydantic.fields import FieldInfo

from aipo_pipelines.evidence.metadata.base import Metadata
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
    """The class of an asset's metadata; the class without members for an asset of another team."""
    return _OF_ASSET.get(asset, Metadata)


def metadata_to_json(metadata: Metadata) -> dict[str, Json]:
    """Writes metadata by the names that Dagster shows, without members that have no value."""
    kind: object = type(metadata)
    written: dict[str, Json] = _adapter(kind).dump_python(
        metadata, mode="json", exclude_none=True, by_alias=True
    )
    # Facts by other names are written beside the members: Dagster draws each number by its name.
    del written["further"]
    return {**metadata.further, **written}


def metadata_from_json(asset: str, value: object) -> Metadata:
    """Reads metadata back; a value of another form gives metadata without facts."""
    if isinstance(value, Metadata):
        return value
    kind = metadata_type(asset)
    if not isinstance(value, Mapping):
        return kind()
    hashable: object = kind
    try:
        return cast("Metadata", _adapter(hashable).validate_python(_gathered(kind, value)))
    except ValidationError:
        # An asset that imitates ours must not stop the recorder: other events follow it.
        return kind()


def _gathered(kind: type[Metadata], value: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a class, and all other facts in `further`."""
    hashable: object = kind
    own = _stored_names(hashable) - {"further"}
    further = {name: fact for name, fact in value.items() if name not in own}
    return {name: value[name] for name in own & value.keys()} | {"further": further}


@cache
def _stored_names(kind: object) -> frozenset[str]:
    """The names of a class's members in JSON."""
    hints = get_type_hints(kind, include_extras=True)
    aliases = {
        name: extra.alias
        for name, hint in hints.items()
        for extra in getattr(hint, "__metadata__", ())
        if isinstance(extra, FieldInfo) and extra.alias
    }
    return frozenset(
        aliases.get(member.name, member.name) for member in fields(cast("type[Metadata]", kind))
    )


def _of_entry(value: object, info: ValidationInfo) -> Metadata:
    # The member that names the asset comes before the metadata in every stored value.
    return metadata_from_json(str(info.data.get("asset")), value)


@cache  # Building a reader of a class takes longer than a thousand readings.
def _adapter(kind: object) -> TypeAdapter[Any]:
    return TypeAdapter(cast("Any", kind))


StoredMetadata = Annotated[
    SkipValidation[Metadata], BeforeValidator(_of_entry), PlainSerializer(metadata_to_json)
]
"""Metadata as a member of an entry, behind `asset`."""
