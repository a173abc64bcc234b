"""One charter as a Dagster component.

A `defs.yaml` beside the charter contains `type: aipo_pipelines.AIProduct`, and under `attributes`
`charter: charter.yaml`. Only the charter describes the product, because problems in `attributes`
could not be reported with their lines.
"""

import os

import dagster as dg

from aipo_pipelines.assets.reporting.unusable_product import unusable_spec
from aipo_pipelines.charter.load import CHARTER_FILE
from aipo_pipelines.definitions import product_definitions
from aipo_pipelines.errors import CharterError
from aipo_pipelines.resources.governed_products import product_at_load


class AIProduct(dg.Component, dg.Model, dg.Resolvable):
    """An AI product under its charter.

    It contains the product's sources, its assets with their checks, and its jobs. The sensors serve
    all products of an installation at once, and come from `aipo_pipelines.definitions`.

    Attributes:
        charter: The charter's file, relative to the component's folder. Its contract is in the same
            folder; `standards.yaml` is in this folder or above.
    """

    charter: str = "charter.yaml"

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Definitions of the product under the agreement in force.

        If no agreement is in force and the files cannot be used, the product's group shows the
        problems.

        Raises:
            CharterError: The file does not have the name of a charter.
        """
        path = context.path / self.charter
        if path.name != CHARTER_FILE:
            raise CharterError(
                f"{path} cannot be loaded as a charter; expected a file named {CHARTER_FILE}, in "
                "a folder of its own; correct `charter` in the component's defs.yaml"
            )
        try:
            return product_definitions(product_at_load(path.parent, os.environ))
        except CharterError as error:
            # If a component raises, Dagster loads no component of its project.
            return dg.Definitions(assets=[unusable_spec(path.parent.name, error)])
