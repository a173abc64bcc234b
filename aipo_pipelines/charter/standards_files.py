"""The standards of a folder: the files that exist, and the rules that hold if there are several.

The outermost file belongs to the organisation, and it holds for everything below it. A file nearer
to a product counts if it only tightens the files above it, by the same table that judges changes.
Otherwise nothing below it can be adopted. So nobody escapes the standards with a copy of them: the
copy is refused as soon as the organisation tightens its own file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from aipo_pipelines.charter.changes.difference import Change, standards_difference
from aipo_pipelines.charter.consistency.standards import standards_faults
from aipo_pipelines.charter.model.problem import CharterProblemsError, Problem, Weight, shown
from aipo_pipelines.charter.model.standards import Standards
from aipo_pipelines.charter.reading.validation import validate
from aipo_pipelines.charter.reading.yaml_document import read_document

STANDARDS_FILE = "standards.yaml"
# Enough for `team/product/charter.yaml`; further up lie folders that are not ours.
_LEVELS_UP = 3
_MOST_SHOWN = 3


class StandardsFound(NamedTuple):
    """The standards that hold in a folder, and the files that they come from.

    Attributes:
        value: The standards that a charter must meet; None if there are no usable standards.
        digest, content: Of the nearest file, whose text is that of the agreement.
        problems: Errors and warnings.
        files: The files as seen from the folder, the outermost last; empty if a file was given.
    """

    value: Standards | None
    digest: str
    problems: tuple[Problem, ...]
    content: bytes = b""
    files: tuple[str, ...] = ()


def standards_of(
    folder: Path, root: Path | None, given: Path | None, known: dict[Path, StandardsFound]
) -> StandardsFound:
    """The standards that hold in a folder.

    Args:
        folder: Folder of a charter.
        root: Folder of all products; None if it is not known.
        given: A file to use instead of looking for files.
        known: Results of files that were read before: products usually share them.
    """
    paths = (given,) if given is not None else standards_present(folder, root)
    if not paths:
        return StandardsFound(None, "", (_missing(folder),))
    *nearer, outermost = paths
    held = _read(outermost, known)
    # From the outermost inwards: each file is held against everything above it.
    for path in reversed(nearer):
        held = _below(held, outermost, path, _read(path, known))
    if given is not None:
        return held
    return held._replace(files=tuple(_seen_from(folder, path) for path in paths))


def standards_paths(folder: Path, root: Path | None = None) -> tuple[Path, ...]:
    """The paths of possible standards of a folder, the nearest path first.

    They lie in every folder from that of the charter up to that of all products. If the last has no
    standards, they may also lie up to three folders above the charter, behind links too.
    """
    inside = _inside(folder, root)
    if inside and os.path.lexists(inside[-1]):
        return inside
    start = folder.resolve()
    known = {path.parent.resolve() for path in inside}
    above = (start, *start.parents[:_LEVELS_UP])
    return (*inside, *(place / STANDARDS_FILE for place in above if place not in known))


def standards_present(folder: Path, root: Path | None = None) -> tuple[Path, ...]:
    """The standards files that a folder is under, the nearest first."""
    # A link that leads nowhere is there: passing it over would let a nearer file take its place.
    return tuple(path for path in standards_paths(folder, root) if os.path.lexists(path))


def _inside(folder: Path, root: Path | None) -> tuple[Path, ...]:
    if root is None or folder == root or not folder.is_relative_to(root):
        return ()
    levels = len(folder.relative_to(root).parts)
    return tuple(place / STANDARDS_FILE for place in (folder, *folder.parents[:levels]))


def _missing(folder: Path) -> Problem:
    return Problem(
        file=folder / STANDARDS_FILE,
        line=1,
        field="",
        found="no such file here or up to three folders above",
        expected="the organisation's standards",
        hint="create it in the folder that holds the products",
    )


def _read(path: Path, known: dict[Path, StandardsFound]) -> StandardsFound:
    if path not in known:
        known[path] = _read_file(path)
    return known[path]


def _read_file(path: Path) -> StandardsFound:
    try:
        document = read_document(path)
    except CharterProblemsError as error:
        return StandardsFound(None, "", error.problems)
    value, problems = validate(Standards, document)
    if value is not None:
        problems = tuple(sorted(map(document.problem, standards_faults(value))))
    # Half a table of standards would loosen what the other half demands.
    usable = None if problems else value
    return StandardsFound(usable, document.digest, problems, document.content)


def _below(
    held: StandardsFound, outermost: Path, path: Path, own: StandardsFound
) -> StandardsFound:
    """The standards that hold if a file lies below others; the outer file if it is looser."""
    problems = (*held.problems, *own.problems)
    value = held.value
    if held.value is not None and own.value is not None:
        changes = standards_difference(held.value, own.value)
        looser = tuple(change for change in changes if change.waits)
        problems = (*problems, _shadow(path, outermost, looser))
        value = held.value if looser else own.value
    return StandardsFound(value, own.digest, problems, own.content)


def _shadow(path: Path, outermost: Path, looser: tuple[Change, ...]) -> Problem:
    above = os.path.relpath(outermost, path.parent)
    if looser:
        differences = ", ".join(_differences(looser[:_MOST_SHOWN]))
        more = f" and {len(looser) - _MOST_SHOWN} more" if len(looser) > _MOST_SHOWN else ""
        return Problem(
            file=path,
            line=1,
            field="",
            found=f"standards that do not only tighten those in {above}: {differences}{more}",
            expected="the organisation's standards, or stricter standards",
            hint=f"delete this file, or tighten it until it asks for all that {above} does",
        )
    return Problem(
        file=path,
        line=1,
        field="",
        found=f"standards of its own below those in {above}",
        expected="one file for the organisation, unless more is asked here on purpose",
        hint=f"delete it, or tighten it each time that {above} is tightened",
        weight=Weight.WARNING,
    )


def _differences(changes: tuple[Change, ...]) -> Iterator[str]:
    for change in changes:
        yield f"{change.at.in_part} {shown(change.old)} → {shown(change.new)}"


def _seen_from(folder: Path, path: Path) -> str:
    start = folder if path.parent in (folder, *folder.parents) else folder.resolve()
    return Path(os.path.relpath(path, start)).as_posix()
