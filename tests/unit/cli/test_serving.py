"""What `aipo up` starts: nothing that others could read is among arguments, or handed to MLflow."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from aipo_pipelines.cli import aipo, serving
from aipo_pipelines.cli.serving import Place, address_to_open, close_to_others, services_of
from aipo_pipelines.cli.session import child_environment
from aipo_pipelines.embedded_postgres.account import Account
from aipo_pipelines.errors import UsageError
from aipo_pipelines.resources.home import Home
from aipo_pipelines.resources.processes import ServiceSpec
from aipo_pipelines.resources.products_root import bundled

ADMIN = "postgresql://boss:hunter2@db.example.com:5432/postgres"
ENVIRON = {
    "PATH": os.environ["PATH"],
    "AIPO_WORKSPACE": "workspace.yaml",
    "AIPO_DATABASE_URL": ADMIN,
    "SHOP_PASSWORD": "of-a-source",
    "AWS_ACCESS_KEY_ID": "of-the-lake",
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(serving, "mlflow_account", lambda _home: None)
    home = Home(tmp_path / "home").create()
    return Place(home=home, sockets=tmp_path, port=3000, hosts=["aipo.example.com"])


def started(place: Place) -> dict[str, ServiceSpec]:
    return {service.name: service for service in services_of(ENVIRON, place)}


def test_only_the_door_has_a_port(place: Place) -> None:
    addresses = {name: service.address for name, service in started(place).items()}
    assert addresses == {
        "MLflow": f"unix:{place.sockets}/mlflow.sock",
        "Dagster's daemon": "",
        "Dagster's webserver": f"unix:{place.sockets}/dagster.sock",
        "The door": "http://127.0.0.1:3000/",
    }


def test_no_secret_is_among_the_arguments_and_the_token_in_no_environment(place: Place) -> None:
    token = address_to_open(place).partition("token=")[2]
    assert token == place.home.token.read_text().strip()
    for service in started(place).values():
        words = " ".join(service.command)
        assert "hunter2" not in words
        assert token not in words
        assert token not in str(dict(service.environ))


def test_the_door_answers_to_the_names_that_are_allowed(place: Place) -> None:
    command = started(place)["The door"].command
    assert command[command.index("--allow-host") + 1] == "aipo.example.com"


def test_mlflow_knows_no_password_but_that_of_its_own_database(place: Place) -> None:
    environ = started(place)["MLflow"].environ
    assert "hunter2" not in str(dict(environ))
    assert "of-a-source" not in environ.values()
    assert environ["AWS_ACCESS_KEY_ID"] == "of-the-lake"
    assert "@db.example.com:5432/aipo_mlflow?" in environ["MLFLOW_BACKEND_STORE_URI"]
    assert environ["HOME"] == environ["TMPDIR"] == str(place.home.mlflow / "own")


def test_another_account_reaches_a_socket_of_postgres_through_one_of_its_own() -> None:
    other = Account(65533, 65533, switch=True)
    url = "postgresql://aipo:secret@localhost/aipo_mlflow?host=/home/postgres/socket"
    address, words = serving.reached_by(other, url, Path("/home/mlflow"))
    assert address == url.replace("/home/postgres/socket", "%2Fhome%2Fmlflow")
    assert words == [
        *("--as", "65533:65533"),
        *("--relay", "/home/mlflow", "--postgres", "/home/postgres/socket"),
    ]
    far = "postgresql://aipo:secret@db.example.com/aipo_mlflow"
    assert serving.reached_by(other, far, Path("/home/mlflow")) == (far, words[:2])


@pytest.fixture
def loose_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("loose_umask")
def test_new_files_of_a_running_command_are_closed_to_other_accounts(tmp_path: Path) -> None:
    close_to_others()
    (tmp_path / "made").touch()
    assert not (tmp_path / "made").stat().st_mode & 0o007


@pytest.mark.usefixtures("loose_umask")
def test_the_folder_of_dagster_is_private(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    child_environment(home, tmp_path)
    assert stat.S_IMODE(home.dagster.stat().st_mode) == 0o700


def test_who_reads_the_settings_of_dagster_while_a_command_starts_finds_all_of_them(
    tmp_path: Path,
) -> None:
    home = Home(tmp_path / "home").create()
    child_environment(home, tmp_path)
    settings = home.dagster / "dagster.yaml"
    settings.write_text("# of an earlier version\n")
    with settings.open() as reader:
        child_environment(home, tmp_path)
        assert reader.read() == "# of an earlier version\n"
    assert settings.read_bytes() == bundled("dagster.yaml").read_bytes()
    assert sorted(path.name for path in home.dagster.iterdir()) == [
        "dagster.yaml",
        "workspace.yaml",
    ]


@pytest.mark.parametrize("name", ["https://aipo.example.com", "aipo.example.com:443", "*", ""])
def test_only_a_name_of_a_host_can_be_allowed(name: str) -> None:
    with pytest.raises(UsageError, match="is not the name of a host"):
        aipo.main(["up", "--allow-host", name], standalone_mode=False)


def test_the_option_that_has_gone_says_where_mlflow_is() -> None:
    with pytest.raises(UsageError, match="behind the door of --port, at /mlflow/") as refused:
        aipo.main(["up", "--mlflow-port", "5000"], standalone_mode=False)
    assert refused.value.exit_code == 2
