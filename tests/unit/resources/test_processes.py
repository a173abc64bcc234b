"""Services as child processes with their guards; small programs replace the services."""

from __future__ import annotations

import http.server
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aipo_pipelines.errors import ServiceError
from aipo_pipelines.resources.processes import (
    ServiceSpec,
    answers,
    require_free_port,
    running,
    wait_until_up,
)

SLEEP = "import time; time.sleep(60)"
GUARD = (sys.executable, "-m", "aipo_pipelines.resources.child_guard", sys.executable, "-c")


def spec(folder: Path, program: str, *, address: str = "") -> ServiceSpec:
    return ServiceSpec(
        name="the test service",
        command=(sys.executable, "-c", program),
        environ=dict(os.environ),
        log=folder / "logs" / "service.log",
        address=address,
    )


@pytest.fixture
def address() -> Iterator[str]:
    """A web server that answers everything with 404."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def eventually(holds: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or ") Z " not in stat.read_text()


def child_of(folder: Path) -> int:
    """The number of the process that wrote it into a file."""
    place = folder / "pid"
    assert eventually(lambda: place.exists() and bool(place.read_text()))
    return int(place.read_text())


def writes_pid(folder: Path) -> str:
    place = str(folder / "pid")
    return f"import os; open({place!r}, 'w').write(str(os.getpid())); {SLEEP}"


def test_services_end_when_they_are_left(tmp_path: Path) -> None:
    with running([spec(tmp_path, writes_pid(tmp_path))]) as services:
        pid = child_of(tmp_path)
        assert services[0].process.poll() is None
    assert services[0].process.poll() is not None
    assert eventually(lambda: not alive(pid))


def test_what_a_service_prints_goes_to_its_log(tmp_path: Path) -> None:
    with running([spec(tmp_path, "print('hello'); import sys; print('there', file=sys.stderr)")]):
        log = tmp_path / "logs" / "service.log"
        assert eventually(lambda: "there" in log.read_text())
    assert "hello" in log.read_text()


def test_a_service_that_ends_by_itself_is_named_with_its_log(tmp_path: Path) -> None:
    with running([spec(tmp_path, "raise SystemExit(3)")]) as services:
        services[0].process.wait(20)
        with pytest.raises(ServiceError, match=r"the test service ended with code 3.*service\.log"):
            services[0].fail_if_gone()


def test_a_service_that_never_answers_is_named_after_a_while(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent_address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with (
            running([spec(tmp_path, SLEEP, address=silent_address)]) as services,
            pytest.raises(ServiceError, match="no answer from the test service after 0 s"),
        ):
            wait_until_up(services, 0.1)


def test_a_service_that_dies_while_it_starts_is_named_at_once(tmp_path: Path) -> None:
    with (
        running([spec(tmp_path, "raise SystemExit(4)", address="http://127.0.0.1:9/")]) as services,
        pytest.raises(ServiceError, match="ended with code 4"),
    ):
        wait_until_up(services, 60)


def test_any_answer_means_that_a_service_is_up(tmp_path: Path, address: str) -> None:
    assert answers(address)
    with running([spec(tmp_path, SLEEP, address=address)]) as services:
        wait_until_up(services, 20)


def test_a_socket_answers_once_somebody_listens(tmp_path: Path) -> None:
    path = tmp_path / "a.sock"
    assert not answers(f"unix:{path}")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        assert not answers(f"unix:{path}")
        listener.listen()
        assert answers(f"unix:{path}")


def test_a_port_without_a_server_does_not_answer() -> None:
    assert not answers("http://127.0.0.1:9/")


def test_a_taken_port_is_named_with_the_option_to_choose_another() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ServiceError, match="for Dagster is taken; choose another port with"):
            require_free_port(port, "Dagster", "--port")
    require_free_port(port, "Dagster", "--port")


def test_a_port_that_this_account_may_not_open_is_not_said_to_be_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_self: socket.socket, _address: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(ServiceError, match="may not open port 80 for Dagster; choose one above"):
        require_free_port(80, "Dagster", "--port")


def test_a_service_outlives_nobody_not_even_a_killed_parent(tmp_path: Path) -> None:
    guard = (*GUARD, writes_pid(tmp_path))
    program = f"import subprocess as s, time; s.Popen({guard!r}, stdin=s.PIPE); time.sleep(60)"
    parent = subprocess.Popen([sys.executable, "-c", program])
    pid = child_of(tmp_path)
    parent.kill()
    parent.wait()
    assert eventually(lambda: not alive(pid))


def test_helpers_of_a_service_end_with_it(tmp_path: Path) -> None:
    helper = writes_pid(tmp_path)
    program = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {helper!r}])"
    guard = subprocess.Popen([*GUARD, f"{program}; {SLEEP}"], stdin=subprocess.PIPE)
    pid = child_of(tmp_path)
    assert guard.stdin is not None
    guard.stdin.close()
    guard.wait(30)
    assert eventually(lambda: not alive(pid))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_only_the_parent_ends_the_guard(tmp_path: Path, number: signal.Signals) -> None:
    guard = subprocess.Popen([*GUARD, writes_pid(tmp_path)], stdin=subprocess.PIPE)
    pid = child_of(tmp_path)
    guard.send_signal(number)
    time.sleep(0.2)
    assert guard.poll() is None
    assert alive(pid)
    assert guard.stdin is not None
    guard.stdin.close()
    guard.wait(30)


def test_the_code_of_the_program_is_the_code_of_the_guard() -> None:
    for program, code in (("raise SystemExit(7)", 7), ("import os; os.kill(os.getpid(), 9)", 137)):
        guard = subprocess.Popen([*GUARD, program], stdin=subprocess.PIPE)
        assert guard.wait(30) == code
        assert guard.stdin is not None
        guard.stdin.close()
