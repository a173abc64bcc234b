"""The agreed responses to failing checks, and the conditions of these responses.

The responses of the charter decide. If the charter has no response to `contract` or `privacy`, a
critical failure quarantines the batch and is escalated. A charter cannot switch the quarantine
off: a batch that fails its contract critically is never used. A failure of these two checks that is
only a warning never quarantines. Other checks quarantine at any severity if the charter says so.
The M-of-N rule is for escalation and retraining: quarantine is about one batch and happens at once.
A missed business target that decides is escalated at once, regardless of the responses.

In the M-of-N rule an insufficient verdict is no verdict: it is no failure and interrupts no series.
A verdict by terms that are not agreed any more does not count either. A series belongs to one
agreement, and begins again with an agreement that is not only stricter. A single failure needs no
series. Batches of the same content count once. Checks of the model do not count on a quarantined
batch: the breach of its contract explains their results (inhibition). Their verdicts on a former
version in charge do not count either: these checks are about one version, or compare with its data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.operations import Reaction, Response
from aipo_pipelines.evidence.outcome import Severity, Verdict
from aipo_pipelines.ledger.fold.recent import content_of, is_muted
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.ledger.model.state import BatchVerdict, ProductState
from aipo_pipelines.policy.facts.business_targets import MEASURED_BY
from aipo_pipelines.policy.facts.outdated_evidence import is_of_former

PRIVACY = "data_quality/privacy"
"""The check for personal data that nobody may use."""

OF_MODEL = frozenset({"performance", "drift"})
"""Assets whose checks are about the version in charge or compare with its data."""

GUARDS = frozenset({"data_quality/contract", PRIVACY})
"""Checks that every batch must have had before it is approved."""


def responses_to(charter: Charter, key: str, severity: Severity) -> tuple[Response, ...]:
    """The responses to a failing check, `asset/check`; the default without an agreed response."""
    if key in MEASURED_BY:
        # A target that decides was agreed so that people know about a miss at once. A draft has
        # promised nothing yet.
        escalation = Response(check=key, reactions=(Reaction.ESCALATE,))
        return () if charter.undecided else (escalation,)
    # A response names the check with or without its asset.
    agreed = tuple(
        response for response in charter.responses if response.check in (key, check_name(key))
    )
    if agreed or key not in GUARDS or severity is not Severity.CRITICAL:
        return agreed
    return (Response(check=key, reactions=(Reaction.QUARANTINE, Reaction.ESCALATE)),)


def quarantines(charter: Charter, key: str, severity: Severity) -> bool:
    """Whether failing this check quarantines the batch."""
    # A charter cannot switch off the quarantine of a critical breach. A warning never causes it.
    if key in GUARDS:
        return severity is Severity.CRITICAL
    return any(
        Reaction.QUARANTINE in response.reactions
        for response in responses_to(charter, key, severity)
    )


def holds(state: ProductState, key: str, response: Response) -> bool:
    """Whether enough of the last batches failed for a response."""
    # A single failure needs no series, so it counts under every agreement (`series`).
    window = series(state, key, response)[-response.of :]
    return sum(batch.verdict is Verdict.FAIL for batch in window) >= response.fails


def series(state: ProductState, key: str, response: Response) -> tuple[BatchVerdict, ...]:
    """The verdicts of a check that a response counts, in the order of batches."""
    return verdicts(state, key) if response.of == 1 else verdicts_in_force(state, key)


def verdicts_in_force(state: ProductState, key: str) -> tuple[BatchVerdict, ...]:
    """The verdicts of a check that count together: given by the present agreement."""
    return tuple(
        verdict for verdict in verdicts(state, key) if not is_of_former(state, key, verdict)
    )


def verdicts(state: ProductState, key: str) -> tuple[BatchVerdict, ...]:
    """The decided verdicts on the version in charge that count, in the order of batches."""
    decided = _decided(state, key)
    return _each_content_once(
        state, (verdict for verdict in decided if is_about_champion(state, key, verdict))
    )


def verdicts_of_all_versions(state: ProductState, key: str) -> tuple[BatchVerdict, ...]:
    """As `verdicts`, for all versions in charge: the facts about the batches."""
    return _each_content_once(state, _decided(state, key))


def is_about_champion(state: ProductState, key: str, verdict: BatchVerdict) -> bool:
    """Whether a verdict of a check, `asset/check`, is not about a former version in charge."""
    champion = state.champion
    # Checks of the data are about the batch, under every version in charge.
    if champion is None or CheckKey.parse(key).asset not in OF_MODEL:
        return True
    if verdict.known_up_to is not None:
        return verdict.known_up_to >= champion.since
    # Facts of older programs only know the version that scored the batch last.
    batch = state.batches.get(verdict.partition)
    return batch is None or batch.measured_by in ("", champion.version)


def check_name(key: str) -> str:
    """`check` of `asset/check`."""
    return CheckKey.parse(key).check


def _decided(state: ProductState, key: str) -> Iterator[BatchVerdict]:
    check = state.checks.get(key)
    for verdict in check.recent if check else ():
        if verdict.verdict is not Verdict.INSUFFICIENT and not is_muted(
            state, key, verdict.partition
        ):
            yield verdict


def _each_content_once(
    state: ProductState, verdicts: Iterable[BatchVerdict]
) -> tuple[BatchVerdict, ...]:
    # A copy is no new evidence, so it is no second failure in a series.
    return tuple(
        {
            content_of(state, verdict, place): verdict for place, verdict in enumerate(verdicts)
        }.values()
    )
