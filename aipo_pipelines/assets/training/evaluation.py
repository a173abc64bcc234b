"""`evaluation`: judges the gates on the held-out records, for the very version that may go live."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from aipo_pipelines.assets.loading.batch import load_snapshot
from aipo_pipelines.assets.loading.known_records import known_to
from aipo_pipelines.assets.loading.out_of_fold import unseen_scores
from aipo_pipelines.assets.loading.scoring import load_version
from aipo_pipelines.assets.reporting.links import model_link
from aipo_pipelines.assets.reporting.results import AssetResult
from aipo_pipelines.assets.training.holdout import HeldOut, score_held_out
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.errors import (
    ModelAlteredError,
    ModelError,
    ModelNotStorableError,
    TrackerError,
)
from aipo_pipelines.evidence.details.base import NO_DETAILS, details_of
from aipo_pipelines.evidence.details.training import RivalDetails
from aipo_pipelines.evidence.metadata.gate_terms import GateTerms
from aipo_pipelines.evidence.metadata.training import AsLive, EvaluationMetadata, Gate
from aipo_pipelines.evidence.outcome import (
    CheckOutcome,
    Severity,
    Verdict,
)
from aipo_pipelines.ledger.model.model_version import ModelVersion
from aipo_pipelines.measures.gates.gates import judge_gates
from aipo_pipelines.measures.gates.robustness import measure_robustness, perturb
from aipo_pipelines.measures.gates.terms import CHAMPION, ROBUSTNESS, gate_terms
from aipo_pipelines.measures.metrics.scored import Scored, joined
from aipo_pipelines.measures.metrics.verdict import CALIBRATION_BY_CHANCE
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.lags import lag_names
from aipo_pipelines.models.training import Fitted
from aipo_pipelines.resources.services import RunServices


@dataclass(frozen=True, kw_only=True)
class Rival:
    """The champion in the comparison with a challenger.

    Attributes:
        version: Version of the champion; empty without a champion.
        scored: Its answers on the held-out records; None if it does not answer.
        silence: Why it does not answer; empty if it answers.
    """

    version: str = ""
    scored: Scored | None = None
    silence: str = ""


def rival_on(
    services: RunServices,
    product: Product,
    spec: ModelSpec,
    champion: ModelVersion | None,
    held: HeldOut,
) -> Rival:
    """The champion's answers on the held-out records.

    Models that did not see a record answer for the records it was trained on. If the champion
    cannot answer, for example because the charter changed, it is not compared and people decide.

    Raises:
        ModelAlteredError: Its files were altered by hand.
        TrackerError: It was deleted by hand, or MLflow does not answer.
    """
    if champion is None:
        return Rival()
    frame = _as_delivered(services, product, held)
    try:
        scored = _on_held_out(services, product, spec, champion, replace(held, frame=frame))
    except (ModelAlteredError, ModelNotStorableError, TrackerError) as error:
        # Without the comparison, a version that is not shown to be no worse could go live.
        raise type(error)(
            f"the champion, version {champion.version} of {product.name}, cannot be compared with "
            f"a challenger: {error}. Nothing is released without the comparison: bring the "
            "version back as it was, or roll back to its predecessor, then train again"
        ) from error
    except ModelError as error:
        return Rival(version=champion.version, silence=str(error))
    return Rival(version=champion.version, scored=_on_all(scored, held))


def _as_delivered(services: RunServices, product: Product, held: HeldOut) -> pd.DataFrame:
    """The held-out records with all their columns."""
    # The window holds only the columns of the present charter; the champion may need others.
    parts = []
    for partition, rows in held.rows.groupby(held.batches, sort=False):
        table = load_snapshot(services, product, str(partition), held.digests[str(partition)])
        parts.append(table.loc[rows].set_axis(rows.index))
    return pd.concat(parts).loc[held.frame.index]


def _on_held_out(
    services: RunServices, product: Product, spec: ModelSpec, champion: ModelVersion, held: HeldOut
) -> Scored:
    """The champion's answers, and on its training batches those of models without the record."""
    learnt_from = [
        name for name, digest in held.digests.items() if champion.inputs.get(name) == digest
    ]
    answers = [
        _stored(services, product, spec, champion, held, name)
        for name in learnt_from
        if (held.batches == name).any()
    ]
    further = held.frame[~held.batches.isin(learnt_from)]
    if len(further):
        answers.append(_answers(services, product, spec, champion, held, further))
    return joined(answers)


def _stored(
    services: RunServices,
    product: Product,
    spec: ModelSpec,
    champion: ModelVersion,
    held: HeldOut,
    partition: str,
) -> Scored:
    # Stored answers have the row of the batch as index, the held-out records that of the window.
    rows = held.rows[held.batches == partition]
    back = pd.Series(rows.index, index=rows)
    frame = held.frame.loc[rows.index].set_axis(rows)
    truth = held.truth.loc[rows.index].set_axis(rows)
    scored = unseen_scores(services, product, spec, champion, partition, frame, truth)
    return scored.renamed(pd.Index(back.loc[scored.predicted.index]))


def _answers(
    services: RunServices,
    product: Product,
    spec: ModelSpec,
    champion: ModelVersion,
    held: HeldOut,
    frame: pd.DataFrame,
) -> Scored:
    """Answers for records of batches that the champion did not learn from."""
    # Another batch may deliver records again that the champion learnt from.
    known = known_to(services, product, champion, frame)
    if known.all:
        return known.answers(services, product, spec, held.truth)
    fitted, columns = load_version(services, product, spec, champion), Columns.of(product.charter)
    scored = score_held_out(fitted, held, _as_learnt(fitted, spec, columns), columns)
    return replace(known.leave_out(scored.only(frame.index)), model_version=champion.version)


def _as_learnt(fitted: Fitted, spec: ModelSpec, columns: Columns) -> ModelSpec:
    """The specification with the features that a model learnt."""
    # The charter may have changed since the training, and the model still needs its own inputs.
    lags = set(lag_names(spec, columns))
    features = tuple(name for name in fitted.inputs if name not in lags)
    return spec.model_copy(update={"features": features})


def _on_all(scored: Scored, held: HeldOut) -> Scored:
    """Scores of some held-out records as scores of all, without an answer for the others."""
    index = held.frame.index
    probability = scored.probability
    return replace(
        scored,
        predicted=scored.predicted.reindex(index),
        truth=None if scored.truth is None else scored.truth.reindex(index),
        probability=None if probability is None else probability.reindex(index),
        groups=scored.groups.reindex(index),
        naive=None if scored.naive is None else scored.naive.reindex(index),
    )


def judge(
    charter: Charter,
    spec: ModelSpec,
    fitted: Fitted,
    scored: Scored,
    held: HeldOut,
    rival: Rival,
    choices: int,
) -> tuple[CheckOutcome, ...]:
    """The outcome of every gate for a challenger.

    Args:
        charter: The charter in force.
        spec: Its training specification.
        fitted: The very version that may go live.
        scored: Its answers on the held-out records.
        held: The held-out records.
        rival: The champion on the same records.
        choices: Number of windows that were tried; the challenger is the best of them.
    """
    outcomes = judge_gates(
        charter,
        scored,
        rival.scored,
        _robustness(charter, spec, fitted, scored, held),
        choices=choices,
        seed=spec.seed,
    )
    if not rival.silence:
        return outcomes
    return tuple(
        _not_compared(gate, rival) if gate.check == CHAMPION else gate for gate in outcomes
    )


def _not_compared(gate: CheckOutcome, rival: Rival) -> CheckOutcome:
    reason = rival.silence.removesuffix(".")
    compared = details_of(RivalDetails, gate.details)
    # Insufficient, not failed: an automatic no would keep a broken champion forever.
    return replace(
        gate,
        verdict=Verdict.INSUFFICIENT,
        summary=f"Not compared with version {rival.version}, which cannot answer for these "
        f"records: {reason}. People decide whether to release it without the comparison.",
        details=replace(compared, not_compared=rival.silence),
    )


def _robustness(
    charter: Charter, spec: ModelSpec, fitted: Fitted, scored: Scored, held: HeldOut
) -> CheckOutcome | None:
    tests = charter.release.robustness
    if not tests:
        return None
    columns = Columns.of(charter)
    # A swapped series would have the past of another series, and a moved time the wrong past.
    fixed = {columns.time, spec.forecasting.series if spec.forecasting else None}
    features = [name for name in spec.features if name not in fixed]
    answers = []
    try:
        for test in tests:
            frame = perturb(held.frame, test, features, fitted.categories, spec.seed)
            perturbed = replace(held, frame=frame)
            answers.append((test, score_held_out(fitted, perturbed, spec, columns)))
    except ModelError as error:
        return CheckOutcome(
            check=ROBUSTNESS,
            verdict=Verdict.FAIL,
            severity=Severity.CRITICAL,
            summary=f"The model cannot answer for perturbed records: {error}.",
            details=NO_DETAILS,
        )
    return measure_robustness(scored, answers, charter.release.confidence, spec.seed)


def evaluation(
    services: RunServices,
    product: Product,
    version: str,
    rival: Rival,
    outcomes: tuple[CheckOutcome, ...],
    as_live: tuple[CheckOutcome, ...],
) -> AssetResult:
    """`evaluation`: the gates as its checks, and all of them in its metadata.

    Args:
        services: What the pipelines talk to.
        product: The product.
        version: The version that was evaluated.
        rival: The champion it was compared with.
        outcomes: The outcomes of the gates.
        as_live: The outcomes of the checks of live batches on the same records.
    """
    terms = gate_terms(product.charter)
    gates = tuple(_gate(outcome, terms.get(outcome.check)) for outcome in outcomes)
    return AssetResult(
        asset="evaluation",
        metadata=EvaluationMetadata(
            version=version,
            against=rival.version,
            not_compared=rival.silence,
            gates=gates,
            as_live=tuple(map(_as_live, as_live)),
            passed=all(outcome.verdict is Verdict.PASS for outcome in outcomes),
        ),
        tables={
            "gates in words": [
                {"gate": gate.check, "verdict": gate.verdict.value, "in words": gate.summary}
                for gate in outcomes
            ]
        },
        links=model_link(services, product.name, version),
        checks=outcomes,
        data_version=f"version-{version}",
    )


def _as_live(outcome: CheckOutcome) -> AsLive:
    # A calibration error is judged again only together with its value by chance.
    figures = (
        figure
        for figure in outcome.figures
        if figure.limit is not None or figure.metric == CALIBRATION_BY_CHANCE
    )
    return AsLive(
        check=outcome.check,
        verdict=outcome.verdict,
        severity=outcome.severity,
        summary=outcome.summary,
        figures=tuple(figures),
    )


def _gate(outcome: CheckOutcome, terms: GateTerms | None) -> Gate:
    return Gate(
        gate=outcome.check,
        verdict=outcome.verdict.value,
        summary=outcome.summary,
        figures=outcome.figures,
        terms=terms,
    )
