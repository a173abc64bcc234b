"""Bodies that earlier versions wrote are read as events of this version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.evidence.metadata.monitoring import DriftMetadata, PerformanceMetadata
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.events.agreements import AgreementProposed, CharterAdopted
from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.ledger.events.event import event_from_json, event_to_json
from aipo_pipelines.ledger.events.incidents import (
    IncidentContinued,
    IncidentOpened,
    IncidentResolved,
)
from aipo_pipelines.ledger.events.measurements import AssetMaterialised, MeasurementDue
from aipo_pipelines.ledger.events.old_forms import current_form
from aipo_pipelines.ledger.events.releases import ReleaseApproved
from aipo_pipelines.ledger.events.runs import RunFailed
from aipo_pipelines.ledger.events.trainings import TrainingDue
from aipo_pipelines.ledger.model.models import Asked
from aipo_pipelines.ledger.model.state import UNKEPT

STORED: dict[str, str] = json.loads(Path(__file__).with_name("stored_bodies.json").read_text())


def body_without(kind: str, *members: str) -> dict[str, Json]:
    """The body that is stored of a kind, without members that an earlier version did not write."""
    body: dict[str, Json] = json.loads(STORED[kind])
    return {name: value for name, value in body.items() if name not in members}


@pytest.mark.parametrize(
    ("kind", "unknown"),
    [
        (
            CharterAdopted.kind,
            {
                "contract": "",
                "standards": "",
                "place": "",
                "standards_files": [],
                "changes": [],
                "adopted_by": "",
                "approvals": [],
            },
        ),
        (BatchArrived.kind, {"cells": "", "records": "", "before_first": None}),
        (MeasurementDue.kind, {"fails": []}),
        (TrainingDue.kind, {"data_at": None, "change": "", "data": ""}),
        (
            ReleaseApproved.kind,
            {
                "charter_version": "",
                "charter_digest": "",
                "contract_digest": "",
                "standards_digest": "",
                "model_digest": "",
            },
        ),
        (IncidentOpened.kind, {"subjects": []}),
        (IncidentContinued.kind, {"subjects": []}),
        (IncidentResolved.kind, {"tell": False}),
        (RunFailed.kind, {"permanent": False, "interrupted": False, "altered": False}),
    ],
)
def test_what_an_earlier_version_did_not_write_is_unknown(
    kind: str, unknown: dict[str, Json]
) -> None:
    old = body_without(kind, *unknown)
    assert current_form(kind, old) == {**unknown, **old}
    event = event_from_json(kind, old)
    assert event is not None
    assert event_to_json(event) == {**old, **unknown}


@pytest.mark.parametrize("kind", STORED)
def test_a_body_of_this_version_stays_as_it_is(kind: str) -> None:
    body = json.loads(STORED[kind])
    assert current_form(kind, body) == body


def test_a_stored_body_is_not_changed_by_being_read() -> None:
    old = body_without(BatchArrived.kind, "cells")
    current_form(BatchArrived.kind, old)
    assert "cells" not in old


@pytest.mark.parametrize(
    ("roles", "source_roles", "rights"),
    [
        (["owner"], [], ("release",)),
        (["owner"], ["data_steward"], ("release", "data_source")),
        ([], [], ()),
    ],
)
def test_a_proposal_that_names_no_rights_asks_the_two_that_were_known(
    roles: list[Json], source_roles: list[Json], rights: tuple[str, ...]
) -> None:
    old = body_without(AgreementProposed.kind, "asked", "place")
    event = event_from_json(
        AgreementProposed.kind, {**old, "roles": roles, "source_roles": source_roles}
    )
    assert isinstance(event, AgreementProposed)
    assert event.asked == Asked(rights=rights)


def test_a_proposal_with_rights_keeps_them_and_an_older_proposal_keeps_its_roles() -> None:
    new: dict[str, Json] = {"asked": {"rights": ["model"], "signers": ["Ada"]}, "roles": ["owner"]}
    assert current_form(AgreementProposed.kind, new) == new
    unnamed: tuple[Json, ...] = ({}, {"rights": []}, None, "release")
    for rights in unnamed:
        assert current_form(AgreementProposed.kind, {"asked": rights, "roles": ["owner"]}) == {
            "source_roles": [],
            "source_quorum": 0,
            "place": "",
            "roles": ["owner"],
            "asked": {"rights": ["release"], "signers": []},
        }
    known: dict[str, Json] = {"source_roles": ["steward"], "source_quorum": 2, "place": "churn"}
    assert current_form(AgreementProposed.kind, known) == {
        **known,
        "asked": {"rights": ["data_source"], "signers": []},
    }


def test_only_the_performance_of_a_batch_was_judged_by_number() -> None:
    bodies: tuple[dict[str, Json], ...] = (
        materialised("drift", labelled=12),
        {**materialised("performance"), "metadata": None},
        {"metadata": {"labelled": 12}},
    )
    for body in bodies:
        assert current_form(AssetMaterialised.kind, body) == body
    judged = current_form(AssetMaterialised.kind, materialised("performance", labelled=12))
    assert judged["metadata"] == {"judged": UNKEPT, "labelled": 12}
    unjudged = current_form(AssetMaterialised.kind, materialised("performance"))
    assert unjudged["metadata"] == {"judged": ""}


def test_a_body_of_an_unknown_kind_is_only_copied() -> None:
    body: dict[str, Json] = {"since_version": 9}
    copy = current_form("forecast", body)
    assert copy == body
    assert copy is not body


@pytest.mark.parametrize(("labelled", "judged"), [(12, UNKEPT), (0, "")])
def test_records_that_were_only_counted_were_judged_under_unknown_names(
    labelled: int, judged: str
) -> None:
    event = event_from_json(AssetMaterialised.kind, materialised("performance", labelled=labelled))
    assert isinstance(event, AssetMaterialised)
    assert event.metadata == PerformanceMetadata(labelled=labelled, judged=judged)


def test_records_whose_names_were_kept_stay_what_they_are() -> None:
    event = event_from_json(AssetMaterialised.kind, materialised("performance", judged="abc"))
    assert isinstance(event, AssetMaterialised)
    assert event.metadata == PerformanceMetadata(judged="abc")


def test_other_assets_judge_no_records() -> None:
    event = event_from_json(AssetMaterialised.kind, materialised("drift", labelled=12))
    assert isinstance(event, AssetMaterialised)
    assert event.metadata == DriftMetadata(further={"labelled": 12})


def materialised(asset: str, **metadata: Any) -> dict[str, Json]:
    return {
        "asset": asset,
        "partition": "w1",
        "run_id": "run",
        "data_version": "",
        "metadata": metadata,
    }
