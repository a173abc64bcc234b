"""The champion beside others on a live batch: its predecessor, and what retraining would give.

Only batches after those a champion was trained on say how it does in service. Whatever keeps the
other side from answering is told and leaves the run alone: the champion itself was measured.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from aipo_pipelines.assets.loading.batch import LoadedBatch
from aipo_pipelines.assets.loading.known_records import known_to
from aipo_pipelines.assets.loading.scoring import score_live
from aipo_pipelines.assets.loading.window import load_window
from aipo_pipelines.assets.reporting.results import not_measured
from aipo_pipelines.assets.training.challengers import train_field
from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.errors import ModelError, TrackerError
from aipo_pipelines.evidence.outcome import CheckOutcome
from aipo_pipelines.ledger.model.models import Champion
from aipo_pipelines.measures.comparison.predecessor import measure_succession
from aipo_pipelines.measures.comparison.retraining_value import measure_retraining_value
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.named_estimators import refuse_unlisted
from aipo_pipelines.models.scoring import score
from aipo_pipelines.policy.facts.change_point import change_point
from aipo_pipelines.policy.facts.training import approved
from aipo_pipelines.resources.services import RunServices

SUCCESSION, VALUE = "succession", "retraining_value"


def why_not_compared(loaded: LoadedBatch, scored: Scored) -> str:
    """Why a batch says nothing about the champion in service; empty where it does."""
    champion = loaded.state.champion
    if champion is None:
        return "no version is in charge"
    if not is_after_training(loaded, champion):
        return "the champion was trained on this batch or on later ones"
    if not scored.labelled.any():
        return "too few labels of this batch are in yet"
    return ""


def is_after_training(loaded: LoadedBatch, model: Champion) -> bool:
    """Whether a batch comes after all that a version was trained on."""
    known = (loaded.state.batches.get(name) for name in (*model.window, *model.inputs))
    return all(one.position < loaded.batch.position for one in known if one and one.stands)


def succession(
    services: RunServices,
    loaded: LoadedBatch,
    spec: ModelSpec,
    scored: Scored,
    history: pd.DataFrame | None,
) -> CheckOutcome:
    """Check `succession`: is the champion shown to be worse than its predecessor?

    Args:
        services: What the pipelines talk to.
        loaded: The batch.
        spec: Training specification of the model.
        scored: The champion's answers, beside the truth where enough of it is in.
        history: Earlier approved records, for lags of the target.
    """
    why = why_not_compared(loaded, scored)
    if why:
        return not_measured(SUCCESSION, why)
    former = loaded.state.predecessor
    answers = None
    try:
        if former is not None:
            known = known_to(services, loaded.product, former, loaded.frame, loaded.identities)
            answers = known.leave_out(score_live(services, loaded, spec, former, history))
            # Both are asked about the records that neither of them knows.
            shared = scored.predicted.index.intersection(answers.predicted.index)
            scored, answers = scored.only(shared), answers.only(shared)
    except (ModelError, TrackerError) as error:
        return not_measured(SUCCESSION, f"the predecessor cannot be asked: {error}")
    return measure_succession(scored, answers, loaded.product.charter.release, spec.seed)


def retraining_value(
    services: RunServices,
    loaded: LoadedBatch,
    spec: ModelSpec,
    scored: Scored,
    history: pd.DataFrame | None,
) -> CheckOutcome:
    """Check `retraining_value`: would models of the past before this batch have done better on it?

    The arguments are those of `succession`.
    """
    charter = loaded.product.charter
    past = [one.partition for one in approved(loaded.state) if one.position < loaded.batch.position]
    why = why_not_compared(loaded, scored) or ("" if past else "no approved batch came before")
    if why:
        return not_measured(VALUE, why)
    try:
        refuse_unlisted(spec, services.feeds.allowed)
    except ModelError as error:
        return not_measured(VALUE, str(error))
    change = change_point(loaded.state)
    window = load_window(services, loaded.product, loaded.state, past, change)
    identity, mine = loaded.identity, loaded.identities
    theirs = window.records.identity.to_numpy()
    again = identity.places(mine, theirs, window.records.batches)[0] >= 0
    window = window.without(np.isin(theirs, mine[again]))
    columns = Columns.of(charter)
    judged = scored.predicted.index
    shadows = train_field(
        charter,
        spec,
        window,
        lambda fitted: score(
            fitted, loaded.frame, loaded.truth, spec, columns, history=history
        ).only(judged),
    )
    failed = dict(shadows.failed)
    if not shadows.challengers:
        told = "; ".join(f"window {choice}: {error}" for choice, error in failed.items())
        return not_measured(VALUE, f"no challenger could be trained ({told})")
    outcome = measure_retraining_value(
        scored,
        shadows.scores,
        charter.retraining,
        spec.seed,
        minimum_sample=charter.release.minimum_sample,
    )
    details = replace(outcome.details, failed=failed, change=window.since)
    return replace(outcome, details=details)
