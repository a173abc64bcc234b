"""Values of policy as plain JSON, for other programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from functools import singledispatch
from typing import TYPE_CHECKING, Any

from aipo_pipelines.evidence.metadata.holdout_place import HeldOutPlace, place_to_json
from aipo_pipelines.evidence.outcome import Figure, Json, figure_to_json
from aipo_pipelines.ledger.model.text_values import TextValue
from aipo_pipelines.policy.answer.kpis import Kpi
from aipo_pipelines.policy.answer.last_training import TrainingNote
from aipo_pipelines.policy.answer.pending_releases import Waiting
from aipo_pipelines.policy.statements.approvals import CountedApproval
from aipo_pipelines.policy.statements.decisions import DecisionSubject, FieldsApproved
from aipo_pipelines.policy.statements.original import DriftNotCompared, NoComparison
from aipo_pipelines.policy.statements.sources import SourceProblem
from aipo_pipelines.policy.statements.trainings import RestReason
from aipo_pipelines.policy.wording.approvals import why_not_text
from aipo_pipelines.policy.wording.decisions import (
    caution_sentence,
    decision_reason,
    subject_text,
)
from aipo_pipelines.policy.wording.original import drift_text, inputs_text
from aipo_pipelines.policy.wording.sources import source_problem_text
from aipo_pipelines.policy.wording.trainings import rest_sentence, result_text

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@singledispatch
def plain(value: Any) -> Json:
    """Dataclasses as objects, moments in ISO 8601, lengths of time in seconds."""
    if is_dataclass(value) and not isinstance(value, type):
        return _members(value)
    unchanged: Json = value
    return unchanged


@plain.register
def _text(value: TextValue) -> Json:
    return str(value)


@plain.register
def _place(value: HeldOutPlace) -> Json:
    return dict(place_to_json(value))


@plain.register
def _length(value: timedelta) -> Json:
    return value.total_seconds()


@plain.register
def _moment(value: date) -> Json:
    return value.isoformat()


@plain.register(tuple)
@plain.register(list)
def _several(value: tuple[Any, ...] | list[Any]) -> Json:
    return [plain(member) for member in value]


@plain.register
def _object(value: Mapping) -> Json:  # type: ignore[type-arg] # singledispatch takes no parameters
    return {str(key): plain(member) for key, member in value.items()}


@plain.register
def _figure(figure: Figure) -> Json:
    # Other programs read these keys: figures have no significance, and a missing direction is "".
    written = figure_to_json(figure)
    del written["p_value"]
    return written | {"direction": figure.direction or ""}


@plain.register
def _kpi(kpi: Kpi) -> Json:
    # Other programs read the members of the figure and of the KPI in one object.
    figure = figure_to_json(kpi.figure)
    figure["attribute"] = figure.pop("subject")
    for internal in ("p_value", "estimated", "minimum", "severity"):
        del figure[internal]
    own = _members(kpi)
    del own["figure"]
    return figure | own


# Other programs read words in these places, as they did before the words had values.
@plain.register
def _no_drift(why: DriftNotCompared) -> Json:
    return drift_text(why)


@plain.register
def _no_comparison(why: NoComparison) -> Json:
    return inputs_text(why)


@plain.register
def _source_problem(problem: SourceProblem) -> Json:
    return source_problem_text(problem)


@plain.register
def _rest(why: RestReason) -> Json:
    return rest_sentence(why)


@plain.register
def _subject(about: DecisionSubject) -> Json:
    return subject_text(about)


@plain.register
def _approved_fields(reason: FieldsApproved) -> Json:
    return decision_reason(reason)


@plain.register
def _training(note: TrainingNote) -> Json:
    return _members(note) | {"outcome": result_text(note.outcome)}


@plain.register
def _approval(approval: CountedApproval) -> Json:
    return _members(approval) | {"why_not": why_not_text(approval.why_not)}


@plain.register
def _waiting(release: Waiting) -> Json:
    written = _members(release)
    # Other programs read the caution as words, in the place before the commands.
    commands, older = written.pop("commands"), written.pop("risk_is_older")
    return written | {"caution": caution_sentence(risk_is_older=bool(older)), "commands": commands}


def _members(value: DataclassInstance) -> dict[str, Json]:
    return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
