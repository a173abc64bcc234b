"""What a failing check is about: the columns, rules, groups or metrics that fail.

An incident of a check goes on from batch to batch. Who was told of it was told of these, and hears
of another one when it fails for the first time.
"""

from __future__ import annotations

from collections.abc import Sequence

from aipo_pipelines.ledger.events import CheckEvaluated
from aipo_pipelines.measures.original_names import is_about_original
from aipo_pipelines.measures.outcome import Json
from aipo_pipelines.policy.figures import figures_of

_BY_COLUMN = "data_drift"
"""Several figures of it say the same of one column."""


def subjects_of(event: CheckEvaluated) -> tuple[str, ...]:
    """What fails in an evaluation, each once; empty if its figures do not say."""
    return failing_subjects(event.check, event.figures)


def failing_subjects(check: str, figures: Sequence[Json]) -> tuple[str, ...]:
    """What fails in the figures of a check, each once."""
    failing = (
        one for one in figures_of(figures) if one.fails and not is_about_original(one.metric)
    )
    by_column = check == _BY_COLUMN
    names = (one.subject if by_column and one.subject else one.name for one in failing)
    return tuple(dict.fromkeys(names))
