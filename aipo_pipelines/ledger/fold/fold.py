"""State as a fold: the next state from a state and one entry.

`apply` is pure and total. It reads no clock, only the times of the entry: `recorded_at` (the clock
of the ledger) if a time is later compared with now, and `occurred_at` for times that people read.
If `apply` cannot read a body, or if an event is late, repeated or contradictory, the state does not
change: the ledger keeps such entries, but the state does not use them. Invariants:

- there is a champion only if a recorded decision allowed this version to go live (see
  `fold/models.py`);
- an attempt at an action only moves forward (see `fold/actions.py`);
- an evaluation of an older version of a batch never judges a newer version (see
  `fold/outdated_runs.py`);
- an evaluation of a batch that its feed withdrew judges nothing (see `fold/withdrawals.py`);
- a run is claimed from the entry that claims it to the entry that ends it (see `fold/runs.py`).
"""

from __future__ import annotations

from aipo_pipelines.ledger.events import actions as action_events
from aipo_pipelines.ledger.events import agreements as agreement_events
from aipo_pipelines.ledger.events import batches as batch_events
from aipo_pipelines.ledger.events import incidents as incident_events
from aipo_pipelines.ledger.events import measurements as measurement_events
from aipo_pipelines.ledger.events import overrides as override_events
from aipo_pipelines.ledger.events import releases as release_events
from aipo_pipelines.ledger.events import runs as run_events
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.notices import NoticeDelivered
from aipo_pipelines.ledger.events.trainings import TrainingDue
from aipo_pipelines.ledger.fold import (
    actions,
    agreements,
    batches,
    champions,
    checks,
    incidents,
    last_verdict,
    materialisations,
    models,
    original_baseline,
    overrides,
    places,
    runs,
    withdrawals,
)
from aipo_pipelines.ledger.fold.handlers import Handlers
from aipo_pipelines.ledger.model.state import ProductState

HANDLERS = Handlers()
"""The handlers of each event. A class that changes no state is named without a handler."""


def apply(state: ProductState, entry: Entry) -> ProductState:
    """The state after an entry; the same state if the entry does not concern it."""
    if entry.product != state.product:
        return state
    event = entry.event
    return state if event is None else HANDLERS.apply(state, entry, event)


def _go_live(
    state: ProductState, entry: Entry, released: release_events.ChampionReleased
) -> ProductState:
    after = champions.go_live(state, entry, released)
    # Only the comparison of the states before and after the release shows the first champion.
    return original_baseline.keep_first(state, after, entry)


HANDLERS.on(agreement_events.CharterAdopted, agreements.adopt)
HANDLERS.on(agreement_events.AgreementProposed, agreements.propose)
HANDLERS.on(agreement_events.AgreementApproved, agreements.approve)
HANDLERS.on(agreement_events.AgreementRejected, agreements.reject)
HANDLERS.on(agreement_events.AgreementWithdrawn, agreements.withdraw)

HANDLERS.on(batch_events.BatchArrived, places.arrive)
HANDLERS.on(batch_events.BatchApproved, batches.approve)
HANDLERS.on(batch_events.BatchQuarantined, batches.quarantine)
HANDLERS.on(batch_events.BatchWithdrawn, withdrawals.withdraw)

# The checks fail first, so that the action is asked for in a state that shows why.
HANDLERS.on(measurement_events.MeasurementDue, last_verdict.fail_as_agreed, actions.ask_measurement)
HANDLERS.on(measurement_events.AssetMaterialised, materialisations.materialise)
HANDLERS.on(measurement_events.CheckEvaluated, checks.evaluate)

HANDLERS.on(TrainingDue, models.training_due)
HANDLERS.on(release_events.ReleaseRequested, models.release_requested)
HANDLERS.on(release_events.ReleaseApproved, models.release_approved)
HANDLERS.on(release_events.ReleaseDecided, models.release_decided)
HANDLERS.on(release_events.ChampionReleased, _go_live)
HANDLERS.on(release_events.OriginalNamed, original_baseline.name_original)
HANDLERS.on(override_events.OverrideApproved, overrides.override_approved)
HANDLERS.on(override_events.ChampionStopped, overrides.champion_stopped)

HANDLERS.on(incident_events.IncidentOpened, incidents.open_incident)
HANDLERS.on(incident_events.IncidentContinued, incidents.continue_incident)
HANDLERS.on(incident_events.IncidentResolved, incidents.resolve_incident)

# An attempt moves before its run: a run is claimed by, and ends with, the attempt as it is then.
HANDLERS.on(action_events.ActionStarted, actions.started, runs.attempted)
HANDLERS.on(action_events.ActionFinished, actions.finished, runs.ended)
HANDLERS.on(action_events.ActionFailed, actions.failed, runs.ended)
HANDLERS.on(action_events.ActionLost, actions.lost)
HANDLERS.on(action_events.ActionRenewed, actions.renewed)
HANDLERS.on(run_events.RunFailed, actions.run_failed, runs.ended)
HANDLERS.on(run_events.RunClaimed, runs.claimed)
HANDLERS.on(run_events.RunEnded, runs.ended)

# Findings and deliveries of notices are history: no decision depends on them.
HANDLERS.on(run_events.EventSetAside)
HANDLERS.on(NoticeDelivered)
