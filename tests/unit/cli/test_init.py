"""`aipo init` drafts a product, or says in one sentence why not and leaves nothing behind."""

from __future__ import annotations

import gzip
import json
import os
import resource
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import fsspec
import numpy as np
import pandas as pd
import pytest
from fsspec import AbstractFileSystem

from aipo_pipelines import cli
from aipo_pipelines.charter.load import check_products, load_product
from tests.unit.cli.conftest import Said

Init = Callable[..., Said]
USAGE = 2


@pytest.fixture
def init(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Init:
    """`aipo init` in a project folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AIPO_PRODUCTS", raising=False)
    monkeypatch.setenv("AIPO_HOME", str(tmp_path / "home"))

    def typed(*words: str, command: str = "init") -> Said:
        monkeypatch.setattr("sys.argv", ["aipo", command, *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return Said(ended.value.code if isinstance(ended.value.code, int) else 1, out, err)

    return typed


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (["visit_id", "churned"], "no column is left to predict 'churned' from (visit_id: it"),
        (["visit_id", "remark"], "nothing to predict was found: a product of data only"),
    ],
)
def test_why_a_product_is_data_only_is_told(
    init: Init, tmp_path: Path, columns: list[str], told: str
) -> None:
    table = visits().assign(churned=visits()["bought"], remark=visits()["visit_id"] + " was here")
    table[columns].to_csv(tmp_path / "visits.csv", index=False)
    said = init("visits", "--data", "visits.csv")
    assert said.code == 0
    assert told in " ".join(said.out.split())


def visits(rows: int = 120) -> pd.DataFrame:
    random = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "visit_id": [f"v{number:04}" for number in range(rows)],
            "pages": random.integers(0, 9, rows),
            "seconds": random.normal(60, 9, rows).round(1),
            "bought": random.choice(["yes", "no"], rows),
        }
    )


def write(path: Path, content: bytes | str) -> str:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path.name


def left_behind(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("products*"))


def test_a_draft_is_written_beside_standards_that_are_lent(init: Init, tmp_path: Path) -> None:
    visits().to_csv("visits.csv", index=False)
    said = init("visits", "--data", "visits.csv")
    assert said.code == 0, said.err
    files = sorted(str(path) for path in Path("products").rglob("*.yaml"))
    assert files == [
        "products/standards.yaml", "products/visits/charter.yaml", "products/visits/contract.yaml",
    ]  # fmt: skip
    assert check_products(tmp_path / "products", warnings=True) == ()
    product = load_product(tmp_path / "products" / "visits")
    assert product.charter.sources["data"].location == "../../visits.csv"


def test_what_a_draft_reads_is_lent_to_charters_and_said(
    init: Init, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits().to_csv("visits.csv", index=False)
    said = init("visits", "--data", "visits.csv")
    line = f"data: {tmp_path / 'visits.csv'}"
    assert f"charters may now use {line}" in said.out
    assert (tmp_path / "home" / "allowed.txt").read_text("utf-8").splitlines()[-1] == line
    assert init(command="check").code == 0
    monkeypatch.setenv("AIPO_HOME", str(tmp_path / "another"))
    told = init(command="check")
    assert (told.code, "AIPO_DATA" in told.out) == (USAGE, True)


def test_the_variables_of_an_address_are_lent_to_charters(
    init: Init, monkeypatch: pytest.MonkeyPatch, memory: AbstractFileSystem
) -> None:
    memory.pipe_file("/in/visits.csv", visits().to_csv(index=False).encode())
    monkeypatch.setenv("PLACE", "in")
    said = init("visits", "--data", "memory://${PLACE}/visits.csv", "--json")
    assert said.json["allowed"] == ["variable: PLACE"]


def test_a_home_that_cannot_be_written_leaves_the_draft_and_says_what_to_list(
    init: Init, tmp_path: Path
) -> None:
    visits().to_csv("visits.csv", index=False)
    (tmp_path / "home").write_text("in the way")
    said = init("visits", "--data", "visits.csv")
    assert said.code == 0
    assert f"allowed.txt: `data: {tmp_path / 'visits.csv'}`" in " ".join(said.err.split())


def test_a_disk_that_is_full_at_the_last_file_leaves_nothing(init: Init, tmp_path: Path) -> None:
    data = write(tmp_path / "visits.csv", visits().to_csv(index=False))
    most = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Above the size of charter and contract, below that of the standards.
    resource.setrlimit(resource.RLIMIT_FSIZE, (7_000, most[1]))
    try:
        said = init("visits", "--data", data)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, most)
    assert said.code == USAGE
    assert "nothing was left there" in said.err
    assert left_behind(tmp_path) == []


def test_the_json_says_what_was_drafted_and_what_is_undecided(init: Init) -> None:
    visits().to_csv("visits.csv", index=False)
    told = init("visits", "--data", "visits.csv", "--label", "bought", "--json").json
    assert (told["records"], told["columns"]["seconds"]) == (120, "number")
    assert (told["model"]["label"], told["model"]["guessed"]) == ("bought", ["task", "positive"])
    fields = [one["field"] for one in told["undecided"]]
    assert list(load_product(Path("products/visits")).charter.undecided) == fields


def test_an_existing_product_is_never_overwritten(init: Init) -> None:
    visits().to_csv("visits.csv", index=False)
    Path("products/visits").mkdir(parents=True)
    said = init("visits", "--data", "visits.csv")
    assert (said.code, "is there already" in said.err) == (USAGE, True)
    assert list(Path("products/visits").iterdir()) == []


def test_a_name_that_another_folder_holds_is_refused(init: Init) -> None:
    visits().to_csv("visits.csv", index=False)
    assert init("visits", "--data", "visits.csv").code == 0
    Path("products/visits").rename("products/other")
    said = init("visits", "--data", "visits.csv")
    assert (said.code, "the product 'visits' is there already" in said.err) == (USAGE, True)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("My Shop!", "'my_shop'"),
        ("9lives", "'lives'"),
        ("../etc", "'etc'"),
        ("é", ""),
        ("a" * 64, ""),
    ],
)
def test_a_name_that_is_no_key_is_refused_with_one_that_is(
    init: Init, tmp_path: Path, name: str, hint: str
) -> None:
    visits().to_csv("visits.csv", index=False)
    said = init(name, "--data", "visits.csv")
    assert said.code == USAGE
    assert "cannot be the name of a product" in said.err
    assert hint in said.err
    assert left_behind(tmp_path) == []


BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "blank": (b"\n \n", "is empty"),
    "header_only": (b"a,b\n", "no record"),
    "binary": (os.urandom(3000), "binary"),
    "archive": (b"PK\x03\x04rest", "spreadsheet"),
    "without_header": (b"1,2.5,x\n2,3.5,y\n" * 9, "say --no-header"),
    "repeated_names": (b"a,b,a\n1,2,3\n", "same name: 'a'"),
    "one_column": (b"a\n1\n2\n", "one column"),
    "ragged": (b"a,b\n1,2\n3\n", "record 2 of"),
    "open_quote": (b'a,b\n1,"x\n2,y\n', "never properly closed"),
    "cut_off_gzip": (gzip.compress(b"a,b\n" + b"1,2\n" * 9999, mtime=0)[:-30], "ends too early"),
}


@pytest.mark.parametrize("kind", sorted(BAD))
def test_bad_input_is_told_in_a_sentence_and_leaves_nothing(
    init: Init, tmp_path: Path, kind: str
) -> None:
    content, words = BAD[kind]
    said = init("visits", "--data", write(tmp_path / f"{kind}.csv", content))
    assert said.code == USAGE, said.err
    assert words in said.err
    assert said.out == ""
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--data", "no.csv"), "there is no file"),
        (("--data", "empty"), "the folder empty holds no file"),
        (("--data", "mixed"), "files of several kinds (.csv, .csv.gz)"),
        (("--data", "gone/*.csv"), "does not exist"),
        (("--data", "empty/*.csv"), "there is no file empty/*.csv"),
        (("--data", "visits.xlsx"), "there is no file"),
        (("--data", "visits.csv", "--label", "bougth"), "did you mean 'bought'?"),
        (("--data", "visits.csv", "--time", "pages"), "expected dates"),
        (("--data", "visits.csv", "--table", "t"), "leave it out"),
        (("--data", "visits.csv", "--encoding", "utf-99"), "knows no encoding"),
        (("--data", "sqlite:///no.db#t"), "does not exist"),
        (("--data", "sqlite:///no.db"), "expected a table too"),
    ],
)
def test_words_that_fit_nothing_are_refused(
    init: Init, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    visits().to_csv("visits.csv", index=False)
    for folder in ("empty", "mixed"):
        Path(folder).mkdir()
    for name in ("a.csv", "b.csv.gz"):
        visits().to_csv(f"mixed/{name}", index=False)
    said = init("visits", *words)
    assert (said.code, left_behind(tmp_path)) == (USAGE, [])
    assert told in said.err


def test_a_file_without_header_is_drafted_on_a_persons_word(init: Init) -> None:
    visits().to_csv("visits.csv", index=False, header=False)
    assert init("visits", "--data", "visits.csv", "--no-header").code == 0
    contract = load_product(Path("products/visits")).contract
    assert contract.layout.header == "none"
    assert [one.name for one in contract.columns] == [f"column_{n}" for n in (1, 2, 3, 4)]


def test_encoding_delimiter_and_decimal_comma_are_found(init: Init) -> None:
    text = visits().assign(city="Köln").to_csv(index=False, sep=";", decimal=",")
    Path("visits.csv").write_bytes(text.encode("cp1252"))
    assert init("visits", "--data", "visits.csv").code == 0
    layout = load_product(Path("products/visits")).contract.layout
    assert (layout.encoding, layout.delimiter, layout.decimal) == ("cp1252", ";", ",")


def test_a_parquet_file_is_drafted_in_its_own_types(init: Init) -> None:
    visits().assign(day=pd.Timestamp("2026-01-31")).to_parquet("visits.parquet")
    assert init("visits", "--data", "visits.parquet").code == 0
    product = load_product(Path("products/visits"))
    assert product.charter.sources["data"].format == "parquet"
    kinds = {one.name: one.logical_type.value for one in product.contract.columns}
    assert kinds == {"visit_id": "string", "pages": "integer", "seconds": "number",
                     "bought": "string", "day": "date"}  # fmt: skip


def test_json_lines_are_drafted_in_their_own_types(init: Init) -> None:
    table = visits().assign(day="2026-01-31", member=True).rename(columns={"pages": "seen"})
    with gzip.open("visits.jsonl.gz", "wt") as file:
        file.write(table.to_json(orient="records", lines=True))
        file.write('{"visit_id":"v9999","referrer":"a"}\n')
    assert init("visits", "--data", "visits.jsonl.gz").code == 0
    product = load_product(Path("products/visits"))
    source = product.charter.sources["data"]
    assert (source.format, source.location) == ("jsonl", "../../visits.jsonl.gz")
    kinds = {one.name: one.logical_type.value for one in product.contract.columns}
    assert kinds == {"visit_id": "string", "seen": "integer", "seconds": "number",
                     "bought": "string", "day": "date", "member": "boolean",
                     "referrer": "string"}  # fmt: skip


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no record"),
        (b'{"a":1}\n', "one key"),
        (b'{"a":1,"b":2}\n{"a"', "in line 2"),
        ('{"a":"é","b":1}\n'.encode("latin-1"), "not written in utf-8"),
        (gzip.compress(b'{"a":1,"b":2}\n', mtime=0)[:-4], "ends too early"),
    ],
)
def test_json_lines_that_cannot_be_drafted_from_are_refused(
    init: Init, tmp_path: Path, content: bytes, told: str
) -> None:
    said = init("visits", "--data", write(tmp_path / "visits.jsonl", content))
    assert (said.code, left_behind(tmp_path)) == (USAGE, [])
    assert told in said.err


@pytest.fixture
def memory() -> Iterator[AbstractFileSystem]:
    """A store of fsspec, empty again afterwards."""
    driver = fsspec.filesystem("memory")
    yield driver
    driver.store.clear()
    driver.pseudo_dirs[:] = [""]


def test_a_file_at_an_address_is_drafted(init: Init, memory: AbstractFileSystem) -> None:
    memory.pipe_file("/in/visits.csv", visits().to_csv(index=False).encode())
    said = init("visits", "--data", "memory://in/visits.csv")
    assert said.code == 0, said.err
    assert "visits.csv: all 120 records" in said.err
    source = load_product(Path("products/visits")).charter.sources["data"]
    assert (source.format, source.location) == ("csv", "memory://in/visits.csv")


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("memory://in/gone.csv", "nothing at memory://in/gone.csv"),
        ("memory://in/*.csv", "empty.csv is empty"),
        ("memory://in/empty.csv", "empty.csv is empty"),
        ("https://ada:hunter2@127.0.0.1:1/a.csv", "write them as ${NAME}"),
        ("https://127.0.0.1:1/a.csv?sig=hunter2", "write them as ${NAME}"),
        ("gs://box/a.csv", "driver of fsspec that is not installed"),
    ],
)
def test_an_address_that_cannot_be_drafted_from_is_refused(
    init: Init, tmp_path: Path, memory: AbstractFileSystem, address: str, told: str
) -> None:
    memory.pipe_file("/in/empty.csv", b"")
    memory.pipe_file("/in/visits.csv", b"")
    said = init("visits", "--data", address)
    assert (said.code, left_behind(tmp_path)) == (USAGE, [])
    assert told in said.err
    assert "hunter2" not in said.err


def test_a_table_of_a_database_is_drafted(init: Init) -> None:
    with sqlite3.connect("shop.db") as database:
        visits().to_sql("visits", database, index=False)
    database.close()
    assert init("visits", "--data", "sqlite:///shop.db#visits").code == 0
    source = load_product(Path("products/visits")).charter.sources["data"]
    assert (source.location, source.table) == ("sqlite:///../../shop.db", "visits")


def test_a_password_in_the_query_of_a_database_is_in_no_draft(init: Init) -> None:
    with sqlite3.connect("shop.db") as database:
        visits().to_sql("visits", database, index=False)
    database.close()
    said = init("visits", "--data", "sqlite:///shop.db?password=hunter2", "--table", "visits")
    assert said.code == 0
    drafted = Path("products/visits/charter.yaml").read_text("utf-8")
    assert "hunter2" not in said.out + said.err + drafted


def test_talk_goes_to_stderr_and_names_what_was_looked_at(init: Init) -> None:
    visits().to_csv("visits.csv", index=False)
    said = init("visits", "--data", "visits.csv", "--json")
    assert "visits.csv: all 120 records" in said.err
    json.loads(said.out)


def orders(rows: int = 900) -> pd.DataFrame:
    random = np.random.default_rng(5)
    table = visits(rows).assign(clicks=random.normal(size=rows).round(3))
    bought = table["clicks"] + random.normal(size=rows) > 0
    return table.assign(paid=np.where(bought, 9.5, 0.0), bought=np.where(bought, "yes", "no"))


def limits(name: str = "visits") -> dict[str, float]:
    charter = load_product(Path("products") / name).charter
    return {one.metric.value: one.limit for one in charter.thresholds}


def test_a_draft_is_made_without_a_column_and_made_again_without_another(init: Init) -> None:
    orders().to_csv("visits.csv", index=False)
    words = ("visits", "--data", "visits.csv", "--label", "bought")
    said = init(*words, "--without", "seconds")
    assert said.code == 0, said.err
    page = Path("products/visits/charter.yaml")
    page.write_text(page.read_text("utf-8").replace('purpose: "Undecided."', "purpose: Mine."))
    before, contract = limits(), Path("products/visits/contract.yaml").read_text("utf-8")
    first = load_product(Path("products/visits")).charter.model
    assert first is not None
    assert first.features == ("pages", "clicks")

    said = init("visits", "--without", "clicks")
    assert said.code == 0, said.err
    charter = load_product(Path("products/visits")).charter
    assert charter.model is not None
    assert (charter.model.features, charter.purpose) == (("pages",), "Mine.")
    assert limits()["roc_auc"] < before["roc_auc"]
    assert charter.outcome_map[0].target == limits()["roc_auc"]
    assert Path("products/visits/contract.yaml").read_text("utf-8") == contract
    assert "suspected leak, left out: paid" in page.read_text("utf-8")
    assert init(command="check").code == 0


def test_what_is_decided_is_not_drafted_again(init: Init) -> None:
    orders().to_csv("visits.csv", index=False)
    assert init("visits", "--data", "visits.csv", "--label", "bought").code == 0
    page = Path("products/visits/charter.yaml")
    decided = page.read_text("utf-8").replace("  - thresholds\n", "")
    page.write_text(decided, "utf-8")
    said = init("visits", "--without", "clicks")
    assert (said.code, page.read_text("utf-8")) == (USAGE, decided)
    assert "`thresholds` of products/visits/charter.yaml are decided" in said.err


@pytest.mark.parametrize(
    ("column", "told"),
    [("click", "did you mean 'clicks'?"), ("bought", "which is what is predicted")],
)
def test_a_column_that_cannot_be_left_out_is_refused(init: Init, column: str, told: str) -> None:
    orders().to_csv("visits.csv", index=False)
    words = ("visits", "--data", "visits.csv", "--label", "bought")
    said = init(*words, "--without", column)
    assert (said.code, told in said.err, Path("products").exists()) == (USAGE, True, False)
    assert init(*words).code == 0
    before = Path("products/visits/charter.yaml").read_text("utf-8")
    said = init("visits", "--without", column)
    assert (said.code, told in said.err) == (USAGE, True)
    assert Path("products/visits/charter.yaml").read_text("utf-8") == before


def test_a_first_draft_needs_data(init: Init) -> None:
    said = init("visits", "--without", "clicks")
    assert (said.code, "Missing option '--data'" in said.err) == (USAGE, True)


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
    said = init("visits", "--data", data, "--json")
    assert said.code == 0, said.err
    charter = load_product(Path("products/visits")).charter
    assert (charter.sources["data"].location, charter.batches.by) == (location, by)
    assert charter.identifiers == ("visit_id",)
    assert said.json["records"] == 120 * sum("_log" not in name for name in names)
    assert said.json["allowed"] == [f"data: {tmp_path / 'in'}"]
    assert init(command="check").code == 0


def test_files_of_one_feed_that_are_written_differently_are_refused(
    init: Init, tmp_path: Path
) -> None:
    deliveries("in/a.csv")
    visits().to_csv("in/b.csv", index=False, sep=";")
    said = init("visits", "--data", "in")
    assert (said.code, left_behind(tmp_path)) == (USAGE, [])
    assert "a.csv has delimiter ',' and b.csv has ';'" in said.err


def test_a_column_that_only_some_files_have_is_said_with_its_part(init: Init) -> None:
    deliveries("in/a.csv", "in/b.csv", "in/c.csv")
    late = pd.read_csv("in/c.csv").assign(note=[f"n{n % 7}" for n in range(120)])
    late.to_csv("in/c.csv", index=False)
    said = init("visits", "--data", "in", "--json")
    assert said.json["columns"]["note"] == "string"
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
    said = init("visits", "--without", "clicks")
    assert (said.code, "all 1,200 records of 3 files" in said.err) == (0, True)
    model = load_product(Path("products/visits")).charter.model
    assert model is not None
    assert "clicks" not in model.features
