"""Events of a notice: the result of one channel of one attempt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeDelivered:
    """A channel took a notice, or did not.

    Attributes:
        action: Entry that asked for the notice.
        channel: Scheme of the address (`mailto`, `json`, `log`), never more of it.
        position: Place of the channel among those of the notice, from 0.
        told: Whether it took the notice.
        error: Why it did not, without any part of its address.
    """

    kind: ClassVar[Literal["notice_delivered"]] = "notice_delivered"

    action: int
    attempt: int
    channel: str
    position: int
    told: bool
    error: str = ""


NoticeEvent = NoticeDelivered
