"""People, roles, decisions, responses and schedules of a charter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from aipo_pipelines.charter.dates.cron import check_cron
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.operations import Reaction, RetrainingTrigger
from aipo_pipelines.charter.model.people import DecisionRight, DecisionRights, Role
from aipo_pipelines.charter.model.persons import Holder, answers_for_training, everybody
from aipo_pipelines.charter.model.problem import Fault, FieldPath, did_you_mean, listed, shown
from aipo_pipelines.charter.privacy.permission import (
    approvers,
    authorisers,
    unapproved_because,
    unauthorised_because,
)

CHECKS: Mapping[str, str] = MappingProxyType(
    {
        "schema": "dataset",
        "freshness": "dataset",
        "volume": "dataset",
        "contract": "data_quality",
        "privacy": "data_quality",
        "data_drift": "drift",
        "performance": "performance",
        "calibration": "performance",
        "fairness": "performance",
        "concept_drift": "performance",
        "labels": "performance",
        "succession": "performance",
        "retraining_value": "performance",
        "authorised": "training_set",
        "sufficient": "training_set",
        "leakage": "training_set",
    }
)
"""The checks a charter can respond to, and the asset each belongs to."""

DATA_CHECKS = frozenset({"schema", "freshness", "volume", "contract", "privacy"})
"""The checks that a product without a model has as well."""

_DECISIONS = tuple(name for name in DecisionRights.model_fields if name != "separation_of_duties")
_LOG = "log"
# Only the form is checked: Apprise knows more than a hundred schemes, and installs more of them.
_ADDRESS = re.compile(r"[A-Za-z0-9]+://")
_OWN_CHECK = re.compile(r"[A-Za-z0-9_]+/[A-Za-z0-9_]+")


def people_faults(charter: Charter) -> Iterator[Fault]:
    """Yields what is wrong with people, decisions, responses, rhythm and cadence."""
    yield from _accountable(charter)
    yield from _unnamed_roles(charter)
    yield from _quorums(charter)
    yield from _signatures(charter)
    yield from _addresses(charter)
    yield from _responses(charter)
    yield from _cadence(charter)


def _accountable(charter: Charter) -> Iterator[Fault]:
    # Each other role has a standard or a right that asks for it; these two every product needs.
    for role in (Role.OWNER, Role.INCIDENT_OWNER):
        if role not in charter.people:
            path = ("people", role.value)
            yield Fault(path, "nobody", f"a person as {role}", f"add `{role}:` below `people`")


def _unnamed_roles(charter: Charter) -> Iterator[Fault]:
    for path, role in _uses(charter):
        if role not in charter.people:
            named = listed(charter.people)
            hint = f"name a person as {role} or choose another role"
            yield Fault(path, f"the role {role}, which nobody holds", named, hint)


def _uses(charter: Charter) -> Iterator[tuple[FieldPath, Role]]:
    for name in _DECISIONS:
        right: DecisionRight = getattr(charter.decision_rights, name)
        yield from _numbered(("decision_rights", name, "roles"), right.roles)
    for position, level in enumerate(charter.escalation.levels):
        yield from _numbered(("escalation", "levels", position, "notify"), level.notify)
    for position, review in enumerate(charter.rhythm):
        yield from _numbered(("rhythm", position, "roles"), review.roles)
    for position, threshold in enumerate(charter.thresholds):
        yield ("thresholds", position, "owner"), threshold.owner


def _numbered(path: FieldPath, roles: Iterable[Role]) -> Iterator[tuple[FieldPath, Role]]:
    for position, role in enumerate(roles):
        yield (*path, position), role


def _quorums(charter: Charter) -> Iterator[Fault]:
    """Rights that can never be used: fewer people hold them than must agree."""
    for name in _DECISIONS:
        right: DecisionRight = getattr(charter.decision_rights, name)
        separated = name == "release" and charter.decision_rights.separation_of_duties
        path = ("decision_rights", name, "quorum")
        holders = [person for person in everybody(charter) if person.role_in(right) is not None]
        people = _release_deciders(charter, holders) if separated else holders
        if holders and not people and not right.quorum:
            yield _no_decider(holders)
        if len(people) < right.quorum:
            but = ", the model steward apart" if separated else ""
            expected = f"at most {len(people)}, the people who hold these roles{but}"
            yield Fault(path, str(right.quorum), expected, "lower it or name more people")
    yield from _incident_quorum(charter)


def _incident_quorum(charter: Charter) -> Iterator[Fault]:
    # An open incident keeps a product at NO, so one person must be enough to end it.
    quorum = charter.decision_rights.incident.quorum
    if quorum > 1:
        path = ("decision_rights", "incident", "quorum")
        expected = "1: one person who holds the right ends an incident"
        yield Fault(path, str(quorum), expected, "set it to 1")


def _release_deciders(charter: Charter, holders: Iterable[Holder]) -> list[Holder]:
    return [person for person in holders if not answers_for_training(charter, person)]


def _no_decider(holders: Iterable[Holder]) -> Fault:
    """Even if rules decide about releases, some decisions wait for people: one must be left."""
    named = listed(dict.fromkeys(holder.name for holder in holders))
    return Fault(
        ("decision_rights", "release", "roles"),
        f"{named}, who must not decide as model steward (separation of duties)",
        "at least one other person, even if the quorum is 0: a change of the charter, and a "
        "version that cannot be compared, wait for people",
        "add a role of another person, or name another person as model steward",
    )


def _signatures(charter: Charter) -> Iterator[Fault]:
    """Approvals and authorisations by people who have no right to give them."""
    for name, source in charter.sources.items():
        path = ("sources", name)
        if source.approval and (reason := unapproved_because(charter, source.approval)):
            hint = "let those approve it who may, or give them the right in decision_rights"
            yield Fault((*path, "approval", "by"), reason, approvers(charter), hint)
        for position, authorisation in enumerate(source.authorisations):
            if reason := unauthorised_because(charter, authorisation):
                place = (*path, "authorisations", position, "by")
                hint = "let somebody authorise it who may"
                yield Fault(place, reason, authorisers(charter), hint)


def _addresses(charter: Charter) -> Iterator[Fault]:
    for path, addresses in _channels(charter):
        for position, address in enumerate(addresses):
            if address != _LOG and not _ADDRESS.match(address):
                expected = "`log` or an Apprise address such as mailto://…"
                hint = "write scheme, colon and two slashes before the address"
                yield Fault((*path, position), "neither of these", expected, hint)


def _channels(charter: Charter) -> Iterator[tuple[FieldPath, tuple[str, ...]]]:
    for role, person in charter.people.items():
        yield ("people", role.value, "notify"), person.notify
    for position, level in enumerate(charter.escalation.levels):
        yield ("escalation", "levels", position, "via"), level.via


def _responses(charter: Charter) -> Iterator[Fault]:
    yield from _repeated_responses(charter)
    for position, response in enumerate(charter.responses):
        path = ("responses", position, "check")
        if response.check not in CHECKS and not _OWN_CHECK.fullmatch(response.check):
            hint = did_you_mean(response.check, CHECKS, "write your own check as asset/check")
            yield Fault(path, shown(response.check), f"{listed(CHECKS)}, or asset/check", hint)
        elif charter.model is None and response.check in CHECKS.keys() - DATA_CHECKS:
            expected = listed(sorted(DATA_CHECKS))
            yield Fault(path, f"{response.check} without a model", expected, "remove it")
        elif charter.model is None and Reaction.RETRAIN in response.reactions:
            place = ("responses", position, "reactions")
            yield Fault(place, "retrain without a model", "other reactions", "remove it")


def _repeated_responses(charter: Charter) -> Iterator[Fault]:
    """A check may have several responses when each is about another reaction."""
    seen: dict[str, set[Reaction]] = {}
    for position, response in enumerate(charter.responses):
        before, name = seen.get(plain_name(response.check)), shown(response.check)
        again = [reaction for reaction in response.reactions if reaction in (before or ())]
        # An empty response beside another response would contradict it.
        if before is not None and (again or not before or not response.reactions):
            found = f"{listed(again)} for {name} again" if again else f"{name} again"
            path = ("responses", position, "check")
            yield Fault(path, found, "each reaction to a check once", "merge them")
        seen[plain_name(response.check)] = {*(before or ()), *response.reactions}


def plain_name(check: str) -> str:
    """The name of a built-in check without its asset: both spellings name the same check."""
    asset, _, name = check.rpartition("/")
    return name if CHECKS.get(name) == asset else check


def _cadence(charter: Charter) -> Iterator[Fault]:
    retraining, path = charter.retraining, ("retraining", "cadence")
    if retraining.cadence is not None:
        try:
            check_cron(retraining.cadence)
        except ValueError as error:
            expected = "minute, hour, day, month and weekday that some day fit together"
            found = f"{shown(retraining.cadence)}, {error}"
            yield Fault(path, found, expected, "for example `0 6 * * 1` is Mondays at 06:00 UTC")
    elif (
        "triggers" in retraining.model_fields_set
        and RetrainingTrigger.CADENCE in retraining.triggers
    ):
        hint = "add `cadence:` or leave the trigger out"
        yield Fault(("retraining", "triggers"), "cadence without a cadence", "both or none", hint)
