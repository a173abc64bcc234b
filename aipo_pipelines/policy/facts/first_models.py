"""How many first models were tried: until one passes is a test that is taken again and again.

A model that chance alone makes look good passes its gates once in so many attempts (at a confidence
of 0.95 in one of twenty for each gate that rests on a bound). Tried on every new batch, it would
pass some day. So rules try as many as `retraining.attempts` says and no more; from then on a person
asks for each. Only what gates refused counts: what had too little data was not put to the test.
"""

from __future__ import annotations

from collections.abc import Iterator

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.incidents import IncidentResolved
from aipo_pipelines.ledger.events.releases import ChampionReleased
from aipo_pipelines.ledger.model.entry import Draft
from aipo_pipelines.ledger.model.models import ReleaseDecision
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.incidents.incident import Alarm, open_incident, raised, subject_of
from aipo_pipelines.policy.rules.context import Occasion
from aipo_pipelines.policy.text import counted

CAUSE = "first_model_cap"
FIRST_MODEL = "first model"
_GATES = "gates"


def refused(state: ProductState) -> tuple[ReleaseDecision, ...]:
    """The first models refused by their gates since a version was last allowed to go live."""
    since = max((one.entry for one in state.decisions.values() if one.go), default=-1)
    made = (
        state.decisions.get(one.version)
        for one in state.trainings.values()
        if one.trigger == FIRST_MODEL and one.entry > since
    )
    found = (one for one in made if one is not None and not one.go and one.rule == _GATES)
    return tuple(sorted(found, key=lambda one: one.entry))


def is_used_up(charter: Charter, state: ProductState) -> bool:
    """Whether rules have tried as many first models as they may."""
    return len(refused(state)) >= charter.retraining.attempts


def why_no_more(charter: Charter, state: ProductState) -> str:
    """Why rules try no further first model, and what a person can do."""
    count, most = len(refused(state)), charter.retraining.attempts
    return (
        f"Gates refused {counted(count, 'first model')}, and rules try at most {most}: each "
        "further one is another chance to pass by luck. Look at data and limits; then ask for "
        f'one more with: aipo retrain {state.product} --by "YOUR NAME" --reason "WHY"; or '
        "agree on more `retraining.attempts`."
    )


def report_used_up(occasion: Occasion, rule: str) -> Iterator[Draft]:
    """The incident of first models that are due and not tried any more."""
    alarm = Alarm(
        cause=CAUSE,
        title=f"No first model passed its gates in {len(refused(occasion.state))} attempts",
        summary=why_no_more(occasion.charter, occasion.state),
        severity=Severity.WARNING,
    )
    incident = raised(occasion.charter, occasion.state, alarm)
    if incident is not None:
        yield occasion.draft(rule, subject_of(incident), incident, key=CAUSE)


def end_used_up(occasion: Occasion, rule: str) -> Iterator[Draft]:
    """Ends that incident where a version went live, or rules may try again."""
    known = open_incident(occasion.state, CAUSE)
    if known is None:
        return
    if isinstance(occasion.event, ChampionReleased):
        why = f"version {occasion.event.version} went live"
    elif not is_used_up(occasion.charter, occasion.state):
        why = "the charter allows another attempt"
    else:
        return
    resolved = IncidentResolved(incident=known.entry, resolution=f"by rule: {why}")
    yield occasion.draft(rule, subject_of(resolved), resolved, key=f"{CAUSE}/resolve")
