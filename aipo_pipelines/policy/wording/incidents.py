"""Sentences about open incidents, failed actions and a clock that was ahead."""

from __future__ import annotations

from typing import assert_never

from aipo_pipelines.policy.statements.incidents import (
    ActionsGivenUp,
    CheckQuarantines,
    EvaluatedBefore,
    EvaluatedRecordsChanged,
    EvaluatedRecordsOlder,
    EvaluationDoesNotPass,
    EvaluationSaysNothing,
    IncidentOfFormerModel,
    IncidentOpen,
    NotEvaluatedSince,
    OperationCaveat,
    ReleaseAhead,
    StaysOpenBecause,
)
from aipo_pipelines.policy.text import moment


def operation_sentence(caveat: OperationCaveat) -> str:
    """The sentence of a caveat about the operation of a product."""
    match caveat:
        case IncidentOpen(incident=incident, title=title):
            return f"Incident {incident} is open: {title}."
        case IncidentOfFormerModel():
            return _of_former(caveat)
        case ActionsGivenUp(count=count):
            noun = "action was" if count == 1 else "actions were"
            return f"{count} {noun} given up after the last attempt."
        case ReleaseAhead(version=version, at=at):
            return (
                f"Version {version} is recorded as released on {moment(at)}, which is in the "
                "future: a clock was ahead."
            )
        case _:
            assert_never(caveat)


def _of_former(caveat: IncidentOfFormerModel) -> str:
    again = " again" if caveat.has_returned else ""
    name = caveat.key.check
    return (
        f"Incident {caveat.incident} was opened before version {caveat.version} was put in "
        f"charge{again}, and stays open because {_because(caveat.because, name)}. It ends by rule "
        f"when {name} passes on later batches, or by people: aipo resolve {caveat.incident} "
        '--by "YOUR NAME" --reason "WHY"'
    )


def _because(because: StaysOpenBecause, name: str) -> str:
    match because:
        case EvaluationSaysNothing():
            return f"the evaluation of this version says nothing about {name}"
        case EvaluationDoesNotPass():
            return f"the evaluation of this version does not pass {name}"
        case EvaluatedRecordsChanged(partition=partition):
            return (
                f"the evaluation of this version passes {name} on records of batch "
                f"{partition}, which was delivered again since, or has other labels"
            )
        case EvaluatedBefore():
            return "this version was evaluated before the incident opened"
        case CheckQuarantines():
            return f"{name} keeps batches in quarantine"
        case EvaluatedRecordsOlder(partition=partition, newest=newest):
            return (
                f"the evaluation of this version passes {name} on records of batch "
                f"{partition}, which are older than batch {newest} of the incident"
            )
        case NotEvaluatedSince():
            return f"{name} has not been evaluated since"
        case _:
            assert_never(because)
