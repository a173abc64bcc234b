"""The type of a job of assets."""

from __future__ import annotations

import dagster as dg

from aipo_pipelines.dagster_internals.jobs import UnresolvedAssetJobDefinition


def test_a_job_of_assets_has_this_type_and_other_jobs_do_not() -> None:
    @dg.job
    def other() -> None:
        pass

    assert isinstance(dg.define_asset_job("monitor"), UnresolvedAssetJobDefinition)
    assert not isinstance(other, UnresolvedAssetJobDefinition)
