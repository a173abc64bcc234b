"""The retraining calendar of a product: last, next, cap, and every training with its outcome."""

from __future__ import annotations

from aipo_pipelines.ledger.model.models import Training
from aipo_pipelines.policy.facts.retraining_limits import agreed_rest
from aipo_pipelines.policy.text import moment, span, trigger_text
from aipo_pipelines.policy.wording.trainings import result_text, training_sentence
from aipo_pipelines.reports.parts import badge, facts, section, table
from aipo_pipelines.reports.shortened import rest
from aipo_pipelines.reports.templating import Child, Html
from aipo_pipelines.reports.values import ROWS, ProductReport
from aipo_pipelines.reports.wording import NOTHING, age, when, worded


def calendar(report: ProductReport) -> Html | None:
    """The retraining calendar; None without a model."""
    if report.charter.model is None:
        return None
    trainings = sorted(report.state.trainings.values(), key=lambda each: -each.entry)
    columns = ("asked for", "trigger", "reason", "what became of it", "entry")
    rows = [_row(report, training) for training in trainings[:ROWS]]
    return section(
        "calendar",
        "Retraining calendar",
        facts(_plan(report)),
        table("Trainings, newest first", columns, rows) if rows else None,
        rest(len(trainings), f"aipo history {report.name} --kind training_due"),
        brief=_brief(report),
    )


def _brief(report: ProductReport) -> Child:
    plan = report.answer.retraining
    if plan.overdue:
        return badge("overdue", "fail")
    if plan.held_back:
        return badge("due, and rests", "insufficient")
    return f"next: {when(plan.next)}"


def _plan(report: ProductReport) -> list[tuple[str, Child]]:
    plan, last = report.answer.retraining, report.answer.trainings
    agreed = report.charter.retraining
    cadence = f" ({agreed.cadence})" if plan.next else ""
    pairs: list[tuple[str, Child]] = [
        ("last", when(plan.last)),
        ("next by cadence", f"{when(plan.next)}{cadence}"),
        ("overdue", _overdue(report)),
        ("used", f"{last.in_period} of {last.cap} retrainings in {span(last.period)}"),
        ("made due by", ", ".join(trigger.value for trigger in agreed.triggers) or "people only"),
        ("rest between two", age(agreed_rest(report.charter, report.state))),
    ]
    if last.first_refused:
        # The number shows how near the product is to its last attempt.
        tries = f"gates refused {last.first_refused}; rules try at most {last.cap}"
        pairs.append(("first models", tries))
    if plan.held_back:
        pairs.append(("due, and rests", training_sentence(plan.held_back)))
    return pairs


def _overdue(report: ProductReport) -> Child:
    plan = report.answer.retraining
    if plan.overdue:
        return badge(f"since {when(plan.overdue_since)}", "fail")
    if not plan.tried_at:
        return "no"
    return f"no, last tried {when(plan.tried_at)}: {result_text(report.answer.trainings.outcome)}"


def _row(report: ProductReport, training: Training) -> tuple[Child, ...]:
    return (
        moment(training.asked_at),
        trigger_text(training.trigger),
        training.reason or NOTHING,
        _became(report, training.version) if training.version else worded(training.status.value),
        training.entry,
    )


def _became(report: ProductReport, version: str) -> str:
    """What became of the version that a training made."""
    champion = report.state.champion
    if champion is not None and champion.version == version:
        return f"version {version}, in charge"
    decision = report.state.decisions.get(version)
    if decision is None:
        return f"version {version}, not decided yet"
    return f"version {version}, {'allowed to go live' if decision.go else 'turned down'}"
