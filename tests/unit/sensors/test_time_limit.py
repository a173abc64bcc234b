"""A source that does not answer keeps nobody waiting but its own product."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import dagster as dg
import pytest

from aipo_pipelines.errors import SourceError
from aipo_pipelines.sensors.time_limit import Patience
from tests.unit.sensors.test_dagster_sensors import evaluate
from tests.world import World

REQUESTED = (dg.RunRequest(run_key="7:1"),)


@pytest.fixture
def answer() -> Iterator[threading.Event]:
    """Set when the source answers after all; at the end it does in any case."""
    event = threading.Event()
    yield event
    event.set()


def slow(answer: threading.Event) -> Sequence[dg.RunRequest]:
    answer.wait(30)
    return REQUESTED


def test_a_look_that_ends_is_waited_for() -> None:
    assert Patience(seconds=30).look("sample", lambda: REQUESTED, most=60) == REQUESTED


def test_what_a_look_leads_to_is_asked_for_when_it_has_ended(answer: threading.Event) -> None:
    patience = Patience(seconds=0)
    assert patience.look("sample", lambda: slow(answer), most=60) == ()
    assert patience.look("sample", lambda: pytest.fail("looked twice at once"), most=60) == ()
    answer.set()
    patience = Patience(30, patience._going)  # noqa: SLF001 - the same looks
    waited = patience._going["sample"].result.result(30)  # noqa: SLF001 - until it has ended
    assert (
        patience.look("sample", lambda: pytest.fail("looked again"), most=60) == waited == REQUESTED
    )


def test_a_look_that_takes_too_long_is_a_problem_of_the_source(answer: threading.Event) -> None:
    patience = Patience(seconds=0.01)
    with pytest.raises(SourceError, match="a source of sample has not answered"):
        patience.look("sample", lambda: slow(answer), most=0)


def test_an_error_of_a_look_is_raised_to_its_caller() -> None:
    def broken() -> Sequence[dg.RunRequest]:
        raise SourceError("the source is away")

    patience = Patience(seconds=30)
    with pytest.raises(SourceError, match="the source is away"):
        patience.look("sample", broken, most=60)
    assert patience.look("sample", lambda: REQUESTED, most=60) == REQUESTED


def test_the_batches_of_others_are_taken_in_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: threading.Event
) -> None:
    hangs = World(tmp_path / "hangs", name="hangs")
    fine = World(tmp_path / "fine", name="fine").deliver("w1")
    feed = fine.services.feeds.of(hangs.product)
    monkeypatch.setattr(feed, "fingerprint", lambda _: str(slow(answer)))
    monkeypatch.setattr(Patience, "look", partially(0.05))
    requests, _ = evaluate(hangs, "intake", fine.services, fine)
    assert [request.job_name for request in requests] == ["fine__monitor"]
    assert "hangs" not in fine.ledger.products()


def partially(seconds: float) -> object:
    """The same with less patience for a source that hangs."""
    look = Patience.look

    def shorter(self: Patience, product: str, work: object, most: float) -> object:
        patience = Patience(seconds if product == "hangs" else 30, self._going)
        return look(patience, product, work, most)  # type: ignore[arg-type]

    return shorter
