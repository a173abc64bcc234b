"""The differences between an agreement and files, by their text and by their place.

Pure. The same text can have another meaning in another folder: a relative location means other data
there, and another file can be the standards of the organisation. A person who moves a folder, or
removes the standards above it, changes the agreement.
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
from aipo_pipelines.policy.statements.agreements import NearerStandards

STANDARDS_FILES = "standards.files"
_UP = ".."


def changes_to(agreed: Product, proposed: Product, adopted: AdoptedCharter) -> tuple[Change, ...]:
    """Every field in which files differ from the agreement in force.

    Args:
        agreed: The agreement in force.
        proposed: The product that the files describe.
        adopted: The record of the agreement in the ledger.
    """
    moved = _standards_moved(agreed, proposed, adopted)
    if proposed.digests == adopted.digests and proposed.folder == agreed.folder:
        # The ledger keeps no secrets, so the recorded agreement can lack values of its file. The
        # same bytes in the same place are no change.
        return moved
    return (*difference(agreed, proposed), *moved)


def move_text(agreed: Product, proposed: Product, changes: tuple[Change, ...]) -> str:
    """A sentence about a folder that was moved away from its data; empty if it was not moved."""
    fields = (change.at.of_source for change in changes)
    has_location = any(field is not None and field.member == "location" for field in fields)
    if agreed.folder == proposed.folder or not has_location:
        return ""
    return (
        f"Its folder was moved from {agreed.recorded_place} to {proposed.recorded_place}: there "
        "its relative locations name other data."
    )


def standards_notes(state: ProductState) -> Iterator[NearerStandards]:
    """A note about standards below the standards of the organisation, if there are any."""
    files = state.charter.standards_files if state.charter else ()
    if len(files) > 1:
        yield NearerStandards(standards=files[0], above=tuple(files[1:]))


def _standards_moved(
    agreed: Product, proposed: Product, adopted: AdoptedCharter
) -> tuple[Change, ...]:
    """The change to other standards files; it binds if the outermost file is nearer."""
    old, new = adopted.standards_files, proposed.standards_files
    # Agreements of older programs recorded no standards files, so there is nothing to compare.
    if not old or not new:
        return ()
    if agreed.folder != proposed.folder and any(_UP in _parts(file) for file in (old[-1], new[-1])):
        # Files beside the charter move with it. The other files have a new path from the new
        # folder, so the paths are compared from the folder of all products.
        old = tuple(_below(adopted.place, file) for file in old)
        new = tuple(_below(proposed.place, file) for file in new)
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
    """True if the folder of a file contains the folder of another file."""
    place, inside = _parts(file), _parts(other)
    up, inside_up = place.count(_UP), inside.count(_UP)
    return up > inside_up or (up == inside_up == 0 and inside[: len(place)] == place)
