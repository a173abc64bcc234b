"""Notices to people: through apprise, or into the log.

A notice is delivered at least once: the caller records the attempt before and the outcome after.
Addresses hold secrets, so no message or error ever shows more of one than its scheme.

Channels of one's own are apprise's custom plug-ins: files or folders that `APPRISE_PLUGIN_PATH`
names, as for the command `apprise`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from aipo_pipelines.errors import NoticeError
from aipo_pipelines.policy.notice import Notice

LOG_TARGET = "log"
PLUGIN_PATH = "APPRISE_PLUGIN_PATH"
logger = logging.getLogger("aipo.notices")


class Notifier(Protocol):
    """Delivers notices."""

    def send(self, notice: Notice) -> None:
        """Delivers to every target.

        Raises:
            NoticeError: At least one target did not take it.
        """


@dataclass(frozen=True)
class AppriseNotifier:
    """Delivers through apprise; the target `log` writes to the log of the process.

    Attributes:
        plugins: Files or folders with channels of one's own.
    """

    plugins: tuple[str, ...] = ()

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> AppriseNotifier:
        """The notifier with the channels that the environment names."""
        return cls(tuple(filter(None, re.split(r"[\r\n;]+", environ.get(PLUGIN_PATH, "")))))

    def send(self, notice: Notice) -> None:
        """Delivers to every target, each tried even when another one fails."""
        told = (_deliver(notice, target, self.plugins) for target in notice.targets)
        failures = [failure for failure in told if failure]
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


def _deliver(notice: Notice, target: str, plugins: tuple[str, ...]) -> NoticeError | None:
    if target == LOG_TARGET:
        logger.warning("%s\n%s", notice.title, notice.body)
        return None
    import apprise

    # Its own log tells addresses whole when they are malformed or refuse.
    logging.getLogger("apprise").disabled = True
    scheme = target.split(":", 1)[0]
    channel = apprise.Apprise(asset=apprise.AppriseAsset(plugin_paths=plugins))
    if not channel.add(target):
        return NoticeError(
            f"a {scheme} address is malformed; expected an Apprise URL such as "
            "mailto://user:password@example.com; correct it in the charter, or name the file of "
            f"your own channel in {PLUGIN_PATH}",
            permanent=True,
        )
    if not channel.notify(title=notice.title, body=notice.body):
        return NoticeError(
            f"the {scheme} target did not take the notice; it is tried again", permanent=False
        )
    return None
