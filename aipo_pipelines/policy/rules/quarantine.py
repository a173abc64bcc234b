"""A batch in quarantine escalates by itself: no other batch excuses it.

The M-of-N rule is about the state of a model or a supply *now*, so it looks at the last batches in
their order. A failure that quarantines is about one batch, regardless of later batches: a late file
with card numbers is as bad as a new file. It escalates at once if one failure is enough. If the
charter demands several failures, they count among the batches that arrived next to it.

If a person has ended the incident of this version of a batch, measuring it again says nothing new
about the failures that the person knew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.operations import Reaction, Response
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.events.measurements import CheckEvaluated
from aipo_pipelines.ledger.fold.recent import DATA_ASSETS, content
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.ledger.model.state import (
    Batch,
    BatchStatus,
    BatchVerdict,
    ProductState,
)
from aipo_pipelines.policy.facts.outdated_evidence import is_of_former
from aipo_pipelines.policy.facts.responses import (
    OF_MODEL,
    is_about_champion,
    quarantines,
    responses_to,
    verdicts_in_force,
)
from aipo_pipelines.policy.incidents.subjects import subjects_of


def about_batch(
    charter: Charter, state: ProductState, key: str, event: CheckEvaluated
) -> Response | None:
    """The response by which a failure that quarantines its batch is escalated, if any does."""
    batch = state.batches.get(event.partition)
    if batch is None or not quarantines(charter, key, event.severity):
        return None
    # A second measurement of a version opens no incident that a person has ended.
    if _is_dealt_with(state, key, batch, event):
        return None
    for response in responses_to(charter, key, event.severity):
        if Reaction.ESCALATE not in response.reactions:
            continue
        # One failure is enough, so the order of the batches does not matter.
        if response.fails == 1:
            return response
        if _holds(_in_order_of_arrival(charter, state, key), response, batch):
            return response
    return None


def failures_in_arrival(
    charter: Charter, state: ProductState, key: str, response: Response
) -> tuple[BatchVerdict, ...]:
    """Failures of batches in quarantine that are enough for a response to several failures."""
    quarantined = {name for name, batch in state.batches.items() if _keeps(charter, key, batch)}
    if response.fails == 1 or not quarantined:
        return ()
    arrived = _in_order_of_arrival(charter, state, key)
    failing = (pair for pair in arrived if pair[1].verdict is Verdict.FAIL)
    return tuple(
        verdict
        for batch, verdict in failing
        if batch.partition in quarantined and _holds(arrived, response, batch)
    )


def _is_dealt_with(state: ProductState, key: str, batch: Batch, event: CheckEvaluated) -> bool:
    """Whether a person ended the incident of this version, with all its failing subjects."""
    return batch.status is BatchStatus.QUARANTINED and any(
        incident.cause == Cause.of_check(key)
        and incident.ended_by_hand > batch.entry
        and batch.partition in incident.partitions
        and set(subjects_of(event)) <= set(incident.subjects)
        for incident in state.incidents.values()
    )


def _keeps(charter: Charter, key: str, batch: Batch) -> bool:
    """Whether a check keeps a batch in quarantine."""
    return batch.status is BatchStatus.QUARANTINED and any(
        judgement.check == key
        and judgement.verdict is Verdict.FAIL
        and quarantines(charter, key, judgement.severity)
        for judgement in batch.unmet
    )


def _holds(arrived: Sequence[tuple[Batch, BatchVerdict]], response: Response, batch: Batch) -> bool:
    """Whether enough batches failed among `of` batches in order of arrival, with this batch."""
    contents = [content(batch) for batch, _ in arrived]
    if content(batch) not in contents:
        return False
    failed = [verdict.verdict is Verdict.FAIL for _, verdict in arrived]
    place = contents.index(content(batch))
    # Any series of this length that includes the batch may be enough.
    begins = range(max(0, place - response.of + 1), place + 1)
    return any(sum(failed[begin : begin + response.of]) >= response.fails for begin in begins)


def _in_order_of_arrival(
    charter: Charter, state: ProductState, key: str
) -> tuple[tuple[Batch, BatchVerdict], ...]:
    """The verdicts of a check that count together, each content once, as their batches arrived."""
    counted = verdicts_in_force(state, key)
    verdicts = [*counted, *_remembered_by_batches(charter, state, key, counted)]
    known = [
        (state.batches[verdict.partition], verdict)
        for verdict in verdicts
        if verdict.partition in state.batches
    ]
    return tuple(sorted(known, key=lambda pair: pair[0].entry))


def _remembered_by_batches(
    charter: Charter, state: ProductState, key: str, counted: Sequence[BatchVerdict]
) -> Iterator[BatchVerdict]:
    """Failures that only the batches remember.

    The batch is too old for the recent verdicts of the check, or its own quarantine silences the
    check.
    """
    names = {verdict.partition for verdict in counted}
    contents = {content(state.batches[name]) for name in names if name in state.batches}
    for batch in state.batches.values():
        # Batches of the same content count once.
        if batch.partition in names or content(batch) in contents or not batch.counts:
            continue
        for verdict in _own_failures(charter, state, key, batch):
            contents.add(content(batch))
            yield verdict


def _own_failures(
    charter: Charter, state: ProductState, key: str, batch: Batch
) -> Iterator[BatchVerdict]:
    """The failures of a check that a batch remembers and that count now."""
    # The breach of its contract explains the results of the other checks (inhibition).
    if CheckKey.parse(key).asset in OF_MODEL and _breaks_contract(charter, batch):
        return
    for judgement in batch.unmet:
        if judgement.check != key or judgement.verdict is not Verdict.FAIL:
            continue
        verdict = BatchVerdict(
            partition=batch.partition,
            verdict=judgement.verdict,
            known_up_to=judgement.failure.known_up_to if judgement.failure else None,
        )
        if not is_of_former(state, key, verdict) and is_about_champion(state, key, verdict):
            yield verdict


def _breaks_contract(charter: Charter, batch: Batch) -> bool:
    """Whether a check of the data keeps a batch in quarantine."""
    return any(
        judgement.verdict is Verdict.FAIL
        and CheckKey.parse(judgement.check).asset in DATA_ASSETS
        and quarantines(charter, judgement.check, judgement.severity)
        for judgement in batch.unmet
    )
