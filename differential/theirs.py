"""What `datacontract-cli` says about a case, rule by rule, from what its run wrote down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from differential.cases import Case, Promise, Question, Said

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


def said(case: Case, checks: Sequence[Mapping[str, Any]]) -> dict[str, Said]:
    """Its verdict on each question of a case, by its name."""
    return {
        one.name: _together([_said(check) for check in _of(one, checks)]) for one in case.questions
    }


def _of(question: Question, checks: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    if question.rule is not None:
        return [one for one in checks if one["rule"] == question.name]
    column = None if question.promise is Promise.KEY else question.columns[0]
    kinds = _TYPES[question.promise]
    return [one for one in checks if one["type"] in kinds and one["column"] == column]


def _said(check: Mapping[str, Any]) -> Said:
    if check["result"] == "passed":
        return Said.PASS
    broke = str(check["reason"]).startswith(_NOT_RUN)
    return Said.FAIL if check["result"] == "failed" and not broke else Said.UNJUDGED


def _together(verdicts: Sequence[Said]) -> Said:
    """Two bounds are two checks there and one rule here."""
    for one in (Said.FAIL, Said.UNJUDGED):
        if one in verdicts:
            return one
    return Said.PASS if verdicts else Said.UNJUDGED
