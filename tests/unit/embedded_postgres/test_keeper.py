from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from aipo_pipelines.embedded_postgres.keeper import Orders


def test_orders_survive_the_command_line() -> None:
    orders = Orders(Path("/a b/ü"), Path("/p"), Path("/s"), -1, 7, 2.5)
    assert Orders.parse(orders.words()) == orders


def test_the_keeper_loads_the_standard_library_only() -> None:
    code = "import sys, aipo_pipelines.embedded_postgres.keeper; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"psycopg", "dagster", "pandas", "pydantic", "numpy"} & set(loaded)
