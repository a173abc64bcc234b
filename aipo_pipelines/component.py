"""One charter as a Dagster component.

# defs.yaml
type: aipo_pipelines.AIProduct
attributes:
charter: charter.yaml
"""

import dagster as dg

from aipo_pipelines.charter.load import load_product
from aipo_pipelines.definitions import product_definitions


class AIProduct(dg.Component, dg.Model, dg.Resolvable):
    """An AI product, governed as its charter says.

    Yields the product's sources, its assets with their checks, and its jobs. The sensors serve all
    products of an installation at once and come from `aipo_pipelines.definitions`.

    Attributes:
        charter: The charter's file, relative to the component's folder. The contract it names lies
            beside it; `standards.yaml` lies there or above.
    """

    charter: str = "charter.yaml"

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Definitions of the product.

        Raises:
            CharterError: Charter, contract or standards cannot be used; all problems are named.
        """
        product = load_product((context.path / self.charter).parent)
        return product_definitions(product)
