"""The subjects of a failing check: the columns, rules, groups or metrics that fail.

An incident of a check continues from batch to batch. Its notices name the subjects. The same people
are notified again when another subject fails for the first time.
"""

from __future__ import annotations

from collections.abc import Sequence

from aipo_pipelines.charter.model.operations import Response
from aipo_pipelines.evidence.derived_metric import is_about_original
from aipo_pipelines.evidence.outcome import Figure
from aipo_pipelines.ledger.events.measurements import CheckEvaluated
from aipo_pipelines.policy.facts.business_targets import MEASURED_BY
from aipo_pipelines.policy.text import listed

_BY_COLUMN = "data_drift"
"""The check whose figures are counted by column: several figures are about the same column."""


def subjects_of(event: CheckEvaluated) -> tuple[str, ...]:
    """The subjects that fail in an evaluation, each once; empty if no figure fails."""
    return failing_subjects(event.check, event.figures)


def failing_subjects(check: str, figures: Sequence[Figure]) -> tuple[str, ...]:
    """The subjects that fail in the figures of a check, each once."""
    # Drift against the original baseline is only shown: no incident is about it.
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
        partition: The batch that it fails on; empty if it is about no batch.
        response: The response that escalates it; None if the incident continues.
        figures: The figures of the check.
    """
    # A target is named by its outcome, not by its check.
    if key in MEASURED_BY:
        missed = [figure.subject for figure in figures if figure.fails]
        return f"Business target missed: {listed(missed)}" if missed else "Business target missed"
    place = f" on batch {partition}" if partition else ""
    title = f"{key.partition('/')[2]} fails{place}"
    if response is None or response.of == 1:
        return title
    return f"{title}: {response.fails} or more of the last {response.of} batches"
