from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

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


def test_a_difference_is_written_with_its_product_and_its_fact() -> None:
    (known,) = compare("churn", [FACT], [])
    (installation,) = compare("", [FACT], [])
    (single,) = compare("churn", [replace(FACT, kind="charter", key="charter")], [])
    (head,) = compare("churn", [replace(FACT, kind="newest entry", key="")], [])
    missing = "the entries make it, and it is not stored"
    assert [str(each) for each in (known, installation, single, head)] == [
        f"churn: check performance/performance: {missing}",
        f"the installation: check performance/performance: {missing}",
        f"churn: charter: {missing}",
        f"churn: newest entry: {missing}",
    ]


@pytest.mark.parametrize(
    ("members", "text"),
    [
        (
            {"valid_from": T0 + timedelta(days=1)},
            "valid_from expected 2026-11-23T12:00:00+00:00, found 2026-11-24T12:00:00+00:00",
        ),
        ({"valid_to": T0}, "valid_to expected no end, found 2026-11-23T12:00:00+00:00"),
        ({"recorded_to": None}, "recorded_to expected 2026-11-23T13:00:00+00:00, found no end"),
        ({"entry": 8, "began": 5}, "entry expected 7, found 8; began expected 4, found 5"),
    ],
)
def test_times_and_entries_are_shown(members: dict[str, Any], text: str) -> None:
    assert differences(replace(FACT, **members)) == [f"as of entry 7: {text}"]


def test_values_inside_values_are_named_by_their_path() -> None:
    nested = replace(FACT, value={"a": {"b": [{"c": 1}, {"c": 2}]}})
    other = replace(FACT, value={"a": {"b": [{"c": 1}, {"c": 3}]}})
    assert differences(other, nested) == ["as of entry 7: a.b[1].c expected 2, found 3"]


def test_a_member_that_is_null_is_not_a_member_that_is_missing() -> None:
    null, missing = replace(FACT, value={"a": None}), replace(FACT, value={})
    assert differences(missing, null) == ["as of entry 7: a expected null, found nothing"]
    assert differences(null, missing) == ["as of entry 7: a expected nothing, found null"]
    assert differences(null, null) == []


def test_a_value_of_another_shape_is_named_by_its_shape() -> None:
    assert differences(replace(FACT, value=3)) == [
        "as of entry 7: value expected 4 members, found 3"
    ]
    listed = replace(FACT, value=[1, 2, 3])
    assert differences(listed) == ["as of entry 7: value expected 4 members, found a list of 3"]


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("pass", True),
        ("quarantined", True),
        ("", True),
        ("0014", True),
        ("1" * 18, True),
        ("1" * 19, False),
        ("a" * 64, True),
        (f"sha256:{'0' * 64}", True),
        ("g" * 64, False),
        ("2026-11-23T12:00:00.000001Z", True),
        ("2026-11-23 12:00", False),
        ("Anna Berg", False),
        ("pass it on", False),
    ],
)
def test_only_words_of_our_own_digests_moments_and_numbers_are_shown(
    text: str, *, harmless: bool
) -> None:
    (difference,) = differences(changed(verdict=text))
    assert difference.endswith(f'found "{text}"') is harmless


def test_a_shown_digest_is_the_beginning_of_the_digest_of_the_text() -> None:
    digest = sha256(b"Anna Berg").hexdigest()[:12]
    (difference,) = differences(changed(verdict="Anna Berg"))
    assert difference == (
        f'as of entry 7: verdict expected "fail", found a text of 9 letters (sha256 {digest}…)'
    )


def test_a_text_with_half_a_character_has_a_digest_too() -> None:
    (difference,) = differences(changed(verdict="half \ud800"))
    assert "a text of 6 letters" in difference


def test_up_to_five_differences_of_a_fact_are_shown() -> None:
    numbers: dict[str, Json] = {str(number): number for number in range(5)}
    changes: dict[str, Json] = {str(number): number + 1 for number in range(5)}
    (difference,) = differences(replace(FACT, value=changes), replace(FACT, value=numbers))
    assert difference.count("expected") == 5
    assert "more" not in difference
    numbers["5"], changes["5"] = 5, 6
    (difference,) = differences(replace(FACT, value=changes), replace(FACT, value=numbers))
    assert difference.count("expected") == 5
    assert difference.endswith("; and 1 more")


def test_values_over_time_are_compared_in_their_order() -> None:
    first = replace(FACT, recorded_from=T0, entry=7)
    second = replace(FACT, recorded_from=T0 + timedelta(hours=1), entry=9)
    assert list(compare("churn", [first, second], [second, first])) == []
    later = replace(second, entry=10)
    (difference,) = compare("churn", [first, second], [later, first])
    assert difference.text == "as of entry 9: entry expected 9, found 10"
    earlier = replace(second, valid_from=T0 - timedelta(hours=1))
    assert list(compare("churn", [second, earlier], [earlier, second])) == []
    same = replace(second, entry=8)
    assert list(compare("churn", [second, same], [same, second])) == []


def test_facts_are_named_in_their_order_and_as_erased() -> None:
    facts = [replace(FACT, key=key) for key in ("b", "a")]
    named = list(compare("churn", facts, [], erased=True))
    assert [(each.key, each.kind, each.erased) for each in named] == [
        ("a", "check", True),
        ("b", "check", True),
    ]
    assert not next(compare("churn", facts, [])).erased
