"""Which drafted samples batches never hold, so that no verdict would ever come of them.

A draft may not go below the samples of the organisation's standards. Where batches are too small
for those, a person must know it before they wait for an answer. What no standard asks for is
drafted small enough.
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
    """Sentences about samples that batches do not hold; none where all are in reach."""
    for limit in limits:
        subject = (
            f"{limit.metric.value} of {limit.attribute}" if limit.attribute else limit.metric.value
        )
        wanted = f"{limit.minimum_sample} records{' in each group' if limit.attribute else ''}"
        whose = f"{limit.whose} of a usual batch" if limit.attribute else "a usual batch"
        group = f" of {limit.whose}" if limit.attribute else ""
        if AppliesTo.LIVE in limit.applies_to and limit.minimum_sample > limit.per_batch:
            yield f"{subject} needs {wanted}, and {whose} has {limit.per_batch}"
        elif AppliesTo.RELEASE in limit.applies_to and limit.minimum_sample > limit.held_out:
            yield (
                f"{subject} needs {wanted} before a release, and {limit.held_out}{group} can be held "
                f"out of {first.told()}"
            )
    least = max(Release().minimum_sample, standard.minimum_held_out or 0)
    held_out = first.held_out(first.rows)
    if limits and least > held_out:
        yield f"a release needs {least} held-out records, and {first.told()} can give {held_out}"


def samples_in_reach(cut: Cut, checks: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Part of the charter and the sample that a usual batch holds, where the usual one is larger.

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
