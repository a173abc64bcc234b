"""Which words of people count, and why the others do not.

A word counts for exactly what was seen: the agreement in force, the files of the model, the
evaluation. Whatever of these is another one by now, the person must look again; an agreement that
was adopted since and changed words alone is the same one. A stop is of a version, by whatever
terms: words about it count while those who said them may stop one. Nothing else than the count here
decides whether there are enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.persons import Holder, holders_of, release_deciders
from aipo_pipelines.ledger.model.agreements import AdoptedCharter
from aipo_pipelines.ledger.model.models import Approval, Candidate
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.facts.decision_makers import quorum_for
from aipo_pipelines.policy.text import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedApproval:
    """A word and whether it counts.

    Attributes:
        signature: `unsigned`, or the signature over the evidence.
        charter_version: Version of the charter it was given under; empty when it is not on record.
        counts: Whether it counts towards the quorum.
        why_not: Why it does not; empty when it does.
    """

    person: str
    role: str
    reason: str
    entry: int
    at: datetime
    signature: str
    charter_version: str
    counts: bool
    why_not: str

    @property
    def sentence(self) -> str:
        """Who said it, and why it does not count."""
        return self.person if self.counts else f"{self.person}'s does not count: {self.why_not}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The words about one thing.

    Attributes:
        quorum: How many people must say yes.
        words: Everything that was said, in order.
    """

    quorum: int
    words: tuple[CountedApproval, ...]

    @property
    def counted(self) -> tuple[CountedApproval, ...]:
        """The words that count."""
        return tuple(word for word in self.words if word.counts)

    @property
    def missing(self) -> int:
        """How many more people must say yes."""
        return max(self.quorum - len(self.counted), 0)

    def has(self, holder: Holder) -> bool:
        """Whether a person's word counts already."""
        return any(holder.goes_by(verdict.person) for verdict in self.counted)

    def uncounted(self) -> str:
        """Whose words do not count and why, in one sentence; empty when all count."""
        return listed([word.sentence for word in self.words if not word.counts])


def release_tally(charter: Charter, state: ProductState, candidate: Candidate) -> Tally:
    """The words about the release of a candidate, by the charter in force."""
    deciders = release_deciders(charter)
    words = (
        (approval, _not_for(candidate, approval) or _not_now(state, approval))
        for approval in candidate.approvals
    )
    return _tally(release_quorum(charter, state, candidate), deciders, words)


def release_quorum(charter: Charter, state: ProductState, candidate: Candidate) -> int:
    """How many people must say yes to the release of a candidate.

    After a stop that left nothing in charge somebody must, whatever the charter leaves to the
    gates: a rule alone does not undo what a person stopped.
    """
    agreed = quorum_for(charter, candidate.not_compared)
    stopped = state.stop is not None and state.champion is None
    return max(agreed, 1) if stopped else agreed


def override_tally(charter: Charter, state: ProductState, words: Iterable[Approval]) -> Tally:
    """The words about something that takes the right to override, by the charter in force."""
    right = charter.decision_rights.override
    said = ((word, _not_now(state, word)) for word in words)
    return _tally(right.quorum, holders_of(charter, right), said)


def stop_tally(charter: Charter, words: Iterable[Approval]) -> Tally:
    """The words about a stop: of whoever holds the right to override by the charter in force.

    The stop acted on the first of them. Whoever tightens a limit meanwhile, which takes no word of
    anybody, does not take back what others said about a version that does harm.
    """
    right = charter.decision_rights.override
    return _tally(right.quorum, holders_of(charter, right), ((word, "") for word in words))


def _tally(quorum: int, entitled: Sequence[Holder], words: Iterable[tuple[Approval, str]]) -> Tally:
    counted: list[CountedApproval] = []
    spoke: list[Holder] = []
    for word, stale in words:
        holder = next((holder for holder in entitled if holder.goes_by(word.person)), None)
        if holder is None:
            why_not = "the charter in force does not let them decide about this"
        elif holder in spoke:
            why_not = "the same person said so already"
        else:
            why_not = stale
        if holder is not None and not why_not:
            spoke.append(holder)
        counted.append(
            CountedApproval(
                person=word.person,
                role=word.role,
                reason=word.reason,
                entry=word.entry,
                at=word.at,
                signature=word.signature,
                charter_version=word.charter_version,
                counts=not why_not,
                why_not=why_not,
            )
        )
    return Tally(quorum=quorum, words=tuple(counted))


def _not_for(candidate: Candidate, word: Approval) -> str:
    """Why a word is not about what would go live; empty when it is."""
    if word.evaluation is not None and word.evaluation != candidate.evaluated:
        return (
            f"it was given for the evaluation of entry {word.evaluation}, and that of entry "
            f"{candidate.evaluated} is the one on record"
        )
    if word.model_digest and word.model_digest != candidate.model_digest:
        return "it was given for other files of this version"
    return ""


def _not_now(state: ProductState, word: Approval) -> str:
    """Why a word was given under another agreement than the one in force; empty when it was not."""
    agreed = state.charter
    if agreed is None:
        return ""
    if 0 <= agreed.binding_since < word.entry or _under(agreed, word):
        return ""
    if not word.charter_digest:
        # Entries of earlier versions do not say which charter was in force: their order does.
        return f"it was given before charter version {agreed.version}"
    if (word.charter_version, word.charter_digest) == (agreed.version, agreed.digest):
        return f"it was given under another {_changed(agreed, word)}"
    if word.charter_version == agreed.version:
        return f"it was given under another text of charter version {agreed.version}"
    return (
        f"it was given under charter version {word.charter_version}, and version "
        f"{agreed.version} is in force"
    )


def _under(agreed: AdoptedCharter, word: Approval) -> bool:
    """Whether a word was given under the agreement in force, as far as it says."""
    if not word.charter_digest:
        return word.entry > agreed.entry
    if not word.contract_digest:
        # Words of earlier versions name the charter alone.
        return (word.charter_version, word.charter_digest) == (agreed.version, agreed.digest)
    return word.digests == agreed.digests


def _changed(agreed: AdoptedCharter, word: Approval) -> str:
    parts = {
        "contract": word.contract_digest == agreed.contract_digest,
        "standards": word.standards_digest == agreed.standards_digest,
    }
    return " and other ".join(part for part, same in parts.items() if not same)
