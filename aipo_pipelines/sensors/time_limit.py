"""Looks at products in threads of their own: a source that never answers delays no other product.

A look that takes longer than the sensor waits goes on by itself, and a later tick asks for its
result. Until then no other look at that product is started.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

import dagster as dg

from aipo_pipelines.errors import SourceError
from aipo_pipelines.resources.feeds.bounds import VARIABLE

Look = Callable[[], Sequence[dg.RunRequest]]


@dataclass(frozen=True, slots=True)
class _Going:
    began: float
    result: Future[Sequence[dg.RunRequest]]


@dataclass(frozen=True, slots=True)
class Patience:
    """The looks that are under way in this process, each with a limit of time.

    Attributes:
        seconds: How long a tick waits for a look before it goes on to the next product.
    """

    seconds: float = 5.0
    _going: dict[str, _Going] = field(default_factory=dict)

    def look(self, product: str, look: Look, most: float) -> Sequence[dg.RunRequest]:
        """The run requests of a look; empty while it goes on.

        Args:
            product: Name of the product.
            look: The look; made only if no look at that product is under way.
            most: Seconds that it may take.

        Raises:
            SourceError: The look has taken longer than it may.
        """
        going = self._going.get(product)
        if going is None:
            going = self._going[product] = _begin(product, look)
            done = _ends_within(going, self.seconds)
        else:
            done = going.result.done()
        if done:
            del self._going[product]
            return going.result.result()
        # The thread goes on: Python cannot end a thread, and a second look would hang as well.
        if time.monotonic() - going.began > most:
            raise SourceError(
                f"a source of {product} has not answered, or was not read, within {most:,.0f} "
                "seconds. Check that it runs and answers, deliver less at once, or set "
                f"{VARIABLE}SECONDS to more; a source that never answers is asked again once "
                "aipo up is started again."
            )
        return ()


def _begin(product: str, look: Look) -> _Going:
    going = _Going(time.monotonic(), Future())

    def run() -> None:
        """Makes the look and keeps its result."""
        try:
            going.result.set_result(look())
        except BaseException as error:  # noqa: BLE001 - raised again when the result is asked for
            going.result.set_exception(error)

    # As a daemon thread, so that a source that hangs does not keep this process from ending.
    threading.Thread(target=run, name=f"aipo-look-{product}", daemon=True).start()
    return going


def _ends_within(going: _Going, seconds: float) -> bool:
    try:
        going.result.exception(seconds)
    except TimeoutError:
        return going.result.done()
    return True
