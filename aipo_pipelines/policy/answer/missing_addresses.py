"""The note about an agreement whose files are lost: notices reach the log only.

Pure. It belongs to every answer about the present, on the command line, as JSON and on pages.
"""

from __future__ import annotations

from dataclasses import replace

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.policy.answer.answer import Answer
from aipo_pipelines.policy.statements.agreements import LostAddresses


def with_lost_addresses(answer: Answer, product: Product) -> Answer:
    """The answer, with a first note if addresses of notices are lost.

    Args:
        answer: The answer for a product at present.
        product: The agreement in force.
    """
    if not product.lacks_addresses:
        return answer
    return replace(answer, caveats=(LostAddresses(), *answer.caveats))
