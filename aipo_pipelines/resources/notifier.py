"""Notices to people: through apprise, or into the log.

A notice is delivered at least once: the caller records the attempt before and the outcome of each
channel after. Addresses hold secrets, so no message or error shows more of an address than its
scheme. A redirection is no delivery: the request that follows it would carry no notice.

A notice is plain text, and says so to apprise: it quotes names that came with data, so a service
that shows HTML or Markdown gets every character of markup escaped, and mail is `text/plain`.

Channels that the team wrote are apprise's custom plug-ins: files or folders that
`APPRISE_PLUGIN_PATH` names, as for the command `apprise`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from aipo_pipelines.policy.answer.notice import Notice

LOG_TARGET = "log"
PLUGIN_PATH = "APPRISE_PLUGIN_PATH"
_SHOW_MARKDOWN = frozenset({"bale", "mmost", "mmosts", "zulip"})
"""Services that show Markdown, although apprise calls their format text."""
logger = logging.getLogger("aipo.notices")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result of a notice on one channel.

    Attributes:
        channel: Scheme of its address.
        error: The reason why the channel did not take the notice; empty if it did.
        permanent: Whether trying again cannot help.
    """

    channel: str
    error: str = ""
    permanent: bool = False

    @property
    def is_delivered(self) -> bool:
        """Whether the channel took the notice."""
        return not self.error


class Notifier(Protocol):
    """Delivers notices."""

    def send(self, notice: Notice) -> tuple[Outcome, ...]:
        """Delivers to every target; each is tried even if another target fails.

        Returns:
            The result of each, in the order of the targets.
        """
        ...


@dataclass(frozen=True)
class AppriseNotifier:
    """Delivers through apprise; the target `log` writes to the log of the process.

    Attributes:
        plugins: Files or folders with channels that the team wrote.
    """

    plugins: tuple[str, ...] = ()

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> AppriseNotifier:
        """The notifier with the channels that the environment names."""
        return cls(tuple(filter(None, re.split(r"[\r\n;]+", environ.get(PLUGIN_PATH, "")))))

    def send(self, notice: Notice) -> tuple[Outcome, ...]:
        """Delivers to every target; each is tried even if another target fails."""
        return tuple(_deliver(notice, target, self.plugins) for target in notice.targets)


@dataclass
class FakeNotifier:
    """Keeps what was sent; `refusals` makes it refuse that many times first."""

    sent: list[Notice] = field(default_factory=list)
    refusals: int = 0

    def send(self, notice: Notice) -> tuple[Outcome, ...]:
        """Keeps the notice or refuses it."""
        channels = [target.split(":", 1)[0] for target in notice.targets]
        if self.refusals:
            self.refusals -= 1
            error = "the fake notifier is set to refuse"
            return tuple(Outcome(channel=channel, error=error) for channel in channels)
        self.sent.append(notice)
        return tuple(Outcome(channel=channel) for channel in channels)


def _deliver(notice: Notice, target: str, plugins: tuple[str, ...]) -> Outcome:
    if target == LOG_TARGET:
        logger.warning("%s\n%s", notice.title, notice.body)
        return Outcome(channel=LOG_TARGET)
    import apprise
    from apprise.common import NotifyFormat

    # Apprise's own log shows complete addresses if they are malformed or a service refuses.
    logging.getLogger("apprise").disabled = True
    scheme = target.split(":", 1)[0]
    asset = apprise.AppriseAsset(plugin_paths=plugins, http_redirects=False)
    channel = apprise.Apprise(asset=asset)
    if not channel.add(target):
        return Outcome(
            channel=scheme,
            error=f"a {scheme} address is malformed; expected an Apprise URL such as "
            "mailto://user:password@example.com; correct it in the charter, or name the file of "
            f"your own channel in {PLUGIN_PATH}",
            permanent=True,
        )
    # After the address was read: otherwise the parameters of the address would win.
    for server in channel:
        _harden(server, scheme)
    if not channel.notify(title=notice.title, body=notice.body, body_format=NotifyFormat.TEXT):
        error = f"the {scheme} target did not take the notice; it is tried again"
        return Outcome(channel=scheme, error=error)
    return Outcome(channel=scheme)


def _harden(server: Any, scheme: str) -> None:
    """Sets options that the parameters of an address must not change."""
    from apprise.common import NotifyFormat, OverflowMode

    if scheme.casefold() in _SHOW_MARKDOWN:
        server.notify_format = NotifyFormat.MARKDOWN
    server.redirects = False
    if server.overflow_mode is OverflowMode.UPSTREAM:
        # The default sends a long text as one message, and the service refuses or cuts it.
        server.overflow_mode = OverflowMode.SPLIT
