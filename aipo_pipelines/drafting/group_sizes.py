"""How large the groups of a protected attribute are in a usual batch and in what is held out of it.

Two groups make a comparison, so the second largest decides whether there is a verdict; smaller ones
are named as not compared. Sizes are told, never the groups themselves: they are personal data.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from aipo_pipelines.charter.base import format_duration
from aipo_pipelines.charter.sources import RowBatches, TimeBatches
from aipo_pipelines.drafting.cutting import HELD_OUT, Cut

_SHOWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSizes:
    """Sizes of groups, largest first.

    Attributes:
        batch: Records of each group in a usual batch.
        cut: How records fall into batches.
    """

    batch: tuple[int, ...]
    cut: Cut

    @property
    def held_out(self) -> tuple[int, ...]:
        """Records of each group that are held out of a usual batch to judge a release."""
        return tuple(int(size * HELD_OUT) for size in self.batch)

    @property
    def decisive(self) -> int:
        """Records of the second largest group in a usual batch; 0 where there is none."""
        return self.batch[1] if len(self.batch) > 1 else 0

    @property
    def whose(self) -> str:
        """The group that decides whether there is a verdict, in words."""
        if len(self.batch) > 2:  # noqa: PLR2004 - of two it is the smaller one
            return f"the second largest of {len(self.batch)} groups"
        return "the smaller group" if len(self.batch) > 1 else "a second group"

    def told(self) -> str:
        """The sizes, in words."""
        more = len(self.batch) - _SHOWN
        rest = f" and {more} smaller" if more > 0 else ""
        batch, held = (
            ", ".join(f"{size:,}" for size in sizes[:_SHOWN])
            for sizes in (self.batch, self.held_out)
        )
        return f"groups of a usual batch: {batch}{rest} records, held out: {held}{rest}"

    def too_small(self, sample: int) -> str:
        """Which groups what is held out is too small for, with the cut that would be enough.

        Args:
            sample: Records that each group needs.

        Returns:
            A sentence without its end; empty where all are large enough.
        """
        small = [size for size in self.held_out if size < sample]
        if not small or len(self.batch) < 2:  # noqa: PLR2004 - one group is compared with nobody
            return ""
        verb = "is" if len(small) == 1 else "are"
        return (
            f"{len(small)} of {len(self.batch)} groups {verb} smaller than the {sample} records "
            f"that are needed in what is held out; {self._enough(sample)}"
        )

    def _enough(self, sample: int) -> str:
        """The cut from which on the smallest group is large enough, in words."""
        if not self.batch[-1]:
            return "a usual batch has none of them"
        times = sample / HELD_OUT / self.batch[-1]
        rows, rule = math.ceil(self.cut.rows * times), self.cut.rule
        if isinstance(rule, TimeBatches) and isinstance(rule.every, timedelta):
            every = timedelta(days=math.ceil(rule.every / timedelta(days=1) * times))
            return f"windows of {format_duration(every)} (about {rows:,} records) would be enough"
        kind = "batches" if isinstance(rule, RowBatches) else "files"
        return f"{kind} of about {rows:,} records would be enough"


def group_sizes(cut: Cut, counts: Sequence[int], rows: int) -> GroupSizes:
    """Sizes of the groups, from what was counted on a sample.

    Args:
        cut: How records fall into batches.
        counts: Records of each group of the sample, largest first.
        rows: Records of the sample.
    """
    return GroupSizes(batch=tuple(cut.rows * count // max(rows, 1) for count in counts), cut=cut)
