"""A contract is one file: what it refers to elsewhere is refused, and never fetched."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.unit.charter.conftest import CheckTable


class Fetched(BaseHTTPRequestHandler):
    """Counts who asks."""

    requests: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.requests.append(self.path)
        self.send_response(404)
        self.end_headers()


@pytest.fixture
def address() -> Iterator[str]:
    """The address of a server on this machine that counts who asks."""
    Fetched.requests.clear()
    with HTTPServer(("127.0.0.1", 0), Fetched) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/secret"
        server.shutdown()


def _schema_rule(reference: str) -> dict[str, Any]:
    kwargs = {"json_schema": {"properties": {"a": {"$ref": reference}}}}
    rule = {"type": "ExpectColumnValuesToMatchJsonSchema", "kwargs": kwargs}
    return {"type": "custom", "engine": "greatExpectations", "implementation": rule}


@pytest.mark.parametrize("kind", ["http", "file", "relative"])
def test_a_reference_out_of_the_contract_is_refused_and_not_fetched(
    check_table: CheckTable, tmp_path: Path, address: str, kind: str
) -> None:
    (tmp_path / "other.yaml").write_text("hunter2")
    addresses = {"http": address, "file": f"file://{tmp_path}/other.yaml", "relative": "other.yaml"}
    reference = {"$ref": addresses[kind]}
    cases: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({}, {"quality": [reference]}),
        ({}, {"properties": [{"name": "x1", "quality": [_schema_rule(addresses[kind])]}]}),
        ({}, {"customProperties": [{"property": "a", "vendor": "b", "value": reference}]}),
        ({"context": reference}, {}),
        ({"servers": [reference]}, {}),
        ({"team": reference}, {}),
        ({"description": reference}, {}),
    ]
    for top, table in cases:
        problems = check_table(top, **table)
        assert any(problem.field.endswith("$ref") for problem in problems), (top, table)
        assert "hunter2" not in str(problems)
    assert Fetched.requests == []


def test_a_schema_may_refer_to_its_own_parts(check_table: CheckTable) -> None:
    rule = _schema_rule("#/definitions/a")
    assert check_table(properties=[{"name": "x1", "quality": [rule]}]) == ()
