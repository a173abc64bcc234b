"""The type of a job as `dg.define_asset_job` returns it; Dagster publishes no name for it."""

from __future__ import annotations

from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

__all__ = ["UnresolvedAssetJobDefinition"]
