"""Charters that cannot be used: all problems are reported at once, with file, line and hint."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.command import USAGE, Desk, Outcome
from tests.acceptance.synthetic import records
from tests.samples import CHARTER, write_product

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("bad_input_charters"),
]

TEXT = json.dumps(CHARTER, indent=2)


def _text(pattern: str, instead: str) -> Callable[[Path], object]:
    """A charter in which one place of the text is another."""

    def write(folder: Path) -> None:
        write_product(folder)
        text, count = re.subn(pattern, instead, TEXT, count=1)
        assert count == 1
        (folder / "charter.yaml").write_text(text, "utf-8")

    return write


def _changed(**changes: Any) -> Callable[[Path], object]:
    return lambda folder: write_product(folder, **changes)


def _bytes(content: bytes) -> Callable[[Path], object]:
    def write(folder: Path) -> None:
        write_product(folder)
        (folder / "charter.yaml").write_bytes(content)

    return write


def _without(name: str) -> Callable[[Path], object]:
    return lambda folder: (write_product(folder) / name).unlink()


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "malformed": (_text('"purpose": "', '"purpose": ["'), r"charter.yaml:\d+"),
    "tabs": (_bytes(b"product: a\n\tversion: 1\n"), r"charter.yaml:2.*"),
    "empty": (_bytes(b""), "charter.yaml:1.*"),
    "a list": (_bytes(b"- product\n"), "charter.yaml:1.*"),
    "no text": (_bytes(b"\xff\xfe\x00"), r"charter.yaml.*UTF-8"),
    "a tag": (_bytes(b"!!python/object/apply:os.system ['touch pwned']\n"), "charter.yaml:1"),
    "twice": (_text('"version": "1",', '"version": "1",\n"version": "2",'), "version.*twice|again"),
    "unknown key": (_changed(ownr="Ada"), r"ownr.*"),
    "missing key": (_changed(purpose=...), r"purpose.*"),
    "looser": (
        _changed(thresholds=[{**CHARTER["thresholds"][0], "limit": 0.51}]),
        r"0\.51.*0\.6\b",
    ),
    "never fires": (_changed(retraining={"cadence": "0 0 31 2 *"}), r"0 0 31 2 \*"),
    "no cron": (_changed(retraining={"cadence": "every monday"}), "every monday"),
    "no contract": (_without("contract.yaml"), "contract.yaml.*no such file"),
    "fits no column": (
        _changed(
            contract_changes={
                "schema": [{"name": "r", "properties": [{"name": "z", "logicalType": "number"}]}]
            }
        ),
        "none of the columns",
    ),
    "region of truth": (_text(r'"NO"', "false"), r"regions.*false"),
    "outside": (_changed(product="../../etc"), r"product.*etc"),
    "unknown feed": (_changed(feed="recods"), "records"),
}


@pytest.fixture(scope="module")
def outcomes(module_folder: Path, make_desk: Callable[[Path], Desk]) -> dict[str, list[Outcome]]:
    """The output of `check`, `check --json` and `run` about each broken product."""
    desk = make_desk(module_folder)
    commands: list[list[str]] = []
    for name, (write, _) in BROKEN.items():
        folder = module_folder / name.replace(" ", "_")
        write(folder)
        commands.append(["check", str(folder)])
        commands.append(["check", str(folder), "--json"])
        commands.append(["run", "sample", "--products", str(folder)])
    typed = desk.types(*commands)
    return {name: typed[3 * place : 3 * place + 3] for place, name in enumerate(BROKEN)}


@pytest.mark.parametrize("name", BROKEN)
def test_check_reports_each_problem_with_its_place(
    outcomes: dict[str, list[Outcome]], name: str
) -> None:
    outcome = outcomes[name][0]
    assert outcome.code == USAGE
    assert re.search(BROKEN[name][1], outcome.out, re.DOTALL), outcome.out


@pytest.mark.parametrize("name", BROKEN)
def test_every_problem_names_file_line_found_expected_and_what_to_do(
    outcomes: dict[str, list[Outcome]], name: str
) -> None:
    problems = outcomes[name][1].json
    assert problems
    for problem in problems:
        assert problem["file"].endswith((".yaml",))
        assert problem["line"] >= 1
        assert all(problem[part] for part in ("found", "expected", "hint"))


@pytest.mark.parametrize("name", BROKEN)
def test_run_refuses_it_with_the_same_problems_and_no_traceback(
    outcomes: dict[str, list[Outcome]], name: str
) -> None:
    outcome = outcomes[name][2]
    assert outcome.code == USAGE
    assert "Traceback" not in outcome.output
    assert re.search(BROKEN[name][1], outcome.err, re.DOTALL), outcome.err


def test_a_tag_of_yaml_runs_nothing(
    outcomes: dict[str, list[Outcome]], module_folder: Path
) -> None:
    assert outcomes["a tag"]
    assert not list(module_folder.rglob("pwned"))
    assert not Path("pwned").exists()


def test_unquoted_norway_stays_a_region(module_folder: Path, tmp_path: Path) -> None:
    write_product(tmp_path)
    (tmp_path / "charter.yaml").write_text(TEXT.replace('"NO"', "NO"), "utf-8")
    done = Desk(module_folder / "none", tmp_path).aipo("check", str(tmp_path))
    assert (done.returncode, done.stdout) == (0, "")


def test_check_needs_no_home_and_makes_none(module_folder: Path, tmp_path: Path) -> None:
    write_product(tmp_path)
    Desk(module_folder / "none", tmp_path).aipo("check", str(tmp_path))
    assert not (module_folder / "none").exists()


def test_one_broken_charter_hides_no_other_problem(module_folder: Path, tmp_path: Path) -> None:
    write_product(tmp_path / "a", ownr="Ada")
    write_product(tmp_path / "b", product="other", purpose=...)
    (write_product(tmp_path / "c", product="third") / "charter.yaml").write_text("{", "utf-8")
    done = Desk(module_folder / "none", tmp_path).aipo("check", str(tmp_path))
    assert {
        line.split("charter.yaml")[0][-2:]
        for line in done.stdout.splitlines()
        if "charter.yaml" in line
    } >= {"a/", "b/", "c/"}


def test_a_home_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    folder = write_product(tmp_path / "product")
    (folder / "data").mkdir()
    records(0).to_csv(folder / "data" / "a.csv", index=False)
    (tmp_path / "file").write_text("in the way")
    for home in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/aipo")):
        desk = Desk(home, folder, {"HOME": os.environ["HOME"]})
        done = desk.aipo("run", "sample")
        assert done.returncode == 1
        assert str(home) in done.stderr
        assert "AIPO_HOME" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_database_that_is_away_is_named_without_its_password(tmp_path: Path) -> None:
    folder = write_product(tmp_path / "product")
    away = "postgresql://somebody:s3cret-word@127.0.0.1:9/postgres"
    desk = Desk(tmp_path / "home", folder, {"AIPO_DATABASE_URL": away})
    done = desk.aipo("status", "sample")
    assert done.returncode == 1
    assert "127.0.0.1" in done.stderr
    assert "s3cret-word" not in done.stderr
    assert "Traceback" not in done.stderr
