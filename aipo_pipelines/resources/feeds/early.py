"""Records that lie before the first window of time, and therefore belong to no batch.

Whoever agrees when the first window begins leaves out what is older. A record that came later and
lies there is another matter: its date may be a slip of the pen, and with it a batch may be gone.
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
    """What is wrong if more records lie before the first window than when a batch came last.

    Args:
        count: Records that lie there now.
        known: The product's batches by partition.
        rule: How the feed falls into batches.
    """
    if not isinstance(rule, TimeBatches) or rule.starting is None:
        return
    first = rule.starting.isoformat()
    # Windows from before: another first day was agreed since, and what lies there is not new.
    if any(_day_of(name, first) < first for name in known):
        return
    newest = max(known.values(), key=lambda one: one.entry, default=None)
    before = newest.before_first if newest is not None else None
    if before is not None and count > before:
        yield SourceUnreadableError(
            f"Records whose {rule.column!r} lies before {first}, when the first window begins: "
            f"found {count}, expected {before} as when a batch came last. They belong to no batch, "
            "and nothing is said about them. Correct their dates, or agree on an earlier "
            "`batches.starting`."
        )


def _day_of(partition: str, otherwise: str) -> str:
    """The first day of the window of that name."""
    try:
        return date.fromisoformat(partition[:10]).isoformat()
    except ValueError:
        return otherwise
