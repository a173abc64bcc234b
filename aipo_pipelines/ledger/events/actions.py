"""Events of an action: its attempts and their results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from aipo_pipelines.ledger.model.state import ActionKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionStarted:
    """An attempt at an action was claimed, before its side effect.

    Attributes:
        action_kind: What the action does; `kind` in the stored body.
    """

    kind: ClassVar[Literal["action_started"]] = "action_started"

    action: int
    attempt: int
    # The attribute `kind` is the kind of the entry, so the stored member `kind` has another name.
    action_kind: Annotated[ActionKind, Field(alias="kind")]
    run_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionFinished:
    """An attempt at an action succeeded."""

    kind: ClassVar[Literal["action_finished"]] = "action_finished"

    action: int
    attempt: int
    detail: str = ""
    run_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionFailed:
    """An attempt at an action failed; `permanent` if another attempt cannot help."""

    kind: ClassVar[Literal["action_failed"]] = "action_failed"

    action: int
    attempt: int
    error: str
    permanent: bool = False
    run_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionLost:
    """An attempt was claimed and has no result: its process is gone."""

    kind: ClassVar[Literal["action_lost"]] = "action_lost"

    action: int
    attempt: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRenewed:
    """A person asked for one more attempt at an action that was given up."""

    kind: ClassVar[Literal["action_renewed"]] = "action_renewed"

    action: int
    attempt: int
    reason: str


ActionEvent = ActionStarted | ActionFinished | ActionFailed | ActionLost | ActionRenewed
