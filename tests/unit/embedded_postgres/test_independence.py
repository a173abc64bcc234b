"""The room of the embedded server could be taken out of this program as it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import aipo_pipelines.embedded_postgres

ROOM = Path(aipo_pipelines.embedded_postgres.__file__).parent
MODULES = sorted(ROOM.glob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_a_module_of_the_embedded_server_names_nothing_of_the_program_that_uses_it(
    module: Path,
) -> None:
    text = module.read_text().replace("aipo_pipelines.embedded_postgres", "")
    assert re.findall("aipo|ledger|dagster|mlflow", text, re.IGNORECASE) == []
