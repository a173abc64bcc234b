"""The note about an agreement whose files are lost: notices reach the log only.

Pure. It belongs to every answer about the present, on the command line, as JSON and on pages.
"""

from __future__ import annotations

from dataclasses import replace

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.policy.answer.answer import Answer

# Addresses contain secrets, so the ledger keeps only their schemes (decision 0029).
LOST_ADDRESSES = (
    "Notices reach the log only: the adopted files are lost, and the ledger keeps only the schemes "
    "of their addresses. Adopt the files of the product again, or restore the folder `agreements` "
    "of the home from a backup."
)


def with_lost_addresses(answer: Answer, product: Product) -> Answer:
    """The answer, with a first note if addresses of notices are lost.

    Args:
        answer: The answer for a product at present.
        product: The agreement in force.
    """
    if not product.lacks_addresses:
        return answer
    return replace(answer, caveats=(LOST_ADDRESSES, *answer.caveats))
