from __future__ import annotations

import pytest

from bench.timing import Row, Work, alternate, in_turn


class Rival:
    """Takes the given seconds, by its own clock, and remembers its turns."""

    def __init__(self, name: str, clock: list[float], turns: list[str], *seconds: float) -> None:
        self._name, self._clock, self._turns = name, clock, turns
        self._seconds = iter(seconds)

    def __call__(self) -> Work:
        self._clock[0] += 100.0
        return self._work

    def _work(self) -> None:
        self._turns.append(self._name)
        self._clock[0] += next(self._seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr("bench.timing.perf_counter", lambda: now[0])
    return now


def test_the_median_counts_and_neither_warm_up_nor_preparation_does(clock: list[float]) -> None:
    ours = Rival("ours", clock, [], 50.0, 3.0, 9.0, 4.0)
    bare = Rival("bare", clock, [], 50.0, 2.0, 1.0, 2.0)
    medians = alternate(ours, bare, repeats=3)
    assert (medians.ours, medians.bare) == (4.0, 2.0)


def test_who_goes_first_changes_every_round(clock: list[float]) -> None:
    turns: list[str] = []
    rivals = (Rival(name, clock, turns, 1.0, 1.0, 1.0) for name in ("ours", "bare"))
    alternate(*rivals, repeats=2)
    assert turns == ["ours", "bare", "bare", "ours", "ours", "bare"]


def test_what_each_side_gives_is_kept_apart_without_the_warm_up() -> None:
    ours, bare = iter("xab"), iter("xcd")
    assert in_turn(lambda: next(ours), lambda: next(bare), repeats=2) == (["a", "b"], ["c", "d"])


def test_a_ratio_of_seconds_is_ours_over_bare() -> None:
    row = Row(case="c", subject="s", ours=3.0, bare=2.0, goal=1.5)
    assert row.ratio == 1.5
    assert row.reached


def test_a_ratio_of_rates_is_bare_over_ours() -> None:
    row = Row(case="c", subject="s", ours=50.0, bare=200.0, goal=3.0, more_is_better=True)
    assert row.ratio == 4.0
    assert row.reached is False


def test_without_a_goal_nothing_is_reached_or_missed() -> None:
    row = Row(case="c", subject="s", ours=3.0, bare=2.0)
    assert row.reached is None
    assert row.as_json()["ratio"] == 1.5
