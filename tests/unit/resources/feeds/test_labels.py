"""Late labels: what is read of a delivery, what is left out, and which record gets which label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.errors import SourceUnreadableError
from aipo_pipelines.resources.feeds.labels import JoinedLabels, ReadLabels, join_labels, read_labels
from aipo_pipelines.resources.lake.content_digest import content_digest
from tests.unit.measures.contracts import FileLayout, column, contract, delivered

AGREED = contract(
    column("shop"),
    column("order", "integer", delivered_as="Order No"),
    column("returned", "boolean"),
    column("amount", "number", required=True),
)
KEYS = ("shop", "order")


def read(*rows: tuple[str | None, ...], in_order: bool = False) -> ReadLabels:
    table = delivered(
        **{
            name: [row[place] for row in rows]
            for place, name in enumerate(("shop", "Order No", "returned"))
        }
    )
    return read_labels(table, AGREED, KEYS, "returned", "labels/a.csv", in_order=in_order)


def rows_of(labels: ReadLabels) -> list[tuple[object, ...]]:
    return list(labels.table.itertuples(index=False, name=None))


def refused(table: pd.DataFrame) -> str:
    with pytest.raises(SourceUnreadableError) as error:
        read_labels(table, AGREED, KEYS, "returned", "labels/a.csv")
    return str(error.value)


def test_identifiers_and_label_are_read_by_the_contract_in_the_order_of_the_charter() -> None:
    labels = read(("a", "01", "yes"), (" b ", "2", "FALSE"))
    assert labels.table.columns.tolist() == ["shop", "order", "returned"]
    assert rows_of(labels) == [("a", 1, True), ("b", 2, False)]
    assert labels.left_out == ""


def test_columns_may_have_the_name_of_the_contract_or_the_delivered_name() -> None:
    own = delivered(shop=["a"], order=["1"], returned=["yes"])
    labels = read_labels(own, AGREED, KEYS, "returned", "labels/a.csv")
    assert rows_of(labels) == rows_of(read(("a", "1", "yes")))


def test_other_columns_of_the_labels_and_of_the_contract_do_not_matter() -> None:
    table = delivered(note=["x"], returned=["no"], shop=["a"], order=["1"])
    labels = read_labels(table, AGREED, KEYS, "returned", "labels/a.csv")
    assert rows_of(labels) == [("a", 1, False)]


def test_an_empty_delivery_has_no_label_and_no_problem() -> None:
    labels = read()
    assert (len(labels.table), labels.left_out) == (0, "")
    assert labels.table.columns.tolist() == ["shop", "order", "returned"]


def test_a_label_that_is_not_known_yet_is_no_problem() -> None:
    labels = read(("a", "1", None), ("a", "2", "yes"))
    assert rows_of(labels) == [("a", 2, True)]
    assert labels.left_out == ""


@pytest.mark.parametrize(
    ("rows", "left_out"),
    [
        (
            [("a", "x", "yes"), ("a", "1", "maybe")],
            (
                "2 of 3 labels in labels/a.csv cannot be read and are left out: 1 have a 'order' "
                "that is no integer, 1 have a 'returned' that is no boolean; 1 are read. Correct "
                "the delivery, or the contract."
            ),
        ),
        (
            [(None, "1", "yes")],
            (
                "1 of 2 labels in labels/a.csv cannot be read and are left out: they lack 'shop' "
                "or 'order'; 1 are read. Correct the delivery, or the contract."
            ),
        ),
        (
            [(None, "1", "yes"), ("a", "x", "yes")],
            (
                "2 of 3 labels in labels/a.csv cannot be read and are left out: 1 have a 'order' "
                "that is no integer, others lack 'shop' or 'order'; 1 are read. Correct the "
                "delivery, or the contract."
            ),
        ),
    ],
)
def test_rows_that_cannot_be_read_are_counted_and_explained(
    rows: Sequence[tuple[str | None, ...]], left_out: str
) -> None:
    labels = read(*rows, ("z", "9", "no"))
    assert labels.left_out == left_out
    assert rows_of(labels) == [("z", 9, False)]


def test_different_labels_of_a_record_in_one_file_are_all_left_out() -> None:
    labels = read(("a", "1", "yes"), ("b", "1", "no"), ("a", "1", "no"), ("a", "1", "yes"))
    assert rows_of(labels) == [("b", 1, False)]
    assert labels.left_out == (
        "1 record in labels/a.csv with different labels there: none of these labels is used, "
        "because it is not known which is right. Deliver one label for each record, or the "
        "corrected labels in a later file."
    )


def test_several_contradicted_records_are_counted_once_each() -> None:
    rows = [(shop, "1", label) for shop in "ab" for label in ("yes", "no", "yes")]
    labels = read(*rows)
    assert rows_of(labels) == []
    assert labels.left_out.startswith("2 records in labels/a.csv with different labels there:")


def test_the_same_label_twice_is_no_contradiction() -> None:
    labels = read(("a", "1", "yes"), ("a", "01", "TRUE"))
    assert rows_of(labels) == [("a", 1, True), ("a", 1, True)]
    assert labels.left_out == ""


def test_rows_in_order_correct_one_another() -> None:
    labels = read(("a", "1", "yes"), ("a", "1", "no"), in_order=True)
    assert rows_of(labels) == [("a", 1, True), ("a", 1, False)]
    assert labels.left_out == ""


def test_a_row_that_is_left_out_contradicts_no_other() -> None:
    labels = read(("a", "1", "yes"), ("a", "1", "maybe"), ("a", "1", None))
    assert rows_of(labels) == [("a", 1, True)]
    assert labels.left_out.startswith("1 of 3 labels in labels/a.csv cannot be read")


@pytest.mark.parametrize(
    ("columns", "missing"),
    [
        (["shop"], "'order', 'returned'"),
        (["returned", "shop", "note"], "'order'"),
        ([], "'shop', 'order', 'returned'"),
    ],
)
def test_a_delivery_without_an_identifier_or_the_label_is_refused(
    columns: Sequence[str], missing: str
) -> None:
    assert refused(delivered(**{name: ["1"] for name in columns})) == (
        f"The labels in labels/a.csv lack the columns {missing}; expected the identifiers and the "
        "label of the charter. Deliver them again with these columns."
    )


@pytest.mark.parametrize(
    ("names", "doubled"),
    [
        (["shop", "Order No", "returned", "returned.1"], "'returned'"),
        (["shop", "shop.1", "Order No", "Order No.1", "returned"], "'shop', 'Order No'"),
    ],
)
def test_a_name_that_occurs_twice_in_the_header_is_refused(
    names: Sequence[str], doubled: str
) -> None:
    assert refused(delivered(**{name: ["1"] for name in names})) == (
        f"The header of the labels in labels/a.csv has {doubled} more than once; expected each "
        "identifier and the label once, because it is not known which column is meant. Deliver "
        "them again with one column of each name."
    )


def test_a_delivery_without_a_readable_row_is_refused_with_counts() -> None:
    table = delivered(shop=["a", "b"], order=["1", "2"], returned=["perhaps", "maybe"])
    assert refused(table) == (
        "None of the 2 labels in labels/a.csv can be read: 2 have a 'returned' that is no boolean; "
        "expected identifiers and label as the contract declares them. Correct the delivery, or "
        "the contract."
    )


def test_a_label_that_the_contract_does_not_declare_is_kept_as_text() -> None:
    agreed = contract(column("id"))
    table = pd.DataFrame({"id": ["a", "b"], "churned": [1.0, 0.0]})
    labels = read_labels(table, agreed, ("id",), "churned", "labels/a.parquet")
    assert rows_of(labels) == [("a", "1"), ("b", "0")]


def test_numbers_for_an_identifier_that_is_a_text_are_written_as_text() -> None:
    agreed = contract(column("id"), column("y", "integer"))
    table = pd.DataFrame({"id": [7, 12], "y": [0, 1]})
    labels = read_labels(table, agreed, ("id",), "y", "labels/a.parquet")
    assert rows_of(labels) == [("7", 0), ("12", 1)]


def test_labels_have_a_header_line_although_the_feed_has_no_header() -> None:
    agreed = contract(column("id"), column("y"), layout=FileLayout(header="none"))
    labels = read_labels(delivered(y=["1"], id=["a"]), agreed, ("id",), "y", "labels/a.csv")
    assert rows_of(labels) == [("a", "1")]


def table_of(*rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "shop": pd.Series([row[0] for row in rows], dtype="str"),
            "order": pd.Series([row[1] for row in rows], dtype="Int64"),
            "returned": pd.Series([row[2] for row in rows], dtype="boolean"),
        }
    )


BATCH = table_of(("a", 1, None), ("a", 2, None), ("b", 1, None))[["shop", "order"]]


def joined(*rows: tuple[object, ...], batch: pd.DataFrame = BATCH) -> JoinedLabels:
    return join_labels(batch, table_of(*rows), KEYS, "returned")


def counts(labels: JoinedLabels) -> tuple[int, int, int, int]:
    return labels.labelled, labels.unlabelled, labels.corrected, labels.unknown


def truths(labels: JoinedLabels) -> list[object]:
    return [None if value is pd.NA else bool(value) for value in labels.truth]


def test_each_record_gets_its_last_label_at_its_own_place() -> None:
    batch = BATCH.set_axis([7, 3, 5])
    labels = joined(("b", 1, True), ("a", 1, True), ("a", 1, False), batch=batch)
    assert truths(labels) == [False, None, True]
    assert labels.truth.index.tolist() == [7, 3, 5]
    assert labels.truth.name == "returned"
    assert counts(labels) == (2, 1, 1, 0)


def test_the_digest_is_that_of_the_labelled_records_in_the_order_of_the_batch() -> None:
    labels = joined(("b", 1, True), ("a", 1, False))
    assert labels.table is not None
    assert list(labels.table.itertuples(index=False, name=None)) == [
        ("a", 1, False),
        ("b", 1, True),
    ]
    assert labels.digest == content_digest(labels.table)


@pytest.mark.parametrize("batch", [BATCH, BATCH[["shop"]], BATCH.iloc[:0]])
def test_without_labels_every_record_is_unlabelled(batch: pd.DataFrame) -> None:
    labels = joined(batch=batch)
    assert counts(labels) == (0, len(batch), 0, 0)
    assert (labels.digest, labels.table) == ("", None)
    assert labels.truth.isna().all()
    assert labels.truth.dtype == "boolean"


def test_a_batch_without_an_identifier_has_no_label_and_all_labels_are_of_other_records() -> None:
    labels = joined(("a", 1, True), ("a", 1, False), ("b", 1, True), batch=BATCH[["shop"]])
    assert counts(labels) == (0, 3, 0, 2)
    assert labels.digest == ""


def test_labels_of_other_records_are_counted_once_for_each_record() -> None:
    labels = joined(("z", 1, True), ("z", 1, False), ("z", 2, True), ("a", 2, True))
    assert counts(labels) == (1, 2, 0, 2)


def test_a_record_without_an_identifier_gets_no_label() -> None:
    batch = table_of(("a", 1, None), (None, 1, None), ("a", None, None))[["shop", "order"]]
    labels = joined(("a", 1, True), batch=batch)
    assert truths(labels) == [True, None, None]


def test_a_label_without_an_identifier_is_not_that_of_a_record_without_an_identifier() -> None:
    batch = table_of((None, 1, None), ("a", None, None))[["shop", "order"]]
    labels = joined((None, 1, True), ("a", None, True), batch=batch)
    assert truths(labels) == [None, None]
    assert counts(labels) == (0, 2, 0, 2)


def test_a_record_that_occurs_twice_gets_the_label_twice() -> None:
    batch = table_of(("a", 1, None), ("a", 1, None))[["shop", "order"]]
    labels = joined(("a", 1, True), ("a", 1, False), batch=batch)
    assert truths(labels) == [False, False]
    assert counts(labels) == (2, 0, 1, 0)


def test_a_label_delivered_again_unchanged_is_not_corrected() -> None:
    assert counts(joined(("a", 1, True), ("a", 1, True))) == (1, 2, 0, 0)


def test_a_correction_that_is_taken_back_still_counts() -> None:
    labels = joined(("a", 1, True), ("a", 1, False), ("a", 1, True))
    assert truths(labels) == [True, None, None]
    assert counts(labels) == (1, 2, 1, 0)


ROWS = st.lists(st.tuples(st.sampled_from("abz"), st.integers(1, 3), st.booleans()), max_size=12)


@settings(max_examples=30)
@given(ROWS)
def test_every_record_has_the_label_that_was_delivered_last(
    rows: list[tuple[str, int, bool]],
) -> None:
    last: Mapping[tuple[str, int], bool] = {(shop, order): label for shop, order, label in rows}
    labels = joined(*rows)
    records = list(BATCH.itertuples(index=False, name=None))
    assert truths(labels) == [last.get(record) for record in records]
    assert counts(labels)[3] == len(last.keys() - {*records})
    assert labels.labelled + labels.unlabelled == len(BATCH)


@settings(max_examples=10)
@given(ROWS, st.data())
def test_labels_in_two_deliveries_are_the_same_as_in_one_in_order(
    rows: list[tuple[str, int, bool]], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(rows)))

    def piece(part: Sequence[tuple[str, int, bool]]) -> pd.DataFrame:
        texts = [(shop, str(order), str(label)) for shop, order, label in part]
        return read(*texts, in_order=True).table

    pieces = [part for part in (piece(rows[:cut]), piece(rows[cut:])) if len(part)]
    together = pd.concat(pieces, ignore_index=True) if pieces else piece([])
    divided = join_labels(BATCH, together, KEYS, "returned")
    whole = join_labels(BATCH, piece(rows), KEYS, "returned")
    assert (divided.digest, counts(divided)) == (whole.digest, counts(whole))


@settings(max_examples=10)
@given(ROWS, st.data())
def test_the_order_of_a_file_decides_nothing(
    rows: list[tuple[str, int, bool]], data: st.DataObject
) -> None:
    texts = [(shop, str(order), str(label)) for shop, order, label in rows]
    shuffled = data.draw(st.permutations(texts))
    first, second = (
        join_labels(BATCH, read(*each).table, KEYS, "returned") for each in (texts, shuffled)
    )
    assert (first.digest, counts(first)) == (second.digest, counts(second))
    assert sorted(map(str, rows_of(read(*texts)))) == sorted(map(str, rows_of(read(*shuffled))))
