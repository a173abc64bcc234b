"""Sizes of the groups of a protected attribute in a usual batch and among held-out records.

Two groups make a comparison, so the second largest decides whether there is a verdict. Smaller
groups are reported as not compared. A message has sizes, never the groups themselves, because
these are personal data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from aipo_pipelines.drafting.batch_windows import HELD_OUT, FirstBatches

# Small groups follow in number only: their sizes could point at people.
_SHOWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSizes:
    """Sizes of groups, largest first.

    Attributes:
        batch: Records of each group in a usual batch.
        first: The batches that the first model waits for.
    """

    batch: tuple[int, ...]
    first: FirstBatches

    @property
    def held_out(self) -> tuple[int, ...]:
        """Records of each group that can be held out to judge the first release.

        The held-out records come from as many batches as a gate needs.
        """
        return tuple(map(self.first.held_out, self.batch))

    @property
    def decisive(self) -> int:
        """Records of the second largest group in a usual batch; 0 if there is one group only."""
        return self.batch[1] if len(self.batch) > 1 else 0

    @property
    def deciding_group(self) -> str:
        """The group that decides whether there is a verdict, in words."""
        if len(self.batch) > 2:  # noqa: PLR2004 - of two it is the smaller one
            return f"the second largest of {len(self.batch)} groups"
        return "the smaller group" if len(self.batch) > 1 else "a second group"

    def in_words(self) -> str:
        """The sizes, in words."""
        more = len(self.batch) - _SHOWN
        rest = f" and {more} smaller" if more > 0 else ""
        batch, held = (
            ", ".join(f"{size:,}" for size in sizes[:_SHOWN])
            for sizes in (self.batch, self.held_out)
        )
        return (
            f"groups of a usual batch: {batch}{rest} records, held out of "
            f"{self.first.in_words()}: {held}{rest}"
        )

    def too_small(self, sample: int) -> str:
        """The groups with too few held-out records, and how many batches would be enough.

        Args:
            sample: Records that each group needs.

        Returns:
            A sentence without its end; empty if all groups are large enough.
        """
        small = [size for size in self.held_out if size < sample]
        if not small or len(self.batch) < 2:  # noqa: PLR2004 - one group is compared with nobody
            return ""
        verb = "is" if len(small) == 1 else "are"
        return (
            f"{len(small)} of {len(self.batch)} groups {verb} smaller than the {sample} held-out "
            f"records that each needs; {self._enough(sample)}"
        )

    def _enough(self, sample: int) -> str:
        """The number of first batches that makes the smallest group large enough, in words."""
        if not self.batch[-1]:
            return "a usual batch has none of them"
        batches = int(sample / HELD_OUT / self.batch[-1])
        # Counted, because the quotient of decimals may be a bit above a whole number.
        if replace(self.first, count=batches).held_out(self.batch[-1]) < sample:
            batches += 1
        records = batches * self.first.rows
        return f"first_batches: {batches} (about {records:,} records) would be enough"


def group_sizes(first: FirstBatches, counts: Sequence[int], rows: int) -> GroupSizes:
    """Sizes of the groups, from the counts of a sample.

    Args:
        first: The batches that the first model waits for.
        counts: Records of each group of the sample, largest first.
        rows: Records of the sample.
    """
    sizes = tuple(first.rows * count // max(rows, 1) for count in counts)
    return GroupSizes(batch=sizes, first=first)
