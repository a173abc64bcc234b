"""Events of the runs that bring evidence: which are believed, which broke, and what was set aside.

Every process that reaches Dagster can put events about a governed asset into its database. Evidence
is what a run reports between the entry that claimed it and the entry that ended it; everything else
is kept as a finding and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal


class SetAside(StrEnum):
    """Why an event was set aside."""

    NO_RUN = "no_run"
    UNCLAIMED_RUN = "unclaimed_run"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFailed:
    """A run broke: our code or the machine, never the data.

    Attributes:
        error: A class and a sentence.
        permanent: Whether the same attempt would end the same way.
        interrupted: Whether its process was ended from outside, which is no evidence about the
            attempt.
        altered: Whether it found that stored records or a model changed since they were stored.
    """

    kind: ClassVar[Literal["run_failed"]] = "run_failed"

    run_id: str
    job: str
    partition: str
    error: str
    action: str = ""
    permanent: bool = False
    interrupted: bool = False
    altered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunClaimed:
    """A run that serves no attempt of its own began: its process records this before it works.

    Attributes:
        job: Name of its job in Dagster.
        action: `<entry>:<attempt>` of the action whose run a person executes again; otherwise
            empty.
    """

    kind: ClassVar[Literal["run_claimed"]] = "run_claimed"

    run_id: str
    job: str
    action: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded:
    """A claimed run that served no action succeeded: what it reports from now on is no evidence."""

    kind: ClassVar[Literal["run_ended"]] = "run_ended"

    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSetAside:
    """An event in Dagster's database is no evidence. No text of it is kept: it may say anything.

    Attributes:
        reported: What it reports, as the kind of its entry or as Dagster names it.
        verdict: Of a check, empty for anything else.
        error: Class of the error that kept it from being recorded, empty if none.
    """

    kind: ClassVar[Literal["event_set_aside"]] = "event_set_aside"

    why: SetAside
    reported: str
    asset: str
    check: str
    partition: str
    run_id: str
    job: str
    verdict: str = ""
    error: str = ""


RunEvent = RunFailed | RunClaimed | RunEnded | EventSetAside
