"""Notices to people: through apprise, or into the log.

A notice is delivered at least once: the caller records the attempt before and the outcome after.
Addresses hold secrets, so no message or error ever shows more of one than its scheme.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Protocol

from aipo_pipelines.errors import NoticeError
from aipo_pipelines.policy.notice import Notice

LOG_TARGET = "log"
logger = logging.getLogger("aipo.notices")


class Notifier(Protocol):
    """Delivers notices."""

    def send(self, notice: Notice) -> None:
        """Delivers to every target.

        Raises:
            NoticeError: At least one target did not take it.
        """


class AppriseNotifier:
    """Delivers through apprise; the target `log` writes to the log of the process."""

    def send(self, notice: Notice) -> None:
        """Delivers to every target, each tried even when another one fails."""
        failures = [failure for target in notice.targets if (failure := _deliver(notice, target))]
        if failures:
            raise NoticeError(
                f"{len(failures)} of {len(notice.targets)} notices were not delivered: "
                + "; ".join(str(failure) for failure in failures),
                permanent=all(failure.permanent for failure in failures),
            )


@dataclass
class FakeNotifier:
    """Keeps what was sent; `refusals` makes it refuse that many times first."""

    sent: list[Notice] = field(default_factory=list)
    refusals: int = 0

    def send(self, notice: Notice) -> None:
        """Keeps the notice or refuses it."""
        if self.refusals:
            self.refusals -= 1
            raise NoticeError("the fake notifier was told to refuse", permanent=False)
        self.sent.append(notice)


def _deliver(notice: Notice, target: str) -> NoticeError | None:
    if target == LOG_TARGET:
        logger.warning("%s\n%s", notice.title, notice.body)
        return None
    import apprise

    # Its own log tells addresses whole when they are malformed or refuse.
    logging.getLogger("apprise").disabled = True
    scheme = target.split(":", 1)[0]
    channel = apprise.Apprise()
    if not channel.add(target):
        return NoticeError(
            f"a {scheme} address is malformed; expected an Apprise URL such as "
            "mailto://user:password@example.com; correct it in the charter",
            permanent=True,
        )
    if not channel.notify(title=notice.title, body=notice.body):
        return NoticeError(
            f"the {scheme} target did not take the notice; it is tried again", permanent=False
        )
    return None
