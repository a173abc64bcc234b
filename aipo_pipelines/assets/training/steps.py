"""The steps of the retrain run: it trains, registers the best challenger and evaluates it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from aipo_pipelines.assets.loading.window import TrainingWindow, load_window
from aipo_pipelines.assets.reporting.results import AssetResult
from aipo_pipelines.assets.training.challengers import train_field
from aipo_pipelines.assets.training.evaluation import evaluation, judge, rival_on
from aipo_pipelines.assets.training.holdout import hold_out, score_held_out
from aipo_pipelines.assets.training.registration import challenger, record_of
from aipo_pipelines.assets.training.risk_assessment import risk_assessment
from aipo_pipelines.assets.training.selection import choose
from aipo_pipelines.assets.training.training_set import describe_window
from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.errors import TrainingError
from aipo_pipelines.evidence.outcome import Severity, Verdict
from aipo_pipelines.ledger.fold.models import known_versions, newest_number
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.measures.gates.as_live import judge_as_live
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.named_estimators import refuse_unlisted
from aipo_pipelines.resources.services import RunServices


def train_challenger(
    services: RunServices,
    product: Product,
    partitions: Sequence[str],
    trigger: Trigger,
    change: str = "",
) -> Iterator[AssetResult]:
    """Trains challengers, registers the best as a candidate and evaluates that very version.

    Args:
        services: What the pipelines talk to.
        product: The product.
        partitions: Batches it may be trained on; if empty, all approved batches.
        trigger: The reason why the training was due.
        change: First batch after the last change; empty if no change is known.

    Yields:
        `training_set`, `challenger`, `evaluation`, `risk_assessment`; only the first if a
        check on it fails.

    Raises:
        ModelError: The charter names code from a module that the installation does not list.
        TrainingError: The window holds no approved batch, or every training failed.
        ModelAlteredError: The champion to compare with was altered by hand.
        TrackerError: It was deleted by hand, or MLflow does not answer.
    """
    state = services.ledger.state(product.name)
    model = product.charter.model
    if model is None:
        raise TrainingError(f"{product.name} has no model; expected `model` in its charter")
    refuse_unlisted(model, services.feeds.allowed)
    window = load_window(services, product, state, partitions, change)
    training_set = describe_window(product, model, window, services.clock.now().date().isoformat())
    yield training_set
    if any(
        outcome.verdict is not Verdict.PASS and outcome.severity is Severity.CRITICAL
        for outcome in training_set.checks
    ):
        return
    # Versions of killed attempts: nobody may take them for candidates.
    unused = services.tracker.set_aside(product.name, known_versions(state))
    yield from _challenge(services, product, model, window, trigger, state, unused)


def _challenge(
    services: RunServices,
    product: Product,
    spec: ModelSpec,
    window: TrainingWindow,
    trigger: Trigger,
    state: ProductState,
    unused: tuple[str, ...],
) -> Iterator[AssetResult]:
    charter, columns = product.charter, Columns.of(product.charter)
    trained_on, held = hold_out(charter, spec, window)
    # Before the training: without the comparison nothing may be released, so it fails early.
    champion = state.champion.model if state.champion else None
    rival = rival_on(services, product, spec, champion, held)
    field = train_field(
        charter, spec, trained_on, lambda fitted: score_held_out(fitted, held, spec, columns)
    )
    winner = choose(field, spec, columns)
    fitted, scored = winner.challenger.fitted, winner.challenger.scored
    record = record_of(product, spec, trained_on, winner, held, trigger, services.clock.now())
    # The numbers of versions continue, even if somebody deleted the newest version in MLflow.
    record = replace(record, numbered=newest_number(state))
    stored = services.tracker.log_training(fitted, record)
    yield challenger(services, winner, held, record, stored, rival.version, unused)
    gates = judge(charter, spec, fitted, scored, held, rival, winner.tried)
    services.tracker.log_evaluation(stored, gates, services.clock.now())
    as_live = judge_as_live(charter, scored, spec.seed)
    yield evaluation(services, product, stored.version, rival, gates, as_live)
    yield risk_assessment(charter, stored.version, scored, gates, spec.seed)
