"""What a failing check is about: the columns, rules, groups or metrics that fail.

An incident of a check goes on from batch to batch. Who was told of it was told of these, and hears
of another one when it fails for the first time.
"""

from __future__ import annotations

from collections.abc import Sequence

from aipo_pipelines.charter.model.operations import Response
from aipo_pipelines.evidence.outcome import Figure
from aipo_pipelines.ledger.events.measurements import CheckEvaluated
from aipo_pipelines.measures.drift.original_names import is_about_original
from aipo_pipelines.policy.facts.business_targets import MEASURED_BY
from aipo_pipelines.policy.text import listed

_BY_COLUMN = "data_drift"
"""Several figures of it say the same of one column."""


def subjects_of(event: CheckEvaluated) -> tuple[str, ...]:
    """What fails in an evaluation, each once; empty if its figures do not say."""
    return failing_subjects(event.check, event.figures)


def failing_subjects(check: str, figures: Sequence[Figure]) -> tuple[str, ...]:
    """What fails in the figures of a check, each once."""
    failing = (
        figure for figure in figures if figure.fails and not is_about_original(figure.metric)
    )
    by_column = check == _BY_COLUMN
    names = (figure.subject if by_column and figure.subject else figure.name for figure in failing)
    return tuple(dict.fromkeys(names))


def title_of(key: str, partition: str, response: Response | None, figures: Sequence[Figure]) -> str:
    """The title of an incident about a failing check, `asset/check`.

    Args:
        key: The check.
        partition: The batch that it fails on; empty if it is about none.
        response: By which it is escalated; None where it goes on.
        figures: What the check found.
    """
    if key in MEASURED_BY:
        missed = [figure.subject for figure in figures if figure.fails]
        return f"Business target missed: {listed(missed)}" if missed else "Business target missed"
    where = f" on batch {partition}" if partition else ""
    title = f"{key.partition('/')[2]} fails{where}"
    if response is None or response.of == 1:
        return title
    return f"{title}: {response.fails} or more of the last {response.of} batches"
