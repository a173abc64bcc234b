"""Records before the first window of time, which therefore belong to no batch.

The people who agree on the first day leave older records out on purpose. A record that arrives
later with such an early date is another matter: the date may be wrong, and then the record is
missing in its batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from aipo_pipelines.charter.model.sources import Batches, TimeBatches
from aipo_pipelines.errors import SourceUnreadableError
from aipo_pipelines.ledger.model.state import Batch


def too_early(
    count: int, known: Mapping[str, Batch], rule: Batches
) -> Iterator[SourceUnreadableError]:
    """The problem if more records are before the first window than when the last batch arrived.

    Args:
        count: Records that are before the first window now.
        known: The product's batches by partition.
        rule: The charter's rule for batches.
    """
    if not isinstance(rule, TimeBatches) or rule.starting is None:
        return
    first = rule.starting.isoformat()
    # A known batch before the first window shows that the first day was moved later on: the records
    # from before it are not new.
    if any(_day_of(name, first) < first for name in known):
        return
    newest = max(known.values(), key=lambda batch: batch.entry, default=None)
    before = newest.before_first if newest is not None else None
    if before is not None and count > before:
        yield SourceUnreadableError(
            f"Records whose {rule.column!r} lies before {first}, when the first window begins: "
            f"found {count}, expected {before} as when the last batch arrived. They belong to no "
            "batch, so nothing is measured on them. Correct their dates, or agree on an earlier "
            "`batches.starting`."
        )


def _day_of(partition: str, otherwise: str) -> str:
    """The first day of the window of that name; for `undated` and names of files `otherwise`."""
    try:
        return date.fromisoformat(partition[:10]).isoformat()
    except ValueError:
        return otherwise
