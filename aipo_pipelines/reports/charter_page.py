"""The charter as one page that an executive can read: everything that was agreed, in words."""

from __future__ import annotations

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.operations import MissedTarget, Outcome, RobustnessTest
from aipo_pipelines.charter.model.sources import Source
from aipo_pipelines.charter.model.thresholds import Threshold
from aipo_pipelines.policy.text import listed, moment, number, span
from aipo_pipelines.reports.page import charter_of, document
from aipo_pipelines.reports.parts import (
    code,
    facts,
    listing,
    paragraph,
    section,
    subsection,
    table,
)
from aipo_pipelines.reports.product_page import frame, subtitle
from aipo_pipelines.reports.templating import Child, Html
from aipo_pipelines.reports.values import ProductReport
from aipo_pipelines.reports.wording import (
    NOTHING,
    age,
    batching,
    decision_rights,
    lower_is_better,
    place_of,
    response_words,
    roles,
    threshold_limit,
    threshold_name,
    worded,
)

MOST_COLUMNS = 40


def charter_page(report: ProductReport, *, portfolio: bool = True) -> str:
    """The charter of one product on a printed page or two."""
    charter = report.charter
    has_model = charter.model is not None
    title = f"Charter: {charter.title}"
    return document(
        "charter.html.j2",
        frame(report, title, charter_of(report.name), portfolio=portfolio),
        subtitle=subtitle(report, f"charter version {charter.version}"),
        purpose=charter.purpose,
        people=_people(charter),
        outcomes=_outcomes(charter) if has_model else None,
        data=_data(report),
        model=_model(charter),
        thresholds=_thresholds(charter) if has_model else None,
        watching=_watching(charter),
        retraining=_retraining(charter) if has_model else None,
        release=_release(charter) if has_model else None,
        ladder=_ladder(charter),
        reviews=_reviews(charter),
        unmeasured=_unmeasured(charter),
        end=_end(charter),
        proof=section("proof", "Which text this is", facts(_proof(report))),
    )


def _people(charter: Charter) -> Html:
    rows = [
        (worded(role.value), person.name, person.email) for role, person in charter.people.items()
    ]
    duties = "Who trains the model may not approve its release."
    separated = charter.decision_rights.separation_of_duties and charter.model is not None
    return section(
        "people",
        "Who answers, who decides",
        table("People", ("role", "name", "address"), rows, quiet=True),
        facts(decision_rights(charter)),
        paragraph(duties) if separated else None,
    )


def _outcomes(charter: Charter) -> Html:
    rows = [
        (outcome.outcome, _target(outcome), _costs(outcome.unit, outcome.costs.model_dump()))
        for outcome in charter.outcome_map
    ]
    columns = ("outcome", "target", "cost of an error")
    content = table("Outcomes", columns, rows, quiet=True) if rows else _nothing()
    return section("outcomes", "What it is for", content)


def _target(outcome: Outcome) -> str:
    side = "at most" if lower_is_better(outcome.metric) else "at least"
    decides = outcome.missed_target is MissedTarget.DECIDES
    miss = "; a miss makes the answer NO" if decides else ""
    return f"{worded(outcome.metric)} {side} {number(outcome.target)}{miss}"


def _costs(unit: str, costs: dict[str, float]) -> str:
    paid = [f"{worded(name)} {number(cost)} {unit}" for name, cost in costs.items() if cost]
    return ", ".join(paid) or "none agreed"


def _data(report: ProductReport) -> Html:
    columns = ("source", "delivered by", "where", "basis and regions", "approved by")
    rows = [
        (
            name,
            source.owner,
            f"{source.format}: {place_of(source)}",
            f"{worded(source.lawful_basis.value)}; {', '.join(source.regions)}",
            _approved(source),
        )
        for name, source in report.charter.sources.items()
    ]
    sources = table("Sources", columns, rows, quiet=True)
    return section("data", "Data", sources, facts(_about_data(report)))


def _about_data(report: ProductReport) -> list[tuple[str, Child]]:
    charter, contract = report.charter, report.product.contract
    rules = f"{contract.dataset}, version {contract.version}, {len(contract.rules)} rules"
    names = [column.name for column in contract.columns]
    pairs: list[tuple[str, Child]] = [
        ("batches", batching(charter.batches)),
        ("contract", rules),
        ("columns", listed(names, MOST_COLUMNS)),
        ("personal data", ", ".join(_categories(charter)) or "none declared"),
    ]
    retentions = [
        f"{name} {span(source.retention)}"
        for name, source in charter.sources.items()
        if source.retention
    ]
    if retentions:
        pairs.append(("records kept", f"{', '.join(retentions)} (not enforced)"))
    if charter.labels:
        late = f", complete after {span(charter.labels.delay)}" if charter.labels.delay else ""
        pairs.append(("truth", f"{charter.labels.column}{late}"))
    return pairs


def _approved(source: Source) -> str:
    approval = source.approval
    return f"{approval.names}, until {approval.until}" if approval else "nobody"


def _categories(charter: Charter) -> list[str]:
    return sorted(
        {category for source in charter.sources.values() for category in source.categories.values()}
    )


def _model(charter: Charter) -> Html:
    model = charter.model
    if model is None:
        return section("model", "Model", paragraph("This product is data only."))
    trained = model.estimator or model.factory or "made elsewhere; its predictions are judged"
    pairs: list[tuple[str, Child]] = [
        ("task", model.task.value),
        ("model", trained),
        ("features", ", ".join(model.features)),
        ("protected", ", ".join(charter.protected) or NOTHING),
    ]
    return section("model", "Model", facts(pairs))


def _thresholds(charter: Charter) -> Html:
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
    content = table("Thresholds", columns, rows, quiet=True) if rows else _nothing()
    return section("thresholds", "Agreed thresholds", content)


def _limit_and_drop(threshold: Threshold) -> str:
    limit = threshold_limit(threshold)
    drop = threshold.maximum_drop
    return f"{limit}, drop at most {number(drop)}" if drop else limit


def _watching(charter: Charter) -> Html:
    drift, critical = charter.drift, ", ".join(charter.drift.critical) or NOTHING
    rows = [(worded(response.check), response_words(response)) for response in charter.responses]
    pairs: list[tuple[str, Child]] = [
        ("measured", f"at least every {span(charter.monitoring.cadence)}, otherwise UNKNOWN"),
    ]
    if charter.model is not None:
        words = f"a distance above {number(drift.limit)} counts; critical: {critical}"
        pairs.append(("drift", words))
    responses = table("When a check fails", ("check", "response"), rows) if rows else None
    return section("watching", "Watching", facts(pairs), responses)


def _retraining(charter: Charter) -> Html:
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


def _release(charter: Charter) -> Html:
    agreed, rollback = charter.release, charter.release.rollback
    better = "shown to be better than" if agreed.superiority else "not worse than"
    robust = "; ".join(map(_robustness, agreed.robustness))
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


def _ladder(charter: Charter) -> Html:
    ladder = charter.escalation
    steps = [
        f"{roles(level.notify)}, answer within {span(level.within)}" for level in ladder.levels
    ]
    again = f"Then again, {ladder.repeat} times." if ladder.repeat else "Then no further."
    length = span(ladder.acknowledgement_expires)
    note = _not_enforced(
        "levels after the first, times to answer, repeats, and that an acknowledgement ends after "
        f"{length}"
    )
    listed_steps = listing(steps, numbered=True)
    return section("ladder", "Who is notified of an incident", listed_steps, paragraph(again), note)


def _reviews(charter: Charter) -> Html:
    reviews = [
        f"{review.name}, every {review.every}: {roles(review.roles)}"
        + (f" ({', '.join(review.agenda)})" if review.agenda else "")
        for review in charter.rhythm
    ]
    steps = [f"{worded(step.role.value)}: {step.step}" for step in charter.onboarding]
    note = _not_enforced("reviews and what is new in a role") if reviews or steps else None
    return section(
        "rhythm",
        "Reviews",
        listing(reviews) or _nothing(),
        subsection("New in a role", listing(steps)) if steps else None,
        note,
    )


def _unmeasured(charter: Charter) -> Html:
    return section("unmeasured", "Not measured", listing(charter.not_measured) or _nothing())


def _end(charter: Charter) -> Html:
    end = charter.sunset
    pairs: list[tuple[str, Child]] = [
        ("planned", str(end.on) if end.on else "no date"),
        ("earlier if", "; ".join(end.conditions) or NOTHING),
        ("to be notified", ", ".join(end.consumers) or "nobody"),
        ("evidence kept", span(end.retention)),
    ]
    note = _not_enforced("the day, the conditions, who is notified, and how long evidence is kept")
    return section("sunset", "How it ends", facts(pairs), note)


def _proof(report: ProductReport) -> list[tuple[str, Child]]:
    product, standards = report.product, report.product.standards
    organisation = f"{standards.organisation}, version {standards.version} "
    pairs: list[tuple[str, Child]] = [
        ("charter", code(product.digest)),
        ("contract", code(product.contract.digest)),
        ("standards", (organisation, code(product.standards_digest))),
    ]
    if standards.signed_decisions:
        pairs.append(("signatures", "required for decisions by the standards (not enforced)"))
    return [*pairs, ("in force", _in_force(report))]


def _in_force(report: ProductReport) -> str:
    adopted = report.state.charter
    if adopted is None:
        return "not yet: the ledger has not adopted it"
    since = f"since {moment(adopted.since)}, ledger entry {adopted.entry}"
    if adopted.digest == report.product.digest:
        return since
    return f"version {adopted.version} {since}; the text above is not adopted yet"


def _not_enforced(agreed: str) -> Html:
    """What was agreed and nothing acts on yet: a reader must not rely on it."""
    return paragraph(f"Not enforced: {agreed}.", kind="muted")


def _nothing() -> Html:
    return paragraph("Nothing was agreed.")
