"""The charter as one page that an executive can read: everything that was agreed, in words."""

from __future__ import annotations

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.operations import MissedTarget, Outcome
from aipo_pipelines.policy.text import moment, number, span
from aipo_pipelines.reports import charter_data, charter_model
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
    NO_AGREEMENT,
    NOTHING,
    decision_rights,
    lower_is_better,
    roles,
    worded,
)


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
        data=charter_data.data(report),
        model=charter_model.model(charter),
        thresholds=charter_model.thresholds(charter) if has_model else None,
        watching=charter_model.watching(charter),
        retraining=charter_model.retraining(charter) if has_model else None,
        release=charter_model.release(charter) if has_model else None,
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
    # Without a model nobody trains, so the duty would only confuse a reader.
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
    content = table("Outcomes", columns, rows, quiet=True) if rows else paragraph(NO_AGREEMENT)
    return section("outcomes", "What it is for", content)


def _target(outcome: Outcome) -> str:
    # The page says what a miss does, because only some targets decide the answer.
    side = "at most" if lower_is_better(outcome.metric) else "at least"
    decides = outcome.missed_target is MissedTarget.DECIDES
    miss = "; a miss makes the answer NO" if decides else ""
    return f"{worded(outcome.metric)} {side} {number(outcome.target)}{miss}"


def _costs(unit: str, costs: dict[str, float]) -> str:
    # An error without a price is not shown as free: nobody agreed on a price.
    paid = [f"{worded(name)} {number(cost)} {unit}" for name, cost in costs.items() if cost]
    return ", ".join(paid) or "none agreed"


def _ladder(charter: Charter) -> Html:
    ladder = charter.escalation
    steps = [
        f"{roles(level.notify)}, answer within {span(level.within)}" for level in ladder.levels
    ]
    # The last level is repeated, so that an incident nobody answers does not end in silence.
    again = f"Then again, {ladder.repeat} times." if ladder.repeat else "Then no further."
    length = span(ladder.acknowledgement_expires)
    note = _not_enforced(
        "levels after the first, times to answer, repeats, and that an acknowledgement ends after "
        f"{length}"
    )
    listed_steps = listing(steps, numbered=True)
    return section("ladder", "Who is notified of an incident", listed_steps, paragraph(again), note)


def _reviews(charter: Charter) -> Html:
    # Reviews are agreed between people: nothing in the program calls for them.
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
        listing(reviews) or paragraph(NO_AGREEMENT),
        subsection("New in a role", listing(steps)) if steps else None,
        note,
    )


def _unmeasured(charter: Charter) -> Html:
    return section(
        "unmeasured", "Not measured", listing(charter.not_measured) or paragraph(NO_AGREEMENT)
    )


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
