"""Texts about past decisions, and about a release that people decide about."""

from __future__ import annotations

from typing import assert_never

from aipo_pipelines.policy.statements.decisions import (
    AboutAgreement,
    AboutChange,
    AboutVersion,
    DecisionSubject,
    FieldsApproved,
)
from aipo_pipelines.policy.text import listed

_OLDER_RISK = (
    "The charter was changed after the evaluation: gates are judged by the charter in "
    "force, but the risk in words was written before."
)


def subject_text(about: DecisionSubject) -> str:
    """What a decision was about."""
    match about:
        case AboutVersion(version=version):
            return f"version {version}"
        case AboutChange():
            return "a change of the agreement"
        case AboutAgreement(version=version):
            return f"agreement version {version}"
        case _:
            assert_never(about)


def decision_reason(reason: str | FieldsApproved) -> str:
    """The reason of a decision: the reason on record, or the approvals of an adoption."""
    if isinstance(reason, str):
        return reason
    people = listed([person or "a person whose approval was erased" for person in reason.people])
    return f"{people} approved the changed fields: {listed(reason.fields)}."


def caution_sentence(*, risk_is_older: bool) -> str:
    """A warning to the people who decide about a release; empty if there is no warning."""
    return _OLDER_RISK if risk_is_older else ""
