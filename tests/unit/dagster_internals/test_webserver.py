"""Dagster's webserver as an application."""

from __future__ import annotations

import asyncio
from pathlib import Path

import dagster as dg
import httpx
import pytest
from starlette.applications import Starlette

from aipo_pipelines.dagster_internals.webserver import dagster_app


def answers(app: Starlette, *paths: str) -> list[httpx.Response]:
    """What the application answers, without a server."""

    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://aipo") as client:
            return [await client.get(path) for path in paths]

    return asyncio.run(ask())


def test_the_pages_of_dagster_are_served_under_their_path_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    (tmp_path / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    workspace = tmp_path / "workspace.yaml"
    workspace.write_text("load_from: []\n")
    with dagster_app(str(workspace), "/dagster") as app:
        info, page, elsewhere = answers(
            app, "/dagster/server_info", "/dagster/runs", "/other/server_info"
        )
    assert info.json()["dagster_version"] == dg.__version__
    assert 'src="/dagster/' in page.text
    assert (info.status_code, page.status_code, elsewhere.status_code) == (200, 200, 404)
