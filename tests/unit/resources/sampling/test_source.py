"""The data that a person names for a draft: its place, as a charter writes it, and its sample."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake  # noqa: TID253 - makes the tables

from aipo_pipelines.charter.model.sources import SourceFormat
from aipo_pipelines.charter.reading.allowed import OPERATOR
from aipo_pipelines.drafting.plan import Place
from aipo_pipelines.drafting.table import Table
from aipo_pipelines.errors import DraftError
from aipo_pipelines.resources.feeds.bounds import Bounds
from aipo_pipelines.resources.feeds.delta import DeltaReader, stores_of
from aipo_pipelines.resources.sampling.delimited import LayoutOptions
from aipo_pipelines.resources.sampling.delta import delta_table, sample_delta
from aipo_pipelines.resources.sampling.source import SAMPLE, Named, sample_source
from aipo_pipelines.resources.sampling.thinning import even_places

ORDERS = "id,amount\na,1.5\nb,2.5\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, which is the working folder; its product would lie in `products/shop`."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def drop(path: Path, text: str = ORDERS) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def named(data: str, table: str | None = None, environ: Mapping[str, str] | None = None) -> Named:
    return Named(data=data, table=table, folder=Path("products/shop"), environ=environ or {})


def sampled(
    data: str, table: str | None = None, environ: Mapping[str, str] | None = None
) -> tuple[Place, Table]:
    return sample_source(named(data, table, environ), lambda *_: None)


def refused(data: str, table: str | None = None) -> str:
    with pytest.raises(DraftError) as error:
        sampled(data, table)
    return str(error.value)


def fill(path: Path, rows: int) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER, amount REAL)")
        connection.executemany(
            "INSERT INTO orders VALUES (?, 1.5)", ((row,) for row in range(rows))
        )
        connection.commit()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("orders.csv", SourceFormat.CSV),
        ("orders.CSV", SourceFormat.CSV),
        ("orders.txt", SourceFormat.CSV),
        ("orders", SourceFormat.CSV),
    ],
)
def test_a_file_of_text_is_a_csv_file_with_any_other_ending(
    project: Path, name: str, kind: SourceFormat
) -> None:
    drop(project / "data" / name)
    place, table = sampled(f"data/{name}")
    assert place == Place(location=f"../../data/{name}", format=kind, shown_as=name)
    assert table.frame.to_dict("list") == {"id": ["a", "b"], "amount": ["1.5", "2.5"]}
    assert (table.rows, table.parts) == (2, ())


@pytest.mark.parametrize("name", ["orders.jsonl", "orders.NDJSON", "orders.jsonl.gz"])
def test_json_lines_are_known_by_their_ending(project: Path, name: str) -> None:
    text = "".join(json.dumps({"id": row, "x": "a"}) + "\n" for row in range(2)).encode()
    (project / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    place, table = sampled(name)
    assert (place.format, table.frame["id"].tolist()) == (SourceFormat.JSON_LINES, [0, 1])


@pytest.mark.parametrize("name", ["orders.parquet", "orders.pq"])
def test_parquet_files_are_known_by_their_ending(project: Path, name: str) -> None:
    pq.write_table(pa.table({"id": [1, 2], "x": ["a", "b"]}), project / name)
    place, table = sampled(name)
    assert (place.format, table.frame["id"].tolist()) == (SourceFormat.PARQUET, [1, 2])


def test_the_options_of_a_person_decide_about_the_layout(project: Path) -> None:
    drop(project / "a.csv", "1|2,5\n3|4,5\n")
    options = LayoutOptions(delimiter="|", header=False)
    place = named("a.csv")
    _, table = sample_source(
        Named(data="a.csv", folder=place.folder, layout=options, environ={}), lambda *_: None
    )
    assert table.frame.to_dict("list") == {"column_1": ["1", "3"], "column_2": ["2,5", "4,5"]}
    assert (table.layout.header, table.layout.delimiter) == ("none", "|")


@pytest.mark.parametrize(
    "ending", [".json", ".xlsx", ".xls", ".avro", ".orc", ".feather", ".JSON", ".json.gz"]
)
def test_a_kind_of_file_that_no_feed_reads_is_refused_with_the_kinds_that_it_reads(
    project: Path, ending: str
) -> None:
    drop(project / f"orders{ending}")
    kind = ending.lower().removesuffix(".gz")
    assert refused(f"orders{ending}") == (
        f"orders{ending} is a {kind} file; expected .csv, .jsonl (both also with .gz) or .parquet, "
        "or the URL of a database: export it as one of these"
    )


@pytest.mark.parametrize("data", ["gone.csv", "data/gone"])
def test_a_file_that_is_not_there_is_refused(project: Path, data: str) -> None:
    assert project.is_dir()
    assert refused(data) == f"there is no file {data}; expected the data to draft from"


def test_a_glob_that_names_no_file_is_refused(project: Path) -> None:
    (project / "data").mkdir()
    assert refused("data/*.csv") == "there is no file data/*.csv; expected the data to draft from"


def test_the_folder_of_a_glob_must_exist(project: Path) -> None:
    assert project.is_dir()
    assert refused("data/*.csv") == (
        "The folder of the source 'data/*.csv' does not exist; expected it, even if it is empty. "
        "Create it, or correct the location in the charter."
    )


@pytest.mark.parametrize("data", ["orders.csv", "data"])
def test_a_table_belongs_to_a_database_only(project: Path, data: str) -> None:
    drop(project / "orders.csv")
    write_deltalake(project / "data", pa.table({"id": [1], "x": [2]}))
    kind = "a file" if data == "orders.csv" else "a Delta table"
    assert refused(data, "orders") == (
        f"--table names a table of a database, and --data is {kind}; leave it out"
    )


@pytest.mark.parametrize("data", ["data", "data/*.csv"])
def test_the_files_of_a_folder_and_of_a_glob_are_one_feed(project: Path, data: str) -> None:
    drop(project / "data/b10.csv", "id,amount\nc,3\n")
    drop(project / "data/b9.csv")
    place, table = sampled(data)
    assert place == Place(location="../../data/*.csv", format=SourceFormat.CSV, shown_as="2 files")
    assert table.frame["id"].tolist() == ["a", "b", "c"]
    assert [(part.name, part.rows) for part in table.parts] == [("b9.csv", 2), ("b10.csv", 1)]


def test_one_file_of_a_folder_is_shown_by_its_name(project: Path) -> None:
    drop(project / "data/day=1/a.csv")
    drop(project / "data/day=1/_SUCCESS", "")
    place, table = sampled("data")
    assert place == Place(location="../../data/*/*.csv", format=SourceFormat.CSV, shown_as="a.csv")
    assert (table.rows, table.parts) == (2, ())


def test_a_folder_with_brackets_in_its_name_is_read_like_any_other(project: Path) -> None:
    drop(project / "data [2026]/a.csv")
    place, table = sampled("data [2026]")
    assert place.location == "../../data [[]2026]/*.csv"
    assert table.rows == 2


def test_files_of_several_kinds_are_refused(project: Path) -> None:
    drop(project / "data/a.csv")
    drop(project / "data/b.jsonl", '{"id": 1, "x": 2}\n')
    assert refused("data/*") == (
        "data/* names files of several kinds (csv, jsonl); expected one kind"
    )


def test_hidden_and_describing_files_are_not_sampled(project: Path) -> None:
    drop(project / "data/x/a.csv")
    drop(project / "data/x/_b.csv")
    drop(project / "data/x/.c.csv")
    assert sampled("data/*/*.csv")[1].rows == 2


def test_data_outside_of_the_project_have_an_absolute_place(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert project.is_dir()
    other = tmp_path_factory.mktemp("elsewhere")
    drop(other / "a.csv")
    assert sampled(str(other / "a.csv"))[0].location == str(other / "a.csv")


def test_a_path_that_reads_like_a_variable_is_refused(project: Path) -> None:
    drop(project / "${X}/a.csv")
    assert refused("${X}/a.csv") == (
        "the path ${X}/a.csv holds ${, which a charter reads as the name of a variable; rename it"
    )


@pytest.mark.parametrize(
    "data",
    [
        "s3://key:secret@bucket/a.csv",
        "https://host/a.csv?sig=hunter2",
        "https://ada:hunter2@host/a.csv",
        "https://host/a.csv?day=1",
        "memory://a.csv?token=hunter2",
    ],
)
def test_an_address_with_a_secret_or_a_query_is_refused_before_it_is_opened(data: str) -> None:
    message = refused(data)
    assert message == (
        "--data is an address with credentials or a query in it, which no charter may hold; write "
        "them as ${NAME}, in single quotes, and set NAME"
    )


def test_a_folder_with_a_log_is_a_delta_table_and_not_its_files(project: Path) -> None:
    write_deltalake(project / "orders", pa.table({"id": [1], "x": [2]}))
    write_deltalake(project / "orders", pa.table({"id": [7], "x": [8]}), mode="overwrite")
    place, table = sampled("orders")
    assert place == Place(
        location="../../orders", format=SourceFormat.DELTA, shown_as="Delta table orders"
    )
    assert table.frame.to_dict("list") == {"id": [7], "x": [8]}
    assert (table.rows, table.is_text) == (1, False)


def test_a_table_of_a_database_may_be_named_in_the_url_or_beside_it(project: Path) -> None:
    fill(project / "shop.db", 3)
    place, table = sampled("sqlite:///shop.db#orders")
    assert place == Place(
        location="sqlite:///../../shop.db",
        format=SourceFormat.SQL,
        table="orders",
        shown_as="table orders",
    )
    assert table.frame["id"].tolist() == [0, 1, 2]
    assert (table.rows, table.is_text) == (3, False)
    assert sampled("sqlite:///shop.db", "orders")[0] == place


def test_the_table_beside_the_url_decides(project: Path) -> None:
    fill(project / "shop.db", 1)
    assert sampled("sqlite:///shop.db#other", "orders")[0].table == "orders"


def test_a_database_without_a_table_is_refused(project: Path) -> None:
    fill(project / "shop.db", 1)
    for data in ("sqlite:///shop.db", "sqlite:///shop.db#"):
        assert refused(data) == (
            "--data is the URL of a database; expected a table too: add #TABLE, or say --table"
        )


def test_a_table_without_a_record_is_refused(project: Path) -> None:
    fill(project / "shop.db", 0)
    assert refused("sqlite:///shop.db#orders") == (
        "the table 'orders' has no record; expected records"
    )


def test_a_table_or_database_that_is_not_there_is_refused(project: Path) -> None:
    fill(project / "shop.db", 1)
    assert refused("sqlite:///shop.db#other").startswith(
        "The database has no table or view 'other' that the pipeline's user can see; expected one."
    )
    assert refused("sqlite:///gone.db#orders").startswith("The database file 'gone.db' of source")


def test_a_large_table_is_sampled_evenly_and_counted(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aipo_pipelines.resources.sampling.source.SAMPLE", 10)
    fill(project / "shop.db", 95)
    _, table = sampled("sqlite:///shop.db#orders")
    assert table.frame["id"].tolist() == even_places(95, 10)
    assert (table.rows, table.is_whole) == (95, False)


def test_many_files_share_the_size_of_one_sample_but_show_a_thousand_records_each(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aipo_pipelines.resources.sampling.source.SAMPLE", 20)
    monkeypatch.setattr("aipo_pipelines.resources.sampling.source._FEWEST_OF_A_FILE", 5)
    for name in "abcdefgh":
        pq.write_table(pa.table({"id": range(100), "x": ["a"] * 100}), project / f"{name}.parquet")
    _, table = sampled("*.parquet")
    assert [part.looked_at for part in table.parts] == [5] * 8
    for name in "cdefgh":
        (project / f"{name}.parquet").unlink()
    assert [part.looked_at for part in sampled("*.parquet")[1].parts] == [10, 10]


def test_the_usual_sample_has_fifty_thousand_records() -> None:
    assert SAMPLE == 50_000


def test_the_sample_of_a_delta_table_is_even(tmp_path: Path) -> None:
    write_deltalake(tmp_path / "orders", pa.table({"id": range(40)}))
    reader = delta_table(str(tmp_path / "orders"), {})
    assert reader is not None
    table = sample_delta(reader, 7)
    assert table.frame["id"].tolist() == even_places(40, 7)
    assert (table.rows, table.is_whole, table.is_text) == (40, False, False)


def test_a_delta_table_without_a_record_is_refused(tmp_path: Path) -> None:
    write_deltalake(tmp_path / "orders", pa.table({"id": pa.array([], pa.int64())}))
    reader = delta_table(str(tmp_path / "orders"), {})
    assert reader is not None
    with pytest.raises(DraftError) as error:
        sample_delta(reader, 7)
    assert str(error.value) == "the Delta table has no record; expected records"


def test_a_delta_table_that_cannot_be_read_is_refused_with_the_reason_of_the_feed(
    tmp_path: Path,
) -> None:
    write_deltalake(tmp_path / "orders", pa.table({"id": range(40)}))
    reader = delta_table(str(tmp_path / "orders"), {"AIPO_MAX_DELIVERY_ROWS": "39"})
    assert reader is not None
    with pytest.raises(DraftError, match="orders has more than 39 rows, which is the most that"):
        sample_delta(reader, 7)


@pytest.mark.parametrize(
    "location", ["{}/nothing", "{}/plain", "{}/*", "http://host/orders", "https://host/orders"]
)
def test_a_place_without_a_log_is_no_delta_table(tmp_path: Path, location: str) -> None:
    drop(tmp_path / "plain/a.csv")
    write_deltalake(tmp_path / "orders", pa.table({"id": [1]}))
    assert delta_table(location.format(tmp_path), {}) is None


NOT_SET = "The location of a source needs the environment variable 'PLACE', which is not set."


@pytest.mark.parametrize("data", ["s3://${PLACE}/orders", "https://${PLACE}/*.csv", "${PLACE}/*"])
def test_a_variable_that_is_not_set_is_a_problem_of_the_draft(data: str) -> None:
    assert refused(data).startswith(NOT_SET)


def test_a_variable_in_the_url_of_a_database_that_is_not_set_is_a_problem_of_the_draft() -> None:
    assert refused("postgresql://ada:${PLACE}@host/db#orders").startswith(NOT_SET)


def test_a_wrong_bound_is_a_problem_of_the_draft(tmp_path: Path) -> None:
    with pytest.raises(DraftError) as error:
        delta_table(str(tmp_path), {"AIPO_MAX_DELIVERY_ROWS": "0"})
    assert str(error.value) == (
        "AIPO_MAX_DELIVERY_ROWS is '0', expected a whole number above zero; correct it"
    )


def test_a_reader_of_a_delta_table_samples_what_it_would_read(tmp_path: Path) -> None:
    write_deltalake(tmp_path, pa.table({"id": range(5)}))
    stores = stores_of(tmp_path, str(tmp_path), {}, OPERATOR)
    reader = DeltaReader(name="data", location=str(tmp_path), stores=stores, bounds=Bounds())
    (delivery,) = reader.offer().deliveries
    assert sample_delta(reader, 5).frame.equals(reader.read(delivery))
