"""Errors leave a step without values of records, in every place where Dagster stores them."""

from __future__ import annotations

import sys

import pytest

from aipo_pipelines.assets.running.error_redaction import without_values
from aipo_pipelines.errors import AipoError, TrackerError, UnexpectedError
from tests.dagster_internals import serializable_error_info_from_exc_info

SECRET = "jane.doe@example.org"


def stored(raised: BaseException, cause: BaseException | None = None) -> str:
    """What Dagster would store of an error that a step meets."""
    try:
        with without_values("measuring"):
            raise raised from cause
    except AipoError:
        return serializable_error_info_from_exc_info(sys.exc_info()).to_string()
    raise AssertionError


def test_the_words_of_a_library_are_withheld() -> None:
    stored_text = stored(ValueError(f"could not convert string to float: {SECRET!r}"))
    assert SECRET not in stored_text
    assert "ValueError while measuring, in stored (test_error_redaction.py, line 20)" in stored_text


def test_our_own_words_are_kept() -> None:
    assert "found 3, expected 4" in stored(TrackerError("found 3, expected 4"))


def test_causes_are_named_by_their_class_only() -> None:
    stored_text = stored(TrackerError("MLflow refused"), KeyError(SECRET))
    assert "Caused by KeyError" in stored_text
    assert SECRET not in stored_text


def test_an_error_in_the_handling_of_another_drags_nothing_along() -> None:
    def fail() -> None:
        try:
            {"a": 1}[SECRET]
        except KeyError:
            raise TrackerError("MLflow refused")  # noqa: B904 - the context is the point

    with pytest.raises(TrackerError) as caught, without_values("measuring"):
        fail()
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_code_that_ends_the_process_ends_its_step_only() -> None:
    with pytest.raises(UnexpectedError, match="SystemExit"), without_values("training"):
        sys.exit(SECRET)


def test_an_interruption_passes() -> None:
    with pytest.raises(KeyboardInterrupt), without_values("training"):
        raise KeyboardInterrupt


@pytest.mark.parametrize("error", [ValueError, KeyError, TypeError, NotImplementedError])
def test_an_error_that_would_come_again_is_not_waited_for(error: type[Exception]) -> None:
    with pytest.raises(UnexpectedError) as caught, without_values("measuring"):
        raise error(SECRET)
    assert caught.value.is_lasting


@pytest.mark.parametrize("error", [OSError, MemoryError, TimeoutError, RuntimeError])
def test_an_error_of_the_machine_may_pass(error: type[Exception]) -> None:
    with pytest.raises(UnexpectedError) as caught, without_values("measuring"):
        raise error(SECRET)
    assert not caught.value.is_lasting
