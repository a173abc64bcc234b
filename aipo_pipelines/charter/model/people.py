"""Who answers for the product, and who may decide what."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from aipo_pipelines.charter.model.base import Duration, Part, Text


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
    # Dagster takes only an e-mail address as the person who owns an asset.
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
    notify: tuple[Text, ...] = ()


class DecisionRight(Part):
    """Which roles may take a decision, and how many people must agree.

    Attributes:
        quorum: 0 lets the charter's rules decide; only a release may be decided so.
    """

    roles: tuple[Role, ...] = Field(min_length=1)
    quorum: int = Field(default=1, ge=0)


class OverrideRight(DecisionRight):
    """Which roles may override what was decided.

    Attributes:
        confirm_within: How long a stop by one person may wait for the approval of the others.
    """

    confirm_within: Duration = Field(default="24h")  # type: ignore[assignment]


class DecisionRights(Part):
    """The decisions of a product and who holds them.

    Attributes:
        override: Rolling back, stopping, and giving the champion its alias back.
        incident: Ending a critical incident; the data steward and the risk officer may also end an
            incident about personal data.
        separation_of_duties: The model steward, who is responsible for the training, may not
            approve a release.
    """

    data_source: DecisionRight
    release: DecisionRight
    override: OverrideRight
    sunset: DecisionRight
    incident: DecisionRight = DecisionRight(roles=(Role.INCIDENT_OWNER,))
    separation_of_duties: bool = True
