"""The approved batches that belong to each choice of a training window."""

from __future__ import annotations

from collections.abc import Sequence

from aipo_pipelines.charter.model.operations import Window, WindowChoice


def windows_of(
    partitions: Sequence[str], window: Window, since: str = ""
) -> dict[WindowChoice, tuple[str, ...]]:
    """The batches of each choice that is worth a training, in the order of the charter.

    A choice with the same batches as an earlier choice is left out, and `since_change` too if no
    change is known.

    Args:
        partitions: Batches that may be used, oldest first.
        window: The charter's window.
        since: The first batch after the last change; empty if no change is known.

    Returns:
        Batches by choice, oldest first, each up to the newest; only empty if there are no batches.
    """
    all_batches = tuple(partitions)
    if not all_batches:
        return {}
    batches = {
        WindowChoice.ALL: all_batches,
        WindowChoice.RECENT: all_batches[-window.recent :],
        WindowChoice.SINCE_CHANGE: all_batches[all_batches.index(since) :]
        if since in all_batches
        else (),
    }
    chosen: dict[WindowChoice, tuple[str, ...]] = {}
    for choice in window.choices:
        # The same batches again would train and compare the same model twice.
        if batches[choice] and batches[choice] not in chosen.values():
            chosen[choice] = batches[choice]
    return chosen or {WindowChoice.ALL: all_batches}


def reaches_far_enough(seen: Sequence[str], usable: int, window: Window, since: str = "") -> bool:
    """Whether the newest batches are enough for every choice, so that no older batch is read.

    Args:
        seen: The newest batches, in any order.
        usable: The number of these batches that can be used.
        window: The charter's window.
        since: As `windows_of`.
    """
    choices = set(window.choices)
    if not since:
        # If no choice is left, `windows_of` uses all batches, so all must be read.
        choices.discard(WindowChoice.SINCE_CHANGE)
    # The choice of all batches needs every older batch too.
    if WindowChoice.ALL in choices or not choices:
        return False
    if WindowChoice.SINCE_CHANGE in choices and since not in seen:
        return False
    return WindowChoice.RECENT not in choices or usable >= window.recent
