"""An alarm opens an incident, continues it, or changes nothing."""

from __future__ import annotations

from dataclasses import replace
from itertools import product as pairs
from typing import Any

import pytest

from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.incidents import (
    IncidentContinued,
    IncidentOpened,
    IncidentResolved,
)
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.state import Incident, IncidentStatus, ProductState
from aipo_pipelines.policy.incidents.incident import (
    Alarm,
    incident_owner,
    open_incident,
    raised,
    subject_of,
)
from aipo_pipelines.policy.incidents.ladder import freeze
from tests.unit.policy.changed_charters import person
from tests.unit.policy.stored_facts import product
from tests.unit.policy.story import START, charter

CAUSE = Cause("check", "drift/data_drift")
ALARM = Alarm(
    cause=CAUSE,
    title="data_drift fails on batch w2",
    summary="Age drifted.",
    severity=Severity.WARNING,
    partition="w2",
    subjects=("age",),
)
OPEN = Incident(
    entry=7,
    cause=CAUSE,
    title="data_drift fails on batch w1",
    summary="Age drifted.",
    severity=Severity.WARNING,
    status=IncidentStatus.OPEN,
    owner="Ines Sol",
    opened_at=START,
    partitions=("w1", "w2"),
    ladder={},
    subjects=("age",),
)


def known(*incidents: Incident) -> ProductState:
    return product(incidents={str(incident.entry): incident for incident in incidents})


def test_a_first_alarm_opens_an_incident_with_the_ladder_of_the_charter_in_force() -> None:
    agreed = charter()
    assert raised(agreed, known(), ALARM) == IncidentOpened(
        cause=CAUSE,
        title="data_drift fails on batch w2",
        summary="Age drifted.",
        severity=Severity.WARNING,
        partition="w2",
        owner="Ines Sol",
        ladder=freeze(agreed),
        subjects=("age",),
    )


def test_an_alarm_that_says_nothing_new_leads_to_nothing() -> None:
    assert raised(charter(), known(OPEN), ALARM) is None
    assert raised(charter(), known(OPEN), replace(ALARM, partition="")) is None
    assert raised(charter(), known(OPEN), replace(ALARM, partition="", subjects=())) is None


def test_another_batch_continues_the_incident_without_its_known_subjects() -> None:
    assert raised(charter(), known(OPEN), replace(ALARM, partition="w3")) == IncidentContinued(
        incident=7, partition="w3", summary="Age drifted.", subjects=()
    )


def test_another_subject_continues_the_incident_also_on_a_known_batch() -> None:
    for partition in ("w2", ""):
        alarm = replace(ALARM, partition=partition, subjects=("age", "fee", "tariff"))
        assert raised(charter(), known(OPEN), alarm) == IncidentContinued(
            incident=7, partition=partition, summary="Age drifted.", subjects=("fee", "tariff")
        )


@pytest.mark.parametrize(
    ("status", "opens"),
    [
        (IncidentStatus.OPEN, False),
        (IncidentStatus.ACKNOWLEDGED, False),
        (IncidentStatus.RESOLVED, True),
    ],
)
def test_an_acknowledged_incident_is_open_and_a_resolved_incident_is_not(
    status: IncidentStatus, *, opens: bool
) -> None:
    event = raised(charter(), known(replace(OPEN, status=status)), ALARM)
    assert isinstance(event, IncidentOpened) is opens


WEIGHTS = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}


@pytest.mark.parametrize(("before", "now"), list(pairs(WEIGHTS, WEIGHTS)))
def test_only_a_more_severe_alarm_opens_a_new_incident(before: Severity, now: Severity) -> None:
    state = known(replace(OPEN, severity=before))
    event = raised(charter(), state, replace(ALARM, severity=now, partition="w3"))
    expected: Any = IncidentOpened if WEIGHTS[now] > WEIGHTS[before] else IncidentContinued
    assert isinstance(event, expected)


def test_an_incident_is_found_by_its_whole_cause() -> None:
    other = replace(OPEN, entry=3, cause=Cause("check", "drift/schema_drift"))
    ended = replace(OPEN, entry=5, status=IncidentStatus.RESOLVED)
    assert open_incident(known(other, ended, OPEN), CAUSE) == OPEN
    assert open_incident(known(other, ended), CAUSE) is None
    assert open_incident(known(OPEN), Cause("check")) is None


def test_the_owner_of_the_product_answers_if_nobody_is_named_for_incidents() -> None:
    assert incident_owner(charter()) == "Ines Sol"
    assert incident_owner(charter(people={"owner": person("Ada Ng")})) == "Ada Ng"


def test_an_entry_about_an_incident_names_its_number_or_its_cause() -> None:
    opened = raised(charter(), known(), ALARM)
    assert isinstance(opened, IncidentOpened)
    assert subject_of(opened) == "incident/check:drift/data_drift"
    continued = IncidentContinued(incident=7, partition="", summary="")
    assert subject_of(continued) == "incident/7"
    assert subject_of(IncidentResolved(incident=8, resolution="")) == "incident/8"
