"""The model in the charter: limits, checks, training and release, in words."""

from __future__ import annotations

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.operations import RobustnessTest
from aipo_pipelines.charter.model.thresholds import Threshold
from aipo_pipelines.policy.text import number, span
from aipo_pipelines.reports.parts import facts, paragraph, section, table
from aipo_pipelines.reports.templating import Child, Html
from aipo_pipelines.reports.wording import (
    NO_AGREEMENT,
    NOTHING,
    age,
    response_words,
    threshold_limit,
    threshold_name,
    worded,
)


def model(charter: Charter) -> Html:
    """The model that the product uses."""
    model = charter.model
    # The section stays, so that nobody takes a missing model for a forgotten section.
    if model is None:
        return section("model", "Model", paragraph("This product is data only."))
    # Without an estimator another system predicts, and only its answers are judged.
    trained = model.estimator or model.factory or "made elsewhere; its predictions are judged"
    pairs: list[tuple[str, Child]] = [
        ("task", model.task.value),
        ("model", trained),
        ("features", ", ".join(model.features)),
        ("protected", ", ".join(charter.protected) or NOTHING),
    ]
    return section("model", "Model", facts(pairs))


def thresholds(charter: Charter) -> Html:
    """The agreed limits, each with its reason."""
    rows = [
        (
            threshold_name(threshold),
            _limit_and_drop(threshold),
            ", ".join(place.value for place in threshold.applies_to),
            f"{threshold.reason} ({worded(threshold.owner.value)}, n ≥ {threshold.minimum_sample})",
        )
        for threshold in charter.thresholds
    ]
    columns = ("metric", "limit", "where", "why")
    content = table("Thresholds", columns, rows, quiet=True) if rows else paragraph(NO_AGREEMENT)
    return section("thresholds", "Agreed thresholds", content)


def _limit_and_drop(threshold: Threshold) -> str:
    limit = threshold_limit(threshold)
    drop = threshold.maximum_drop
    return f"{limit}, drop at most {number(drop)}" if drop else limit


def watching(charter: Charter) -> Html:
    """How often the product is measured, and the reaction to a failing check."""
    drift, critical = charter.drift, ", ".join(charter.drift.critical) or NOTHING
    rows = [(worded(response.check), response_words(response)) for response in charter.responses]
    pairs: list[tuple[str, Child]] = [
        ("measured", f"at least every {span(charter.monitoring.cadence)}, otherwise UNKNOWN"),
    ]
    # Without a model no reference exists, so nothing can drift from it.
    if charter.model is not None:
        words = f"a distance above {number(drift.limit)} counts; critical: {critical}"
        pairs.append(("drift", words))
    responses = table("When a check fails", ("check", "response"), rows) if rows else None
    return section("watching", "Watching", facts(pairs), responses)


def retraining(charter: Charter) -> Html:
    """When and on which data the model is trained again."""
    agreed = charter.retraining
    triggers = ", ".join(trigger.value for trigger in agreed.triggers)
    windows = ", ".join(worded(choice.value) for choice in agreed.window.choices)
    pairs: list[tuple[str, Child]] = [
        ("cadence", f"{agreed.cadence} (cron, UTC)" if agreed.cadence else NOTHING),
        ("oldest model", age(agreed.maximum_age)),
        ("made due by", triggers or "people only"),
        ("at most", f"{agreed.attempts} in {span(agreed.period)}"),
        ("windows tried", windows),
        ("held out", f"{number(100 * agreed.window.held_out)}% of the newest labelled batches"),
    ]
    return section("retraining", "Retraining", facts(pairs))


def release(charter: Charter) -> Html:
    """The conditions for a version to go live."""
    agreed, rollback = charter.release, charter.release.rollback
    better = "shown to be better than" if agreed.superiority else "not worse than"
    robust = "; ".join(map(_robustness, agreed.robustness))
    # People can always roll back; the rule is an addition that the charter may leave out.
    if rollback:
        back = (
            f"when the predecessor is better on {rollback.fails} of the last {rollback.of} "
            "labelled batches"
        )
    else:
        back = "by people only"
    pairs: list[tuple[str, Child]] = [
        ("champion", f"{better} it; margin {number(100 * agreed.margin)}% of its loss"),
        ("sample", f"at least {agreed.minimum_sample} held-out records"),
        ("withstands", robust or "no perturbation agreed"),
        ("rollback", back),
    ]
    return section("release", "Before a version goes live", facts(pairs))


def _robustness(test: RobustnessTest) -> str:
    most = number(100 * test.maximum_loss)
    return f"{test.perturbation} {number(test.size)} (loss up by at most {most}%)"
