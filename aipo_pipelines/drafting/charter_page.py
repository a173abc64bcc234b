"""The drafted `charter.yaml`: valid, and open about everything that nobody has decided."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from aipo_pipelines.charter.consistency.people import CHECKS, DATA_CHECKS
from aipo_pipelines.charter.model.base import format_duration
from aipo_pipelines.charter.model.people import Role
from aipo_pipelines.charter.model.problem import printable
from aipo_pipelines.charter.model.sources import RowBatches, TimeBatches
from aipo_pipelines.drafting.charter_model import model_part
from aipo_pipelines.drafting.plan import (
    REGION,
    SOURCE,
    TIER,
    Model,
    Plan,
    is_forecast,
    questions,
)
from aipo_pipelines.drafting.sample_sizes import samples_in_reach
from aipo_pipelines.drafting.yaml_text import comment, decide, flow, listed_field, scalar

_MONTH = timedelta(days=31)
_DAY = timedelta(days=1)
# RFC 2606 reserves this ending: no notice to it can reach a person.
_DOMAIN = "undecided.example"
_ESCALATED = ("contract", "privacy")


def charter_page(plan: Plan) -> str:
    """Writes the charter, with a comment at each conclusion and each open question."""
    # In the order in which people talk: purpose, people, data, model, operation, end.
    parts = (
        _head(plan),
        _undecided(plan),
        _people(plan),
        _source(plan),
        _batches(plan),
        model_part(plan),
        _operations(plan),
        _ends(),
    )
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _head(plan: Plan) -> Iterator[str]:
    title = plan.name.replace("_", " ").capitalize()
    yield from comment(f"Drafted by `aipo init` from {plan.table.seen}.")
    yield from comment(
        "Everything marked DECIDE waits for a person. Decide it, take its line out of `undecided`, "
        "and run `aipo check`. As long as a line is left in it, `aipo status` answers UNKNOWN."
    )
    yield f"product: {plan.name}"
    yield 'version: "0.1"'
    yield f"title: {scalar(title)}"
    yield from decide("what is it for, and who relies on it?")
    yield 'purpose: "Undecided."'
    yield from comment("a prototype may leave things undecided; a product in production may not")
    yield "lifecycle: prototype"
    yield from decide("how much harm can it do? The tier says which standards hold")
    yield f"risk_tier: {TIER.value}"


def _undecided(plan: Plan) -> Iterator[str]:
    yield "undecided:"
    for question in questions(plan):
        yield f"  - {question.field}"


def _people(plan: Plan) -> Iterator[str]:
    yield from decide("who answers for it? A placeholder decides nothing")
    yield "people:"
    for role in plan.people:
        words = role.value.replace("_", " ")
        address = f"{role.value.replace('_', '-')}@{_DOMAIN}"
        yield f'  {role.value}: {{name: "Undecided ({words})", email: {scalar(address)}}}'
    yield ""
    yield "decision_rights:"
    yield f"  data_source: {{roles: [{Role.DATA_STEWARD.value}], quorum: 1}}"
    yield from comment("no rule may release by limits that nobody has agreed", 2)
    deciders = flow(role.value for role in plan.deciders)
    yield f"  release: {{roles: {deciders}, quorum: {plan.quorum}}}"
    yield f"  override: {{roles: [{Role.OWNER.value}], quorum: 1}}"
    yield f"  sunset: {{roles: [{Role.OWNER.value}], quorum: 1}}"


def _source(plan: Plan) -> Iterator[str]:
    place = plan.place
    yield "sources:"
    yield f"  {SOURCE}:"
    yield f"    location: {scalar(place.location)}"
    yield f"    format: {place.format.value}"
    if place.table:
        yield f"    table: {scalar(place.table)}"
    yield from decide("which team delivers it?", 4)
    yield "    owner: Undecided"
    yield from decide(
        f"where do the people in the data live? {REGION} is assumed: the strictest rules", 4
    )
    # The strictest rules: a wrong guess here asks for too much, and never for too little.
    yield f"    regions: [{REGION}]"
    yield from _lawful(plan)
    yield from decide("who allows the use of this source, from when, until when? Write it so:", 4)
    yield from comment("approval: {by: NAME, on: YYYY-MM-DD, until: YYYY-MM-DD}", 4)
    yield from decide("how long may the records be kept?", 4)
    yield "    retention: 365d"
    if plan.categories:
        yield from _categories(plan)
    yield f"feed: {SOURCE}"
    yield "contract: contract.yaml"


def _lawful(plan: Plan) -> Iterator[str]:
    if plan.categories:
        yield from decide(
            "personal data is suspected (see `categories`). What allows its use: consent, "
            "contract, legal_obligation, vital_interests, public_task or legitimate_interests? "
            "Until this and the approval are given, the check `privacy` fails and batches stay in "
            "quarantine",
            4,
        )
    else:
        yield from decide("no personal data was recognised; is there none?", 4)
    # A basis is never guessed: with personal data this value fails the check `privacy`.
    yield "    lawful_basis: none_needed"


def _categories(plan: Plan) -> Iterator[str]:
    yield from decide(
        "the suspected categories, by content or by name. Remove each column that is about no "
        "person, or write `system` if it is about a thing (the telephone of an office); add "
        "columns that were overlooked. Special categories need an entry below `authorisations`",
        4,
    )
    yield "    categories:"
    for name, category in plan.categories.items():
        suspicion = plan.suspicions.get(name, "")
        yield f"      {scalar(name)}: {category}" + (
            f"  # {printable(suspicion)}" if suspicion else ""
        )


def _batches(plan: Plan) -> Iterator[str]:
    """Writes how records fall into batches.

    1. The reason for the rule, and the question whether it is right.
    2. The rule itself.
    3. The key and the time of a record.
    """
    rule, roles = plan.cut.rule, plan.roles
    yield from comment(plan.cut.reason)
    if roles.other_times:
        other_times = ", ".join(roles.other_times)
        yield from decide(f"is {roles.time} the time of a record, or one of {other_times}?")
    else:
        yield from decide("is this how the data comes in?")
    if isinstance(rule, TimeBatches):
        every = rule.every if isinstance(rule.every, str) else format_duration(rule.every)
        yield "batches:"
        yield "  by: time"
        yield f"  column: {scalar(rule.column)}"
        yield f"  every: {every}"
        yield f"  starting: {rule.starting}"
    elif isinstance(rule, RowBatches):
        yield f"batches: {{by: rows, rows: {rule.rows}}}"
    elif plan.table.parts:
        yield f"batches: {{by: {rule.by}}}"
    else:
        yield from comment("later files: write the location as folder/*.csv, a batch for each file")
        yield from comment("folders of files: folder/*/*.csv and `by: folder`, a batch for each")
        yield "batches: {by: file}"
    yield ""
    if roles.identifiers:
        yield from comment(f"unique in {plan.table.seen}")
        yield from listed_field("identifiers", roles.identifiers)
    else:
        yield from decide("no column, alone or with others, identifies a record; is there a key?")
        yield "identifiers: []"
    if roles.time is not None:
        yield f"time_column: {scalar(roles.time)}"


def _operations(plan: Plan) -> Iterator[str]:
    """Writes how the product is run.

    1. How often it must be measured, and whether batches come often enough.
    2. Retraining and drift, if there is a model.
    3. The response to each check.
    4. The escalation ladder and the reviews.
    """
    rule, standard = plan.cut.rule, plan.standard
    usual = _MONTH
    # One window may be late without making the answer UNKNOWN.
    if isinstance(rule, TimeBatches) and isinstance(rule.every, timedelta):
        usual = 2 * rule.every
    yield from decide("how old may the newest evidence get before the answer is UNKNOWN?")
    # A draft never loosens the standard, even if batches come less often than it asks for.
    cadence = min(usual, standard.maximum_cadence)
    if isinstance(rule, TimeBatches) and isinstance(rule.every, timedelta) and rule.every > cadence:
        yield from decide(
            f"the standards of this tier ask for evidence every {format_duration(cadence)}. A "
            f"batch takes {format_duration(rule.every)}, because a shorter batch would have too "
            "few records to judge by. Are there more records, or is it a lower tier? Until then "
            "the answer is UNKNOWN for most of the time"
        )
    yield f"monitoring: {{cadence: {format_duration(cadence)}}}"
    if plan.model is not None:
        interval = format_duration(standard.maximum_retraining_interval)
        yield from comment("a third of the available batches train the first model")
        window = f"{{first_batches: {plan.model.first.count}}}"
        yield f"retraining: {{maximum_age: {interval}, window: {window}}}"
        yield from _drift(plan, plan.model)
    yield ""
    yield from comment("the response to a failed check")
    yield "responses:"
    for check in _checks(plan):
        for reactions in _reactions(check):
            yield f"  - {{check: {check}, reactions: {reactions}}}"
    yield ""
    yield from decide("who is notified first, by which channel, and how fast do they act?")
    yield "escalation:"
    yield "  levels:"
    for place, role in enumerate(_ladder(plan)):
        within = standard.first_response if place == 0 else _DAY
        yield f"    - {{notify: [{role.value}], via: [log], within: {format_duration(within)}}}"
    yield ""
    yield "rhythm:"
    yield f"  - {{name: Product review, every: month, roles: [{Role.OWNER.value}]}}"


def _drift(plan: Plan, model: Model) -> Iterator[str]:
    """The features and samples of drift checks, if they are not the usual features and samples."""
    smaller = dict(samples_in_reach(plan.cut, _checks(plan)))
    drift = [f"minimum_sample: {smaller['drift']}"] if "drift" in smaller else []
    series = model.spec.forecasting
    if is_forecast(plan) and series is not None and series.series in model.spec.features:
        yield from comment("the same series come back in every batch")
        drift.append(f"ignore: {flow([series.series])}")
    if smaller:
        yield from comment(f"a usual batch has {plan.cut.rows:,} records")
    if drift:
        yield f"drift: {{{', '.join(drift)}}}"
    if "concept_drift" in smaller:
        yield f"concept_drift: {{minimum_sample: {smaller['concept_drift']}}}"


def _checks(plan: Plan) -> list[str]:
    """The checks that get a response: the required checks, and the checks of a model."""
    checks = dict.fromkeys((*_ESCALATED, *plan.standard.required_checks))
    if plan.model is None:
        return [check for check in checks if check in DATA_CHECKS]
    checks |= dict.fromkeys(("data_drift", "performance", "concept_drift"))
    if plan.model.features.protected:
        checks["fairness"] = None
    return [check for check in CHECKS if check in checks]


def _reactions(check: str) -> tuple[str, ...]:
    """The reactions to a failed check.

    A failure that makes the answer NO is escalated at once. One bad batch is no reason to train
    again: it may be an error of the supplier, and training on it would hide the error.
    """
    if check in _ESCALATED:
        return ("[quarantine, escalate]",)
    # People are notified of the first bad batch; two bad batches in three are worth a training.
    if check == "performance":
        return "[escalate]", "[retrain], fails: 2, of: 3"
    if check == "concept_drift":
        return ("[escalate], fails: 2, of: 3",)
    return ("[escalate]",)


def _ladder(plan: Plan) -> list[Role]:
    order = (Role.INCIDENT_OWNER, Role.OWNER, *reversed(plan.people))
    climbed = list(dict.fromkeys(role for role in order if role in plan.people))
    levels = max(2, plan.standard.minimum_levels)
    # A level without a person would notify nobody, so the owner is asked again.
    while len(climbed) < levels:
        climbed.append(Role.OWNER)
    return climbed[:levels]


def _ends() -> Iterator[str]:
    yield from decide("when and how does it end, and how long is evidence kept after that?")
    yield "sunset: {retention: 1825d}"
