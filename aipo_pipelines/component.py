"""One charter as a Dagster component.

A `defs.yaml` beside the charter says `type: aipo_pipelines.AIProduct`, and under `attributes`
`charter: charter.yaml`. The product itself is written in its charter, never in `attributes`:
problems there could not be told with their lines.
"""

import os

import dagster as dg

from aipo_pipelines.assets.reporting.unusable_product import unusable_spec
from aipo_pipelines.charter.load import CHARTER_FILE
from aipo_pipelines.definitions import product_definitions
from aipo_pipelines.errors import CharterError
from aipo_pipelines.resources.governed_products import product_at_load


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
        """Definitions of the product under the agreement in force.

        Where none is and the files cannot be used, what is wrong is shown in the product's group:
        a component that raised would keep every other one of its project from loading.

        Raises:
            CharterError: The file is not named as charters are.
        """
        path = context.path / self.charter
        if path.name != CHARTER_FILE:
            raise CharterError(
                f"{path} cannot be loaded as a charter; expected a file named {CHARTER_FILE}, one "
                "to a folder; correct `charter` in the component's defs.yaml"
            )
        try:
            return product_definitions(product_at_load(path.parent, os.environ))
        except CharterError as error:
            return dg.Definitions(assets=[unusable_spec(path.parent.name, error)])
