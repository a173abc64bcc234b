"""Threads of numerical libraries share the machine with all other processes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(("chosen", "used"), [("", "PASSIVE"), ("ACTIVE", "ACTIVE")])
def test_threads_sleep_while_they_wait_unless_somebody_chose_otherwise(
    chosen: str, used: str
) -> None:
    environ = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    code = "import aipo_pipelines, os; print(os.environ['OMP_WAIT_POLICY'])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environ | ({"OMP_WAIT_POLICY": chosen} if chosen else {}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == used
