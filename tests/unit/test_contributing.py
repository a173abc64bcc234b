"""The pages for contributors against the files that they describe."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from tests.pages import PAGES as DOCUMENTS

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "aipo_pipelines"
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PAGES = ROOT / "docs" / "contributing"
LAYERS = [
    [set(layer.split(" : ")) for layer in contract["layers"]]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "importlinter"
    ]["contracts"]
    if contract["type"] == "layers"
]


def page(name: str) -> str:
    return (PAGES / name).read_text(encoding="utf-8")


def listed_rooms() -> list[str]:
    table = page("rooms.md").partition("Outside the order")[0]
    return re.findall(r"^\| \**([a-z_/]+)\** \| .+ \|$", table, re.MULTILINE)[1:]


def rooms() -> set[str]:
    """Every folder of the package with modules in it."""
    return {
        str(file.parent.relative_to(PACKAGE))
        for file in PACKAGE.rglob("__init__.py")
        if file.parent != PACKAGE
    }


def lost(paths: list[str]) -> set[str]:
    """Paths that are neither in the repository nor in the package."""
    return {path for path in paths if not ((ROOT / path).exists() or (PACKAGE / path).exists())}


def forms() -> list[tuple[str, str]]:
    """Type and module of each form of a batch."""
    return re.findall(
        r"^\| +\d* *\| `(\w+)` \| `([\w/]+\.py)` \|", page("the-way-of-a-batch.md"), re.MULTILINE
    )


def test_the_guide_fits_on_the_agreed_number_of_lines() -> None:
    assert len(GUIDE.splitlines()) <= 100


def test_the_set_up_of_the_guide_installs_the_locked_dependencies() -> None:
    planned = subprocess.run(
        ["make", "--dry-run", "--always-make"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert "-m venv .venv" in planned
    assert "--require-hashes --requirement constraints.txt" in planned
    assert "--editable ." in planned


def test_every_make_target_of_the_guide_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"`make ([a-z]+)`", GUIDE))
    assert named
    assert named - set(re.findall(r"^(\w+):", makefile, re.MULTILINE)) == set()


def test_every_room_has_one_line() -> None:
    assert sorted(listed_rooms()) == sorted(rooms() - {"simulation"})
    assert "**simulation**" in page("rooms.md")


@pytest.mark.parametrize("layers", LAYERS, ids=lambda layers: min(layers[0]))
def test_rooms_are_in_the_order_of_their_layers(layers: list[set[str]]) -> None:
    """Layers that are modules, not folders, have no line."""
    order = listed_rooms()
    places = [
        [
            order.index(room)
            for name in layer
            if (room := name.removeprefix("aipo_pipelines.").replace(".", "/")) in order
        ]
        for layer in layers
    ]
    assert [
        (upper, lower)
        for upper, lower in pairwise([layer for layer in places if layer])
        if max(upper) >= min(lower)
    ] == []


def test_every_module_beside_the_rooms_has_a_line() -> None:
    modules = {file.name for file in PACKAGE.glob("*.py")} - {"__init__.py"}
    outside = page("rooms.md").partition("Outside the order")[2]
    assert modules - set(re.findall(r"`(\w+\.py)`", outside)) == set()


def test_a_batch_takes_fifteen_forms_before_the_answer() -> None:
    assert len(forms()) == 16
    assert forms()[-1][0] == "Answer"


@pytest.mark.parametrize(("name", "module"), forms())
def test_a_form_of_a_batch_is_a_class_of_its_module(name: str, module: str) -> None:
    tree = ast.parse((PACKAGE / module).read_text(encoding="utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}


def test_the_picture_shows_the_forms_of_the_page_in_their_order() -> None:
    picture = (ROOT / "docs" / "pictures" / "way-of-a-batch.svg").read_text(encoding="utf-8")
    assert re.findall(r'class="type"[^>]*>(\w+)<', picture) == [name for name, _ in forms()]


@pytest.mark.parametrize("name", ["places.md", "the-way-of-a-batch.md"])
def test_every_path_of_a_page_for_contributors_exists(name: str) -> None:
    named = re.findall(r"`([a-z_0-9]+(?:/[\w.-]+)+|\w+\.py)`", page(name))
    assert named
    assert lost(named) == set()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_module_that_a_document_names_exists(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert lost(re.findall(r"`((?:[a-z_]+/)+\w+\.py)`", text)) == set()
