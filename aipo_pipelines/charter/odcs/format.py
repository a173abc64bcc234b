"""The parts of the Open Data Contract Standard 3.x that are understood here, as closed models.

There are three kinds of fields. The first kind is executed. The second only informs people, and is
typed by the standard's own package if it has a type. The third would promise something that nobody
checks: it is not modelled, so that its use is reported. Field names are the standard's.
"""

from __future__ import annotations

from typing import Any, Literal

from open_data_contract_standard.model import (
    AuthoritativeDefinition,
    Context,
    Description,
    Pricing,
    Role,
    Server,
    Support,
    Synonym,
    Team,
    TeamMember,
)
from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from aipo_pipelines.charter.model.base import Part, Text
from aipo_pipelines.charter.model.contract import LogicalType, RuleSeverity

Bound = int | float | str
EDITION_3_2 = "v3.2."
"""How `apiVersion` begins in contracts of the edition that has variables and may omit `status`."""


# Closed: an unknown key may be a promise that nobody would keep.
class OdcsPart(Part):
    """A part of a contract: immutable, closed, with the standard's camel-case names."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True)


class OdcsCustomProperty(OdcsPart):
    """An extension; one with a `vendor` other than `aipo` is left to that vendor."""

    property: Text
    value: Any = None
    id: str | None = None
    description: str | None = None
    vendor: str | None = None


class OdcsQuality(OdcsPart):
    """One quality rule.

    Attributes:
        type: `library` and `custom` rules are executed; `text` and `sql` are refused.
        unit: `rows` or `percent`, the unit of the operators.
    """

    type: Literal["library", "custom", "text", "sql"] = "library"
    metric: (
        Literal["nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount"]
        | None
    ) = None
    arguments: dict[str, Any] = Field(default_factory=dict)
    must_be: Any = None
    must_not_be: Any = None
    must_be_greater_than: float | None = None
    must_be_greater_or_equal_to: float | None = None
    must_be_less_than: float | None = None
    must_be_less_or_equal_to: float | None = None
    must_be_between: tuple[float, float] | None = None
    must_not_be_between: tuple[float, float] | None = None
    unit: Literal["rows", "percent"] = "rows"
    engine: Text | None = None
    implementation: dict[str, Any] | Text = Field(default_factory=dict)
    severity: RuleSeverity = RuleSeverity.ERROR
    name: Text | None = None
    description: str = ""
    id: str | None = None
    authoritative_definitions: list[AuthoritativeDefinition] | None = None
    business_impact: str | None = None
    dimension: str | None = None
    method: str | None = None
    tags: list[str] | None = None
    custom_properties: tuple[OdcsCustomProperty, ...] = ()


class OdcsEnumValue(OdcsPart):
    """One allowed value."""

    value: bool | int | float | str
    id: str | None = None
    label: str | None = None
    description: str | None = None
    tags: list[str] | None = None
    authoritative_definitions: list[AuthoritativeDefinition] | None = None
    custom_properties: tuple[OdcsCustomProperty, ...] = ()


class OdcsTypeOptions(OdcsPart):
    """The options of a logical type; each type allows some of them.

    Attributes:
        exclusive_minimum, exclusive_maximum: The bound itself; in v3.0 whether `minimum` or
            `maximum` is excluded.
    """

    pattern: Text | None = None
    min_length: int | None = Field(default=None, ge=0)
    max_length: int | None = Field(default=None, ge=0)
    minimum: Bound | None = None
    maximum: Bound | None = None
    exclusive_minimum: Bound | bool | None = None
    exclusive_maximum: Bound | bool | None = None
    format: Text | None = None


class OdcsElement(OdcsPart):
    """What tables and columns share: name, words for people, quality rules, extensions."""

    name: Text
    physical_name: Text | None = None
    physical_type: str | None = None
    description: str | None = None
    quality: tuple[OdcsQuality, ...] = ()
    custom_properties: tuple[OdcsCustomProperty, ...] = ()
    id: str | None = None
    business_name: str | None = None
    deprecated: bool | None = None
    synonyms: list[Synonym] | None = None
    authoritative_definitions: list[AuthoritativeDefinition] | None = None
    tags: list[str] | None = None


class OdcsProperty(OdcsElement):
    """One column."""

    logical_type: LogicalType
    logical_type_options: OdcsTypeOptions = OdcsTypeOptions()
    required: bool = False
    unique: bool = False
    primary_key: bool = False
    primary_key_position: int | None = None
    enum: tuple[OdcsEnumValue, ...] = ()
    classification: str | None = None
    critical_data_element: bool = False
    semantic_type: Literal["column", "dimension"] = "column"
    partitioned: bool | None = None
    partition_key_position: int | None = None
    encrypted_name: str | None = None
    transform_source_objects: list[str] | None = None
    transform_logic: str | None = None
    transform_description: str | None = None
    examples: list[Any] | None = None


class OdcsObject(OdcsElement):
    """One table."""

    properties: tuple[OdcsProperty, ...] = Field(min_length=1)
    logical_type: Literal["object"] | None = None
    data_granularity_description: str | None = None
    context: Context | str | None = None


class OdcsAgreement(OdcsPart):
    """One service-level agreement; `latency` is executed."""

    property: Text
    value: str | int | float | bool | None = None
    unit: str | None = None
    value_ext: str | int | float | bool | None = None
    element: str | None = None
    driver: str | None = None
    description: str | None = None
    id: str | None = None
    authoritative_definitions: list[AuthoritativeDefinition] | None = None
    custom_properties: tuple[OdcsCustomProperty, ...] = ()


class OdcsContract(OdcsPart):
    """A data contract of exactly one table."""

    api_version: str = Field(pattern=r"^v3\.[0-2]\.\d+$")
    kind: Literal["DataContract"]
    id: Text
    version: Text
    status: Text | None = None
    schema_: tuple[OdcsObject, ...] = Field(alias="schema", min_length=1, max_length=1)
    sla_properties: tuple[OdcsAgreement, ...] = ()
    name: str | None = None
    tenant: str | None = None
    tags: list[str] | None = None
    servers: list[Server] | None = None
    data_product: str | None = None
    description: Description | None = None
    domain: str | None = None
    support: list[Support] | None = None
    price: Pricing | None = None
    team: Team | list[TeamMember] | None = None
    roles: list[Role] | None = None
    authoritative_definitions: list[AuthoritativeDefinition] | None = None
    custom_properties: tuple[OdcsCustomProperty, ...] = ()
    contract_created_ts: str | None = None
    sla_default_element: str | None = None
    context: Context | str | None = None

    @property
    def may_leave_status_out(self) -> bool:
        """Whether the contract is of an edition in which `status` is no longer required."""
        return self.api_version.startswith(EDITION_3_2)
