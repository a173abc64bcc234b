"""The judgements of `datacontract-cli` about a case, rule by rule, from the output of its run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from differential.cases import Case, Judgement, Promise, Question

_TYPES: Mapping[Promise, frozenset[str]] = {
    Promise.TYPE: frozenset({"field_type"}),
    Promise.REQUIRED: frozenset({"field_required", "field_primary_key_required"}),
    Promise.UNIQUE: frozenset({"field_unique", "field_primary_key_unique"}),
    Promise.KEY: frozenset({"primary_key_unique"}),
    Promise.RANGE: frozenset({"field_minimum", "field_maximum", "field_not_equal"}),
    Promise.LENGTH: frozenset({"field_min_length", "field_max_length"}),
    Promise.PATTERN: frozenset({"field_regex"}),
    Promise.ENUM: frozenset({"field_enum"}),
}
_NOT_RUN = "Error evaluating check"
"""How the reason of a check begins that failed because it broke, not because of the data."""


def judge(case: Case, checks: Sequence[Mapping[str, Any]]) -> dict[str, Judgement]:
    """Its verdict on each question of a case, by its name."""
    return {
        question.name: _together([_judgement(check) for check in _of(question, checks)])
        for question in case.questions
    }


def _of(question: Question, checks: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    if question.rule is not None:
        return [check for check in checks if check["rule"] == question.name]
    # It reports a key of several columns without a column.
    column = None if question.promise is Promise.KEY else question.columns[0]
    kinds = _TYPES[question.promise]
    return [check for check in checks if check["type"] in kinds and check["column"] == column]


def _judgement(check: Mapping[str, Any]) -> Judgement:
    if check["result"] == "passed":
        return Judgement.PASS
    broke = str(check["reason"]).startswith(_NOT_RUN)
    return Judgement.FAIL if check["result"] == "failed" and not broke else Judgement.UNJUDGED


def _together(verdicts: Sequence[Judgement]) -> Judgement:
    """Two bounds are two checks there and one rule here."""
    for worst in (Judgement.FAIL, Judgement.UNJUDGED):
        if worst in verdicts:
            return worst
    return Judgement.PASS if verdicts else Judgement.UNJUDGED
