"""`aipo init` takes several files as deliveries, and makes a draft again without a feature."""

from __future__ import annotations

import re
import uuid
from datetime import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aipo_pipelines.charter.load import load_product
from aipo_pipelines.measures.data.conform import conform
from aipo_pipelines.resources.feeds.delimited import read_delimited
from aipo_pipelines.resources.feeds.parquet import read_parquet
from tests.unit.cli.conftest import Init, left_behind, visits

USAGE = 2


def orders(rows: int = 900) -> pd.DataFrame:
    random = np.random.default_rng(5)
    table = visits(rows).assign(clicks=random.normal(size=rows).round(3))
    bought = table["clicks"] + random.normal(size=rows) > 0
    return table.assign(paid=np.where(bought, 9.5, 0.0), bought=np.where(bought, "yes", "no"))


def limits(name: str = "visits") -> dict[str, float]:
    charter = load_product(Path("products") / name).charter
    return {threshold.metric.value: threshold.limit for threshold in charter.thresholds}


def test_a_draft_is_made_without_a_column_and_made_again_without_another(init: Init) -> None:
    orders().to_csv("visits.csv", index=False)
    words = ("visits", "--data", "visits.csv", "--label", "bought")
    outcome = init(*words, "--without", "seconds")
    assert outcome.code == 0, outcome.err
    page = Path("products/visits/charter.yaml")
    page.write_text(page.read_text("utf-8").replace('purpose: "Undecided."', "purpose: Mine."))
    before, contract = limits(), Path("products/visits/contract.yaml").read_text("utf-8")
    first = load_product(Path("products/visits")).charter.model
    assert first is not None
    assert first.features == ("pages", "clicks")

    outcome = init("visits", "--without", "clicks")
    assert outcome.code == 0, outcome.err
    charter = load_product(Path("products/visits")).charter
    assert charter.model is not None
    assert (charter.model.features, charter.purpose) == (("pages",), "Mine.")
    assert limits()["roc_auc"] < before["roc_auc"]
    assert charter.outcome_map[0].target == limits()["roc_auc"]
    assert Path("products/visits/contract.yaml").read_text("utf-8") == contract
    assert "suspected leak, left out: paid" in page.read_text("utf-8")
    assert init(command="check").code == 0


def edited(page: Path, old: str, new: str) -> None:
    text = page.read_text("utf-8")
    assert text.count(old) == 1
    page.write_text(text.replace(old, new), "utf-8")


def test_a_draft_is_made_again_with_its_contract_in_a_folder_of_its_own(init: Init) -> None:
    orders().to_csv("visits.csv", index=False)
    assert init("visits", "--data", "visits.csv", "--label", "bought").code == 0
    folder = Path("products/visits")
    (folder / "terms").mkdir()
    (folder / "contract.yaml").rename(folder / "terms/visits.yaml")
    edited(folder / "charter.yaml", "contract: contract.yaml", "contract: terms/visits.yaml")
    outcome = init("visits", "--without", "clicks")
    assert outcome.code == 0, outcome.err
    model = load_product(folder).charter.model
    assert model is not None
    assert model.features == ("pages", "seconds")
    assert left_behind(folder) == []


@pytest.mark.parametrize(
    ("rule", "usual"),
    [
        ("by: time, column: day, every: month", 3_100),
        ("by: time, column: day, every: 10d", 1_000),
        ("by: rows, rows: 600", 600),
    ],
)
def test_a_draft_made_again_is_measured_by_the_batches_that_its_charter_has_by_now(
    init: Init, rule: str, usual: int
) -> None:
    days = pd.date_range("2026-01-01", periods=90).strftime("%Y-%m-%d")
    random = np.random.default_rng(3)
    people = random.choice(["female", "male"], 9_000)
    table = orders(9_000).assign(day=np.repeat(days, 100), gender=people)
    table.to_csv("visits.csv", index=False)
    assert init("visits", "--data", "visits.csv", "--label", "bought").code == 0
    page = Path("products/visits/charter.yaml")
    drafted = re.search(r"^batches:\n( .*\n)+", page.read_text("utf-8"), re.MULTILINE)
    assert drafted is not None
    edited(page, drafted[0], f"batches: {{{rule}}}\n")
    edited(page, "{first_batches: 1}", "{first_batches: 2}")
    outcome = init("visits", "--without", "clicks")
    assert outcome.code == 0, outcome.err
    text = " ".join(page.read_text("utf-8").replace("#", "").split())
    words = r"groups of a usual batch: ([\d,]+), ([\d,]+) records, held out of the first 2 batches"
    match = re.search(words, text)
    assert match is not None
    groups = sum(int(size.replace(",", "")) for size in match.groups())
    assert usual - 1 <= groups <= usual


def test_what_is_decided_is_not_drafted_again(init: Init) -> None:
    orders().to_csv("visits.csv", index=False)
    assert init("visits", "--data", "visits.csv", "--label", "bought").code == 0
    page = Path("products/visits/charter.yaml")
    decided = page.read_text("utf-8").replace("  - thresholds\n", "")
    page.write_text(decided, "utf-8")
    outcome = init("visits", "--without", "clicks")
    assert (outcome.code, page.read_text("utf-8")) == (USAGE, decided)
    assert "`thresholds` of products/visits/charter.yaml are decided" in outcome.err


@pytest.mark.parametrize(
    ("column", "sentence"),
    [("click", "did you mean 'clicks'?"), ("bought", "which is the label")],
)
def test_a_column_that_cannot_be_left_out_is_refused(
    init: Init, column: str, sentence: str
) -> None:
    orders().to_csv("visits.csv", index=False)
    words = ("visits", "--data", "visits.csv", "--label", "bought")
    outcome = init(*words, "--without", column)
    assert (outcome.code, sentence in outcome.err, Path("products").exists()) == (
        USAGE,
        True,
        False,
    )
    assert init(*words).code == 0
    before = Path("products/visits/charter.yaml").read_text("utf-8")
    outcome = init("visits", "--without", column)
    assert (outcome.code, sentence in outcome.err) == (USAGE, True)
    assert Path("products/visits/charter.yaml").read_text("utf-8") == before


def test_a_first_draft_needs_data(init: Init) -> None:
    outcome = init("visits", "--without", "clicks")
    assert (outcome.code, "Missing option '--data'" in outcome.err) == (USAGE, True)


def deliveries(*names: str) -> None:
    """Files of 120 visits each, with keys of their own."""
    for place, name in enumerate(names):
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        keys = {"visit_id": [f"v{place}{number:03}" for number in range(120)]}
        visits().assign(**keys).to_csv(path, index=False)


@pytest.mark.parametrize(
    ("data", "names", "location", "by"),
    [
        ("in/*.csv", ("in/2026-09-01.csv", "in/2026-09-02.csv"), "../../in/*.csv", "file"),
        ("in", ("in/2026-09-01.csv", "in/2026-09-02.csv"), "../../in/*.csv", "file"),
        ("in", ("in/a/1.csv", "in/a/2.csv", "in/b/1.csv"), "../../in/*/*.csv", "folder"),
        ("in", ("in/a/1.csv", "in/b/1.csv", "in/_log/x.csv"), "../../in/*/*.csv", "folder"),
    ],
)
def test_a_folder_or_a_glob_of_files_is_drafted_as_deliveries(
    init: Init, tmp_path: Path, data: str, names: tuple[str, ...], location: str, by: str
) -> None:
    deliveries(*names)
    outcome = init("visits", "--data", data, "--json")
    assert outcome.code == 0, outcome.err
    charter = load_product(Path("products/visits")).charter
    assert (charter.sources["data"].location, charter.batches.by) == (location, by)
    assert charter.identifiers == ("visit_id",)
    assert outcome.json["records"] == 120 * sum("_log" not in name for name in names)
    assert outcome.json["allowed"] == [f"data: {tmp_path / 'in'}"]
    assert init(command="check").code == 0


def test_files_of_one_feed_that_are_written_differently_are_refused(
    init: Init, tmp_path: Path
) -> None:
    deliveries("in/a.csv")
    visits().to_csv("in/b.csv", index=False, sep=";")
    outcome = init("visits", "--data", "in")
    assert (outcome.code, left_behind(tmp_path)) == (USAGE, [])
    assert "a.csv has delimiter ',' and b.csv has ';'" in outcome.err


def test_a_column_that_only_some_files_have_is_said_with_its_part(init: Init) -> None:
    deliveries("in/a.csv", "in/b.csv", "in/c.csv")
    late = pd.read_csv("in/c.csv").assign(note=[f"n{n % 7}" for n in range(120)])
    late.to_csv("in/c.csv", index=False)
    outcome = init("visits", "--data", "in", "--json")
    assert outcome.json["columns"]["note"] == "string"
    contract = load_product(Path("products/visits")).contract
    column = contract.column("note")
    assert column is not None
    assert not column.required


def test_a_draft_of_a_glob_is_made_again(init: Init) -> None:
    for place in range(3):
        Path("in").mkdir(exist_ok=True)
        orders(400).assign(visit_id=[f"v{place}{n:04}" for n in range(400)]).to_csv(
            f"in/{place}.csv", index=False
        )
    assert init("visits", "--data", "in", "--label", "bought").code == 0
    outcome = init("visits", "--without", "clicks")
    assert (outcome.code, "all 1,200 records of 3 files" in outcome.err) == (0, True)
    model = load_product(Path("products/visits")).charter.model
    assert model is not None
    assert "clicks" not in model.features


def test_the_commands_of_the_page_draft_deliveries_and_leave_two_features_out(init: Init) -> None:
    random = np.random.default_rng(8)
    Path("deliveries").mkdir()
    for month in (1, 2, 3):
        spent = random.normal(size=400).round(3)
        lost = spent + random.normal(size=400) > 1
        pd.DataFrame(
            {
                "order_no": [f"o{month}{n:04}" for n in range(400)],
                "spent": spent,
                "refund": np.where(lost & (spent > 0), 5, 0),
                "closed_on": random.integers(0, 5, 400),
                "churned": np.where(lost, "yes", "no"),
            }
        ).to_csv(f"deliveries/2026-0{month}.csv", index=False)
    assert init("churn", "--data", "deliveries/*.csv", "--label", "churned").code == 0
    assert init("churn", "--without", "refund", "--without", "closed_on").code == 0
    model = load_product(Path("products/churn")).charter.model
    assert model is not None
    assert model.features == ("spent",)


def test_a_note_to_spreadsheets_above_the_header_is_passed_over(init: Init) -> None:
    table = visits().assign(spent=[f"{1 + n}.{100 + n},50" for n in range(120)])
    Path("visits.csv").write_bytes(b"sep=;\r\n" + table.to_csv(index=False, sep=";").encode())
    outcome = init("visits", "--data", "visits.csv", "--json")
    assert (outcome.code, outcome.json["records"]) == (0, 120), outcome.err
    assert "numbers with a sign between thousands" in outcome.json["remarks"]["spent"][0]
    product = load_product(Path("products/visits"))
    raw = read_delimited(Path("visits.csv"), "visits.csv", product.contract)
    assert (list(raw.columns), len(raw)) == (list(table.columns), 120)


def test_times_uuids_and_bytes_of_a_parquet_file_are_drafted(init: Init) -> None:
    keys = [uuid.UUID(int=number + 7) for number in range(120)]
    columns = {
        "key": pa.array([key.bytes for key in keys], pa.uuid()),
        "at": pa.array([time(number % 24, 30) for number in range(120)]),
        "photo": pa.array([b"\x00\xff"] * 120),
        "pages": pa.array(range(120)),
    }
    pq.write_table(pa.table(columns), "visits.parquet")
    outcome = init("visits", "--data", "visits.parquet", "--json")
    assert outcome.code == 0, outcome.err
    assert outcome.json["columns"] == {
        "key": "string", "at": "string", "photo": "string", "pages": "integer",
    }  # fmt: skip
    contract = load_product(Path("products/visits")).contract
    raw = read_parquet(Path("visits.parquet"), "visits.parquet")
    read = conform(raw, contract)
    assert read.misfits == {"key": 0, "at": 0, "photo": 120, "pages": 0}
    assert (read.frame["key"][0], read.frame["at"][1]) == (str(keys[0]), "01:30:00")
    assert "bytes, which no contract can declare" in Path(
        "products/visits/contract.yaml"
    ).read_text("utf-8")
