from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster.components.testing import create_defs_folder_sandbox

import aipo_pipelines
from aipo_pipelines.component import AIProduct
from tests.samples import write_product

pytestmark = [
    # Dagster's own helper still calls what pydantic has replaced, and what it calls beta itself.
    pytest.mark.filterwarnings("ignore:`parse_obj_as` is deprecated"),
    pytest.mark.filterwarnings("ignore:Class `.*` is currently in beta"),
]

YAML = "type: aipo_pipelines.AIProduct\nattributes:\n  charter: {charter}\n"


@contextmanager
def component(charter: str = "charter.yaml", **changes: Any) -> Iterator[dg.Definitions]:
    """Definitions of a project whose one component is the sample."""
    with create_defs_folder_sandbox() as sandbox:
        folder = write_product(sandbox.defs_folder_path / "sample", **changes)
        (folder / "defs.yaml").write_text(YAML.format(charter=charter), "utf-8")
        with sandbox.build_all_defs() as definitions:
            yield definitions


def test_a_few_lines_of_yaml_are_a_governed_product() -> None:
    with component() as definitions:
        keys = {
            key.to_user_string() for key in definitions.resolve_asset_graph().get_all_asset_keys()
        }
        assert {"sample/dataset", "sample/champion", "sample/sources/records"} <= keys
        assert definitions.resolve_job_def("sample__monitor")


def test_a_broken_charter_is_reported_with_file_and_line() -> None:
    with component(feed="nowhere") as definitions:
        (node,) = definitions.resolve_asset_graph().asset_nodes
    description = node.description or ""
    line = 1 + next(
        number
        for number, text in enumerate(written(feed="nowhere").splitlines())
        if '"feed"' in text
    )
    assert f"charter.yaml:{line}: feed" in description


def test_a_charter_of_another_name_is_refused() -> None:
    with pytest.raises(Exception, match="sample") as caught, component("other.yaml"):
        pass
    assert "other.yaml cannot be loaded as a charter; expected a file named charter.yaml" in chain(
        caught.value
    )


def test_an_attribute_nobody_knows_is_refused() -> None:
    inline = "charter.yaml\n  title: Inline"
    with pytest.raises(Exception, match="sample") as caught, component(inline):
        pass
    assert "title" in chain(caught.value)


def test_the_component_is_found_among_the_names_of_the_package() -> None:
    assert aipo_pipelines.AIProduct is AIProduct
    assert "AIProduct" in dir(aipo_pipelines)
    with pytest.raises(AttributeError, match="no attribute 'Other'"):
        _ = aipo_pipelines.Other


def written(**changes: Any) -> str:
    """The charter's text as the component finds it."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        return (write_product(Path(folder), **changes) / "charter.yaml").read_text("utf-8")


def chain(error: BaseException | None) -> str:
    """Messages of an error and its causes."""
    problems = []
    while error is not None:
        problems.append(str(error))
        error = error.__cause__ or error.__context__
    return "\n".join(problems)
