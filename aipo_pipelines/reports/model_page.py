"""The model card: what the model in charge is, how it was judged, and what it is not for."""

from __future__ import annotations

from collections.abc import Sequence

from aipo_pipelines.evidence.metadata.holdout_place import NOT_HELD_OUT, HeldOutPlace
from aipo_pipelines.evidence.metadata.training import Gate
from aipo_pipelines.evidence.outcome import Figure
from aipo_pipelines.ledger.model.model_version import ModelVersion
from aipo_pipelines.ledger.model.models import Champion
from aipo_pipelines.policy.text import actor_text, listed, moment, number, trigger_text
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.reports.figures import release_costs
from aipo_pipelines.reports.operations import unmeasured
from aipo_pipelines.reports.page import document, model_of
from aipo_pipelines.reports.parts import (
    badge,
    code,
    facts,
    folded,
    listing,
    paragraph,
    section,
    strong,
    table,
)
from aipo_pipelines.reports.product_page import frame, subtitle
from aipo_pipelines.reports.templating import Child, Html
from aipo_pipelines.reports.values import ProductReport
from aipo_pipelines.reports.wording import (
    NOTHING,
    interval,
    limit,
    threshold_limit,
    threshold_name,
    value_of,
    worded,
)

# The ledger has the whole list; a card of years of batches could not be printed.
MOST_BATCHES = 60


def model_page(report: ProductReport, *, portfolio: bool = True) -> str:
    """The card of the model in charge, or of a product without a model in charge."""
    champion, title = report.state.champion, f"Model card: {report.charter.title}"
    content: dict[str, Html] = {"use": _use(report), "unmeasured": unmeasured(report)}
    # The page exists without a champion, too, because other pages link to it.
    if champion is None:
        content |= {"identity": _none(report)}
    else:
        content |= {
            "identity": _identity(report, champion),
            "training": _training(report, champion.model),
            "baseline": _baseline(champion.model),
            "gates": _gates(champion.model.gates),
            "risk": _risk(report, champion.model),
            "limits": _limits(report),
            "inputs": _inputs(champion.model),
        }
    return document(
        "model.html.j2",
        frame(report, title, model_of(report.name), portfolio=portfolio),
        subtitle=subtitle(report),
        in_charge=champion is not None,
        **content,
    )


def _none(report: ProductReport) -> Html:
    model = report.charter.model
    if model is not None and model.logged_predictions:
        words = (
            f"The model is made elsewhere. Its predictions come with the batches, in "
            f"{model.logged_predictions}, and are judged as agreed."
        )
    else:
        # A stopped product is no new product: a reader must see the difference.
        stopped = report.state.stop is not None
        words = "No model is in charge any more." if stopped else "No model is in charge yet."
    return section(
        "identity", "The model", paragraph(words), listing(sentences(report.answer.reasons))
    )


def _identity(report: ProductReport, champion: Champion) -> Html:
    # The people who approved are in the decision, not in the release.
    decision = report.state.decisions.get(champion.version)
    person = actor_text(champion.released_by, decision.approved_by if decision else ())
    pairs: list[tuple[str, Child]] = [
        ("version", strong(champion.version)),
        ("in charge since", f"{moment(champion.released_at)}, by {person}"),
        ("decision", f"ledger entry {champion.decision}"),
        ("before it", f"version {champion.previous}" if champion.previous else NOTHING),
        ("performing as intended", badge(report.answer.verdict)),
        ("answers for it", report.answer.accountable.name),
        ("MLflow run", code(champion.model.run_id or NOTHING)),
        ("digest of its files", code(champion.model.model_digest or NOTHING)),
    ]
    return section("identity", "The model in charge", facts(pairs))


def _use(report: ProductReport) -> Html:
    charter = report.charter
    uses = [f"{outcome.outcome}: {worded(outcome.metric)}" for outcome in charter.outcome_map]
    pairs: list[tuple[str, Child]] = [
        ("purpose", charter.purpose),
        ("serves", "; ".join(uses) or NOTHING),
        ("used by", ", ".join(charter.sunset.consumers) or "nobody is named"),
        ("not for", "any other use: no other use was agreed or measured"),
    ]
    return section("use", "Intended use", facts(pairs))


def _training(report: ProductReport, version: ModelVersion) -> Html:
    model, held = report.charter.model, version.held_out
    pairs: list[tuple[str, Child]] = [
        ("trained", moment(version.trained_at)),
        ("because", _reason(report, version)),
        (
            "window",
            f"{worded(version.choice) or 'as agreed'}: {listed(version.window, 12)}",
        ),
        ("held out", NOTHING if held == NOT_HELD_OUT else _held_out(held)),
    ]
    if model is not None:
        chosen = ", ".join(f"{name} = {value}" for name, value in model.parameters.items())
        estimator = model.estimator or model.factory or NOTHING
        pairs += [
            ("task", model.task.value),
            ("estimator", f"{estimator} ({chosen or 'defaults'})"),
            ("features", ", ".join(model.features)),
            ("categories", ", ".join(model.categorical) or NOTHING),
            ("seed", str(model.seed)),
        ]
    return section("training", "How it was trained", facts(pairs))


def _reason(report: ProductReport, version: ModelVersion) -> str:
    for training in report.state.trainings.values():
        if training.version == version.version:
            trigger = trigger_text(training.trigger)
            return f"{trigger}: {training.reason}" if training.reason else trigger
    return trigger_text(version.trigger) or NOTHING


def _held_out(held: HeldOutPlace) -> str:
    counts, rows = held.batches, "the" if held.rows is None else held.rows
    parts = [f"{name} ({count})" for name, count in counts.items() if count]
    # Rows of several batches have no common first row, so their counts are shown.
    if len(counts) > 1 and parts:
        return (
            f"{rows} records, the end of {len(counts)} batches taken together: "
            f"{listed(parts)}; it was not trained on them"
        )
    return (
        f"{rows} records of batch {held.partition or 'unknown'}, from row "
        f"{'unknown' if held.from_row is None else held.from_row} on; it was not trained on them"
    )


def _baseline(version: ModelVersion) -> Html:
    rows = [
        (
            worded(figure.name),
            value_of(figure),
            figure.n,
            (figure.interval and figure.interval.method) or NOTHING,
        )
        for figure in version.baseline
    ]
    columns = ("metric", "value and interval", "n", "interval by")
    figures = table("On the held-out records", columns, rows, right={"n"}) if rows else None
    words = paragraph("Signed off with its release; live figures are compared with these.")
    return section("baseline", "How good it was at release", words, figures)


def _gates(gates: Sequence[Gate]) -> Html:
    # Releases of former programs and rollbacks recorded no gates.
    if not gates:
        words = paragraph("No gate was recorded with this release.")
        return section("gates", "Gates", words)
    columns = ("gate", "verdict", "what it says")
    rows = [(worded(gate.gate), badge(gate.verdict), gate.summary) for gate in gates]
    details = [
        (worded(gate.gate), *_figure_cells(figure)) for gate in gates for figure in gate.figures
    ]
    wide = ("gate", "metric", "value", "interval", "n", "limit", "verdict")
    numbers = table("Figures of the gates", wide, details, right={"value", "n"}, stacked=False)
    return section(
        "gates",
        "Gates",
        table("All gates that judged it", columns, rows),
        folded("All figures of the gates", numbers) if details else None,
    )


def _figure_cells(figure: Figure) -> tuple[Child, ...]:
    return (
        figure.name,
        number(figure.value),
        interval(figure.low, figure.high),
        figure.n,
        limit(figure.direction, figure.limit),
        figure.judgement,
    )


def _risk(report: ProductReport, version: ModelVersion) -> Html:
    # The sentence says that it is missing, so that no reader takes silence for safety.
    none = paragraph("No risk assessment was recorded with this release.")
    return section(
        "risk",
        "Risk in plain words",
        listing(version.risk.splitlines()) or none,
        listing(release_costs(report)),
    )


def _limits(report: ProductReport) -> Html:
    rows = [
        (
            threshold_name(threshold),
            threshold_limit(threshold),
            ", ".join(place.value for place in threshold.applies_to),
            threshold.reason,
        )
        for threshold in report.charter.thresholds
    ]
    columns = ("metric", "limit", "where", "why")
    thresholds = table("Agreed thresholds", columns, rows) if rows else None
    return section("limits", "Limits", listing(sentences(report.answer.caveats)), thresholds)


def _inputs(version: ModelVersion) -> Html:
    pairs: list[tuple[str, Child]] = [
        (partition, code(digest))
        for partition, digest in list(version.inputs.items())[:MOST_BATCHES]
    ]
    more = len(version.inputs) - MOST_BATCHES
    rest = paragraph(f"and {more} more in the ledger") if more > 0 else None
    content = facts(pairs) if pairs else paragraph("No digest was recorded.")
    return section("inputs", "The data it was trained on, by digest", content, rest)
