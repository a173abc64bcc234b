"""The events of an action: its attempts and what came of them."""

from __future__ import annotations

from dataclasses import dataclass

from aipo_pipelines.ledger.model.state import ActionKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionStarted:
    """An attempt at an action was claimed, before its side effect."""

    action: int
    attempt: int
    kind: ActionKind
    run_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionFinished:
    """An attempt at an action succeeded."""

    action: int
    attempt: int
    detail: str = ""
    run_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionFailed:
    """An attempt at an action failed; `permanent` where trying again cannot help."""

    action: int
    attempt: int
    error: str
    permanent: bool = False
    run_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionLost:
    """An attempt was claimed and then nothing came of it: its process is gone."""

    action: int
    attempt: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRenewed:
    """Somebody asks for an action that was given up to be tried again, once more."""

    action: int
    attempt: int
    reason: str
