"""Files of the project without code of their own: lock file, sizes, names of machines."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "constraints.txt").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REQUIREMENTS = [
    Requirement(line)
    for line in (*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"])
]
LARGEST_FILE = 500


def locked() -> dict[str, set[str]]:
    """Versions by name: more than one if they differ between versions of Python."""
    versions: dict[str, set[str]] = {}
    for name, version in re.findall(
        r"^([A-Za-z0-9_.-]+)(?:\[.*?\])?==([^ ;\\]+)", LOCK, re.MULTILINE
    ):
        versions.setdefault(canonicalize_name(name), set()).add(version)
    return versions


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("this is no checkout")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda requirement: requirement.name)
def test_every_dependency_is_locked_to_a_version_it_asks_for(requirement: Requirement) -> None:
    versions = locked().get(canonicalize_name(requirement.name), set())
    assert versions
    assert all(requirement.specifier.contains(version) for version in versions)


def test_every_locked_version_has_a_hash() -> None:
    entries = re.split(r"^(?=[A-Za-z0-9])", LOCK, flags=re.MULTILINE)[1:]
    assert len(entries) > len(REQUIREMENTS)
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_lock_file_holds_no_address_and_no_path() -> None:
    assert re.findall(r"^.*(?:://|^-|file:|@ ).*$", LOCK, re.MULTILINE) == []


def test_no_python_file_is_longer_than_agreed() -> None:
    long = {
        path.name: lines
        for path in tracked()
        if path.suffix == ".py"
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > LARGEST_FILE
    }
    assert long == {}


def test_no_file_names_a_registry_of_packages_or_a_folder_of_one_machine() -> None:
    # Put together here, so that this file does not name them either.
    names = ["pypi" + ".org", "python" + "hosted", "/wo" + "rk/", "/ro" + "ot/."]
    texts = [path for path in tracked() if path.suffix != ".png"]
    matches = {
        (str(path.relative_to(ROOT)), name)
        for path in texts
        for name in names
        if name in path.read_text(encoding="utf-8", errors="replace")
    }
    assert matches == set()


def test_the_whole_test_command_lints_types_checks_layers_and_runs_the_tests() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    target = re.search(r"^test: (.*)$", makefile, re.MULTILINE)
    assert target is not None
    assert target[1].split() == ["lint", "types", "layers", "tests"]
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
