"""Who answers for the product, and who may decide what."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from aipo_pipelines.charter.base import Part, Text


class Role(StrEnum):
    """The accountable roles of an AI product."""

    OWNER = "owner"
    DATA_STEWARD = "data_steward"
    MODEL_STEWARD = "model_steward"
    INCIDENT_OWNER = "incident_owner"
    EXECUTIVE_SPONSOR = "executive_sponsor"
    RISK_OFFICER = "risk_officer"
    LEGAL_COUNSEL = "legal_counsel"


class Person(Part):
    """An accountable person and where notices reach them.

    Attributes:
        name: Full name.
        email: Address for people and for Dagster's owner field.
        notify: Apprise URLs (`mailto://…`, `json://…`); empty means the log only.
    """

    name: Text
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
    notify: tuple[Text, ...] = ()


class DecisionRight(Part):
    """Which roles may take a decision, and how many of them must agree."""

    roles: tuple[Role, ...] = Field(min_length=1)
    quorum: int = Field(default=1, ge=1)


class DecisionRights(Part):
    """The decisions of a product and who holds them.

    Attributes:
        separation_of_duties: The person who trained or proposed may not approve.
    """

    data_source: DecisionRight
    release: DecisionRight
    override: DecisionRight
    sunset: DecisionRight
    separation_of_duties: bool = True
