"""Bodies that earlier versions of the program wrote, in the form of this version.

Stored bodies are never changed, because their hashes cover them. A body is completed when it is
read. Only this module knows earlier forms: it has one function for each. A comment says until when
the form was written and why the members have these values. A form may be dropped only when no home
can contain it any more, which means never.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.events.agreements import AgreementProposed, CharterAdopted
from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.ledger.events.incidents import (
    IncidentContinued,
    IncidentOpened,
    IncidentResolved,
)
from aipo_pipelines.ledger.events.measurements import AssetMaterialised, MeasurementDue
from aipo_pipelines.ledger.events.releases import ReleaseApproved
from aipo_pipelines.ledger.events.runs import RunFailed
from aipo_pipelines.ledger.events.trainings import TrainingDue
from aipo_pipelines.ledger.model.state import UNKEPT

Body = dict[str, Json]
OldForm = Callable[[Body], Body]


def current_form(kind: str, body: Mapping[str, Json]) -> Body:
    """The members of a body as this version writes them; nothing that is stored is changed."""
    current = dict(body)
    for complete in _OLD_FORMS.get(kind, ()):
        current = complete(current)
    return current


# Until 2026-11-30 an adoption kept only the charter: files of the home had the texts, and
# files were adopted as they came, so there was no approval to name.
def _adopted_without_texts(body: Body) -> Body:
    return {
        "contract": "",
        "standards": "",
        "place": "",
        "standards_files": [],
        "changes": [],
        "adopted_by": "",
        "approvals": [],
        **body,
    }


# Until 2026-11-30 a proposal did not name the rights that it touches. The program knew two rights,
# and asked the roles that have them.
def _proposed_without_rights(body: Body) -> Body:
    asked = body.get("asked")
    if isinstance(asked, dict) and asked.get("rights"):
        return body
    roles = (("release", body.get("roles")), ("data_source", body.get("source_roles")))
    rights: list[Json] = [right for right, holders in roles if holders]
    return {
        "source_roles": [],
        "source_quorum": 0,
        "place": "",
        **body,
        "asked": {"rights": rights, "signers": []},
    }


# Until 2026-11-30 an arrival had only the digest of its bytes. So a batch of that time never counts
# as the same records in another order. Nobody knows which records preceded the first window.
def _arrived_without_digests_of_records(body: Body) -> Body:
    return {"cells": "", "records": "", "before_first": None, **body}


# Until 2026-11-30 the performance of a batch came with the number of its judged records, not with
# the digest of their identities. Records were judged, but their identities are not known.
def _judged_by_number(body: Body) -> Body:
    metadata = body.get("metadata")
    if body.get("asset") != "performance" or not isinstance(metadata, dict):
        return body
    judged = UNKEPT if metadata.get("labelled") else ""
    return {**body, "metadata": {"judged": judged, **metadata}}


# Until 2026-11-30 a due measurement did not name the checks that its batch fails by now.
def _due_without_failures(body: Body) -> Body:
    return {"fails": [], **body}


# Until 2026-11-24 a training knew only its window; until 2026-11-30 nothing showed that two windows
# contain the same data.
def _training_without_data(body: Body) -> Body:
    return {"data_at": None, "change": "", "data": "", **body}


# Until 2026-11-30 an approval named the version and the evaluation that a person saw. The charter
# in force follows from the order of the entries; the digests of that time are not known.
def _approved_without_agreement(body: Body) -> Body:
    return {
        "charter_version": "",
        "charter_digest": "",
        "contract_digest": "",
        "standards_digest": "",
        "model_digest": "",
        **body,
    }


# Until 2026-11-30 an incident had one summary and no list of its subjects.
def _incident_without_subjects(body: Body) -> Body:
    return {"subjects": [], **body}


# Until 2026-11-30 nobody was notified of the end of an incident.
def _resolved_in_silence(body: Body) -> Body:
    return {"tell": False, **body}


# Until 2026-11-24 every failed run counted as an attempt; until 2026-11-30 altered records were a
# failure like any other.
def _failed_without_reason(body: Body) -> Body:
    return {"permanent": False, "interrupted": False, "altered": False, **body}


_OLD_FORMS: Mapping[str, tuple[OldForm, ...]] = MappingProxyType(
    {
        CharterAdopted.kind: (_adopted_without_texts,),
        AgreementProposed.kind: (_proposed_without_rights,),
        BatchArrived.kind: (_arrived_without_digests_of_records,),
        AssetMaterialised.kind: (_judged_by_number,),
        MeasurementDue.kind: (_due_without_failures,),
        TrainingDue.kind: (_training_without_data,),
        ReleaseApproved.kind: (_approved_without_agreement,),
        IncidentOpened.kind: (_incident_without_subjects,),
        IncidentContinued.kind: (_incident_without_subjects,),
        IncidentResolved.kind: (_resolved_in_silence,),
        RunFailed.kind: (_failed_without_reason,),
    }
)
