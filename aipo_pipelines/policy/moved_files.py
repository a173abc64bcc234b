"""What differs between an agreement and files, by their text and by where they lie.

Pure. The same text may say something else in another folder: a relative location is other data
there, and another file may be the organisation's standards. Whoever moves a folder, or takes the
standards away from above it, changes the agreement.
"""

from __future__ import annotations

import posixpath
from pathlib import PurePosixPath

from aipo_pipelines.charter.difference import Change, difference
from aipo_pipelines.charter.effects import Effect
from aipo_pipelines.charter.product import Product
from aipo_pipelines.ledger.state import AdoptedCharter

STANDARDS_PLACE = "standards.place"
_UP = ".."


def changes_to(agreed: Product, proposed: Product, adopted: AdoptedCharter) -> tuple[Change, ...]:
    """Every field in which files differ from the agreement in force.

    Args:
        agreed: The agreement in force.
        proposed: What the files say.
        adopted: What the ledger knows of the agreement.
    """
    moved = _standards_moved(agreed, proposed, adopted)
    if proposed.digests == adopted.digests and proposed.folder == agreed.folder:
        # The same bytes in the same place: what a record lost makes no difference.
        return moved
    return (*difference(agreed, proposed), *moved)


def told_move(agreed: Product, proposed: Product, changes: tuple[Change, ...]) -> str:
    """That a folder was moved away from its data, in a sentence; empty where it was not."""
    locations = [one for one in changes if one.field.endswith(".location")]
    if agreed.folder == proposed.folder or not locations:
        return ""
    return (
        f"Its folder was moved from {agreed.recorded_place} to {proposed.recorded_place}, where "
        "its relative locations name other data."
    )


def _standards_moved(
    agreed: Product, proposed: Product, adopted: AdoptedCharter
) -> tuple[Change, ...]:
    """That another file is the organisation's now; one that lies above the former only informs."""
    if not adopted.standards_files or not proposed.standards_files:
        return ()
    old, new = adopted.standards_files[-1], proposed.standards_files[-1]
    if _UP not in PurePosixPath(old).parts and old == new:
        return ()  # they lie beside the charter, wherever that was moved
    if agreed.folder != proposed.folder:
        old, new = _below(adopted.place, old), _below(proposed.place, new)
    if old == new:
        return ()
    effect = Effect.INFORMS if _is_above(new, old) else Effect.BINDS
    return (Change(field=STANDARDS_PLACE, old=old, new=new, effect=effect),)


def _below(place: str, file: str) -> str:
    return posixpath.normpath(posixpath.join(place, file))


def _is_above(file: str, other: str) -> bool:
    """Whether the folder of a file holds that of another one."""
    place, inside = PurePosixPath(file).parent, PurePosixPath(other).parent
    up, inside_up = place.parts.count(_UP), inside.parts.count(_UP)
    return up > inside_up or (up == inside_up == 0 and inside.is_relative_to(place))
