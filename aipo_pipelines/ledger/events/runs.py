"""Events of the runs that bring evidence: claimed runs, failed runs, and events set aside.

Every process that reaches Dagster can put events about a governed asset into its database. A report
is evidence only if its run made it between the entry that claimed the run and the entry that ended
it. Every other event is kept as a finding and decides nothing.
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
    """A run broke because of our code or the machine, never because of the data.

    Attributes:
        error: Class of the exception and a sentence.
        permanent: Whether the same attempt would end the same way.
        interrupted: Whether its process was ended from outside. That is no evidence about the
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
    """A run without an attempt of its own began: its process records this before it works.

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
    """A claimed run that served no action succeeded: its later reports are no evidence."""

    kind: ClassVar[Literal["run_ended"]] = "run_ended"

    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSetAside:
    """An event in Dagster's database is no evidence. Its text is not kept: it may say anything.

    Attributes:
        why: Why it is no evidence.
        reported: Kind of its entry, or its type in Dagster.
        verdict: Verdict of a check; empty for other events.
        error: Class of the error that prevented its entry; empty without an error.
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
