"""What a checkout has at its top, a wheel carries inside the package.

An editable installation finds the originals (`aipo_pipelines.resources.products_root.bundled`), so
nothing is copied for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLED = ("products", "dagster.yaml", "workspace.yaml")


class BundleHook(BuildHookInterface[Any]):
    """Puts example products, `dagster.yaml` and `workspace.yaml` into `aipo_pipelines/bundle`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Names the files; `version` is `editable` or `standard`."""
        if version == "editable":
            return
        for name in BUNDLED:
            build_data["force_include"][str(Path(self.root) / name)] = (
                f"aipo_pipelines/bundle/{name}"
            )
