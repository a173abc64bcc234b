"""Sentences about business targets and the cost of errors."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from aipo_pipelines.evidence.outcome import Direction, Figure, Verdict
from aipo_pipelines.policy.statements.targets import (
    TargetJudged,
    TargetNotMeasured,
    TargetResult,
    TargetUnknown,
)
from aipo_pipelines.policy.text import number
from aipo_pipelines.policy.wording.figures import amount, sentence

_SHOWN = {
    Verdict.PASS: "reached",
    Verdict.FAIL: "missed",
    Verdict.INSUFFICIENT: "not shown to be reached",
}


def target_sentence(result: TargetResult) -> str:
    """Whether a target is reached, in one sentence."""
    outcome = result.outcome.rstrip(".")
    match result:
        case TargetJudged():
            return f"{outcome}: {_judged(result)}."
        case TargetUnknown():
            agreed = target_text(result.target, result.direction)
            return f"{outcome}: {agreed}, and nobody knows whether it is reached: {result.summary}"
        case TargetNotMeasured():
            agreed = target_text(result.target, result.direction)
            return f"{outcome}: {result.metric} is not measured yet, {agreed}."
        case _:
            assert_never(result)


def target_text(target: float, direction: Direction) -> str:
    """The value that a target demands, as part of a sentence."""
    side = "at most" if direction is Direction.AT_MOST else "at least"
    return f"the target is {side} {number(target)}"


def cost_text(cost: Figure | None, cost_at_release: Figure | None, partition: str) -> str:
    """The cost of errors in service and at release; empty if errors have no price.

    Args:
        cost: The cost on a batch; None if it was not measured.
        cost_at_release: The cost on the records of the champion's evaluation.
        partition: That batch.
    """
    if cost is None and cost_at_release is None:
        return ""
    in_service = f"{amount(cost)} on batch {partition}" if cost else "not measured yet"
    at_release = f", {amount(cost_at_release)} at release" if cost_at_release else ""
    return f"cost of errors {in_service}{at_release}"


def _judged(result: TargetJudged) -> str:
    figure = result.figure
    measured = sentence(replace(figure, limit=None, subject=""))
    shown = _SHOWN[figure.verdict or Verdict.INSUFFICIENT]
    agreed = target_text(result.target, figure.direction or Direction.AT_LEAST)
    return f"{measured} on batch {result.partition}, {agreed}: {shown}"
