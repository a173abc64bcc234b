"""A batch in quarantine escalates by itself: no other batch excuses it.

The M-of-N rule asks whether a model or a supply goes wrong *now*, and so looks at the last batches
in their order. A failure that quarantines is about one batch, and stands whatever is dated after
it: a file with card numbers that arrives late is as bad as a new one. It escalates at once if one
failure is enough; where the charter asks for several, they count among the batches that arrived
next to it.

Where a person has ended the incident of this very version of a batch, measuring it again says
nothing new about what they knew.
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
    if _is_dealt_with(state, key, batch, event):
        return None
    for response in responses_to(charter, key, event.severity):
        if Reaction.ESCALATE not in response.reactions:
            continue
        if response.fails == 1:
            return response
        if _holds(_in_order_of_arrival(charter, state, key), response, batch):
            return response
    return None


def failures_in_arrival(
    charter: Charter, state: ProductState, key: str, response: Response
) -> tuple[BatchVerdict, ...]:
    """Of batches that a check keeps in quarantine: those of which a response to several holds."""
    kept = {name for name, batch in state.batches.items() if _keeps(charter, key, batch)}
    if response.fails == 1 or not kept:
        return ()
    arrived = _in_order_of_arrival(charter, state, key)
    failing = (pair for pair in arrived if pair[1].verdict is Verdict.FAIL)
    return tuple(
        said
        for batch, said in failing
        if batch.partition in kept and _holds(arrived, response, batch)
    )


def _is_dealt_with(state: ProductState, key: str, batch: Batch, event: CheckEvaluated) -> bool:
    """Whether a person ended the incident of this version, about all that fails, when judged."""
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
    """Whether enough batches failed among any `of` that arrived in a row, this one included."""
    contents = [content(batch) for batch, _ in arrived]
    if content(batch) not in contents:
        return False
    failed = [verdict.verdict is Verdict.FAIL for _, verdict in arrived]
    place = contents.index(content(batch))
    begins = range(max(0, place - response.of + 1), place + 1)
    return any(sum(failed[begin : begin + response.of]) >= response.fails for begin in begins)


def _in_order_of_arrival(
    charter: Charter, state: ProductState, key: str
) -> tuple[tuple[Batch, BatchVerdict], ...]:
    """The verdicts of a check that count together, each content once, as their batches arrived."""
    counted = verdicts_in_force(state, key)
    said = [*counted, *_beyond(charter, state, key, counted)]
    known = [
        (state.batches[verdict.partition], verdict)
        for verdict in said
        if verdict.partition in state.batches
    ]
    return tuple(sorted(known, key=lambda pair: pair[0].entry))


def _beyond(
    charter: Charter, state: ProductState, key: str, counted: Sequence[BatchVerdict]
) -> Iterator[BatchVerdict]:
    """Failures that only their batches know of.

    These are dated so long ago that the check does not remember their verdicts, or their own
    quarantine silences the check.
    """
    names = {verdict.partition for verdict in counted}
    contents = {content(state.batches[name]) for name in names if name in state.batches}
    for batch in state.batches.values():
        if batch.partition in names or content(batch) in contents or not batch.counts:
            continue
        for unmet in batch.unmet:
            if unmet.check != key or unmet.verdict is not Verdict.FAIL:
                continue
            if CheckKey.parse(key).asset in OF_MODEL and _breaks_contract(charter, batch):
                continue
            known_up_to = unmet.failure.known_up_to if unmet.failure else None
            said = BatchVerdict(
                partition=batch.partition, verdict=unmet.verdict, known_up_to=known_up_to
            )
            if not is_of_former(state, key, said) and is_about_champion(state, key, said):
                contents.add(content(batch))
                yield said


def _breaks_contract(charter: Charter, batch: Batch) -> bool:
    """Whether a check of the data keeps a batch in quarantine: it explains what others find."""
    return any(
        judgement.verdict is Verdict.FAIL
        and CheckKey.parse(judgement.check).asset in DATA_ASSETS
        and quarantines(charter, judgement.check, judgement.severity)
        for judgement in batch.unmet
    )
