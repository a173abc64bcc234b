"""No order of edits and words lets anybody widen an approval, or take a right, without its holders.

Ben Haas alone decides about data sources. All other people approve every change of the files.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.persons import holders_of, people_of
from aipo_pipelines.errors import DecisionError
from aipo_pipelines.ledger.in_memory import InMemoryLedger
from aipo_pipelines.policy.agreements.decisions import approve_agreement
from tests.samples import CHARTER
from tests.unit.policy.agreements.test_affected_rights import AGREED
from tests.unit.policy.desk import Desk

APPROVAL = CHARTER["sources"]["records"]["approval"]
BEN = {"name": "Ben Haas", "email": "ben@example.com"}
ADA = {"name": "Ada Okafor", "email": "ada@example.com"}
EDITS = st.one_of(
    st.sampled_from(["data/*.csv", "elsewhere/*.csv"]).map(
        lambda place: {"sources": {"records": {"location": place}}}
    ),
    st.sampled_from([["NO"], ["DE"]]).map(
        lambda regions: {"sources": {"records": {"regions": regions}}}
    ),
    st.sampled_from(
        [..., APPROVAL, APPROVAL | {"until": "2040-01-01"}, APPROVAL | {"by": "Ada Okafor"}]
    ).map(lambda approval: {"sources": {"records": {"approval": approval}}}),
    st.sampled_from([["data_steward"], ["owner"], ["data_steward", "owner"]]).map(
        lambda roles: {"decision_rights": {"data_source": {"roles": roles}}}
    ),
    st.sampled_from([BEN, ADA, BEN | {"email": "ada@example.com"}, BEN | {"name": "Eve"}]).map(
        lambda person: {"people": {"data_steward": person}}
    ),
    st.sampled_from([[], ["people.data_steward"]]).map(lambda open_: {"undecided": open_}),
    st.sampled_from([0.1, 0.05, 0.2]).map(lambda limit: {"drift": {"limit": limit}}),
)


def merged(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Both; an approval is replaced as a whole, and a missing approval stays missing."""
    both = {
        name: merged(base[name], value)
        for name, value in more.items()
        if name != "approval" and isinstance(value, Mapping) and isinstance(base.get(name), Mapping)
    }
    return {**base, **more, **both}


def given_by_ben(charter: Charter) -> tuple[object, ...]:
    """The fields that only Ben may widen or hand over."""
    source = charter.sources["records"]
    holders = {
        holder.spellings for holder in holders_of(charter, charter.decision_rights.data_source)
    }
    approved = (source.approval, source.location, source.regions) if source.approval else ()
    return (holders, *approved)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.lists(EDITS, min_size=1, max_size=3), min_size=1, max_size=4))
def test_without_the_person_who_decides_about_data_none_of_it_is_widened(
    steps: list[list[dict[str, Any]]],
) -> None:
    with tempfile.TemporaryDirectory() as place:
        desk = Desk(Path(place) / "sample", InMemoryLedger())
        desk.files(**AGREED)
        before, agreed = given_by_ben(desk.charter), dict(AGREED)
        for version, step in enumerate(steps, 2):
            for edit in step:
                agreed = merged(agreed, edit)
            desk.files(**agreed | {"version": str(version)})
            everybody_but_ben_agrees(desk)
        holders, *approved = given_by_ben(desk.charter)
        assert holders == before[0]
        if approved:
            assert tuple(approved) == before[1:]


def everybody_but_ben_agrees(desk: Desk) -> None:
    for person in people_of(desk.charter):
        proposal = desk.state.proposal
        if proposal is None or not proposal.waits:
            return
        if person.goes_by("Ben Haas"):
            continue
        try:
            desk.decides(approve_agreement, person.name)
        except DecisionError:
            continue
        desk.look()
