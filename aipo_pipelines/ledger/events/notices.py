"""Events of a notice: the result of one channel of one attempt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeDelivered:
    """A channel accepted a notice, or did not.

    Attributes:
        action: Entry that asked for the notice.
        channel: Scheme of the address (`mailto`, `json`, `log`), without the rest of the address.
        position: Place of the channel among those of the notice, from 0.
        told: Whether it accepted the notice.
        error: Why it did not, without any part of its address.
    """

    kind: ClassVar[Literal["notice_delivered"]] = "notice_delivered"

    action: int
    attempt: int
    # Addresses of people and secrets in them must not get into a ledger that never forgets.
    channel: str
    position: int
    told: bool
    error: str = ""


NoticeEvent = NoticeDelivered
