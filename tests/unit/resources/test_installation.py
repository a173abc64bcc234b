"""What an installation lists for charters, in its environment and in a file of its home."""

from __future__ import annotations

from pathlib import Path

import pytest

from aipo_pipelines.errors import HomeError
from aipo_pipelines.resources.home import Home
from aipo_pipelines.resources.installation import allowed_here, allowed_in, lend


def test_both_lists_count(tmp_path: Path) -> None:
    (tmp_path / "allowed.txt").write_text(
        "# remarks\n\ndata: /srv/b\nvariable: TWO\n module : more \n", "utf-8"
    )
    allowed = allowed_here(
        {
            "AIPO_HOME": str(tmp_path),
            "AIPO_DATA": "/srv/a:/mnt/x",
            "AIPO_VARIABLES": "ONE, SHOP_*",
            "AIPO_MODULES": "team_models",
        }
    )
    assert [str(place) for place in allowed.places] == ["/srv/a", "/mnt/x", "/srv/b"]
    assert allowed.variables == ("ONE", "SHOP_*", "TWO")
    assert allowed.modules == ("team_models", "more")


def test_without_a_home_nothing_is_listed_there() -> None:
    assert allowed_in({}).places == ()


@pytest.mark.parametrize(
    "text", ["data: srv/b\n", "data:\n", "/srv/b\n", "folder: /srv/b\n", "variable TWO\n"]
)
def test_a_line_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "allowed.txt").write_text(text, "utf-8")
    with pytest.raises(HomeError, match="expected"):
        allowed_here({"AIPO_HOME": str(tmp_path)})


def test_an_allowed_thing_is_added_once_and_remarks_stay(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    assert lend(home, [("data", "/srv/a")]) == ("data: /srv/a",)
    path = home.path / "allowed.txt"
    path.write_text(path.read_text("utf-8") + "# mine", "utf-8")
    assert lend(home, [("data", "/srv/a"), ("variable", "PW")]) == ("variable: PW",)
    assert path.read_text("utf-8").splitlines()[-3:] == ["data: /srv/a", "# mine", "variable: PW"]
    assert allowed_here({"AIPO_HOME": str(home.path)}).variables == ("PW",)


def test_no_name_of_a_file_adds_a_line_of_its_own(tmp_path: Path) -> None:
    assert lend(Home(tmp_path / "home"), [("data", "/srv/a\nmodule: os")]) == ()
