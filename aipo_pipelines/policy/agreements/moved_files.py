"""What differs between an agreement and files, by their text and by where they lie.

Pure. The same text may say something else in another folder: a relative location is other data
there, and another file may be the organisation's standards. Whoever moves a folder, or takes the
standards away from above it, changes the agreement.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import PurePosixPath

from aipo_pipelines.charter.changes.difference import Change, difference
from aipo_pipelines.charter.changes.effects import Effect
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.ledger.model.agreements import AdoptedCharter
from aipo_pipelines.ledger.model.state import ProductState

STANDARDS_FILES = "standards.files"
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


def standards_notes(state: ProductState) -> Iterator[str]:
    """A sentence about standards that lie below those of the organisation, if some do."""
    files = state.charter.standards_files if state.charter else ()
    if len(files) > 1:
        yield (
            f"Its standards are those of {files[0]}, as seen from its folder: they hold while they "
            f"only tighten {' and '.join(files[1:])}."
        )


def _standards_moved(
    agreed: Product, proposed: Product, adopted: AdoptedCharter
) -> tuple[Change, ...]:
    """That its standards are other files now; it binds when the organisation's is a nearer one."""
    old, new = adopted.standards_files, proposed.standards_files
    if not old or not new:
        return ()
    if agreed.folder != proposed.folder and any(_UP in _parts(one) for one in (old[-1], new[-1])):
        # Those beside the charter are moved along with it; others are seen from another folder.
        old = tuple(_below(adopted.place, one) for one in old)
        new = tuple(_below(proposed.place, one) for one in new)
    if old == new:
        return ()
    stays = old[-1] == new[-1] or _is_above(new[-1], old[-1])
    effect = Effect.INFORMS if stays else Effect.BINDS
    return (Change(field=STANDARDS_FILES, old=" < ".join(old), new=" < ".join(new), effect=effect),)


def _below(place: str, file: str) -> str:
    return posixpath.normpath(posixpath.join(place, file))


def _parts(file: str) -> tuple[str, ...]:
    return PurePosixPath(file).parent.parts


def _is_above(file: str, other: str) -> bool:
    """Whether the folder of a file holds that of another one."""
    place, inside = _parts(file), _parts(other)
    up, inside_up = place.count(_UP), inside.count(_UP)
    return up > inside_up or (up == inside_up == 0 and inside[: len(place)] == place)
