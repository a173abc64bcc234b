from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.charter.model.operations import Window, WindowChoice
from aipo_pipelines.models.windows import reaches_far_enough, windows_of

ALL, RECENT, SINCE = WindowChoice.ALL, WindowChoice.RECENT, WindowChoice.SINCE_CHANGE
BATCHES = tuple("abcdef")

windows = st.builds(
    Window,
    choices=st.permutations(list(WindowChoice)).flatmap(
        lambda order: st.integers(1, 3).map(lambda size: tuple(order[:size]))
    ),
    recent=st.integers(1, 8),
)


def test_each_choice_ends_with_the_newest_batch() -> None:
    windows = windows_of(BATCHES, Window(recent=2), "d")
    assert windows == {ALL: BATCHES, RECENT: ("e", "f"), SINCE: ("d", "e", "f")}


def test_one_batch_makes_one_window() -> None:
    assert windows_of(("a",), Window(), "a") == {ALL: ("a",)}


def test_of_choices_with_the_same_batches_the_first_of_the_charter_remains() -> None:
    window = Window(choices=(SINCE, RECENT), recent=3)
    assert windows_of(BATCHES, window, "d") == {SINCE: ("d", "e", "f")}


def test_without_a_known_change_there_is_no_window_since_a_change() -> None:
    assert list(windows_of(BATCHES, Window(recent=2))) == [ALL, RECENT]


def test_if_no_choice_names_a_batch_all_batches_are_used() -> None:
    assert windows_of(BATCHES, Window(choices=(SINCE,))) == {ALL: BATCHES}


def test_no_batch_makes_no_window() -> None:
    assert windows_of((), Window()) == {}


@given(windows, st.integers(1, 8), st.sampled_from(["", *BATCHES]))
def test_no_two_windows_are_the_same(window: Window, size: int, since: str) -> None:
    windows = list(windows_of(BATCHES[-size:], window, since).values())
    assert windows
    assert len(set(windows)) == len(windows)


@given(windows, st.sampled_from(["", *BATCHES]))
def test_the_batches_that_are_read_are_enough_for_every_window(window: Window, since: str) -> None:
    read: list[str] = []
    for name in reversed(BATCHES):
        read.insert(0, name)
        if reaches_far_enough(read, len(read), window, since):
            break
    whole, short = windows_of(BATCHES, window, since), windows_of(read, window, since)
    assert set(short.values()) == set(whole.values())


@pytest.mark.parametrize(("usable", "enough"), [(1, False), (2, True)])
def test_batches_that_cannot_be_used_do_not_count_as_recent(usable: int, *, enough: bool) -> None:
    window = Window(choices=(RECENT,), recent=2)
    assert reaches_far_enough(["e", "f"], usable, window) is enough
