"""The token, the sockets and the files of MLflow are private with every umask."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from aipo_pipelines.door.account import furnish, lend_models, mlflow_account, relay_folder
from aipo_pipelines.door.artifacts import confined, lies_within
from aipo_pipelines.door.relay import relay
from aipo_pipelines.door.secret import read_token, renew_token
from aipo_pipelines.door.sockets import LONGEST, bound, socket_folder
from aipo_pipelines.embedded_postgres.account import Account
from aipo_pipelines.errors import HomeError
from aipo_pipelines.resources.home import Home


@pytest.fixture(autouse=True)
def _loose_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_the_token_is_new_at_every_start_and_its_file_is_private(tmp_path: Path) -> None:
    path = tmp_path / "door.token"
    path.write_text("an old token that was longer than any that is made now, and open to all\n")
    path.chmod(0o644)
    first = renew_token(path)
    assert (read_token(path), mode(path)) == (first, 0o600)
    assert renew_token(path) != first
    assert len(first) >= 43


def test_without_a_start_there_is_no_token(tmp_path: Path) -> None:
    with pytest.raises(HomeError, match="`aipo up` writes it"):
        read_token(tmp_path / "door.token")
    (tmp_path / "door.token").touch()
    with pytest.raises(HomeError, match="is empty"):
        read_token(tmp_path / "door.token")


def test_sockets_lie_in_a_private_folder(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    with socket_folder(home) as folder:
        assert folder == home.run / "door"
        assert mode(folder) == 0o700
        bound(folder / "a.sock").close()
        with bound(folder / "a.sock"):
            assert mode(folder / "a.sock") == 0o600


def test_a_folder_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    (home.run / "door").mkdir(mode=0o755)
    with pytest.raises(HomeError, match="is not safe for the sockets"), socket_folder(home):
        pass


def test_a_long_home_keeps_its_sockets_in_a_short_private_folder(tmp_path: Path) -> None:
    home = Home(tmp_path / ("x" * LONGEST)).create()
    with socket_folder(home) as folder:
        assert mode(folder) == 0o700
        bound(folder / "dagster.sock").close()
    assert not folder.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give rights to another account")
def test_the_account_may_read_models_and_snapshots_are_closed(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    model = lake / "mlflow" / "sample" / "models"
    model.mkdir(parents=True)
    (model / "model.skops").write_text("x")
    (lake / "snapshots" / "sample").mkdir(parents=True)
    lake.chmod(0o700)
    lend_models(lake, Account(65533, 65533, switch=True))
    assert (mode(lake), lake.stat().st_gid) == (0o710, 65533)
    assert mode(lake / "snapshots") == mode(lake / "artefacts") == 0o700
    assert lake.joinpath("snapshots").stat().st_gid == 0
    for path in (lake / "mlflow", model):
        assert mode(path) & 0o2057 == 0o2050
    assert mode(model / "model.skops") & 0o047 == 0o040


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give rights to another account")
@pytest.mark.parametrize("opened", [0o755, 0o750])
def test_a_lake_that_was_opened_on_purpose_stays_open(tmp_path: Path, opened: int) -> None:
    lake = tmp_path / "lake"
    (lake / "snapshots").mkdir(mode=0o750, parents=True)
    lake.chmod(opened)
    lend_models(lake, Account(65533, 65533, switch=True))
    assert (mode(lake), lake.stat().st_gid) == (opened, 0)
    assert mode(lake / "snapshots") == 0o750


@pytest.mark.skipif(os.geteuid() != 0, reason="only root furnishes for another account")
def test_the_account_writes_one_folder_and_cannot_replace_what_root_makes(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    own = furnish(home, Account(65533, 65533, switch=True))
    assert (mode(own), own.stat().st_uid) == (0o700, 65533)
    folder = home.mlflow.stat()
    assert (mode(home.mlflow), folder.st_uid, folder.st_gid) == (0o710, 0, 65533)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root furnishes for another account")
def test_in_a_long_home_the_account_passes_the_folder_of_the_sockets(tmp_path: Path) -> None:
    account = Account(65533, 65533, switch=True)
    home = Home(tmp_path / "home").create()
    with socket_folder(home) as folder:
        assert relay_folder(home, folder, account) == home.mlflow
        assert mode(folder) == 0o700
    home = Home(tmp_path / ("x" * LONGEST)).create()
    with socket_folder(home) as folder:
        assert relay_folder(home, folder, account) == folder
        assert (mode(folder), folder.stat().st_gid) == (0o710, 65533)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root furnishes for another account")
def test_what_is_furnished_in_somebody_elses_home_is_theirs(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    for folder in (home.path, home.lake):
        os.chown(folder, 65533, 65533)
    account = mlflow_account(home)
    assert account == Account(65533, 65533, switch=True)
    own = furnish(home, account)
    lend_models(home.lake, account)
    assert {path.stat().st_uid for path in (own, home.mlflow)} == {65533}
    assert {mode(path) for path in (own, home.mlflow, home.lake)} == {0o700}
    assert list(home.lake.iterdir()) == []


@pytest.mark.parametrize(
    "place",
    ["", "/sample/1", "/a%20b", "/a?b", "/."],
)
def test_places_below_a_root_are_within(tmp_path: Path, place: str) -> None:
    assert lies_within(f"{tmp_path}{place}", str(tmp_path))
    assert lies_within(f"file://{tmp_path}{place}", str(tmp_path))
    assert lies_within(f"s3://lake/mlflow{place}", "s3://lake/mlflow/")


@pytest.mark.parametrize(
    "place",
    [
        "/etc",
        "file:///etc",
        "file:/etc",
        "FILE:///etc",
        "file://elsewhere{root}",
        "{root}/../etc",
        "file://{root}/%2e%2e/etc",
        "{root}-other",
        "{root}/link",
        "s3://lake/mlflow",
        "http://127.0.0.1/",
        "mlflow-artifacts:/x",
        "",
        ".",
    ],
)
def test_places_elsewhere_are_not_within(tmp_path: Path, place: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to("/etc")
    assert not lies_within(place.format(root=root), str(root))


@pytest.mark.parametrize(
    "place", ["s3://other/mlflow", "s3://lake/mlflow/../x", "s3://lake/mlflows", "/lake/mlflow"]
)
def test_places_elsewhere_in_a_store_are_not_within(place: str) -> None:
    assert not lies_within(place, "s3://lake/mlflow")


def test_a_place_outside_is_never_opened(tmp_path: Path) -> None:
    from mlflow.exceptions import MlflowException

    opened: list[str] = []
    opener = confined(opened.append, [str(tmp_path)])
    opener(f"{tmp_path}/a")
    with pytest.raises(MlflowException, match="its own folder only"):
        opener("file:///etc")
    assert opened == [f"{tmp_path}/a"]


def test_a_relay_passes_bytes_both_ways_and_ends_with_either_end(tmp_path: Path) -> None:
    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line.upper())
            await writer.drain()
        writer.close()

    async def talk() -> list[bytes]:
        far = await asyncio.start_unix_server(shout, path=str(tmp_path / "far"), limit=2**20)
        until = asyncio.Event()
        passing = asyncio.create_task(
            relay(bound(tmp_path / "near"), tmp_path / "far", until.wait())
        )
        while True:
            try:
                reader, writer = await asyncio.open_unix_connection(str(tmp_path / "near"))
                break
            except ConnectionRefusedError:
                await asyncio.sleep(0.01)
        writer.write(b"one\n")
        lines = [await reader.readline()]
        writer.write(b"x" * 200_000 + b"\n")
        lines.append(await reader.readexactly(200_001))
        writer.write_eof()
        lines.append(await reader.read())
        writer.close()
        await writer.wait_closed()
        # What the other two tasks have left to do is to close their ends.
        await asyncio.sleep(0.05)
        until.set()
        await passing
        far.close()
        return lines

    assert asyncio.run(talk()) == [b"ONE\n", b"X" * 200_000 + b"\n", b""]


def test_nobody_connects_to_a_socket_before_its_server_listens(tmp_path: Path) -> None:
    with (
        bound(tmp_path / "a.sock"),
        socket.socket(socket.AF_UNIX) as probe,
        pytest.raises(ConnectionRefusedError),
    ):
        probe.connect(str(tmp_path / "a.sock"))
