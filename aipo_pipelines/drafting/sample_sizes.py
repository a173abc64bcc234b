"""Drafted samples that batches never hold, so that there would never be a verdict.

A draft may not go below the samples of the organisation's standards. If batches are too small for
those samples, a person must know it before waiting for an answer. All other samples are drafted
small enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aipo_pipelines.charter.model.operations import Release
from aipo_pipelines.charter.model.standards import TierStandard
from aipo_pipelines.charter.model.thresholds import AppliesTo, ConceptDriftLimits, DriftLimits
from aipo_pipelines.drafting.batch_windows import Cut, FirstBatches
from aipo_pipelines.drafting.limits import Limit

_FEWEST = {"drift": 10, "concept_drift": 30}
"""The smallest samples that a charter may ask for."""


def out_of_reach(
    limits: Sequence[Limit], first: FirstBatches, standard: TierStandard
) -> Iterator[str]:
    """Sentences about samples that batches do not hold; none if all are in reach."""
    for limit in limits:
        sentence = _too_large(limit, first)
        if sentence:
            yield sentence
    least = max(Release().minimum_sample, standard.minimum_held_out or 0)
    held_out = first.held_out(first.rows)
    if limits and least > held_out:
        yield (
            f"a release needs {least} held-out records, and {first.in_words()} can give {held_out}"
        )


def _too_large(limit: Limit, first: FirstBatches) -> str:
    """Why batches never hold the sample of a limit; empty if they do."""
    subject, sample, of_group, batch = limit.metric.value, f"{limit.minimum_sample} records", "", ""
    if limit.attribute:
        subject, sample = f"{subject} of {limit.attribute}", f"{sample} in each group"
        of_group, batch = f" of {limit.deciding_group}", f"{limit.deciding_group} of "
    if AppliesTo.LIVE in limit.applies_to and limit.minimum_sample > limit.per_batch:
        return f"{subject} needs {sample}, and {batch}a usual batch has {limit.per_batch}"
    if AppliesTo.RELEASE in limit.applies_to and limit.minimum_sample > limit.held_out:
        return (
            f"{subject} needs {sample} before a release, and {limit.held_out}{of_group} can be "
            f"held out of {first.in_words()}"
        )
    return ""


def samples_in_reach(cut: Cut, checks: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Parts of the charter whose usual sample is larger than a batch, each with a sample that fits.

    Args:
        cut: How records fall into batches.
        checks: The checks that the draft responds to.
    """
    for part, check, usual in (
        ("drift", "data_drift", DriftLimits().minimum_sample),
        ("concept_drift", "concept_drift", ConceptDriftLimits().minimum_sample),
    ):
        if check in checks and usual > cut.rows:
            yield part, max(_FEWEST[part], cut.rows)
