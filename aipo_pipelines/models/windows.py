"""Which of the approved past each choice of window stands for."""

from __future__ import annotations

from collections.abc import Sequence

from aipo_pipelines.charter.model.operations import Window, WindowChoice


def windows_of(
    partitions: Sequence[str], window: Window, since: str = ""
) -> dict[WindowChoice, tuple[str, ...]]:
    """The batches of each choice that is worth trying, in the order of the charter.

    A choice that names the same batches as an earlier one is left out, and so is `since_change`
    where no change is known.

    Args:
        partitions: Batches that may be used, oldest first.
        window: The charter's window.
        since: First of them that came after the last change; empty where none is known.

    Returns:
        Batches by choice, oldest first, each up to the newest; never empty where there are any.
    """
    everything = tuple(partitions)
    if not everything:
        return {}
    named = {
        WindowChoice.ALL: everything,
        WindowChoice.RECENT: everything[-window.recent :],
        WindowChoice.SINCE_CHANGE: everything[everything.index(since) :]
        if since in everything
        else (),
    }
    found: dict[WindowChoice, tuple[str, ...]] = {}
    for choice in window.choices:
        if named[choice] and named[choice] not in found.values():
            found[choice] = named[choice]
    return found or {WindowChoice.ALL: everything}


def reaches_far_enough(seen: Sequence[str], usable: int, window: Window, since: str = "") -> bool:
    """Whether the newest batches suffice for every choice, so that no older one need be read.

    Args:
        seen: The newest batches, in any order.
        usable: How many of them can be used.
        window: The charter's window.
        since: As `windows_of`.
    """
    choices = set(window.choices)
    if not since:
        # Where this leaves nothing, `windows_of` falls back on everything.
        choices.discard(WindowChoice.SINCE_CHANGE)
    if WindowChoice.ALL in choices or not choices:
        return False
    if WindowChoice.SINCE_CHANGE in choices and since not in seen:
        return False
    return WindowChoice.RECENT not in choices or usable >= window.recent
