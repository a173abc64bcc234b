"""The text of a notice: what, how bad, since when, who answers, what to type.

A notice is about an incident, or about a release that waits for people.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Json, Verdict
from aipo_pipelines.ledger.model.models import Candidate
from aipo_pipelines.ledger.model.state import Action, Incident, ProductState
from aipo_pipelines.measures.drift.original_names import is_about_original
from aipo_pipelines.policy.agreements.adoption import stays
from aipo_pipelines.policy.agreements.decisions import commands_about, told_change
from aipo_pipelines.policy.agreements.rights import RELEASE, deciders_of, needed_words
from aipo_pipelines.policy.answer.wrong_cells import WrongBatch, told
from aipo_pipelines.policy.facts.counted_approvals import release_tally
from aipo_pipelines.policy.facts.decision_makers import names, release_deciders
from aipo_pipelines.policy.facts.figure_words import sentence
from aipo_pipelines.policy.facts.freshness import figures_in_force, newest_of
from aipo_pipelines.policy.facts.gate_verdicts import gates_in_force
from aipo_pipelines.policy.incidents.ladder import LOG, addresses, targets
from aipo_pipelines.policy.people.approval import commands_for
from aipo_pipelines.policy.text import listed, moment, visible

_MOST_FIGURES = 5
_MOST_SUBJECTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice before it is sent.

    Attributes:
        title: One line.
        body: Plain text, without values of data subjects.
        targets: Apprise URLs, or `log`; each once.
    """

    title: str
    body: str
    targets: tuple[str, ...]


def incident_of(state: ProductState, action: Action) -> Incident | None:
    """The incident that a `notify` action is about; None where it is about something else."""
    return state.incidents.get(str(action.arguments.get("incident", action.entry)))


def notice_of(
    charter: Charter,
    state: ProductState,
    action: Action,
    wrong_cells: Sequence[WrongBatch] = (),
) -> Notice:
    """The notice a `notify` action asks for.

    It is about an incident, a release (`decision`) or a changed agreement (`agreement`).

    An incident that the state does not know is still told about, to the first level of the
    ladder in force: on doubt somebody hears of it.

    Args:
        charter: The charter in force.
        state: State of the product.
        action: The action.
        wrong_cells: What was wrong in the batches of the incident, where it is about a contract.
    """
    version = action.arguments.get("decision")
    if version is not None:
        return _decision(charter, state, str(version))
    if "agreement" in action.arguments:
        return _agreement(charter, state, action.arguments["agreement"])
    incident = incident_of(state, action)
    level = action.arguments.get("level")
    at = level if isinstance(level, int) else 0
    if incident is None:
        return Notice(
            title=visible(f"{charter.title}: an incident"),
            body="\n".join(_commands(charter)),
            targets=targets(charter, None, at),
        )
    weight = incident.severity if incident.is_open else "resolved meanwhile"
    also = _also(action)
    further = f", also: {listed(also)}" if also else ""
    return Notice(
        title=visible(f"{charter.title}: {incident.title}{further} ({weight})"),
        body=visible(
            "\n".join((*_further(action, also), *_body(charter, state, incident, wrong_cells)))
        ),
        targets=targets(charter, incident.ladder, at),
    )


def _decision(charter: Charter, state: ProductState, version: str) -> Notice:
    """The notice to the people who may decide about a release."""
    deciders = release_deciders(charter)
    candidate = state.candidates.get(version)
    if candidate is not None and candidate.awaits_people:
        title, lines = "waits for your decision", _case(charter, state, candidate)
    else:
        title, lines = "is decided already", _ended(charter, state, version)
    return Notice(
        title=visible(f"{charter.title}: version {version} {title}"),
        body=visible("\n".join(lines)),
        targets=addresses(deciders) or (LOG,),
    )


def _agreement(charter: Charter, state: ProductState, entry: Json) -> Notice:
    """The notice to the people who may decide about a changed agreement."""
    proposal = state.proposal
    needed = needed_words(charter, proposal.asked, proposal.approvals) if proposal else ()
    deciders = deciders_of(needed) or release_deciders(charter)
    waits, meanwhile = _decided(state, entry)
    lines = [f"Meanwhile: {meanwhile}", "", f"To see more: aipo adopt {charter.product}"]
    if proposal is not None and proposal.entry == entry and proposal.waits:
        waits = "waits for your decision"
        lines = [
            *(f"What: {told_change(one)}" for one in proposal.changes if one.waits),
            f"Since: {moment(proposal.since)}",
            *(
                f"Who decides about {one.about}: {one.quorum} of {names(one.deciders)}"
                if one.name != RELEASE
                else f"Who decides: {one.quorum} of {names(one.deciders)}"
                for one in needed
            ),
            f"Until then: {stays(state)}",
            "",
            "To see the change, to say yes, to say no:",
            *(f"  {command}" for command in commands_about(charter.product, proposal.entry)),
        ]
    return Notice(
        title=visible(f"{charter.title}: a change of its agreement {waits}"),
        body=visible("\n".join(lines)),
        targets=tuple(dict.fromkeys(url for one in deciders for url in one.notify)) or (LOG,),
    )


def _decided(state: ProductState, entry: Json) -> tuple[str, str]:
    """What became of a change that does not wait any more, for the title and in a sentence."""
    adopted, proposal = state.charter, state.proposal
    if adopted is not None and adopted.proposal == entry:
        since = f"on {moment(adopted.since)} (entry {adopted.entry})"
        return "was adopted", f"It was adopted {since} and is in force."
    rejection = proposal.rejection if proposal and proposal.entry == entry else None
    if rejection is not None:
        said = f"{rejection.person} rejected it on {moment(rejection.at)}: {rejection.reason}"
        return "was rejected", f"{said.rstrip('.')}. {stays(state)}"
    if adopted is not None and isinstance(entry, int) and adopted.entry > entry:
        since = f"{moment(adopted.since)} (entry {adopted.entry})"
        word = "Another agreement was adopted after it"
        return "does not wait any more", f"{word}, on {since}, and is in force."
    return "does not wait for a decision any more", stays(state)


def _case(charter: Charter, state: ProductState, candidate: Candidate) -> Iterator[str]:
    gates = gates_in_force(charter, state, candidate)
    compared = f"version {candidate.against}" if candidate.against else "no version in charge"
    passed = ", ".join(gate.gate for gate in gates if gate.verdict is Verdict.PASS)
    if candidate.not_compared:
        compared = f"but it could not be compared with {compared}: {candidate.not_compared}"
    else:
        compared = f"against {compared}."
    yield f"What: version {candidate.version} passed its gates ({passed}), {compared}"
    if candidate.risk:
        yield "Risk:"
        yield from (f"- {sentence}" for sentence in candidate.risk.splitlines())
    if candidate.requested_at:
        yield f"Since: {moment(candidate.requested_at)}"
    tally = release_tally(charter, state, candidate)
    yield f"Who decides: {tally.quorum} of {names(release_deciders(charter))}"
    if tally.uncounted():
        yield f"Asked again: the word of {tally.uncounted()}"
    yield ""
    yield "To see the evidence, to say yes, to say no:"
    yield from (f"  {command}" for command in commands_for(charter.product, candidate.version))


def _ended(charter: Charter, state: ProductState, version: str) -> Iterator[str]:
    made = state.decisions.get(version)
    yield (
        f"Meanwhile: {made.rule} by {made.by}: {made.reason}" if made else "Meanwhile: it is gone."
    )
    yield ""
    yield f"To see more: aipo decisions {charter.product} --all"


def _body(
    charter: Charter, state: ProductState, incident: Incident, wrong_cells: Sequence[WrongBatch]
) -> Iterator[str]:
    yield from _facts(charter, state, incident, counted=bool(wrong_cells))
    for batch in wrong_cells:
        yield ""
        yield f"{batch.title}:"
        yield from told(batch)
    yield ""
    yield from _commands(charter)


def _also(action: Action) -> tuple[str, ...]:
    """What the people of an incident were not told it is about."""
    also = action.arguments.get("also")
    return tuple(map(str, also)) if isinstance(also, list) else ()


def _further(action: Action, also: Sequence[str]) -> Iterator[str]:
    if also:
        batch = action.arguments.get("batch")
        where = f" on batch {batch}" if batch else ""
        yield f"Also: {listed(also, _MOST_SUBJECTS)}{where}. {action.arguments.get('summary', '')}"


def _facts(
    charter: Charter, state: ProductState, incident: Incident, *, counted: bool
) -> Iterator[str]:
    yield f"What: {incident.summary}"
    failing = list(_failing(charter, state, incident))
    if failing and not counted:
        yield f"Figures: {'; '.join(failing[:_MOST_FIGURES])}"
    if incident.partitions:
        yield f"Batches: {listed(incident.partitions)}"
    yield f"Since: {moment(incident.opened_at)} (incident {incident.entry})"
    if not incident.is_open:
        yield f"Meanwhile: {incident.resolution}"
    yield f"Who answers: {incident.owner}"


def _failing(charter: Charter, state: ProductState, incident: Incident) -> Iterator[str]:
    key = str(incident.cause.check_key or "")
    check = state.checks.get(key)
    if check is not None and check.partition in incident.partitions:
        figures = figures_in_force(charter, state, key, newest_of(check))
        own = (one for one in figures if not is_about_original(one.metric))
        yield from (sentence(one) for one in own if one.fails)


def _commands(charter: Charter) -> list[str]:
    return [f"To see more: aipo status {charter.product}", "All incidents: aipo incidents"]
