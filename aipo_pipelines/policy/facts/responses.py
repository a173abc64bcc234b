"""The agreed responses to failing checks, and when they hold.

The charter's responses rule. Where it is silent about `contract` or `privacy`, a critical failure
quarantines the batch and is escalated. A charter cannot switch the quarantine off: a batch that
fails its contract critically is never used. A failure of these two that is only a warning never
quarantines; what quarantines by the charter's word does so at any severity. The M-of-N rule is for
escalation and retraining: quarantine is about one batch and happens at once. A missed business
target that decides is escalated at once, whatever else is agreed.

In the M-of-N rule an insufficient verdict is no verdict: it neither counts as a failure nor
interrupts a series. Nor does one that was given by terms which are not agreed any more: a series is
of one agreement, and begins anew with another that is not merely stricter. A single failure needs
no series. Batches of the same content count once. A quarantined batch has no say about checks of
the model: the breach of its contract explains what they find (inhibition). Nor has what was said of
a former version in charge: checks of the model speak of one version, or compare with its data.
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
"""How the keys of checks begin that speak of the version in charge or compare with its data."""

GUARDS = frozenset({"data_quality/contract", PRIVACY})
"""Checks that every batch must have had before it is approved."""


def responses_to(charter: Charter, key: str, severity: Severity) -> tuple[Response, ...]:
    """The responses to a failing check, `asset/check`; the default ones where none is agreed."""
    if key in MEASURED_BY:
        # Whoever agrees that a target decides wants to know at once; a draft has promised nothing.
        told = Response(check=key, reactions=(Reaction.ESCALATE,))
        return () if charter.undecided else (told,)
    agreed = tuple(
        response for response in charter.responses if response.check in (key, check_name(key))
    )
    if agreed or key not in GUARDS or severity is not Severity.CRITICAL:
        return agreed
    return (Response(check=key, reactions=(Reaction.QUARANTINE, Reaction.ESCALATE)),)


def quarantines(charter: Charter, key: str, severity: Severity) -> bool:
    """Whether failing this check quarantines the batch."""
    if key in GUARDS:
        return severity is Severity.CRITICAL
    return any(
        Reaction.QUARANTINE in response.reactions
        for response in responses_to(charter, key, severity)
    )


def holds(state: ProductState, key: str, response: Response) -> bool:
    """Whether enough of the last batches failed for a response."""
    window = series(state, key, response)[-response.of :]
    return sum(batch.verdict is Verdict.FAIL for batch in window) >= response.fails


def series(state: ProductState, key: str, response: Response) -> tuple[BatchVerdict, ...]:
    """The verdicts of a check that a response looks at, in the order of batches."""
    return verdicts(state, key) if response.of == 1 else verdicts_in_force(state, key)


def verdicts_in_force(state: ProductState, key: str) -> tuple[BatchVerdict, ...]:
    """The verdicts of a check that may be counted together: by what is agreed now."""
    return tuple(
        verdict for verdict in verdicts(state, key) if not is_of_former(state, key, verdict)
    )


def verdicts(state: ProductState, key: str) -> tuple[BatchVerdict, ...]:
    """What a check said of the version in charge: decided, and not muted; in order of batches."""
    known = _decided(state, key)
    return _each_content_once(
        state, (verdict for verdict in known if is_about_champion(state, key, verdict))
    )


def verdicts_of_all_versions(state: ProductState, key: str) -> tuple[BatchVerdict, ...]:
    """As `verdicts`, whichever version was in charge: what is known about the batches."""
    return _each_content_once(state, _decided(state, key))


def is_about_champion(state: ProductState, key: str, said: BatchVerdict) -> bool:
    """Whether a verdict of a check, `asset/check`, is no word about a former version in charge."""
    champion = state.champion
    if champion is None or CheckKey.parse(key).asset not in OF_MODEL:
        return True
    if said.known_up_to is not None:
        return said.known_up_to >= champion.since
    # Facts of older programs only know who scored the batch last.
    batch = state.batches.get(said.partition)
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
    state: ProductState, said: Iterable[BatchVerdict]
) -> tuple[BatchVerdict, ...]:
    return tuple(
        {content_of(state, verdict, place): verdict for place, verdict in enumerate(said)}.values()
    )
