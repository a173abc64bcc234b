"""How the product is run: measuring, retraining, responding, escalating, reviewing, ending."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import Field, model_validator

from aipo_pipelines.charter.base import Duration, Part, Text
from aipo_pipelines.charter.people import Role


class Monitoring(Part):
    """How often the product must be measured.

    Attributes:
        cadence: Evidence older than this is no evidence.
    """

    cadence: Duration


class Window(Part):
    """Which approved batches a model is trained on.

    Attributes:
        batches: Number of the most recent approved batches; None means all.
        first_batches: Number of approved batches the first model waits for.
    """

    batches: int | None = Field(default=None, ge=1)
    first_batches: int = Field(default=1, ge=1)


class RetrainingTrigger(StrEnum):
    """What can make retraining due besides failing checks."""

    CADENCE = "cadence"
    CHECKS = "checks"
    VALUE = "value"


class Retraining(Part):
    """The documented retraining cycle.

    Attributes:
        cadence: Cron line in UTC; None where only other triggers count.
        maximum_age: A champion older than this is overdue.
        window: Which data it trains on.
        cooldown: Least time between two retrainings.
        attempts: Retrainings allowed per `period`; one more opens an incident.
        margin: Smallest gain over the champion that makes retraining worth it.
    """

    cadence: Text | None = None
    maximum_age: Duration | None = None
    triggers: tuple[RetrainingTrigger, ...] = (RetrainingTrigger.CADENCE, RetrainingTrigger.CHECKS)
    window: Window = Window()
    cooldown: Duration = Field(default="1d")  # type: ignore[assignment]
    attempts: int = Field(default=3, ge=1)
    period: Duration = Field(default="30d")  # type: ignore[assignment]
    margin: float = Field(default=0.0, ge=0)


class Reaction(StrEnum):
    """What a failing check leads to."""

    QUARANTINE = "quarantine"
    RETRAIN = "retrain"
    ESCALATE = "escalate"


class Response(Part):
    """The agreed response to a failing check.

    Attributes:
        check: Name of the check, or `asset/check` for a check the team declared in Dagster.
        reactions: What happens; may be empty, which states that failing is only shown.
        fails: Respond when this many ...
        of: ... of the last so many batches failed.
    """

    check: Text
    reactions: tuple[Reaction, ...]
    fails: int = Field(default=1, ge=1)
    of: int = Field(default=1, ge=1, le=32)

    @model_validator(mode="after")
    def _no_more_fails_than_batches(self) -> Response:
        if self.fails > self.of:
            raise ValueError(
                f"expected fails ({self.fails}) to be at most of ({self.of}): "
                f"{self.fails} of {self.of} can never happen"
            )
        return self


class Level(Part):
    """One step of the escalation ladder.

    Attributes:
        notify: Roles that are told.
        via: Apprise URLs used besides those of the people; `log` writes to the log.
        within: Time to acknowledge before the next level is told.
    """

    notify: tuple[Role, ...] = Field(min_length=1)
    via: tuple[Text, ...] = ("log",)
    within: Duration


class Escalation(Part):
    """The escalation ladder.

    Attributes:
        levels: In order.
        repeat: How often the whole ladder is climbed again when nobody answers.
        acknowledgement_expires: After this an acknowledged, open incident starts again.
    """

    levels: tuple[Level, ...] = Field(min_length=1)
    repeat: int = Field(default=1, ge=0, le=9)
    acknowledgement_expires: Duration = Field(default="3d")  # type: ignore[assignment]


class Review(Part):
    """A recurring meeting of the operating rhythm."""

    name: Text
    every: Literal["week", "month", "quarter"]
    roles: tuple[Role, ...] = Field(min_length=1)
    agenda: tuple[Text, ...] = ()


class Sunset(Part):
    """When and how the product ends.

    Attributes:
        on: Planned last day, if any.
        conditions: What ends it earlier, in words.
        consumers: Who must be told.
        retention: How long evidence is kept after the end.
    """

    on: date | None = None
    conditions: tuple[Text, ...] = ()
    consumers: tuple[Text, ...] = ()
    retention: Duration


class OutcomeCosts(Part):
    """What one error costs, in the outcome's unit."""

    false_positive: float = Field(default=0.0, ge=0)
    false_negative: float = Field(default=0.0, ge=0)
    per_unit_error: float = Field(default=0.0, ge=0)


class Outcome(Part):
    """A business outcome and the model metric that serves it.

    Attributes:
        unit: Unit of the costs (`EUR`).
    """

    outcome: Text
    metric: Text
    target: float
    unit: Text
    costs: OutcomeCosts = OutcomeCosts()


class OnboardingStep(Part):
    """One step by which somebody new to a role becomes able to hold it."""

    role: Role
    step: Text
