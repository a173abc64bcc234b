"""The asset of a product whose files cannot be used: it shows all problems under any name."""

from __future__ import annotations

import dagster as dg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.assets.reporting.unusable_product import unusable_spec
from aipo_pipelines.errors import CharterError

ERROR = CharterError("2 problems found: charter.yaml:3: owner: missing")


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("churn", "churn"),
        ("Churn_2", "Churn_2"),
        ("customer churn (EU)", "customer_churn_EU_"),
        ("../x", "_x"),
        ("größe", "gr_e"),
        ("日本", "_"),
        ("", "unnamed"),
    ],
)
def test_the_group_is_a_name_that_dagster_takes(name: str, group: str) -> None:
    spec = unusable_spec(name, ERROR)
    assert (spec.group_name, spec.key.path) == (group, [group, "charter"])


def test_all_problems_are_shown_and_nothing_is_called_good() -> None:
    spec = unusable_spec("churn", ERROR)
    assert spec.description == (
        "UNKNOWN: nothing is measured of churn, because its charter cannot be used and no "
        "agreement about it is in force. 2 problems found: charter.yaml:3: owner: missing"
    )
    assert spec.metadata["problems"] == dg.MetadataValue.text(str(ERROR))
    assert spec.kinds == {"problem"}


def test_a_name_or_a_problem_cannot_write_into_the_page() -> None:
    spec = unusable_spec("<b>", CharterError("found <script>"))
    assert "<b>" not in str(spec.description)
    assert "<script>" not in str(spec.description)


@settings(max_examples=50)
@given(st.text(max_size=20))
def test_any_name_of_a_folder_gives_an_asset(name: str) -> None:
    definitions = dg.Definitions(assets=[unusable_spec(name, ERROR)])
    assert len(list(definitions.assets or ())) == 1
