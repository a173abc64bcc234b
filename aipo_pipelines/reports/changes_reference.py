"""The reference of changes: the effect of an edit of each field, written from the rules.

python -m aipo_pipelines.reports.changes_reference > docs/reference/charter-changes.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from aipo_pipelines.charter.changes.effects import WAYS

_INTRODUCTION = """\
# Which way a change goes

`make reference` writes this page from the rules that judge the changes. A test keeps it current,
and finds a field that is missing here.

`aipo adopt` compares the files of a product with its agreement in force, field by field. A change
that *informs* or *tightens* is adopted at once. A change that *loosens*, or *binds* without a
clear direction, waits for people; see [how to change a charter](../how-to/change-a-charter.md). A
`*` stands for a member of a list or a mapping: a person by role, a threshold by its metric, a
response by its check, a source or a column by its name. *Others* are a set that neither contains
the whole set before nor is contained in it.

The places of files are compared, too. In a folder that was moved, a relative `sources.*.location`
counts as another location. `standards.files` are the standards files above a product. Another
file informs. But if the outermost file is gone and a nearer file takes its place, that binds.

When contract and privacy quarantine a batch, the answer is NO. An agreement may quarantine for
another check as well. Then each change that would tighten the contract, a threshold or a limit of
drift *binds*, because further batches of the model would not count.
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
        # The first step of a path is the part: it chooses the table, the rest names the field.
        place, _, field = pattern.partition("/")
        if place == part:
            yield f"| `{field.replace('/', '.')}` | {way.description} |"


if __name__ == "__main__":
    sys.stdout.write(render())
