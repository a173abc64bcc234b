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

_EVERYTHING = 100_000
_BEFORE, _AFTER = 60, 120
"""Letters that are shown before and after the first difference."""


def broken(stage: Stage, wanted: Mapping[str, Outcome]) -> Iterator[str]:
    """Every invariant that does not hold, in words.

    Args:
        stage: Where the round took place; everything has recovered.
        wanted: What an undisturbed run leaves, by product.
    """
    for product in PRODUCTS:
        yield from (f"{product}: {what}" for what in _of_product(stage, product, wanted[product]))
    verified = stage.say("verify")
    if verified.returncode:
        yield f"aipo verify: {verified.stdout}{verified.stderr}"
    yield from (f"a run is left open in Dagster: {run}" for run in open_runs(stage.databases))
    yield from _models(stage)


def _of_product(stage: Stage, product: str, wanted: Outcome) -> Iterator[str]:
    found = outcome(stage, product)
    for member in fields(Outcome):
        one, other = getattr(found, member.name), getattr(wanted, member.name)
        if isinstance(one, dict) and isinstance(other, dict):
            names = one.keys() | other.keys()
            pairs = [(f"{member.name} {key}", one.get(key), other.get(key)) for key in names]
        else:
            pairs = [(member.name, one, other)]
        yield from _differing(pairs)
    with stage.ledger() as ledger:
        state = ledger.state(product)
        entries = ledger.entries(product, limit=_EVERYTHING)
    yield from unfinished(state)
    yield from repeated(entries, BatchArrived.kind, "digest")
    yield from repeated(entries, ActionFinished.kind)
    yield from repeated(entries, CheckEvaluated.kind, "run_id", "partition", "asset", "check")
    for batch in state.batches.values():
        if not is_measured(entries, batch.partition):
            yield f"batch {batch.partition} was never measured to the end"
    decided = [one for one in entries if one.kind == ReleaseDecided.kind and one.body.get("go")]
    moved = [one for one in entries if one.kind == ChampionReleased.kind]
    if len(decided) != len(moved):
        yield f"{len(decided)} releases were decided, the champion changed {len(moved)} times"


def is_measured(entries: Iterable[Entry], partition: str) -> bool:
    """Whether a measurement of a batch finished: that of its arrival, or one that took it over."""
    asking = {BatchArrived.kind, MeasurementDue.kind}
    entries = list(entries)
    asked = {
        f"action/{one.index}"
        for one in entries
        if one.kind in asking and one.body.get("partition") == partition
    }
    return any(one.kind == ActionFinished.kind and one.subject in asked for one in entries)


def _differing(pairs: Iterable[tuple[str, object, object]]) -> Iterator[str]:
    """Pairs that are not alike, with where they begin to differ."""
    for name, found, wanted in pairs:
        if found == wanted:
            continue
        one, other = repr(found), repr(wanted)
        pairwise = enumerate(zip(one, other, strict=False))
        same = next((place for place, (left, right) in pairwise if left != right), len(one))
        part = slice(max(same - _BEFORE, 0), same + _AFTER)
        yield f"{name} differs: found …{one[part]}…, undisturbed …{other[part]}…"


def _models(stage: Stage) -> Iterator[str]:
    from mlflow import MlflowClient

    from aipo_pipelines.resources.tracker.leftovers import UNUSED_TAG

    with stage.ledger() as ledger:
        state = ledger.state(MODEL)
    url = stage.databases.mlflow_url
    mlflow = MlflowClient(url, url)
    known = {*state.candidates, *state.decisions}
    for version in mlflow.search_model_versions(f"name = '{MODEL}'"):
        if str(version.version) not in known and UNUSED_TAG not in version.tags:
            yield f"version {version.version} is left over in MLflow and not marked"
    champion = mlflow.get_model_version_by_alias(MODEL, "champion").version
    if state.champion is None or str(champion) != state.champion.version:
        yield f"the alias champion is at version {champion}, the ledger says {state.champion}"
    experiments = [one.experiment_id for one in mlflow.search_experiments()]
    for run in mlflow.search_runs(experiments, "attributes.status = 'RUNNING'"):
        yield f"run {run.info.run_id} is left running in MLflow"
