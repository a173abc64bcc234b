"""What grows with each delivery gets no end: the next delivery is not among what was seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.load import load_product, load_standards
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.charter.model.sources import SourceFormat
from aipo_pipelines.charter.model.standards import Standards
from aipo_pipelines.charter.model.thresholds import Metric
from aipo_pipelines.drafting.draft import Draft, Wishes, draft_product
from aipo_pipelines.drafting.plan import Place
from aipo_pipelines.drafting.table import Part, Table
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.measures.contract.check import check_contract
from aipo_pipelines.measures.data.conform import conform
from aipo_pipelines.resources.products_root import bundled

ROWS = 120
FILES = 6
YEARS = np.repeat(np.arange(2003, 2003 + FILES), ROWS)


@pytest.fixture(scope="module")
def standards() -> Standards:
    standards = load_standards(bundled("products"))
    assert standards is not None
    return standards


def drafted(
    standards: Standards, names: list[str], columns: dict[str, Any], **wishes: Any
) -> Draft:
    """A draft of files of equally many records."""
    frame = pd.DataFrame(columns).astype("str")
    size = len(frame) // len(names)
    parts = tuple(Part(name=name, rows=size, looked_at=size) for name in names)
    place = Place(location="in/*.csv", format=SourceFormat.CSV, shown_as="files")
    return draft_product(
        "sample", place, Table(frame=frame, rows=len(frame), parts=parts), Wishes(**wishes),
        standards,
    )  # fmt: skip


def loaded(draft: Draft, folder: Path) -> Product:
    folder.mkdir()
    (folder / "charter.yaml").write_text(draft.charter, encoding="utf-8")
    (folder / "contract.yaml").write_text(draft.contract, encoding="utf-8")
    return load_product(folder, standards=bundled("products") / "standards.yaml")


def yearly(**more: Any) -> dict[str, Any]:
    rng = np.random.default_rng(3)
    x = rng.normal(size=len(YEARS)).round(3)
    y = (x + rng.normal(size=len(YEARS)) > 0).astype(int)
    return {"x": x, **more, "churned": np.where(y == 1, "yes", "no")}


def words(text: str) -> str:
    return " ".join(text.replace("#", "").split())


FILES_OF_YEARS = [f"wage_{year}.csv" for year in range(2003, 2003 + FILES)]


def breaks(product: Product, next_one: dict[str, Any]) -> bool:
    """Whether the contract refuses a delivery of cells as text."""
    contract = product.contract
    cells = pd.DataFrame(next_one).astype("str")
    return check_contract(conform(cells, contract), contract).verdict is Verdict.FAIL


def following(product: Product, column: str, values: list[Any]) -> dict[str, Any]:
    """A next delivery like the last delivery, except one column."""
    rows = YEARS.max() == YEARS
    frame = pd.DataFrame(yearly(**{column: YEARS}))[rows]
    frame[column] = np.resize(np.array(values, dtype=object), int(rows.sum()))
    return {
        name: frame[name].tolist()
        for name in [declared.name for declared in product.contract.columns]
    }


@pytest.mark.parametrize(
    ("column", "values", "next_values"),
    [
        ("year", YEARS, [2009]),
        ("run", YEARS - 2000, [9]),
        ("week", 226 + np.arange(len(YEARS)) // 20, [262, 263, 400]),
        ("period", [f"{year}-H1" for year in YEARS], ["2009-H1"]),
    ],
)
def test_a_column_that_grows_with_each_delivery_lets_the_next_delivery_in(
    standards: Standards, tmp_path: Path, column: str, values: Any, next_values: list[Any]
) -> None:
    draft = drafted(standards, FILES_OF_YEARS, yearly(**{column: values}), label="churned")
    product = loaded(draft, tmp_path / "sample")
    assert not breaks(product, following(product, column, next_values))
    assert "DECIDE: time-like: it grows with each delivery" in words(draft.contract)
    text = words(draft.charter)
    assert f"DECIDE: left out: {column} (time-like: grows with each delivery, and a model" in text
    assert product.charter.model is not None
    assert product.charter.model.features == ("x",)
    question_text = next(
        question.asks for question in draft.questions if question.field == "model.features"
    )
    assert f"Left out: {column} (time-like" in question_text


def test_a_set_is_still_closed_if_each_delivery_has_all_values(
    standards: Standards, tmp_path: Path
) -> None:
    shops = np.resize([1, 2, 3], len(YEARS))
    draft = drafted(standards, FILES_OF_YEARS, yearly(shop=shops), label="churned")
    product = loaded(draft, tmp_path / "sample")
    assert breaks(product, following(product, "shop", [1, 2, 9]))
    assert not breaks(product, following(product, "shop", [1, 2, 3]))


@pytest.mark.parametrize(
    "values",
    [
        # A branch that was opened in the fifth year; and branches that are in one file each.
        np.where((YEARS >= 2007) & (np.arange(len(YEARS)) % 4 == 0), "south", "north"),
        np.array(["e", "b", "f", "a", "d", "c"])[YEARS - 2003],
    ],
)
def test_categories_that_came_with_later_deliveries_leave_the_set_open(
    standards: Standards, tmp_path: Path, values: Any
) -> None:
    draft = drafted(standards, FILES_OF_YEARS, yearly(branch=values), label="churned")
    product = loaded(draft, tmp_path / "sample")
    assert not breaks(product, following(product, "branch", ["west"]))
    assert "came with later deliveries only, so no set is promised" in words(draft.contract)


def test_a_rare_category_that_is_missing_in_a_first_delivery_by_chance_leaves_the_set_closed(
    standards: Standards, tmp_path: Path
) -> None:
    values = np.where(np.isin(np.arange(len(YEARS)), [150, 400, 640]), "rare", "usual")
    draft = drafted(standards, FILES_OF_YEARS, yearly(kind=values), label="churned")
    product = loaded(draft, tmp_path / "sample")
    assert breaks(product, following(product, "kind", ["new"]))


def test_categories_of_later_times_leave_the_set_open_in_a_single_file(
    standards: Standards, tmp_path: Path
) -> None:
    days = pd.date_range("2024-01-01", periods=len(YEARS), freq="D").strftime("%Y-%m-%d")
    late = np.arange(len(YEARS)) > 500
    columns = {"day": days, **yearly(tariff=np.where(late & (YEARS > 0), "b", "a"))}
    place = Place(location="data.csv", format=SourceFormat.CSV, shown_as="data.csv")
    frame = pd.DataFrame(columns).astype("str")
    table = Table(frame=frame, rows=len(frame))
    draft = draft_product("sample", place, table, Wishes(label="churned"), standards)
    column = loaded(draft, tmp_path / "sample").contract.column("tariff")
    assert column is not None
    assert column.allowed == ()


def test_a_range_that_went_further_with_each_delivery_has_no_end(
    standards: Standards, tmp_path: Path
) -> None:
    rng = np.random.default_rng(5)
    prices = (rng.uniform(10, 20, len(YEARS)) * 1.3 ** (YEARS - 2003)).round(2)
    steady = rng.uniform(10, 20, len(YEARS)).round(2)
    columns = yearly(price=prices, other=steady)
    draft = drafted(standards, FILES_OF_YEARS, columns, label="churned")
    contract = loaded(draft, tmp_path / "sample").contract
    bounds = {
        name: (column.minimum, column.maximum)
        for name in ("price", "other")
        if (column := contract.column(name)) is not None
    }
    assert bounds["price"] == (0, None)
    assert bounds["other"] == (0, 30)
    assert "highest values went further from delivery to delivery" in words(draft.contract)


def test_a_year_of_one_file_has_no_end_and_stays_a_feature_with_a_question(
    standards: Standards, tmp_path: Path
) -> None:
    frame = pd.DataFrame(yearly(year=YEARS)).sample(frac=1, random_state=1).astype("str")
    place = Place(location="data.csv", format=SourceFormat.CSV, shown_as="data.csv")
    table = Table(frame=frame.reset_index(drop=True), rows=len(frame))
    draft = draft_product("sample", place, table, Wishes(label="churned"), standards)
    column = loaded(draft, tmp_path / "sample").contract.column("year")
    assert column is not None
    assert (column.allowed, column.minimum, column.maximum) == ((), 0, None)
    assert draft.plan.model is not None
    assert "year" in draft.plan.model.spec.features
    assert "year may be time-like" in words(draft.charter)


def changed_world(rows: int) -> dict[str, Any]:
    """The relation of x and label turns in the last files."""
    rng = np.random.default_rng(9)
    x = rng.normal(size=rows)
    sign = np.where(np.arange(rows) < 0.75 * rows, 1.0, -1.0)
    event = sign * x + rng.normal(size=rows) * 0.5 > 0
    return {"x": x.round(3), "churned": np.where(event, "yes", "no")}


@pytest.mark.parametrize(
    ("names", "is_ordered"),
    [
        (["w227-234.csv", "w235-242.csv", "w243-252.csv", "w253-260.csv"], True),
        (["north.csv", "south.csv", "east.csv", "west.csv"], False),
    ],
)
def test_deliveries_in_order_of_their_names_judge_the_first_model_by_the_last_files(
    standards: Standards, names: list[str], *, is_ordered: bool
) -> None:
    model = drafted(standards, names, changed_world(800), label="churned").plan.model
    assert model is not None
    reached = model.measured.figures[Metric.ROC_AUC].value
    assert reached is not None
    assert (reached < 0.5) is is_ordered
    assert ("last part in order of deliveries" in model.measured.looks) is is_ordered


def test_deliveries_in_order_of_a_time_like_column_judge_the_first_model_by_the_last_files(
    standards: Standards,
) -> None:
    columns = {"round": np.repeat([11, 12, 13, 14], 200), **changed_world(800)}
    names = ["north.csv", "south.csv", "east.csv", "west.csv"]
    plan = drafted(standards, names, columns, label="churned").plan
    assert plan.model is not None
    assert plan.cut.is_ordered
    value = plan.model.measured.figures[Metric.ROC_AUC].value
    assert value is not None
    assert value < 0.5
