"""What must hold after a round: nothing lost, nothing doubled, nothing altered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields

from aipo_pipelines.ledger.events.actions import ActionFinished
from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.measurements import CheckEvaluated, MeasurementDue
from aipo_pipelines.ledger.events.releases import ChampionReleased, ReleaseDecided
from chaos.stage import MODEL, PRODUCTS, Outcome, Stage, open_runs, outcome, repeated, unfinished

_ALL = 100_000
_BEFORE, _AFTER = 60, 120
"""Letters that are shown before and after the first difference."""


def broken(stage: Stage, expected: Mapping[str, Outcome]) -> Iterator[str]:
    """Every invariant that does not hold, in words.

    Args:
        stage: Where the round took place; everything has recovered.
        expected: What an uninterrupted run leaves, by product.
    """
    for product in PRODUCTS:
        yield from (
            f"{product}: {fault}" for fault in _of_product(stage, product, expected[product])
        )
    verified = stage.say("verify")
    if verified.returncode:
        yield f"aipo verify: {verified.stdout}{verified.stderr}"
    yield from (f"a run is left open in Dagster: {run}" for run in open_runs(stage.databases))
    yield from _models(stage)


def _of_product(stage: Stage, product: str, expected: Outcome) -> Iterator[str]:
    actual = outcome(stage, product)
    for member in fields(Outcome):
        left, right = getattr(actual, member.name), getattr(expected, member.name)
        # Key by key, so that a difference names its batch or its check.
        if isinstance(left, dict) and isinstance(right, dict):
            names = left.keys() | right.keys()
            pairs = [(f"{member.name} {key}", left.get(key), right.get(key)) for key in names]
        else:
            pairs = [(member.name, left, right)]
        yield from _differing(pairs)
    with stage.ledger() as ledger:
        state = ledger.state(product)
        entries = ledger.entries(product, limit=_ALL)
    yield from unfinished(state)
    yield from repeated(entries, BatchArrived.kind, "digest")
    yield from repeated(entries, ActionFinished.kind)
    yield from repeated(entries, CheckEvaluated.kind, "run_id", "partition", "asset", "check")
    for batch in state.batches.values():
        if not is_measured(entries, batch.partition):
            yield f"batch {batch.partition} was never measured to the end"
    # A run that was killed between the decision and the change of the champion is the reason
    # to count both.
    decided = [
        entry for entry in entries if entry.kind == ReleaseDecided.kind and entry.body.get("go")
    ]
    moved = [entry for entry in entries if entry.kind == ChampionReleased.kind]
    if len(decided) != len(moved):
        yield f"{len(decided)} releases were decided, the champion changed {len(moved)} times"


def is_measured(entries: Iterable[Entry], partition: str) -> bool:
    """Whether a measurement of a batch finished: of its arrival, or a later measurement."""
    asking = {BatchArrived.kind, MeasurementDue.kind}
    entries = list(entries)
    attempts = {
        f"action/{entry.index}"
        for entry in entries
        if entry.kind in asking and entry.body.get("partition") == partition
    }
    return any(entry.kind == ActionFinished.kind and entry.subject in attempts for entry in entries)


def _differing(pairs: Iterable[tuple[str, object, object]]) -> Iterator[str]:
    """Pairs that are not alike, with the place of the first difference."""
    for name, actual, expected in pairs:
        if actual == expected:
            continue
        left, right = repr(actual), repr(expected)
        pairwise = enumerate(zip(left, right, strict=False))
        same = next((place for place, (left, right) in pairwise if left != right), len(left))
        part = slice(max(same - _BEFORE, 0), same + _AFTER)
        yield f"{name} differs: actual …{left[part]}…, uninterrupted …{right[part]}…"


def _models(stage: Stage) -> Iterator[str]:
    from mlflow import MlflowClient

    from aipo_pipelines.resources.tracker.leftovers import UNUSED_TAG

    with stage.ledger() as ledger:
        state = ledger.state(MODEL)
    url = stage.databases.mlflow_url
    mlflow = MlflowClient(url, url)
    # A kill between MLflow and the ledger leaves a version without an entry. Later runs must
    # mark it, because nobody can decide about it.
    known = {*state.candidates, *state.decisions}
    for version in mlflow.search_model_versions(f"name = '{MODEL}'"):
        if str(version.version) not in known and UNUSED_TAG not in version.tags:
            yield f"version {version.version} is left over in MLflow and not marked"
    champion = mlflow.get_model_version_by_alias(MODEL, "champion").version
    if state.champion is None or str(champion) != state.champion.version:
        yield f"the alias champion is at version {champion}, the ledger says {state.champion}"
    experiments = [
        search_experiment.experiment_id for search_experiment in mlflow.search_experiments()
    ]
    for run in mlflow.search_runs(experiments, "attributes.status = 'RUNNING'"):
        yield f"run {run.info.run_id} is left running in MLflow"
