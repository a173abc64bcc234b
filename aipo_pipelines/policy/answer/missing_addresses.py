"""The note about an agreement of which the ledger alone is left: nobody is told but the log.

Pure. It belongs to every answer as of now, on the command line, as JSON and on pages.
"""

from __future__ import annotations

from dataclasses import replace

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.policy.answer.answer import Answer

LOST_ADDRESSES = (
    "Notices reach the log only: the files that were adopted are lost, and the ledger keeps no "
    "more than the schemes of their addresses. Whatever files are adopted next bring them back; so "
    "does the folder `agreements` of the home from a backup."
)


def with_lost_addresses(answer: Answer, product: Product) -> Answer:
    """The answer, with a note in front when addresses of notices are lost.

    Args:
        answer: The answer for a product, as of now.
        product: The agreement in force.
    """
    if not product.lacks_addresses:
        return answer
    return replace(answer, caveats=(LOST_ADDRESSES, *answer.caveats))
