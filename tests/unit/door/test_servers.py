"""The programs of the door, each as a process of its own: it answers quietly until a signal."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from aipo_pipelines.door.__main__ import main as door_main
from aipo_pipelines.door.mlflow_server import main as mlflow_main
from aipo_pipelines.errors import HomeError

TOKEN = "nPq5-the-token-of-this-start"
ECHO = """
import sys
from pathlib import Path
from aipo_pipelines.door.serving import serve
from aipo_pipelines.door.sockets import bound
from tests.unit.door.house import Received, echo
serve(echo(Received()), bound(Path(sys.argv[1])))
"""
STEP_DOWN = """
import os, sys
from pathlib import Path
from aipo_pipelines.door.mlflow_server import step_down
from aipo_pipelines.embedded_postgres.account import Account
step_down(Account(65534, 65533, switch=True), Path(sys.argv[1]))
print(os.getresuid(), os.getresgid(), os.getgroups(), os.getcwd())
try:
    os.setuid(0)
except PermissionError:
    print("no way back")
"""


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Runs a program in the background, and ends it."""
    process = subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(process: subprocess.Popen[str], place: Path | int) -> None:
    """Waits until a program that has just been started listens on a socket or a port."""
    family = socket.AF_UNIX if isinstance(place, Path) else socket.AF_INET
    address = str(place) if isinstance(place, Path) else ("127.0.0.1", place)
    end = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < end:
        with socket.socket(family) as client:
            if client.connect_ex(address) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"no server: {process.communicate()}")


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_server_on_a_socket_answers_quietly_until_a_signal(
    tmp_path: Path, ending: signal.Signals
) -> None:
    path = tmp_path / "server.sock"
    with started("-c", ECHO, str(path)) as process:
        transport = httpx.HTTPTransport(uds=str(path))
        with httpx.Client(transport=transport, base_url="http://localhost") as client:
            wait_for(process, path)
            answer = client.get("/a?token=hunter2")
        assert answer.status_code == 200
        assert not {"server", "date"} & set(answer.headers)
        process.send_signal(ending)
        output = process.communicate(timeout=60)
        assert output == ("", "")
        assert process.returncode == (0 if ending is signal.SIGINT else -signal.SIGTERM)


def test_the_door_serves_on_its_port_and_logs_no_address(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    token = tmp_path / "door.token"
    token.write_text(f"{TOKEN}\n")
    options = ["--port", str(port), "--token-file", str(token), "--sockets", str(tmp_path)]
    module = ["-m", "aipo_pipelines.door", *options, "--allow-host", "Shop.Example"]
    with started(*module) as process:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            wait_for(process, port)
            assert client.get("/").status_code == 401
            entered = client.get(f"/?token={TOKEN}")
            assert entered.status_code == 303
            assert client.get("/").status_code == 200
            for host, status in (("shop.example", 200), ("evil.example", 403)):
                assert client.get("/", headers={"Host": f"{host}:{port}"}).status_code == status
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60) == ("", "")
        assert process.returncode == 0


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot be read from"),
        ("\n", "is empty; expected the token that `aipo up` writes there."),
    ],
)
def test_a_door_without_a_token_does_not_start(
    tmp_path: Path, content: str | None, problem: str
) -> None:
    token = tmp_path / "door.token"
    if content is not None:
        token.write_text(content)
    options = ["--port", "3000", "--token-file", str(token), "--sockets", str(tmp_path)]
    result = CliRunner().invoke(door_main, options)
    assert isinstance(result.exception, HomeError)
    assert problem in str(result.exception)


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_a_port_that_does_not_exist_is_wrong_usage(tmp_path: Path, port: str) -> None:
    options = ["--port", port, "--token-file", str(tmp_path / "x"), "--sockets", str(tmp_path)]
    result = CliRunner().invoke(door_main, options)
    assert result.exit_code == 2
    assert "Invalid value for '--port'" in result.output


def test_the_server_of_models_needs_their_place(tmp_path: Path) -> None:
    result = CliRunner().invoke(mlflow_main, ["--socket", str(tmp_path / "mlflow.sock")])
    assert result.exit_code == 2
    assert "Missing option '--models'" in result.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another account")
def test_there_is_no_way_back_from_an_account_with_its_own_group_alone() -> None:
    # Every account may enter the root of the file system.
    command = [sys.executable, "-c", STEP_DOWN, "/"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout == ("(65534, 65534, 65534) (65533, 65533, 65533) [] /\nno way back\n")
