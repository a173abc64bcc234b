"""Every rule flags its bad examples and leaves its good examples alone."""

from __future__ import annotations

import pytest

from plain_english.prose import Name, Prose
from plain_english.rules import Rule, name_rules, rules
from plain_english.sentences import sentences


def _found(text: str, chosen: Rule) -> list[str]:
    return [
        match.words for sentence in sentences(Prose(text, 1)) for match in chosen.matches(sentence)
    ]


def _all_found(text: str) -> dict[str, list[str]]:
    return {rule.name: words for rule in rules() if (words := _found(text, rule))}


@pytest.mark.parametrize(
    ("rule", "text"), [(rule, text) for rule in rules() for text in rule.flagged]
)
def test_a_rule_flags_its_bad_example(rule: Rule, text: str) -> None:
    assert _found(text, rule) != []


@pytest.mark.parametrize("text", [text for rule in rules() for text in rule.fine])
def test_no_rule_flags_a_good_example(text: str) -> None:
    assert _all_found(text) == {}


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.name)
def test_a_rule_says_what_to_write_and_has_examples(rule: Rule) -> None:
    assert rule.write
    assert rule.flagged
    assert rule.fine


def test_names_of_rules_are_unique() -> None:
    names = [rule.name for rule in rules()]
    assert names == list(dict.fromkeys(names))


@pytest.mark.parametrize("text", ["one", "what", "said", "told", "found", "_found", "TOLD"])
def test_a_variable_that_does_not_say_what_it_holds_is_flagged(text: str) -> None:
    assert any(rule.flags(Name(text, 1, is_variable=True)) for rule in name_rules())


@pytest.mark.parametrize("text", ["figure", "batch", "found_rows", "one_sided", "other"])
def test_a_variable_named_after_its_content_is_not_flagged(text: str) -> None:
    assert not any(rule.flags(Name(text, 1, is_variable=True)) for rule in name_rules())


def test_a_function_is_flagged_for_a_part_of_its_name() -> None:
    assert any(rule.flags(Name("_told_trigger", 1, is_variable=False)) for rule in name_rules())


def test_a_function_is_not_flagged_for_a_word_that_only_a_variable_must_not_be() -> None:
    assert not any(rule.flags(Name("found", 1, is_variable=False)) for rule in name_rules())
