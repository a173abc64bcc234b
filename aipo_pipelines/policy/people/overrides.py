"""Overrides: rolling back, stopping, and giving the champion of record its alias back.

Each is the word of a person with the right to override, asked under the ledger's lock of the
product. A rollback and a restoration are decided when the quorum has said so; a stop acts at once
on the word of one person, and the quorum must confirm it within the agreed time. A word counts for
the charter in force only, one about a stop as long as its person may stop a version (see
`counting`), and once for the decision it led to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.persons import holders_of
from aipo_pipelines.errors import DecisionError
from aipo_pipelines.evidence.outcome import Json, Severity
from aipo_pipelines.ledger.append import CLOCK_TOLERANCE
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.overrides import ChampionStopped, OverrideApproved
from aipo_pipelines.ledger.events.releases import ReleaseDecided
from aipo_pipelines.ledger.fold.models import RESTORED, ROLLBACK
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.models import Approval, Champion, OverrideAct, Stop
from aipo_pipelines.ledger.model.state import ActionKind, ActionStatus, ProductState
from aipo_pipelines.policy.facts.counted_approvals import (
    CountedApproval,
    Tally,
    override_tally,
    stop_tally,
)
from aipo_pipelines.policy.facts.decision_makers import (
    PersonalDecision,
    given_reason,
    names,
    person_named,
    role_text,
)
from aipo_pipelines.policy.facts.stopped_model import remedy, return_failure
from aipo_pipelines.policy.incidents.incident import Alarm
from aipo_pipelines.policy.people.approval import UNSIGNED, refuse_while
from aipo_pipelines.policy.text import listed, moment

UNCONFIRMED = Cause("unconfirmed_stop")


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """An override that waits for words of people.

    Attributes:
        version: Version it is about.
        instead: Version that comes back, or came back; empty for none.
        since: When the first word was given.
        confirm_by: Until when a stop must be confirmed; None for the others.
        late: Whether that moment has passed.
        command: What the next person types.
    """

    product: str
    act: OverrideAct
    version: str
    instead: str
    since: datetime
    quorum: int
    missing: int
    words: tuple[CountedApproval, ...]
    confirm_by: datetime | None
    late: bool
    command: str

    @property
    def sentence(self) -> str:
        """What waits, for how many words and until when, and whose words do not count."""
        counted = listed([one.person for one in self.words if one.counts])
        void = listed([one.sentence for one in self.words if not one.counts])
        said = "; ".join([*([f"said by {counted}"] if counted else ()), *([void] if void else ())])
        what = _WAITING[self.act].format(version=self.version)
        need = f"{self.missing} of {self.quorum} words are missing ({said or 'said by nobody'})"
        if self.confirm_by is None:
            return f"{what}: {need}."
        was = "was due" if self.late else "is due"
        return f"{what}: {need}; it {was} by {moment(self.confirm_by)}."


_WAITING = {
    OverrideAct.ROLLBACK: "A rollback of version {version} waits for people",
    OverrideAct.RESTORE: "Giving version {version} its alias back waits for people",
    OverrideAct.STOP: "Version {version} was stopped, which is not confirmed yet",
}


def rollback(
    charter: Charter, state: ProductState, person: str, reason: str, now: datetime
) -> tuple[Draft, ...]:
    """A person with the right to override wants the predecessor of the champion back.

    Raises:
        DecisionError: It is not theirs to say, they said so already, there is no predecessor, or
            work on models is under way.
    """
    word = _word(charter, person, reason, now)
    champion, predecessor = state.champion, state.predecessor
    if champion is None and return_failure(state):
        raise DecisionError(_nothing(state, "roll back"))
    if champion is None or predecessor is None:
        in_charge = f"version {champion.version} is in charge" if champion else "none is in charge"
        raise DecisionError(
            f"rollback with no predecessor: {in_charge} of {state.product}, and there is no "
            "champion before it to return to (a rollback is not rolled back); train a new one "
            f"with: aipo retrain {state.product}, or take it out of charge with: "
            f"aipo stop {state.product}"
        )
    refuse_while(state, ActionKind.RELEASE, "rolled back")
    refuse_while(state, ActionKind.TRAIN, "rolled back")
    return _said(charter, state, word, OverrideAct.ROLLBACK, champion, predecessor.version)


def restore(
    charter: Charter,
    state: ProductState,
    person: str,
    reason: str,
    now: datetime,
    *,
    alias: str | None = None,
) -> tuple[Draft, ...]:
    """A person with the right to override wants MLflow's alias back at the champion of record.

    Args:
        charter: The charter in force.
        state: State of the product.
        person: Who says so.
        reason: Why.
        now: The moment, aware UTC.
        alias: Version that has the alias in MLflow, empty for none; None when nobody looked.

    Raises:
        DecisionError: It is not theirs to say, they said so already, there is no champion, its
            alias is where it belongs, or a release is under way.
    """
    word = _word(charter, person, reason, now)
    if state.champion is None:
        raise DecisionError(_nothing(state, "put back"))
    refuse_while(state, ActionKind.RELEASE, "put back")
    version = state.champion.version
    if alias == version:
        raise DecisionError(
            f"the alias champion of {state.product} is where it belongs, at version {version}, so "
            "there is nothing to put back and nothing was recorded; to return to the version "
            f"before: aipo rollback {state.product}"
        )
    return _said(charter, state, word, OverrideAct.RESTORE, state.champion, version)


def stop(
    charter: Charter, state: ProductState, person: str, reason: str, now: datetime
) -> tuple[Draft, ...]:
    """A person with the right to override takes the champion out of charge, at once.

    Its alias is taken away first; then its predecessor takes over when there is one.

    Raises:
        DecisionError: It is not theirs to say, nothing is in charge, or a release is running.
    """
    word = _word(charter, person, reason, now)
    champion, predecessor = state.champion, state.predecessor
    if champion is None:
        raise DecisionError(
            f"{_nothing(state, 'stop')}; to confirm a stop: aipo stop {state.product} --confirm"
        )
    _refuse_running_release(state)
    right = charter.decision_rights.override
    back_to = predecessor.version if predecessor else ""
    agreed = state.charter
    event = ChampionStopped(
        version=champion.version,
        back_to=back_to,
        person=word.holder.name,
        role=word.role.value,
        reason=word.reason,
        confirm_by=now + right.confirm_within,
        confirmed=right.quorum <= 1,
        charter_version=agreed.version if agreed else "",
        charter_digest=agreed.digest if agreed else "",
        contract_digest=agreed.contract_digest if agreed else "",
        standards_digest=agreed.standards_digest if agreed else "",
        signature=UNSIGNED,
    )
    key = f"stop/{state.product}/{champion.decision}/{champion.released_at.isoformat()}"
    drafts = [word.draft(state.product, f"model/{champion.version}", event, key)]
    if back_to:
        returning = ReleaseDecided(
            version=back_to,
            go=True,
            rule=ROLLBACK,
            reason=f"Version {champion.version} was stopped: {word.reason}",
            evidence={"gives_way": champion.version, "its_decision": champion.decision},
            signature=UNSIGNED,
        )
        drafts.append(word.draft(state.product, f"model/{back_to}", returning, f"{key}/back"))
    return tuple(drafts)


def confirm_stop(
    charter: Charter, state: ProductState, person: str, reason: str, now: datetime
) -> tuple[Draft, ...]:
    """Another person with the right to override confirms the last stop, also when that is late.

    Raises:
        DecisionError: It is not theirs to say, they said so already, or no stop waits for it.
    """
    word = _word(charter, person, reason, now)
    stopped = state.stop
    tally = stop_tally(charter, stopped.words) if stopped is not None else None
    if stopped is None or tally is None or is_confirmed(stopped, tally):
        raise DecisionError(
            f"no stop of {state.product} waits to be confirmed; nothing was recorded now; see: "
            f"aipo decisions {state.product}"
        )
    _refuse_repetition(state, tally, word)
    said = _event(state, word, OverrideAct.STOP, stopped.version, tally)
    key = f"confirm/{state.product}/{stopped.entry}/{_agreed(state)}/{word.holder.email.lower()}"
    return (word.draft(state.product, f"model/{stopped.version}", said, key),)


def overrides(charter: Charter, state: ProductState, now: datetime) -> tuple[Override, ...]:
    """The overrides of a product that wait for words, and a stop that nobody confirmed in time."""
    champion, stopped = state.champion, state.stop
    found: list[Override] = []
    if stopped is not None:
        tally = stop_tally(charter, stopped.words)
        if not is_confirmed(stopped, tally):
            found.append(_stopped(state, stopped, tally, now))
    if champion is not None:
        found += [
            _waiting(charter, state, champion, act, words)
            for act, words in champion.overrides.items()
            if words
        ]
    return tuple(found)


def unconfirmed(charter: Charter, state: ProductState, now: datetime) -> Alarm | None:
    """The alarm about a stop that the quorum has not confirmed in time; the stop stays."""
    late = [one for one in overrides(charter, state, now) if one.late]
    if not late:
        return None
    return Alarm(
        cause=UNCONFIRMED,
        title=f"The stop of version {late[0].version} was not confirmed in time",
        summary=f"{late[0].sentence} The stop stays; confirm it with: {late[0].command}",
        severity=Severity.WARNING,
    )


def _said(
    charter: Charter,
    state: ProductState,
    word: PersonalDecision,
    act: OverrideAct,
    champion: Champion,
    version: str,
) -> tuple[Draft, ...]:
    """The word, and with the last one of the quorum the decision."""
    tally = override_tally(charter, state, champion.overrides.get(act, ()))
    _refuse_repetition(state, tally, word)
    said = _event(state, word, act, champion.version, tally)
    # A release that was given up may be asked for again: the decision it replaces tells them apart.
    before = state.decisions.get(version)
    last = before.entry if before else champion.decision
    key = f"{act}/{state.product}/{champion.decision}/{version}/{last}/{_agreed(state)}"
    who = word.holder.email.lower()
    drafts = [word.draft(state.product, f"model/{champion.version}", said, f"{key}/{who}")]
    if said.completes:
        decision = ReleaseDecided(
            version=version,
            go=True,
            rule=ROLLBACK if act is OverrideAct.ROLLBACK else RESTORED,
            reason=word.reason,
            evidence=_evidence(champion, tally, word),
            signature=UNSIGNED,
        )
        drafts.append(word.draft(state.product, f"model/{version}", decision, key))
    return tuple(drafts)


def _evidence(champion: Champion, tally: Tally, word: PersonalDecision) -> dict[str, Json]:
    said: list[Json] = [one.person for one in tally.counted]
    said.append(word.holder.name)
    return {"gives_way": champion.version, "its_decision": champion.decision, "words": said}


def _event(
    state: ProductState, word: PersonalDecision, act: OverrideAct, version: str, tally: Tally
) -> OverrideApproved:
    agreed = state.charter
    return OverrideApproved(
        act=act,
        version=version,
        person=word.holder.name,
        role=word.role.value,
        reason=word.reason,
        completes=tally.missing <= 1,
        charter_version=agreed.version if agreed else "",
        charter_digest=agreed.digest if agreed else "",
        contract_digest=agreed.contract_digest if agreed else "",
        standards_digest=agreed.standards_digest if agreed else "",
        signature=UNSIGNED,
    )


def _waiting(
    charter: Charter,
    state: ProductState,
    champion: Champion,
    act: OverrideAct,
    words: tuple[Approval, ...],
) -> Override:
    tally = override_tally(charter, state, words)
    back = state.predecessor.version if state.predecessor else ""
    return Override(
        product=state.product,
        act=act,
        version=champion.version,
        instead=back if act is OverrideAct.ROLLBACK else champion.version,
        since=words[0].at,
        quorum=tally.quorum,
        missing=tally.missing,
        words=tally.approvals,
        confirm_by=None,
        late=False,
        command=_command(state, act.value),
    )


def is_confirmed(stopped: Stop, tally: Tally) -> bool:
    """Whether enough people said so: once, or by a charter in force that asks for fewer."""
    return stopped.confirmed_at is not None or not tally.missing


def _stopped(state: ProductState, stopped: Stop, tally: Tally, now: datetime) -> Override:
    # A stop from the future is that of a clock that was ahead: nobody waits until it has come.
    is_ahead = stopped.at > now + CLOCK_TOLERANCE
    confirm_by = now if is_ahead else stopped.confirm_by
    return Override(
        product=state.product,
        act=OverrideAct.STOP,
        version=stopped.version,
        instead=stopped.back_to,
        since=stopped.at,
        quorum=tally.quorum,
        missing=tally.missing,
        words=tally.approvals,
        confirm_by=confirm_by,
        late=is_ahead or now > confirm_by,
        command=_command(state, "stop", " --confirm"),
    )


def _command(state: ProductState, verb: str, more: str = "") -> str:
    return f'aipo {verb} {state.product}{more} --by "YOUR NAME" --reason "WHY"'


def _word(charter: Charter, person: str, reason: str, now: datetime) -> PersonalDecision:
    why = given_reason(reason)
    holder = person_named(charter, person)
    right = charter.decision_rights.override
    role = holder.role_in(right)
    if role is None:
        raise DecisionError(
            f"{holder.name} ({', '.join(map(role_text, holder.roles))}) may not override what was "
            f"decided about {charter.product}; expected one of: "
            f"{names(holders_of(charter, right))}; the charter's decision_rights.override names "
            "them"
        )
    return PersonalDecision(holder=holder, role=role, reason=why, now=now)


def _refuse_repetition(state: ProductState, tally: Tally, word: PersonalDecision) -> None:
    said = next((one for one in tally.counted if word.holder.goes_by(one.person)), None)
    if said is not None:
        raise DecisionError(
            f"{said.person} said so already, on {moment(said.at)} (entry {said.entry}); it counts "
            f"once, {tally.missing} of {tally.quorum} words are missing, and nothing was recorded "
            f"now; see: aipo decisions {state.product}"
        )


def _refuse_running_release(state: ProductState) -> None:
    for action in state.actions.values():
        if action.kind is ActionKind.RELEASE and action.status is ActionStatus.STARTED:
            raise DecisionError(
                f"a release of {state.product} is moving the alias right now (entry "
                f"{action.entry}); it takes seconds, stop what it puts in charge then: "
                f"aipo status {state.product}"
            )


def _nothing(state: ProductState, act: str) -> str:
    """That nothing is in charge, why that is so after a stop, and what can be done."""
    reason = return_failure(state)
    because = f" ({reason})" if reason else ""
    return (
        f"no version of {state.product} is in charge{because}, so there is nothing to {act}; "
        f"{remedy(state)}"
    )


def _agreed(state: ProductState) -> str:
    return str(state.charter.entry) if state.charter else "none"
