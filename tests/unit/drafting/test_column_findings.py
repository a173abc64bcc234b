"""The draft has each odd finding about a table once, and quotes nothing of a person."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.load import load_product, load_standards
from aipo_pipelines.charter.model.contract import LogicalType
from aipo_pipelines.charter.model.sources import SourceFormat
from aipo_pipelines.charter.model.standards import Standards
from aipo_pipelines.drafting.draft import Draft, Wishes, draft_product
from aipo_pipelines.drafting.outliers import find_outliers
from aipo_pipelines.drafting.plan import Place
from aipo_pipelines.drafting.table import Table
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.measures.contract.check import check_contract
from aipo_pipelines.measures.data.conform import conform
from aipo_pipelines.resources.products_root import bundled

RNG = np.random.default_rng(11)
ROWS = 400
Drafted = Callable[..., Draft]


@pytest.fixture(scope="module")
def standards() -> Standards:
    standards = load_standards(bundled("products"))
    assert standards is not None
    return standards


@pytest.fixture
def drafted(standards: Standards) -> Drafted:
    def draft(name: str = "data.csv", **columns: Any) -> Draft:
        frame = pd.DataFrame({"key": [f"k{n:04}" for n in range(ROWS)], **columns}, dtype="str")
        table = Table(frame=frame.mask(frame == ""), rows=len(frame))
        place = Place(location="data.csv", format=SourceFormat.CSV, shown_as=name)
        return draft_product("sample", place, table, Wishes(), standards)

    return draft


def remarks(draft: Draft, column: str) -> str:
    return " | ".join(remark.text for remark in draft.plan.remarks.get(column, ()))


def numbers(form: str) -> list[str]:
    return [form.format(n) for n in RNG.integers(1, 99, ROWS)]


@pytest.mark.parametrize(
    ("form", "unit"),
    [("{}%", "`%`"), ("{} patients", "`patients`"), ("{}.5kg", "`kg`"), ("\u20ac {}", "`\u20ac`"),
     ("EUR {},00", "`EUR`")],
)  # fmt: skip
def test_numbers_with_a_unit_are_said_to_be_some(drafted: Drafted, form: str, unit: str) -> None:
    draft = drafted(score=numbers(form), other=numbers("{}"))
    assert remarks(draft, "score").startswith(f"numbers with a unit ({unit})")
    assert "numbers with a unit" in draft.contract
    assert remarks(draft, "other") == ""


def test_words_for_missing_among_categories_are_asked_about(drafted: Drafted) -> None:
    kinds = ["?" if n % 5 == 0 else ["red", "blue"][n % 2] for n in range(ROWS)]
    draft = drafted(colour=kinds, plain=["red", "blue"] * (ROWS // 2))
    assert "`?` in 80 cells: does it stand for a missing value?" in remarks(draft, "colour")
    assert remarks(draft, "plain") == ""
    question_text = next(
        question.asks for question in draft.questions if question.field == "contract"
    )
    assert "Odd: colour." in question_text


@pytest.mark.parametrize("word", ["unknown", "N/A", "?", "n.a.", "empty"])
def test_words_for_missing_among_numbers_leave_them_numbers(drafted: Drafted, word: str) -> None:
    draft = drafted(amount=[word if n % 9 == 0 else str(n) for n in range(ROWS)])
    assert draft.plan.layout.missing == (word,)
    assert draft.plan.profiles[1].kind is LogicalType.INTEGER


def test_other_words_among_numbers_are_shown(drafted: Drafted) -> None:
    draft = drafted(amount=["many" if n % 20 == 0 else f"{n}.5" for n in range(ROWS)])
    assert "95.0% of the cells are numbers and 20 are not (`many`)" in remarks(draft, "amount")


def test_categories_that_differ_by_case_or_blanks_are_asked_about(drafted: Drafted) -> None:
    country = RNG.choice(["DE", "de", "NO", "No", "SE"], ROWS)
    text = remarks(drafted(country=country), "country")
    assert text.count("differ by case or blanks only") == 2
    assert "SE" not in text


def test_whole_numbers_with_an_exponent_are_drafted_as_whole_numbers(drafted: Drafted) -> None:
    draft = drafted(amount=["1.00E+05" if n % 3 else str(n) for n in range(ROWS)])
    assert draft.plan.profiles[1].kind is LogicalType.INTEGER


def test_a_range_is_that_of_the_rest_and_the_extremes_are_listed_and_warned_of(
    drafted: Drafted, tmp_path: Path
) -> None:
    ages = [str(age) for age in RNG.integers(18, 70, ROWS)]
    ages[7], ages[99] = "9999", "-999"
    draft = drafted(span=ages)
    assert "2 values lie far beyond the rest (9999, -999; the rest: 18 to 69)" in " ".join(
        draft.contract.replace("#", "").split()
    )
    folder = tmp_path / "sample"
    folder.mkdir()
    (folder / "charter.yaml").write_text(draft.charter, encoding="utf-8")
    (folder / "contract.yaml").write_text(draft.contract, encoding="utf-8")
    product = load_product(folder, standards=bundled("products") / "standards.yaml")
    outcome = check_contract(conform(draft.plan.table.frame, product.contract), product.contract)
    assert outcome.severity is Severity.WARNING
    (failing,) = [figure for figure in outcome.figures if figure.verdict == "fail"]
    assert (failing.subject, failing.value) == ("span", 2)


@pytest.mark.parametrize(
    "values",
    [
        RNG.normal(size=5_000),
        RNG.exponential(size=5_000),
        RNG.lognormal(0, 2, 5_000),
        RNG.poisson(0.01, 5_000),
        np.repeat([0.0, 1.0], 2_500),
        np.arange(40.0),
    ],
)
def test_honest_tails_are_no_outliers(values: Any) -> None:
    assert find_outliers(pd.Series(values)) is None


def test_one_absurd_number_does_not_stretch_the_range() -> None:
    outliers = find_outliers(pd.Series([*RNG.normal(size=5_000), 1e9]))
    assert outliers is not None
    assert (outliers.count, outliers.extremes, outliers.high < 5) == (1, (1e9,), True)


def test_a_category_of_one_part_of_the_file_is_said_with_the_part(drafted: Drafted) -> None:
    kinds = [["red", "blue", "green"][n % 3] for n in range(ROWS)]
    kinds[300:340] = ["grey"] * 40
    draft = drafted(colour=kinds, sorted=[f"s{n // 50}" for n in range(ROWS)])
    assert remarks(draft, "colour").startswith("`grey` in records 301 to 340 only: is")
    assert remarks(draft, "sorted") == ""


def test_a_column_that_is_empty_or_still_for_a_while_is_said(drafted: Drafted) -> None:
    x = [f"{number:.4f}" for number in RNG.normal(size=ROWS)]
    draft = drafted(late=["" if n < 100 else x[n] for n in range(ROWS)],
                    still=["0.5" if n < 100 else x[n] for n in range(ROWS)], x=x)  # fmt: skip
    assert remarks(draft, "late").startswith("records 1 to 100 all have no value:")
    assert remarks(draft, "still").startswith("records 1 to 100 all have `0.5`:")
    assert remarks(draft, "x") == ""


def test_a_column_that_is_only_filled_at_the_end_is_said(drafted: Drafted) -> None:
    draft = drafted(flag=["" if n < 350 else "q" for n in range(ROWS)])
    assert "`q` in records 351 to 400 only" in remarks(draft, "flag")


def test_groups_one_after_another_and_runs_of_alike_numbers_are_no_news(drafted: Drafted) -> None:
    groups = [["a", "b"][n % 2] if n < 200 else f"g{n // 25}" for n in range(ROWS)]
    steps = [f"{n // 40}.5" for n in range(ROWS)]
    draft = drafted(groups=groups, steps=steps)
    assert (remarks(draft, "groups"), remarks(draft, "steps")) == ("", "")


def test_repeated_records_and_header_lines_and_columns_are_said(standards: Standards) -> None:
    frame = pd.DataFrame(
        {"a": [*map(str, range(60)), "5", "a"], "b": [*"xyz" * 20, "z", "b"],
         "c": [*"xyz" * 20, "z", "b"]},
        dtype="str",
    )  # fmt: skip
    frame.loc[61, "c"] = "c"
    table = Table(frame=frame, rows=len(frame))
    place = Place(location="d.csv", format=SourceFormat.CSV, shown_as="d.csv")
    draft = draft_product("sample", place, table, Wishes(), standards)
    text = remarks(draft, "")
    assert "1 of 62 records repeat another record in every column" in text
    assert "1 record is the line of names again" in text
    frame.loc[61, "c"] = "b"
    text = remarks(draft_product("sample", place, table, Wishes(), standards), "")
    assert "c is b in every record" in text


def test_records_that_differ_in_the_key_alone_are_said(drafted: Drafted) -> None:
    x = [f"{n}.5" for n in range(ROWS)]
    x[9] = x[8]
    text = remarks(drafted(x=x), "")
    assert text == "1 of 400 records repeat another record in every column except key"


def test_a_single_value_is_no_question_and_a_near_key_is_a_question(drafted: Drafted) -> None:
    orders = [f"o{n:05}" for n in range(ROWS)]
    orders[3] = orders[2]
    draft = drafted(shop=["Oslo"] * ROWS, order_no=orders)
    assert remarks(draft, "shop") == "every record has the same value"
    assert "nearly a key: 1 of 400 values came up before" in remarks(draft, "order_no")
    question_text = next(
        question.asks for question in draft.questions if question.field == "contract"
    )
    assert "Odd: order_no." in question_text


def test_a_date_that_only_the_name_of_the_file_says_is_said(drafted: Drafted) -> None:
    x = [f"{number:.6f}" for number in RNG.normal(size=ROWS)]
    assert "the name of the file does (sales_2026-09-30.csv)" in remarks(
        drafted("sales_2026-09-30.csv", x=x), ""
    )
    assert remarks(drafted("sales.csv", x=x), "") == ""
    days = pd.date_range("2026-01-01", periods=ROWS).strftime("%Y-%m-%d")
    assert remarks(drafted("sales_2026-09-30.csv", x=x, day=days), "") == ""


def test_no_value_of_a_person_is_in_a_remark(drafted: Drafted) -> None:
    genders = [["f", "m"][n % 2] for n in range(ROWS)]
    genders[100:119] = ["diverse"] * 19
    draft = drafted(gender=genders)
    assert "diverse" not in draft.contract + draft.charter
    genders[100:140] = ["diverse"] * 40
    draft = drafted(gender=genders)
    assert "one of the values in records 101 to 140 only" in remarks(draft, "gender")
    assert "diverse" not in draft.charter
