"""The reference of changes: which way an edit of each field goes, written from what judges it.

python -m aipo_pipelines.reports.changes_reference > docs/reference/charter-changes.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from aipo_pipelines.charter.changes.effects import WAYS

_INTRODUCTION = """\
# Which way a change goes

Written from what judges the changes by `make reference`; a test keeps it current, and finds a field
that is missing here.

`aipo adopt` compares the files of a product with its agreement in force, field by field. What
*informs* or *tightens* is adopted at once; what *loosens*, or *binds* in a direction that cannot be
told, waits for people; see [how to change a charter](../how-to/change-a-charter.md). A `*` stands
for a member of a list or a mapping: a person by role, a threshold by its metric, a response by its
check, a source or a column by its name. *Others* are a set that neither holds all of the one before
nor is held by it.

Where the files lie is compared, too. In a folder that was moved, a relative `sources.*.location` is
another one. `standards.files` are the standards files above a product: another one informs, but
when the outermost is gone and a nearer one takes its place, that binds.

Contract and privacy speak for themselves when they quarantine a batch: the answer is NO. Where an
agreement quarantines for another check as well, whatever would tighten the contract, a threshold
or a limit of drift *binds*: it keeps more of what the model does from counting.
"""
_PARTS = {"charter": "The charter", "contract": "The contract", "standards": "The standards"}


def render() -> str:
    """The reference as Markdown: a table for each part of an agreement."""
    return "\n".join([_INTRODUCTION, *(_section(part, title) for part, title in _PARTS.items())])


def _section(part: str, title: str) -> str:
    head = [f"## {title}", "", "| field | a change |", "|---|---|"]
    return "\n".join([*head, *_rows(part), ""])


def _rows(part: str) -> Iterator[str]:
    for pattern, way in WAYS.items():
        place, _, field = pattern.partition("/")
        if place == part:
            yield f"| `{field.replace('/', '.')}` | {way.description} |"


if __name__ == "__main__":
    sys.stdout.write(render())
