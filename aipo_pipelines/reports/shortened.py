"""Long lists are shown in part, with the command that shows all of them."""

from __future__ import annotations

from aipo_pipelines.reports.parts import code, paragraph
from aipo_pipelines.reports.templating import Html
from aipo_pipelines.reports.values import ROWS


def rest(count: int, command: str) -> Html | None:
    """Where the rest of a list is; None if the page may show all of it."""
    # A list of exactly this length may have been cut, so the command is shown, too.
    if count < ROWS:
        return None
    return paragraph(f"The newest {ROWS} are shown; all: ", code(command))
