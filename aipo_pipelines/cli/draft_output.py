"""Writes the draft of a product, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aipo_pipelines.charter.model.problem import printable
from aipo_pipelines.cli.output import result
from aipo_pipelines.evidence.outcome import Json

if TYPE_CHECKING:  # drafting loads pandas, and the other commands start faster without it
    from aipo_pipelines.drafting.draft import Draft
    from aipo_pipelines.drafting.plan import Model, Plan


def draft_json(draft: Draft, written: Sequence[Path]) -> dict[str, Json]:
    """The draft as JSON."""
    plan = draft.plan
    model = plan.model
    return {
        "product": plan.name,
        "files": [str(path) for path in written],
        "records": plan.table.rows,
        "looked_at": len(plan.table.frame),
        "columns": {profile.name: profile.kind.value for profile in plan.profiles},
        "date_formats": {
            profile.name: profile.pattern or "ISO 8601"
            for profile in plan.profiles
            if profile.is_time
        },
        "personal_data": dict(plan.categories),
        "identifiers": list(plan.roles.identifiers),
        "time_column": plan.roles.time,
        "batches": plan.cut.rule.model_dump(mode="json", exclude_none=True),
        "model": _model(model) if model else None,
        "remarks": {
            name: [remark.text for remark in remarks] for name, remarks in plan.remarks.items()
        },
        "undecided": [
            {"field": question.field, "asks": question.asks} for question in draft.questions
        ],
    }


def _model(model: Model) -> dict[str, Json]:
    return {
        "label": model.goal.label,
        "task": model.goal.task.value,
        "positive": model.goal.positive,
        "guessed": list(model.goal.guessed),
        "features": list(model.spec.features),
        "left_out": dict(model.features.left_out),
        "suspected_leaks": list(model.features.leaks.values()),
        "protected": list(model.features.protected),
        "thresholds": [
            {"metric": limit.metric.value, "attribute": limit.attribute, "limit": limit.limit}
            for limit in model.limits
        ],
        "problem": model.measured.problem,
    }


def show_draft(draft: Draft, written: Sequence[Path]) -> None:
    """Writes the files, the findings, and the decisions that people must make."""
    out = result()
    for path in written:
        out.print(f"written: {path}", markup=False)
    for line in findings(draft.plan):
        out.print(printable(line), markup=False)
    out.print("\nA person must decide:", markup=False)
    for question in draft.questions:
        out.print(printable(f"  - {question.field}: {question.asks}"), markup=False)


def show_next(draft: Draft, written: Sequence[Path]) -> None:
    """Writes the commands that come next."""
    out = result()
    root, name = written[0].parent.parent, draft.plan.name
    out.print("\nNext, also before the decisions are made:", markup=False)
    out.print(f"  aipo check {root}", markup=False)
    out.print(f"  aipo run {name}", markup=False)
    out.print(f"  aipo status {name}", markup=False)


def findings(plan: Plan) -> Iterator[str]:
    """The findings in the data, line by line."""
    yield f"looked at {plan.table.seen}, {len(plan.profiles)} columns"
    # The formats are shown because a wrong format moves every record to another day.
    dates = [
        f"{profile.name} ({profile.pattern or 'ISO 8601'})"
        for profile in plan.profiles
        if profile.is_time
    ]
    if dates:
        yield f"dates: {', '.join(dates)}"
    yield f"batches: {plan.cut.reason}"
    if plan.categories:
        yield f"suspected personal data: {', '.join(plan.categories)}"
    # Remarks without a column are about the whole table.
    yield from (remark.text for remark in plan.remarks.get("", ()))
    odd = [name for name in plan.remarks if name]
    if odd:
        yield f"odd, see the contract: {', '.join(odd)}"
    if plan.model is None:
        yield f"{plan.without_model}: a product of data only"
        yield "to predict a column, move the folder away and name the column with --label COLUMN"
    else:
        yield from _model_findings(plan.model)


def _model_findings(model: Model) -> Iterator[str]:
    from aipo_pipelines.drafting.plan import too_good

    guess = " (a guess)" if "label" in model.goal.guessed else ""
    yield f"predicts {model.goal.label}{guess}, {model.goal.task.value}"
    for columns, leak in model.features.leaks.items():
        use = "still a feature" if {*columns} & {*model.features.used} else "left out"
        yield f"suspected leak, {use}: {leak}"
    if model.measured.perfect:
        yield f"too good to be true? {too_good(model)}"
