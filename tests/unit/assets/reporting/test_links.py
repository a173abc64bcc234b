from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.assets.reporting.links import inert, ledger_command, model_link
from tests.world import World


def test_a_model_is_linked_to_its_page_in_mlflow(lived: World) -> None:
    links = model_link(lived.services, "sample", "3")
    assert links == {"MLflow": "http://mlflow.example/#/models/sample/versions/3"}


def test_no_link_is_offered_if_no_pages_are_served(lived: World) -> None:
    assert model_link(lived.speaking_to(mlflow_url=""), "sample", "3") == {}


def test_logged_predictions_without_a_version_have_no_link(lived: World) -> None:
    assert model_link(lived.services, "sample", "") == {}


def test_the_ledger_command_names_product_and_subject() -> None:
    assert ledger_command("churn", "drift/data_drift") == (
        "`aipo history churn --subject drift/data_drift`"
    )


@pytest.mark.parametrize(
    "name",
    [
        "<img src=x onerror=alert(1)>",
        "</table>",
        "<!-- -->",
        "<https://evil.example>",
        "[click](javascript:alert(1))",
        "![x](http://evil.example/a.png)",
        "[x]: http://evil.example",
        "&lt;script&gt;",
    ],
)
def test_what_would_be_markup_is_broken_up(name: str) -> None:
    shown = inert(f"Column {name} fails.")
    assert name not in shown
    assert shown.replace("\u200b", "") == f"Column {name} fails."


@pytest.mark.parametrize("text", ["value < 0.7 & n > 100", "x_1, tenure [months]", "a*b (c)"])
def test_ordinary_sentences_stay_as_they_are(text: str) -> None:
    assert inert(text) == text


def test_a_name_of_several_lines_becomes_one_line() -> None:
    assert inert("a\n# b\r\tc\x1b[31m") == "a # b  c [31m"


@given(st.text())
def test_nothing_shown_can_open_a_tag_or_a_link(text: str) -> None:
    shown = inert(text)
    assert not any(tag in shown for tag in ("<a", "</", "<!", "<?", "](", "][", "]:", "\n"))
