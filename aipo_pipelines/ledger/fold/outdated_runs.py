"""Outdated runs in the fold: their reports about a batch do not count any more."""

from __future__ import annotations

from aipo_pipelines.ledger.events.measurements import AssetMaterialised, CheckEvaluated
from aipo_pipelines.ledger.model.attempt import Attempt
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.ledger.model.state import Batch, ClaimedRun, ProductState

_LABELLED = "performance"


def is_outdated(
    state: ProductState, batch: Batch, report: CheckEvaluated | AssetMaterialised
) -> bool:
    """Whether a run read an older version of the batch, or may have read it.

    A run that serves an action, `<entry>:<attempt>`, reads the version at the time of the request.
    A run by hand serves no action; it reads the newest version when it begins. A report by labels
    that were replaced since counts until a later run has reported.
    """
    if not batch.counts:
        return True
    # The claim of the run decides and not its report: reports arrive late and in any order.
    run = state.runs.get(report.run_id)
    if run is not None and (run.entry < batch.entry or _is_known_better(state, batch, report, run)):
        return True
    served = Attempt.parse(report.action)
    return served is not None and served.entry < batch.entry


def _is_known_better(
    state: ProductState,
    batch: Batch,
    report: CheckEvaluated | AssetMaterialised,
    run: ClaimedRun,
) -> bool:
    """Whether a check that needs labels was already judged by newer labels than the run knew.

    Only then is the report outdated: if labels arrive all the time, no other report would count.
    """
    if report.asset != _LABELLED:
        return False
    # The judged records, which the asset itself reports, belong to the check of its name.
    name = report.check if isinstance(report, CheckEvaluated) else report.asset
    check = state.checks.get(str(CheckKey(report.asset, name)))
    last = (
        next((verdict for verdict in check.recent if verdict.partition == batch.partition), None)
        if check
        else None
    )
    return run.entry < batch.relabelled and last is not None and (last.known_up_to or 0) > run.entry
