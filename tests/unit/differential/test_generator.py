"""Drawn cases: what they contain, and that limits are hit exactly."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from differential import standard
from differential.cases import Case, Judgement, Promise, Trait
from differential.generator import cases

SEED, COUNT = 17, 70
"""About half of all seeds show every trait in so few cases; this seed is among the quickest."""


@cache
def drawn() -> tuple[Case, ...]:
    return tuple(cases(SEED, COUNT))


def test_every_promise_and_every_trait_occurs() -> None:
    promises = Counter(question.promise for case in drawn() for question in case.questions)
    traits = Counter(trait for case in drawn() for each in case.traits.values() for trait in each)
    assert set(promises) == set(Promise)
    assert set(traits) == set(Trait)


def test_columns_are_of_one_length_and_in_the_contract() -> None:
    for case in drawn():
        assert {len(cells) for cells in case.table.values()} == {case.rows}
        assert list(case.table) == list(case.columns)


def test_only_a_table_without_rows_has_that_trait() -> None:
    assert [case.has(Trait.EMPTY) for case in drawn()] == [case.rows == 0 for case in drawn()]


def test_questions_of_a_case_have_different_names() -> None:
    for case in drawn():
        names = [question.name for question in case.questions]
        assert len(names) == len(set(names))


def test_every_quality_rule_of_a_contract_is_asked_about() -> None:
    for case in drawn():
        (table,) = case.contract["schema"]
        rules = [*table["quality"]]
        rules += [rule for column in table["properties"] for rule in column.get("quality", ())]
        names = [question.rule["id"] for question in case.questions if question.rule]
        assert sorted(names) == sorted(rule["id"] for rule in rules)


def test_about_half_of_the_rules_hold_so_that_both_verdicts_are_compared() -> None:
    verdicts = Counter(
        standard.judge(case, question)
        for case in drawn()
        for question in case.questions
        if question.rule is not None
    )
    share = verdicts[Judgement.PASS] / verdicts.total()
    assert 0.35 < share < 0.8


@pytest.mark.parametrize("operator", ["mustBeLessThan", "mustBeLessOrEqualTo"])
def test_limits_lie_exactly_at_the_count_of_some_rules(operator: str) -> None:
    at_the_limit = [
        question
        for case in drawn()
        for question in case.questions
        if question.rule
        and operator in question.rule
        and "unit" not in question.rule
        and question.rule[operator] == standard.count(case, question)
    ]
    assert len(at_the_limit) > 1


def test_a_word_among_whole_numbers_is_of_another_type() -> None:
    with_words = [
        (case, name)
        for case in drawn()
        for name, traits in case.traits.items()
        if Trait.WORD in traits
    ]
    assert with_words
    for case, name in with_words:
        kinds = {cell for cell in case.table[name] if cell and not cell.lstrip("-").isdecimal()}
        assert kinds <= {"many"}
