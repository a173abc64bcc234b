"""Compares the champion on a live batch with its predecessor and with models trained now.

Only batches after the training batches of a champion show how good it is in service. If the other
model cannot answer, the check reports the reason and the run continues: the champion was measured.
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
from aipo_pipelines.ledger.model.model_version import ModelVersion
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
    """Why a batch says nothing about the champion in service; empty if it says something."""
    champion = loaded.state.champion
    if champion is None:
        return "no version is in charge"
    if not is_after_training(loaded, champion.model):
        return "the champion was trained on this batch or on later batches"
    if not scored.labelled.any():
        return "too few labels of this batch are in yet"
    return ""


def is_after_training(loaded: LoadedBatch, model: ModelVersion) -> bool:
    """Whether a batch comes after all batches that a version was trained on."""
    names = (*model.window, *model.inputs)
    batches = [loaded.state.batches[name] for name in names if name in loaded.state.batches]
    # A withdrawn batch has no date that counts, so its position is not compared.
    return all(batch.position < loaded.batch.position for batch in batches if batch.stands)


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
        scored: The champion's answers, with the truth if enough labels are in.
        history: Earlier approved records, for lags of the target.
    """
    reason = why_not_compared(loaded, scored)
    if reason:
        return not_measured(SUCCESSION, reason)
    predecessor = loaded.state.predecessor
    answers = None
    try:
        if predecessor is not None:
            former = predecessor.model
            known = known_to(services, loaded.product, former, loaded.frame, loaded.identities)
            answers = known.leave_out(score_live(services, loaded, spec, former, history))
            # Both answer for the records that neither of them knows: the comparison is fair.
            shared = scored.predicted.index.intersection(answers.predicted.index)
            scored, answers = scored.only(shared), answers.only(shared)
    except (ModelError, TrackerError) as error:
        # The champion is measured without its predecessor, whose files may be gone.
        return not_measured(SUCCESSION, f"the predecessor cannot answer: {error}")
    return measure_succession(scored, answers, loaded.product.charter.release, spec.seed)


def retraining_value(
    services: RunServices,
    loaded: LoadedBatch,
    spec: ModelSpec,
    scored: Scored,
    history: pd.DataFrame | None,
) -> CheckOutcome:
    """Check `retraining_value`: would models trained before this batch have answered better?

    The arguments are those of `succession`.
    """
    charter = loaded.product.charter
    before = loaded.batch.position
    past = [batch.partition for batch in approved(loaded.state) if batch.position < before]
    reason = why_not_compared(loaded, scored) or ("" if past else "no approved batch came before")
    if reason:
        return not_measured(VALUE, reason)
    try:
        refuse_unlisted(spec, services.feeds.allowed)
    except ModelError as error:
        return not_measured(VALUE, str(error))
    window = load_window(services, loaded.product, loaded.state, past, change_point(loaded.state))
    identity, mine = loaded.identity, loaded.identities
    theirs = window.records.identity.to_numpy()
    # The past may hold records of this batch: no model learns from records that it answers for.
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
        reasons = "; ".join(f"window {choice}: {error}" for choice, error in failed.items())
        return not_measured(VALUE, f"no challenger could be trained ({reasons})")
    outcome = measure_retraining_value(
        scored,
        shadows.scores,
        charter.retraining,
        spec.seed,
        minimum_sample=charter.release.minimum_sample,
    )
    return replace(outcome, details=replace(outcome.details, failed=failed, change=window.since))
