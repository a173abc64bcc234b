"""Errors while a delivery is read become problems of that delivery, without its data."""

from __future__ import annotations

import logging
import re

import pytest

from aipo_pipelines.errors import (
    AipoError,
    LakeError,
    SourceChangedError,
    SourceError,
    SourceMissingError,
    SourceUnreadableError,
)
from aipo_pipelines.resources.feeds.guard import as_problem_of

SECRET = "4111 1111 1111 1111"


def problem_of(error: BaseException) -> SourceError:
    with pytest.raises(SourceError) as refused, as_problem_of("orders/a.csv"):
        raise error
    return refused.value


def test_without_an_error_nothing_happens(caplog: pytest.LogCaptureFixture) -> None:
    with as_problem_of("orders/a.csv"):
        pass
    assert caplog.records == []


@pytest.mark.parametrize(
    "kind", [SourceMissingError, SourceChangedError, SourceUnreadableError, LakeError]
)
def test_an_error_of_this_package_passes_unchanged(kind: type[AipoError]) -> None:
    error = kind("as it was raised")
    with pytest.raises(kind) as passed, as_problem_of("orders/a.csv"):
        raise error
    assert passed.value is error


@pytest.mark.parametrize("error", [OSError(28, "disk full"), MemoryError(), PermissionError("x")])
def test_an_error_of_the_machine_is_a_problem_that_may_be_gone_at_the_next_look(
    error: Exception,
) -> None:
    assert type(problem_of(error)) is SourceError


@pytest.mark.parametrize("error", [ValueError(SECRET), KeyError(SECRET), RecursionError(SECRET)])
def test_any_other_error_makes_the_delivery_unreadable_and_quotes_nothing(
    error: Exception,
) -> None:
    problem = problem_of(error)
    assert type(problem) is SourceUnreadableError
    assert SECRET not in str(problem)
    kind = re.escape(type(error).__name__)
    assert re.fullmatch(
        rf"orders/a\.csv cannot be read: {kind} in problem_of \(test_guard\.py, line \d+\) \(its "
        r"message is withheld, as it may quote data\)\. Expected a delivery as its contract "
        r"declares it\. Deliver it again with simpler types, or remove it\.",
        str(problem),
    )


def test_the_cause_is_not_shown_but_logged_without_its_message(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR, logger="aipo.feeds"):
        problem = problem_of(ValueError(SECRET))
    assert problem.__suppress_context__
    assert problem.__cause__ is None
    (record,) = caplog.records
    assert record.getMessage().startswith("orders/a.csv: ValueError in ")
    assert "test_guard.py" in record.getMessage()
    assert SECRET not in record.getMessage()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1)])
def test_a_person_who_interrupts_is_obeyed(error: BaseException) -> None:
    with pytest.raises(type(error)), as_problem_of("orders/a.csv"):
        raise error
