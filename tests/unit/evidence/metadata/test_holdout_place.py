"""The place of the held-out records: stored with the members that are known."""

from __future__ import annotations

import pytest

from aipo_pipelines.evidence.metadata.holdout_place import (
    NOT_HELD_OUT,
    HeldOutPlace,
    place_from_json,
    place_to_json,
)
from aipo_pipelines.evidence.outcome import Json

WHOLE: dict[str, Json] = {
    "partition": "w2",
    "digest": "sha256:5",
    "from_row": 0,
    "rows": 200,
    "batches": {"w1": 0, "w2": 200},
}


def test_a_place_is_read_back_as_it_was_written() -> None:
    assert place_to_json(place_from_json(WHOLE)) == WHOLE


def test_the_first_row_may_be_the_first_record() -> None:
    assert place_from_json(WHOLE).from_row == 0


def test_members_that_an_older_program_did_not_know_are_not_written() -> None:
    assert place_to_json(place_from_json({"partition": "w2", "rows": 200})) == {
        "partition": "w2",
        "rows": 200,
    }


def test_an_entry_without_held_out_records_has_an_empty_object() -> None:
    assert place_from_json({}) == NOT_HELD_OUT
    assert place_to_json(NOT_HELD_OUT) == {}


@pytest.mark.parametrize(
    ("member", "value"),
    [("partition", 2), ("digest", None), ("from_row", "0"), ("rows", 1.5), ("batches", ["w2"])],
)
def test_a_member_of_another_form_is_left_out(member: str, value: Json) -> None:
    rest = {name: known for name, known in WHOLE.items() if name != member}
    assert place_from_json({**WHOLE, member: value}) == place_from_json(rest)


def test_a_value_of_another_form_is_no_place() -> None:
    assert place_from_json(["w2"]) == HeldOutPlace()
