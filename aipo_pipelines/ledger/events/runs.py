"""Events about the runs that bring evidence: which are believed, and what was not.

Anybody who reaches Dagster can put events about a governed asset into its database. Evidence is
what a run reports between the entry that claimed it and the one that ended it; anything else is
kept as a finding and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SetAside(StrEnum):
    """Why an event was set aside."""

    NO_RUN = "no_run"
    UNCLAIMED_RUN = "unclaimed_run"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunClaimed:
    """A run that serves no attempt of its own has begun: its process says so before it works.

    Attributes:
        job: Name of its job in Dagster.
        action: `<entry>:<attempt>` of the action whose run a person executes again; else empty.
    """

    run_id: str
    job: str
    action: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded:
    """A claimed run succeeded that served no action: what it reports from now on is no evidence."""

    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSetAside:
    """An event in Dagster's database is no evidence. No text of it is kept: it may say anything.

    Attributes:
        reported: What it reports, as the kind of its entry or as Dagster names it.
        verdict: Of a check, empty for anything else.
        error: Class of the error that kept it from being recorded, empty if none.
    """

    why: SetAside
    reported: str
    asset: str
    check: str
    partition: str
    run_id: str
    job: str
    verdict: str = ""
    error: str = ""
