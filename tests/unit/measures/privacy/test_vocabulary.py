"""Special categories by words: in the name of a column, or as whole cells."""

from __future__ import annotations

from collections import Counter

import pytest

from aipo_pipelines.measures.privacy.vocabulary import (
    VOCABULARIES,
    cells_of,
    names_it,
    spoken,
    words_of,
)

BY_KIND = {vocabulary.kind: vocabulary for vocabulary in VOCABULARIES}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("HIVStatus_2", ("hiv", "status")),
        ("bloodType", ("blood", "type")),
        ("BLOOD_TYPE", ("blood", "type")),
        ("mental-health.2026", ("mental", "health")),
        ("größe", ("gr", "öß", "e")),
        ("12345", ()),
        ("", ()),
    ],
)
def test_a_name_is_read_as_words(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name) == words


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("health", "BloodType"),
        ("health", "patient_diagnosis_code"),
        ("religion", "religiousBelief"),
        ("genetic", "brca1_genotype"),
        ("biometric", "face_id"),
        ("criminal_history", "criminal_record"),
        ("political_opinion", "party-affiliation"),
    ],
)
def test_a_name_of_whole_words_names_its_category(kind: str, name: str) -> None:
    assert [each for each, words in BY_KIND.items() if names_it(words, name)] == [kind]


@pytest.mark.parametrize(
    "name", ["type_of_blood", "interface_idle", "faithful", "partying", "medicaid", "arrested", ""]
)
def test_a_part_of_a_word_or_another_order_names_nothing(name: str) -> None:
    assert [kind for kind, words in BY_KIND.items() if names_it(words, name)] == []


def test_cells_are_counted_without_case_and_blanks() -> None:
    assert spoken([" Muslim", "MUSLIM ", "none", ""]) == {"muslim": 2, "none": 1, "": 1}
    assert spoken([]) == Counter()


@pytest.mark.parametrize(
    ("cells", "count"),
    [
        (["Catholic", "muslim"], 2),
        (["Catholic", "muslim", "x", "y"], 2),
        (["Catholic", "muslim", "x", "y", "z"], 0),
        (["Catholic", "catholic"], 0),
        (["Baptist hospital", "catholic school"], 0),
        ([], 0),
    ],
    ids=["all", "half", "fewer than half", "one word", "parts of cells", "nothing"],
)
def test_half_of_the_cells_must_be_two_different_words(cells: list[str], count: int) -> None:
    assert cells_of(BY_KIND["religion"], spoken(cells)) == count


@pytest.mark.parametrize(
    ("cells", "count"),
    [
        (["liberal", "independent", "other"], 0),
        (["liberal", "independent", "republican"], 3),
        (["liberal", "republican"], 2),
    ],
)
def test_words_with_another_meaning_count_only_beside_a_clear_word(
    cells: list[str], count: int
) -> None:
    assert cells_of(BY_KIND["political_opinion"], spoken(cells)) == count


def test_no_word_is_both_clear_and_ambiguous_and_all_are_in_lower_case() -> None:
    for vocabulary in VOCABULARIES:
        assert not vocabulary.terms & vocabulary.ambiguous
        words = vocabulary.names | vocabulary.terms | vocabulary.ambiguous
        assert [word for word in words if word != word.strip().lower()] == []
