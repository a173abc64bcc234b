"""Labels that come later, joined by identifiers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from aipo_pipelines.errors import SourceError, SourceUnreadableError
from aipo_pipelines.measures.data.conform import conform
from aipo_pipelines.resources.feeds import Feed, JoinedLabels, discover
from tests.unit.resources.feeds.conftest import source

Feeds = Callable[..., Feed]
COLUMNS = {"shop": "string", "order": "integer", "returned": "boolean"}
LATE = {
    "sources": {
        "truth": {
            "location": "labels/*.csv",
            "format": "csv",
            "owner": "returns team",
            "regions": ["DE"],
            "lawful_basis": "none_needed",
        }
    },
    "settings": {
        "identifiers": ["shop", "order"],
        "labels": {"column": "returned", "source": "truth"},
    },
}


@pytest.fixture
def join(tmp_path: Path, feed_of: Feeds) -> Callable[..., JoinedLabels]:
    """Joins files of labels, given as text, to a batch of the orders a/1, a/2, b/1."""

    def joined(*deliveries: str, batch: str = "shop,order\na,1\na,2\nb,1\n") -> JoinedLabels:
        (tmp_path / "labels").mkdir()
        (tmp_path / "orders.csv").write_text(batch)
        for number, text in enumerate(deliveries):
            (tmp_path / f"labels/{number}.csv").write_text(text)
        feed = feed_of("orders.csv", COLUMNS, **LATE)
        frame = conform(feed.load("orders"), feed.product.contract).frame
        return feed.labels_for(frame, feed.load_labels())

    return joined


Join = Callable[..., JoinedLabels]


def truths(joined: JoinedLabels) -> list[object]:
    return joined.truth.astype(object).where(joined.truth.notna(), None).tolist()


def test_labels_find_their_records_in_any_order(join: Join) -> None:
    joined = join("returned,order,shop\nyes,1,b\nno,1,a\n")
    assert truths(joined) == [False, None, True]
    assert (joined.labelled, joined.unlabelled) == (2, 1)


def test_identifiers_are_compared_as_the_contract_reads_them(join: Join) -> None:
    assert truths(join("shop,order,returned\n a ,01,yes\n")) == [True, None, None]


def test_a_later_delivery_corrects_an_earlier_delivery(join: Join) -> None:
    joined = join("shop,order,returned\na,1,yes\nb,1,no\n", "shop,order,returned\na,1,no\nb,1,no\n")
    assert truths(joined) == [False, None, False]
    assert joined.corrected == 1


def test_two_labels_of_a_record_in_one_file_are_not_used_and_reported(
    tmp_path: Path, feed_of: Callable[..., Feed]
) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "orders.csv").write_text("shop,order\na,1\na,2\nb,1\n")
    lines = ["shop,order,returned", "a,1,yes", "a,2,no", "a,1,no", "a,2,no", "b,1,yes", ""]
    (tmp_path / "labels/0.csv").write_text("\n".join(lines))
    feed = feed_of("orders.csv", COLUMNS, **LATE)
    frame = conform(feed.load("orders"), feed.product.contract).frame
    assert truths(feed.labels_for(frame, feed.load_labels())) == [None, False, True]
    assert "1 record in" in str(feed.labels_left_out())


def test_labels_of_other_records_are_counted(join: Join) -> None:
    joined = join("shop,order,returned\na,1,yes\nz,1,no\nz,1,no\nz,2,no\n")
    assert joined.unknown == 2


def test_unreadable_rows_label_no_record(join: Join) -> None:
    joined = join("shop,order,returned\na,x,yes\n,1,yes\na,1,maybe\na,2,\n")
    assert (joined.labelled, joined.digest) == (0, "")


def test_labels_without_any_readable_row_are_a_problem_with_counts(join: Join) -> None:
    with pytest.raises(SourceUnreadableError) as refused:
        join("shop,order,returned\na,x,maybe\nb,y,yes\n")
    assert (
        "None of the 2 labels in labels/0.csv can be read: 2 have a 'order' that is no integer, 1 "
        "have a 'returned' that is no boolean"
    ) in str(refused.value)


@pytest.mark.parametrize(
    ("delivered", "message"),
    [
        (
            "a,1,yes\na,x,yes\nb,1,maybe\n",
            (
                "2 of 3 labels in labels/0.csv cannot be read and are left out: 1 have a 'order' "
                "that is no integer, 1 have a 'returned' that is no boolean; 1 are read."
            ),
        ),
        (
            "a,1,yes\n,1,yes\n",
            (
                "1 of 2 labels in labels/0.csv cannot be read and are left out: they lack 'shop' "
                "or 'order'; 1 are read."
            ),
        ),
        (
            "a,1,yes\n,1,yes\na,x,no\n",
            (
                "2 of 3 labels in labels/0.csv cannot be read and are left out: 1 have a 'order' "
                "that is no integer, others lack 'shop' or 'order'; 1 are read."
            ),
        ),
    ],
)
def test_unreadable_labels_are_counted_and_the_other_labels_are_used(
    tmp_path: Path, feed_of: Feeds, now: datetime, delivered: str, message: str
) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "orders.csv").write_text("shop,order\na,1\nb,1\n")
    (tmp_path / "labels/0.csv").write_text(f"shop,order,returned\n{delivered}")
    feed = feed_of("orders.csv", COLUMNS, **LATE)
    look = discover(feed, {}, now)
    assert [str(problem) for problem in look.problems] == [
        f"{message} Correct the delivery, or the contract."
    ]
    assert [bool(discovery.labels_digest) for discovery in look.discoveries] == [True]


def test_a_label_that_is_not_known_yet_is_no_problem(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "orders.csv").write_text("shop,order\na,1\nb,1\n")
    (tmp_path / "labels/0.csv").write_text("shop,order,returned\na,1,yes\nb,1,\n")
    assert discover(feed_of("orders.csv", COLUMNS, **LATE), {}, now).problems == ()


def test_numbers_from_another_system_are_the_texts_of_these_numbers(
    tmp_path: Path, feed_of: Feeds
) -> None:
    """The orders are text, the labels JSON with numbers, and the label is not declared."""
    (tmp_path / "labels").mkdir()
    (tmp_path / "orders.csv").write_text("order\n1\n2\n3\n")
    (tmp_path / "labels/0.jsonl").write_text('{"order": 1, "late": 0}\n{"order": 2, "late": 1}\n')
    truth = source("labels/*.jsonl", format="jsonl")
    feed = feed_of(
        "orders.csv",
        {"order": "string"},
        sources={"truth": truth},
        settings={"identifiers": ["order"], "labels": {"column": "late", "source": "truth"}},
    )
    batch = conform(feed.load("orders"), feed.product.contract).frame
    assert truths(feed.labels_for(batch, feed.load_labels())) == ["0", "1", None]


def test_a_record_without_identifier_is_never_labelled(join: Join) -> None:
    joined = join("shop,order,returned\n,1,yes\n", batch="shop,order\n,1\n")
    assert truths(joined) == [None]


def test_records_with_the_same_identifier_share_a_label(join: Join) -> None:
    joined = join("shop,order,returned\na,1,yes\n", batch="shop,order\na,1\na,1\n")
    assert truths(joined) == [True, True]


def test_a_batch_without_its_identifiers_is_unlabelled(join: Join) -> None:
    joined = join("shop,order,returned\na,1,yes\n", batch="shop\na\n")
    assert (truths(joined), joined.digest) == ([None], "")


def test_before_the_first_delivery_of_labels_no_record_is_labelled(join: Join) -> None:
    joined = join()
    assert (joined.labelled, joined.unlabelled, joined.digest) == (0, 3, "")


def test_labels_of_other_records_do_not_change_the_digest(join: Join, tmp_path: Path) -> None:
    first = join("shop,order,returned\na,1,yes\n").digest
    for path in (tmp_path / "labels").iterdir():
        path.unlink()
    (tmp_path / "labels").rmdir()
    second = join("shop,order,returned\nz,9,yes\na,1,yes\n").digest
    assert first == second != ""


def test_every_change_of_a_label_changes_the_digest(feed_of: Feeds) -> None:
    feed = feed_of("orders.csv", COLUMNS, **LATE)
    batch = pd.DataFrame({"shop": ["a", "b"], "order": pd.array([1, 1], "Int64")})
    digests = {
        feed.labels_for(batch, batch.assign(returned=pd.array(values, "boolean"))).digest
        for values in ([True, True], [True, False], [False, True], [True, None])
    }
    assert len(digests) == 4


def test_labels_without_their_columns_are_refused_by_name(join: Join) -> None:
    with pytest.raises(SourceUnreadableError, match="lack the columns 'order', 'returned'"):
        join("shop\na\n")


def test_a_source_of_labels_that_does_not_exist_yet_has_no_labels(feed_of: Feeds) -> None:
    feed = feed_of("orders.csv", COLUMNS, **LATE)
    assert feed.load_labels().empty
    assert "labels/*.csv" in str(feed.label_problem())


def test_labels_of_the_batch_itself_need_no_join(feed_of: Feeds) -> None:
    feed = feed_of("orders.csv", COLUMNS, settings={"labels": {"column": "returned"}})
    batch = pd.DataFrame({"returned": pd.array([True, None], "boolean")})
    joined = feed.labels_for(batch, feed.load_labels())
    assert (joined.labelled, joined.unlabelled, joined.digest) == (1, 1, "")


def test_without_declared_labels_reading_labels_is_an_error(feed_of: Feeds) -> None:
    with pytest.raises(SourceError, match="names no label"):
        feed_of("orders.csv", COLUMNS).load_labels()


def test_late_labels_need_identifiers(feed_of: Feeds) -> None:
    settings = {"labels": {"column": "returned", "source": "truth"}}
    with pytest.raises(SourceError, match="Add the identifiers"):
        feed_of("orders.csv", COLUMNS, sources=LATE["sources"], settings=settings).load_labels()


def test_labels_with_a_doubled_header_are_a_problem_of_their_source(join: Join) -> None:
    with pytest.raises(SourceUnreadableError, match="has 'returned' more than once"):
        join("shop,order,returned,returned\na,1,yes,no\n")
