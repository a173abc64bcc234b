"""The text of a notice: what, how bad, since when, who answers, what to type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aipo_pipelines.charter.charter import Charter
from aipo_pipelines.ledger.state import Action, Incident, ProductState
from aipo_pipelines.policy.kpis import figures_of
from aipo_pipelines.policy.ladder import targets
from aipo_pipelines.policy.wording import listed, moment, visible

_MOST_FIGURES = 5


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


def notice_of(charter: Charter, state: ProductState, action: Action) -> Notice:
    """The notice a `notify` action asks for.

    An incident that the state does not know is still told about, to the first level of the
    ladder in force: on doubt somebody hears of it.
    """
    incident = state.incidents.get(str(action.arguments.get("incident", action.entry)))
    level = action.arguments.get("level")
    at = level if isinstance(level, int) else 0
    if incident is None:
        return Notice(
            title=visible(f"{charter.title}: an incident"),
            body="\n".join(_commands(charter)),
            targets=targets(charter, None, at),
        )
    return Notice(
        title=visible(f"{charter.title}: {incident.title} ({incident.severity})"),
        body=visible("\n".join([*_facts(state, incident), "", *_commands(charter)])),
        targets=targets(charter, incident.ladder, at),
    )


def _facts(state: ProductState, incident: Incident) -> Iterator[str]:
    yield f"What: {incident.summary}"
    failing = list(_failing(state, incident))
    if failing:
        yield f"Figures: {'; '.join(failing[:_MOST_FIGURES])}"
    if incident.partitions:
        yield f"Batches: {listed(incident.partitions)}"
    yield f"Since: {moment(incident.opened_at)} (incident {incident.entry})"
    if not incident.is_open:
        yield f"Meanwhile: {incident.resolution}"
    yield f"Who answers: {incident.owner}"


def _failing(state: ProductState, incident: Incident) -> Iterator[str]:
    check = state.checks.get(incident.cause.removeprefix("check:"))
    if check is not None and check.partition in incident.partitions:
        yield from (figure.sentence for figure in figures_of(check.figures) if figure.fails)


def _commands(charter: Charter) -> list[str]:
    return [f"To see more: aipo status {charter.product}", "All incidents: aipo incidents"]
