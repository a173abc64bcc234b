"""How the product is run: measuring, retraining, responding, escalating, reviewing, ending."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import Field, model_validator

from aipo_pipelines.charter.model.base import Duration, Part, Text
from aipo_pipelines.charter.model.people import Role


class Monitoring(Part):
    """How often the product must be measured.

    Attributes:
        cadence: Evidence older than this is no evidence.
    """

    cadence: Duration


class WindowChoice(StrEnum):
    """Which of the approved past a challenger is trained on.

    `since_change` begins with the newest batch at which the data or the concept was found changed.
    """

    ALL = "all"
    RECENT = "recent"
    SINCE_CHANGE = "since_change"


class Window(Part):
    """Which approved batches a model is trained on.

    Challengers are trained on every choice, up to a point inside the newest labelled batch; the
    rest of that batch is held out, and the challenger that does best on it goes on. If it holds
    too few records for a gate or a group that is compared, the end of the newest two batches is
    held out, or of as many batches as needed.

    Attributes:
        choices: Windows that are tried.
        recent: Number of the most recent approved batches that `recent` stands for.
        first_batches: Number of approved batches the first model waits for. If gates refuse it, the
            next first model is trained on all available batches.
        held_out: Share of the newest labelled batches that is held out to judge.
    """

    choices: tuple[WindowChoice, ...] = Field(default=tuple(WindowChoice), min_length=1)
    recent: int = Field(default=4, ge=1)
    first_batches: int = Field(default=1, ge=1)
    # Less than 5 % is hardly ever enough to judge, more than half leaves too little to learn from.
    held_out: float = Field(default=0.3, ge=0.05, le=0.5)


class RetrainingTrigger(StrEnum):
    """What can make retraining due.

    `value`: on the newest labelled batch, challengers trained on the past before it would have
    done better than the champion by more than the margin.
    """

    CADENCE = "cadence"
    CHECKS = "checks"
    VALUE = "value"


class Retraining(Part):
    """The documented retraining cycle.

    Attributes:
        cadence: Cron line in UTC, of five fields with numbers, names, lists, ranges and steps;
            None if only other triggers count.
        maximum_age: A champion older than this is overdue.
        triggers: What makes retraining due; checks do by their agreed response.
        window: Which data it trains on.
        cooldown: Least time between two retrainings, by the dates of batches; None for no rest.
        cooldown_by_clock: The same for batches without dates, by the wall clock; by default there
            is no rest.
        attempts: Retrainings allowed per `period`; one more opens an incident. As many first models
            may be refused by their gates before only people ask for another.
        period: Counted by the dates of batches, or by the wall clock if they have no dates.
        margin: Smallest gain that makes retraining worth it, as a share of the champion's mean
            loss on the same records.
        confidence: Level of the lower bound of the gain that must exceed the margin.
    """

    cadence: Text | None = None
    maximum_age: Duration | None = None
    triggers: tuple[RetrainingTrigger, ...] = (RetrainingTrigger.CADENCE, RetrainingTrigger.CHECKS)
    window: Window = Window()
    cooldown: Duration | None = Field(default="1d", validate_default=True)
    cooldown_by_clock: Duration | None = None
    attempts: int = Field(default=3, ge=1)
    # Written as text, as in a charter, and validated like one.
    period: Duration = Field(default="30d")  # type: ignore[assignment]
    margin: float = Field(default=0.05, ge=0, lt=1)
    confidence: float = Field(default=0.95, ge=0.5, lt=1)


class Perturbation(StrEnum):
    """How inputs are perturbed to see whether the model is robust.

    The kind `noise` adds normal noise, `size` times the spread of the feature. The kind `missing`
    removes a share `size` of the cells. The kind `unit` multiplies numbers by `size`, like a wrong
    unit. The kind `swap` replaces a share `size` of the categories by another known category. The
    kind `typo` exchanges two letters in a share `size` of the categories.
    """

    NOISE = "noise"
    MISSING = "missing"
    UNIT = "unit"
    SWAP = "swap"
    TYPO = "typo"


class RobustnessTest(Part):
    """One perturbation that a challenger must withstand before it goes live.

    Attributes:
        perturbation: Kind of perturbation.
        size: How strong it is; its meaning depends on the kind.
        columns: Features that are perturbed; if empty, all features that fit the kind.
        maximum_loss: How much the mean loss per record may rise at most, as a share of that on
            the unperturbed records.
    """

    perturbation: Perturbation
    size: float = Field(gt=0)
    columns: tuple[Text, ...] = ()
    maximum_loss: float = Field(gt=0)


class Rollback(Part):
    """When a champion is replaced by its predecessor.

    Attributes:
        fails: When on this many ...
        of: ... of the last so many labelled batches the predecessor would have done better.
    """

    fails: int = Field(default=2, ge=1)

    of: int = Field(default=3, ge=1, le=32)

    @model_validator(mode="after")
    def _no_more_fails_than_batches(self) -> Rollback:
        if self.fails > self.of:
            raise ValueError(
                f"expected fails ({self.fails}) to be at most of ({self.of}): "
                f"{self.fails} of {self.of} can never happen"
            )
        return self


class Release(Part):
    """The requirements for a challenger before it goes live, besides the thresholds for release.

    Attributes:
        margin: How much worse than the champion it may be, as a share of the champion's mean
            loss on the same records: fixed before anything is compared.
        superiority: Whether it must be shown to be better, not only not worse.
        confidence: Level of each bound the gates rest on, corrected for their number.
        minimum_sample: Held-out, labelled records needed.
        robustness: Perturbations that it must withstand.
        rollback: When it is replaced by its predecessor; None if only a person decides that.
    """

    margin: float = Field(default=0.05, gt=0, lt=1)
    superiority: bool = False
    confidence: float = Field(default=0.95, ge=0.5, lt=1)
    minimum_sample: int = Field(default=100, ge=2)
    robustness: tuple[RobustnessTest, ...] = ()
    rollback: Rollback | None = Rollback()


class Reaction(StrEnum):
    """What a failing check leads to."""

    QUARANTINE = "quarantine"
    RETRAIN = "retrain"
    ESCALATE = "escalate"


class Response(Part):
    """The agreed response to a failing check; a check may have one for each reaction.

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
        notify: Roles that are notified.
        via: Apprise URLs used besides those of the people; `log` writes to the log.
        within: Time to acknowledge before the next level is notified.
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
        consumers: The people and teams that must be notified.
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


class MissedTarget(StrEnum):
    """What a missed business target does to the answer."""

    WARNS = "warns"
    DECIDES = "decides"


class Outcome(Part):
    """A business outcome and the model metric that serves it.

    Attributes:
        target: What the metric should reach in service; judged on its interval, like a limit.
        unit: Unit of the costs (`EUR`).
        missed_target: Whether a missed target is a line of its own in the answer (`warns`) or
            makes the answer NO (`decides`).
    """

    outcome: Text
    metric: Text
    target: float
    unit: Text
    costs: OutcomeCosts = OutcomeCosts()
    missed_target: MissedTarget = MissedTarget.WARNS


class OnboardingStep(Part):
    """One step by which somebody new to a role becomes able to hold it."""

    role: Role
    step: Text
