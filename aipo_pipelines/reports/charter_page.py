"""The charter as one page that an executive can read: everything that was agreed, in words."""

from __future__ import annotations

from collections.abc import Iterator

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.operations import MissedTarget, Outcome, RobustnessTest
from aipo_pipelines.charter.model.sources import Source
from aipo_pipelines.policy.text import listed, moment, number, span
from aipo_pipelines.reports.markup import Child, Html, element
from aipo_pipelines.reports.page import (
    charter_of,
    document,
    facts,
    listing,
    paragraph,
    section,
    table,
)
from aipo_pipelines.reports.product_page import frame, subtitle
from aipo_pipelines.reports.values import ProductReport
from aipo_pipelines.reports.wording import (
    NOTHING,
    age,
    batches_told,
    lower_is_better,
    place_of,
    response_told,
    rights_told,
    roles,
    threshold_limit,
    worded,
)

MOST_COLUMNS = 40


def charter_page(report: ProductReport, *, portfolio: bool = True) -> str:
    """The charter of one product on a printed page or two."""
    charter = report.charter
    title = f"Charter: {charter.title}"
    return document(
        frame(report, title, charter_of(report.name), portfolio=portfolio),
        element("h1", title),
        subtitle(report, f"charter version {charter.version}"),
        paragraph(charter.purpose),
        element("div", list(_parts(report)), class_="columns"),
        section("proof", "Which text this is", _proof(report)),
    )


def _parts(report: ProductReport) -> Iterator[Html | None]:
    charter = report.charter
    yield _people(charter)
    if charter.model is not None:
        yield _outcomes(charter)
    yield _data(report)
    yield _model(charter)
    if charter.model is not None:
        yield _thresholds(charter)
    yield _watching(charter)
    yield _retraining(charter)
    yield _release(charter)
    yield _ladder(charter)
    yield _rhythm(charter)
    yield section("unmeasured", "Not measured", listing(charter.not_measured) or _nothing())
    yield _end(charter)


def _people(charter: Charter) -> Html:
    rows = [(worded(role.value), one.name, one.email) for role, one in charter.people.items()]
    rights = charter.decision_rights
    duties = "Who trains the model may not approve its release."
    return section(
        "people",
        "Who answers, who decides",
        table("People", ("role", "name", "address"), rows, quiet=True),
        facts(rights_told(charter)),
        paragraph(duties) if rights.separation_of_duties and charter.model else None,
    )


def _outcomes(charter: Charter) -> Html:
    rows = [
        (
            one.outcome,
            _target(one),
            _costs(one.unit, one.costs.model_dump()),
        )
        for one in charter.outcome_map
    ]
    columns = ("outcome", "target", "cost of an error")
    shown = table("Outcomes", columns, rows, quiet=True) if rows else _nothing()
    return section("outcomes", "What it is for", shown)


def _target(one: Outcome) -> str:
    side = "at most" if lower_is_better(one.metric) else "at least"
    miss = "; a miss makes the answer NO" if one.missed_target is MissedTarget.DECIDES else ""
    return f"{worded(one.metric)} {side} {number(one.target)}{miss}"


def _costs(unit: str, costs: dict[str, float]) -> str:
    paid = [f"{worded(name)} {number(cost)} {unit}" for name, cost in costs.items() if cost]
    return ", ".join(paid) or "none agreed"


def _data(report: ProductReport) -> Html:
    charter, contract = report.charter, report.product.contract
    rows = [
        (
            name,
            source.owner,
            f"{source.format}: {place_of(source)}",
            f"{worded(source.lawful_basis.value)}; {', '.join(source.regions)}",
            _approved(source),
        )
        for name, source in charter.sources.items()
    ]
    names = [column.name for column in contract.columns]
    pairs: list[tuple[str, Child]] = [
        ("batches", batches_told(charter.batches)),
        (
            "contract",
            f"{contract.dataset}, version {contract.version}, {len(contract.rules)} rules",
        ),
        ("columns", listed(names, MOST_COLUMNS)),
        ("personal data", ", ".join(_categories(charter)) or "none declared"),
    ]
    kept = [
        f"{name} {span(one.retention)}" for name, one in charter.sources.items() if one.retention
    ]
    if kept:
        pairs.append(("records kept", f"{', '.join(kept)} (not enforced)"))
    if charter.labels:
        late = f", complete after {span(charter.labels.delay)}" if charter.labels.delay else ""
        pairs.append(("truth", f"{charter.labels.column}{late}"))
    columns = ("source", "delivered by", "where", "basis and regions", "approved by")
    return section("data", "Data", table("Sources", columns, rows, quiet=True), facts(pairs))


def _approved(source: Source) -> str:
    approval = source.approval
    return f"{approval.names}, until {approval.until}" if approval else "nobody"


def _categories(charter: Charter) -> list[str]:
    found = {one for source in charter.sources.values() for one in source.categories.values()}
    return sorted(found)


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
            worded(one.metric.value) + (f" of {one.attribute}" if one.attribute else ""),
            threshold_limit(one)
            + (f", drop at most {number(one.maximum_drop)}" if one.maximum_drop else ""),
            ", ".join(each.value for each in one.applies_to),
            f"{one.reason} ({worded(one.owner.value)}, n ≥ {one.minimum_sample})",
        )
        for one in charter.thresholds
    ]
    columns = ("metric", "limit", "where", "why")
    shown = table("Thresholds", columns, rows, quiet=True) if rows else _nothing()
    return section("thresholds", "Agreed thresholds", shown)


def _watching(charter: Charter) -> Html:
    drift, critical = charter.drift, ", ".join(charter.drift.critical) or NOTHING
    rows = [(worded(one.check), response_told(one)) for one in charter.responses]
    pairs: list[tuple[str, Child]] = [
        ("measured", f"at least every {span(charter.monitoring.cadence)}, otherwise UNKNOWN"),
    ]
    if charter.model is not None:
        words = f"a distance above {number(drift.limit)} counts; critical: {critical}"
        pairs.append(("drift", words))
    shown = table("When a check fails", ("check", "response"), rows) if rows else None
    return section("watching", "Watching", facts(pairs), shown)


def _retraining(charter: Charter) -> Html | None:
    if charter.model is None:
        return None
    agreed = charter.retraining
    pairs: list[tuple[str, Child]] = [
        ("cadence", f"{agreed.cadence} (cron, UTC)" if agreed.cadence else NOTHING),
        ("oldest model", age(agreed.maximum_age)),
        ("made due by", ", ".join(one.value for one in agreed.triggers) or "people only"),
        ("at most", f"{agreed.attempts} in {span(agreed.period)}"),
        ("windows tried", ", ".join(worded(one.value) for one in agreed.window.choices)),
        ("held out", f"{number(100 * agreed.window.held_out)}% of the newest labelled batches"),
    ]
    return section("retraining", "Retraining", facts(pairs))


def _release(charter: Charter) -> Html | None:
    if charter.model is None:
        return None
    agreed = charter.release
    shown = "shown to be better than" if agreed.superiority else "not worse than"
    pairs: list[tuple[str, Child]] = [
        ("champion", f"{shown} it; margin {number(100 * agreed.margin)}% of its loss"),
        ("sample", f"at least {agreed.minimum_sample} held-out records"),
        ("stands", "; ".join(map(_robustness, agreed.robustness)) or "no disturbance agreed"),
        (
            "rollback",
            f"when the predecessor is better on {agreed.rollback.fails} of the last "
            f"{agreed.rollback.of} labelled batches"
            if agreed.rollback
            else "by people only",
        ),
    ]
    return section("release", "Before a version goes live", facts(pairs))


def _robustness(test: RobustnessTest) -> str:
    most = number(100 * test.maximum_loss)
    return f"{test.perturbation} {number(test.size)} (loss up by at most {most}%)"


def _ladder(charter: Charter) -> Html:
    ladder = charter.escalation
    steps = [f"{roles(one.notify)}, answer within {span(one.within)}" for one in ladder.levels]
    again = f"Then again, {ladder.repeat} times." if ladder.repeat else "Then no further."
    steps_shown = element("ol", [element("li", step) for step in steps])
    open_ones = "levels after the first, times to answer, repeats, and that an acknowledgement ends"
    length = span(ladder.acknowledgement_expires)
    note = _not_enforced(f"{open_ones} after {length}")
    return section("ladder", "Who is told of an incident", steps_shown, paragraph(again), note)


def _rhythm(charter: Charter) -> Html:
    items = [
        f"{one.name}, every {one.every}: {roles(one.roles)}"
        + (f" ({', '.join(one.agenda)})" if one.agenda else "")
        for one in charter.rhythm
    ]
    steps = [f"{worded(one.role.value)}: {one.step}" for one in charter.onboarding]
    onboarding = (element("h3", "New in a role"), listing(steps)) if steps else None
    note = _not_enforced("reviews and what is new in a role") if items or steps else None
    return section("rhythm", "Reviews", listing(items) or _nothing(), onboarding, note)


def _end(charter: Charter) -> Html:
    end = charter.sunset
    pairs: list[tuple[str, Child]] = [
        ("planned", str(end.on) if end.on else "no date"),
        ("earlier when", "; ".join(end.conditions) or NOTHING),
        ("to be told", ", ".join(end.consumers) or "nobody"),
        ("evidence kept", span(end.retention)),
    ]
    note = _not_enforced("the day, the conditions, who is told, and how long evidence is kept")
    return section("sunset", "How it ends", facts(pairs), note)


def _proof(report: ProductReport) -> Child:
    product, adopted = report.product, report.state.charter
    pairs: list[tuple[str, Child]] = [
        ("charter", element("code", product.digest)),
        ("contract", element("code", product.contract.digest)),
        (
            "standards",
            (
                f"{product.standards.organisation}, version {product.standards.version} ",
                element("code", product.standards_digest),
            ),
        ),
    ]
    if product.standards.signed_decisions:
        pairs.append(("signatures", "asked of decisions by the standards (not enforced)"))
    if adopted is None:
        pairs.append(("in force", "not yet: the ledger has not adopted it"))
    else:
        since = f"{moment(adopted.since)}, ledger entry {adopted.entry}"
        same = adopted.digest == product.digest
        other = f"version {adopted.version} since {since}; the text above is not adopted yet"
        pairs.append(("in force", f"since {since}" if same else other))
    return facts(pairs)


def _not_enforced(what: str) -> Html:
    """What was agreed and nothing acts on yet: a reader must not rely on it."""
    return paragraph(f"Not enforced: {what}.", class_="muted")


def _nothing() -> Html:
    return paragraph("Nothing was agreed.")
