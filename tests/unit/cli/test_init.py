"""`aipo init` drafts a product, or says in one sentence why not and leaves nothing behind."""

from __future__ import annotations

import gzip
import json
import os
import resource
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pandas as pd
import pytest
from fsspec import AbstractFileSystem

from aipo_pipelines.charter.load import check_products, load_product
from aipo_pipelines.charter.model.contract import LogicalType
from tests.unit.cli.conftest import Init, left_behind, visits

USAGE = 2


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        (["visit_id", "churned"], "no column is left to predict 'churned' from (visit_id: it"),
        (["visit_id", "remark"], "nothing to predict was found: a product of data only"),
    ],
)
def test_the_reason_why_a_product_is_data_only_is_shown(
    init: Init, tmp_path: Path, columns: list[str], sentence: str
) -> None:
    table = visits().assign(churned=visits()["bought"], remark=visits()["visit_id"] + " was here")
    table[columns].to_csv(tmp_path / "visits.csv", index=False)
    outcome = init("visits", "--data", "visits.csv")
    assert outcome.code == 0
    assert sentence in " ".join(outcome.out.split())


def write(path: Path, content: bytes | str) -> str:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path.name


def test_a_draft_is_written_beside_copied_standards(init: Init, tmp_path: Path) -> None:
    visits().to_csv("visits.csv", index=False)
    outcome = init("visits", "--data", "visits.csv")
    assert outcome.code == 0, outcome.err
    files = sorted(str(path) for path in Path("products").rglob("*.yaml"))
    assert files == [
        "products/standards.yaml", "products/visits/charter.yaml", "products/visits/contract.yaml",
    ]  # fmt: skip
    assert check_products(tmp_path / "products", warnings=True) == ()
    product = load_product(tmp_path / "products" / "visits")
    assert product.charter.sources["data"].location == "../../visits.csv"


def test_charters_may_read_the_data_of_a_draft_and_the_command_says_so(
    init: Init, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits().to_csv("visits.csv", index=False)
    outcome = init("visits", "--data", "visits.csv")
    line = f"data: {tmp_path / 'visits.csv'}"
    assert f"charters may now use {line}" in outcome.out
    assert (tmp_path / "home" / "allowed.txt").read_text("utf-8").splitlines()[-1] == line
    assert init(command="check").code == 0
    monkeypatch.setenv("AIPO_HOME", str(tmp_path / "another"))
    check = init(command="check")
    assert (check.code, "AIPO_DATA" in check.out) == (USAGE, True)


def test_charters_may_use_the_variables_of_an_address(
    init: Init, monkeypatch: pytest.MonkeyPatch, memory: AbstractFileSystem
) -> None:
    memory.pipe_file("/in/visits.csv", visits().to_csv(index=False).encode())
    monkeypatch.setenv("PLACE", "in")
    outcome = init("visits", "--data", "memory://${PLACE}/visits.csv", "--json")
    assert outcome.json["allowed"] == ["variable: PLACE"]


def test_a_home_that_cannot_be_written_leaves_the_draft_and_says_what_to_list(
    init: Init, tmp_path: Path
) -> None:
    visits().to_csv("visits.csv", index=False)
    (tmp_path / "home").write_text("in the way")
    outcome = init("visits", "--data", "visits.csv")
    assert outcome.code == 0
    assert f"allowed.txt: `data: {tmp_path / 'visits.csv'}`" in " ".join(outcome.err.split())


def test_a_disk_that_is_full_at_the_last_file_leaves_nothing(init: Init, tmp_path: Path) -> None:
    data = write(tmp_path / "visits.csv", visits().to_csv(index=False))
    most = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Above the size of charter and contract, below that of the standards.
    resource.setrlimit(resource.RLIMIT_FSIZE, (7_000, most[1]))
    try:
        outcome = init("visits", "--data", data)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, most)
    assert outcome.code == USAGE
    assert "nothing was left there" in outcome.err
    assert left_behind(tmp_path) == []


def test_the_json_says_what_was_drafted_and_what_is_undecided(init: Init) -> None:
    visits().to_csv("visits.csv", index=False)
    document = init("visits", "--data", "visits.csv", "--label", "bought", "--json").json
    assert (document["records"], document["columns"]["seconds"]) == (120, "number")
    assert (document["model"]["label"], document["model"]["guessed"]) == (
        "bought",
        ["task", "positive"],
    )
    fields = [question["field"] for question in document["undecided"]]
    assert list(load_product(Path("products/visits")).charter.undecided) == fields


def test_an_existing_product_is_never_overwritten(init: Init) -> None:
    visits().to_csv("visits.csv", index=False)
    Path("products/visits").mkdir(parents=True)
    outcome = init("visits", "--data", "visits.csv")
    assert (outcome.code, "is there already" in outcome.err) == (USAGE, True)
    assert list(Path("products/visits").iterdir()) == []


def test_a_name_that_another_folder_holds_is_refused(init: Init) -> None:
    visits().to_csv("visits.csv", index=False)
    assert init("visits", "--data", "visits.csv").code == 0
    Path("products/visits").rename("products/other")
    outcome = init("visits", "--data", "visits.csv")
    assert (outcome.code, "the product 'visits' is there already" in outcome.err) == (USAGE, True)


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
def test_a_name_that_is_not_a_key_is_refused_and_a_key_is_proposed(
    init: Init, tmp_path: Path, name: str, hint: str
) -> None:
    visits().to_csv("visits.csv", index=False)
    outcome = init(name, "--data", "visits.csv")
    assert outcome.code == USAGE
    assert "cannot be the name of a product" in outcome.err
    assert hint in outcome.err
    assert left_behind(tmp_path) == []


BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "blank": (b"\n \n", "is empty"),
    "header_only": (b"a,b\n", "no record"),
    "binary": (os.urandom(3000), "binary"),
    "archive": (b"PK\x03\x04rest", "spreadsheet"),
    "without_header": (b"1,2.5,x\n2,3.5,y\n" * 9, "use --no-header"),
    "repeated_names": (b"a,b,a\n1,2,3\n", "same name: 'a'"),
    "one_column": (b"a\n1\n2\n", "one column"),
    "ragged": (b"a,b\n1,2\n3\n", "record 2 of"),
    "open_quote": (b'a,b\n1,"x\n2,y\n', "never properly closed"),
    "cut_off_gzip": (gzip.compress(b"a,b\n" + b"1,2\n" * 9999, mtime=0)[:-30], "ends too early"),
}


@pytest.mark.parametrize("kind", sorted(BAD))
def test_bad_input_is_reported_in_a_sentence_and_leaves_no_file(
    init: Init, tmp_path: Path, kind: str
) -> None:
    content, words = BAD[kind]
    outcome = init("visits", "--data", write(tmp_path / f"{kind}.csv", content))
    assert outcome.code == USAGE, outcome.err
    assert words in outcome.err
    assert outcome.out == ""
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize(
    ("words", "sentence"),
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
    init: Init, tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    visits().to_csv("visits.csv", index=False)
    for folder in ("empty", "mixed"):
        Path(folder).mkdir()
    for name in ("a.csv", "b.csv.gz"):
        visits().to_csv(f"mixed/{name}", index=False)
    outcome = init("visits", *words)
    assert (outcome.code, left_behind(tmp_path)) == (USAGE, [])
    assert sentence in outcome.err


def test_a_file_without_header_is_drafted_if_a_person_says_so(init: Init) -> None:
    visits().to_csv("visits.csv", index=False, header=False)
    assert init("visits", "--data", "visits.csv", "--no-header").code == 0
    contract = load_product(Path("products/visits")).contract
    assert contract.layout.header == "none"
    assert [column.name for column in contract.columns] == [f"column_{n}" for n in (1, 2, 3, 4)]


def test_encoding_delimiter_and_decimal_comma_are_found(init: Init) -> None:
    text = visits().assign(city="Köln").to_csv(index=False, sep=";", decimal=",")
    Path("visits.csv").write_bytes(text.encode("cp1252"))
    assert init("visits", "--data", "visits.csv").code == 0
    layout = load_product(Path("products/visits")).contract.layout
    assert (layout.encoding, layout.delimiter, layout.decimal) == ("cp1252", ";", ",")


def test_what_a_spreadsheet_writes_for_another_is_drafted(init: Init) -> None:
    prices = [f"{1 + n % 9}.{n % 900 + 100},5{n % 10}" for n in range(len(visits()))]
    text = visits().assign(price=prices).to_csv(index=False, sep=";", decimal=",")
    Path("visits.csv").write_text(f"sep=;\r\n{text}")
    assert init("visits", "--data", "visits.csv").code == 0
    contract = load_product(Path("products/visits")).contract
    layout = contract.layout
    assert (layout.delimiter, layout.decimal, layout.thousands) == (";", ",", ".")
    price = contract.column("price")
    assert price is not None
    assert price.logical_type is LogicalType.NUMBER
    assert "'.' between thousands" in Path("products/visits/contract.yaml").read_text()


def test_a_parquet_file_is_drafted_in_its_own_types(init: Init) -> None:
    visits().assign(day=pd.Timestamp("2026-01-31")).to_parquet("visits.parquet")
    assert init("visits", "--data", "visits.parquet").code == 0
    product = load_product(Path("products/visits"))
    assert product.charter.sources["data"].format == "parquet"
    kinds = {column.name: column.logical_type.value for column in product.contract.columns}
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
    kinds = {column.name: column.logical_type.value for column in product.contract.columns}
    assert kinds == {"visit_id": "string", "seen": "integer", "seconds": "number",
                     "bought": "string", "day": "date", "member": "boolean",
                     "referrer": "string"}  # fmt: skip


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "no record"),
        (b'{"a":1}\n', "one key"),
        (b'{"a":1,"b":2}\n{"a"', "in line 2"),
        ('{"a":"é","b":1}\n'.encode("latin-1"), "not written in utf-8"),
        (gzip.compress(b'{"a":1,"b":2}\n', mtime=0)[:-4], "ends too early"),
    ],
)
def test_json_lines_that_cannot_be_drafted_from_are_refused(
    init: Init, tmp_path: Path, content: bytes, sentence: str
) -> None:
    outcome = init("visits", "--data", write(tmp_path / "visits.jsonl", content))
    assert (outcome.code, left_behind(tmp_path)) == (USAGE, [])
    assert sentence in outcome.err


@pytest.fixture
def memory() -> Iterator[AbstractFileSystem]:
    """A store of fsspec, empty again afterwards."""
    driver = fsspec.filesystem("memory")
    yield driver
    driver.store.clear()
    driver.pseudo_dirs[:] = [""]


def test_a_file_at_an_address_is_drafted(init: Init, memory: AbstractFileSystem) -> None:
    memory.pipe_file("/in/visits.csv", visits().to_csv(index=False).encode())
    outcome = init("visits", "--data", "memory://in/visits.csv")
    assert outcome.code == 0, outcome.err
    assert "visits.csv: all 120 records" in outcome.err
    source = load_product(Path("products/visits")).charter.sources["data"]
    assert (source.format, source.location) == ("csv", "memory://in/visits.csv")


@pytest.mark.parametrize(
    ("address", "sentence"),
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
    init: Init, tmp_path: Path, memory: AbstractFileSystem, address: str, sentence: str
) -> None:
    memory.pipe_file("/in/empty.csv", b"")
    memory.pipe_file("/in/visits.csv", b"")
    outcome = init("visits", "--data", address)
    assert (outcome.code, left_behind(tmp_path)) == (USAGE, [])
    assert sentence in outcome.err
    assert "hunter2" not in outcome.err


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
    outcome = init("visits", "--data", "sqlite:///shop.db?password=hunter2", "--table", "visits")
    assert outcome.code == 0
    drafted = Path("products/visits/charter.yaml").read_text("utf-8")
    assert "hunter2" not in outcome.out + outcome.err + drafted


def test_talk_goes_to_stderr_and_names_what_was_looked_at(init: Init) -> None:
    visits().to_csv("visits.csv", index=False)
    outcome = init("visits", "--data", "visits.csv", "--json")
    assert "visits.csv: all 120 records" in outcome.err
    json.loads(outcome.out)
