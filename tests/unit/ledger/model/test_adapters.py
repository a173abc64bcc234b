"""Readers and writers of values as JSON."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from aipo_pipelines.ledger.model.adapters import adapter
from aipo_pipelines.ledger.model.state import Batch
from tests.unit.ledger.values import batch


def test_a_value_is_read_as_it_was_written() -> None:
    written = adapter(Batch).dump_python(batch("w1"), mode="json")
    assert adapter(Batch).validate_python(written) == batch("w1")


def test_each_type_has_one_reader_that_is_built_once() -> None:
    assert adapter(Batch) is adapter(Batch)
    assert adapter(Batch) is not adapter(int)


def test_a_value_of_another_type_is_refused() -> None:
    with pytest.raises(ValidationError):
        adapter(int).validate_python("many")
