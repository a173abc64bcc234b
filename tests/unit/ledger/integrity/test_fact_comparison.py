from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.fold.projection import Fact
from aipo_pipelines.ledger.integrity.fact_comparison import compare

T0 = datetime(2026, 11, 23, 12, tzinfo=UTC)
FACT = Fact(
    kind="check",
    key="performance/performance",
    value={"verdict": "fail", "n": 3, "summary": "Too low.", "figures": [1.0, True]},
    valid_from=T0,
    valid_to=None,
    recorded_from=T0,
    recorded_to=T0 + timedelta(hours=1),
    entry=7,
    began=4,
)
MEMBERS: dict[str, st.SearchStrategy[object]] = {
    "valid_from": st.just(T0 - timedelta(days=1)),
    "valid_to": st.just(T0 + timedelta(days=1)),
    "recorded_from": st.just(T0 - timedelta(days=1)),
    "recorded_to": st.none(),
    "entry": st.integers(8, 99),
    "began": st.integers(5, 99),
    "value": st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5)),
    "kind": st.just("other"),
    "key": st.just("other"),
}


def differences(stored: Fact, expected: Fact = FACT) -> list[str]:
    return [difference.text for difference in compare("churn", [expected], [stored])]


def changed(**members: Json) -> Fact:
    assert isinstance(FACT.value, dict)
    return replace(FACT, value={**FACT.value, **members})


@given(st.data())
def test_no_member_of_a_fact_changes_without_a_difference(data: st.DataObject) -> None:
    member = data.draw(st.sampled_from(sorted(MEMBERS)))
    other = replace(FACT, **{member: data.draw(MEMBERS[member])})  # type: ignore[arg-type]
    assert differences(FACT) == []
    assert len(differences(other)) == (2 if member in {"kind", "key"} else 1)


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"verdict": "pass"}, 'verdict expected "fail", found "pass"'),
        ({"n": 4}, "n expected 3, found 4"),
        ({"n": True}, "n expected 3, found true"),
        ({"figures": [1.0, False]}, "figures[1] expected true, found false"),
        ({"figures": []}, "figures expected a list of 2, found a list of 0"),
        ({"more": None}, "more expected nothing, found null"),
    ],
)
def test_words_numbers_and_places_are_named(members: dict[str, Json], text: str) -> None:
    assert differences(changed(**members)) == [f"as of entry 7: {text}"]


def test_a_text_is_named_by_length_and_digest_alone() -> None:
    (difference,) = differences(changed(summary="Anna Berg, 1 May 1980"))
    assert "Anna" not in difference
    assert "found a text of 21 letters (sha256 " in difference


def test_facts_that_are_missing_or_too_many_are_named() -> None:
    (missing,) = compare("churn", [FACT], [])
    (surplus,) = compare("churn", [], [FACT])
    (twice,) = compare("churn", [FACT], [FACT, FACT])
    assert missing.text == "the entries make it, and it is not stored"
    assert surplus.text == "it is stored, and no entry makes it"
    assert twice.text == "expected 1 values over time, found 2"


def test_many_differences_in_one_fact_are_cut() -> None:
    assert isinstance(FACT.value, dict)
    (difference,) = differences(replace(FACT, value={str(number): number for number in range(9)}))
    assert difference.endswith("and 8 more")
