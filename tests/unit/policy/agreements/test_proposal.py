"""The entries about a proposal: what they record, and when the ledger has them already."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.charter.changes.difference import Change
from aipo_pipelines.charter.changes.effects import Effect
from aipo_pipelines.charter.model.product import Product, Texts
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.model.agreements import ProposedAgreement
from aipo_pipelines.ledger.model.models import Asked
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.agreements.proposal import (
    ProductFiles,
    adopted,
    changed_fields,
    is_on_record,
    proposed,
    withdrawn,
)
from tests.unit.policy.changed_charters import product_of
from tests.unit.policy.stored_facts import agreement, product
from tests.unit.policy.story import START
from tests.unit.policy.team import governed

LOOSER = Change(field="charter.drift.limit", old=0.1, new=0.2, effect=Effect.LOOSENS)
MOVED = Change(field="charter.feed", old="crm", new="web", effect=Effect.BINDS)
RENAMED = Change(field="charter.title", old="Churn", new="Leavers", effect=Effect.INFORMS)
AGREED = product_of(governed())
NEXT = replace(
    AGREED,
    charter=governed().model_copy(update={"version": "2"}),
    digest="sha256:next",
    standards_digest="sha256:standards",
    place="teams/churn",
    standards_files=("../standards.yaml",),
)
FILES = ProductFiles(product=NEXT, problems=(), account="ada")
STATE = product(charter=agreement())


def proposes(
    *changes: Change,
    state: ProductState = STATE,
    files: ProductFiles = FILES,
    problems: tuple[str, ...] = (),
) -> tuple[Draft, ...]:
    return proposed(AGREED, state, files, changes, problems, START)


def on_record(**changes: Any) -> ProposedAgreement:
    """The proposal of `NEXT` as the ledger keeps it."""
    members: dict[str, Any] = {
        "version": "2",
        "digest": "sha256:next",
        "contract_digest": NEXT.contract.digest,
        "standards_digest": "sha256:standards",
        "entry": 30,
        "since": START,
        "place": "teams/churn",
        "asked": Asked(rights=("release",)),
    }
    return ProposedAgreement(**{**members, **changes})


# Adopted.


def test_an_adoption_records_the_files_and_the_account_that_read_them() -> None:
    texts = Texts(contract=b"id: churn", standards=b"version: 1")
    draft = adopted(STATE, replace(NEXT, texts=texts), "ada", (LOOSER,), START, (40, 41))
    assert draft.product == "churn"
    assert (draft.kind, draft.subject, draft.actor, draft.occurred_at) == (
        "charter_adopted",
        "charter",
        "rule:adopt",
        START,
    )
    members = {name: draft.body[name] for name in draft.body if name != "charter"}
    assert members == {
        "version": "2",
        "digest": "sha256:next",
        "contract_version": "1.0.0",
        "contract_digest": NEXT.contract.digest,
        "standards_version": "1",
        "standards_digest": "sha256:standards",
        "contract": "id: churn",
        "standards": "version: 1",
        "place": "teams/churn",
        "standards_files": ["../standards.yaml"],
        "changes": [{"field": "charter.drift.limit", "old": 0.1, "new": 0.2, "effect": "loosens"}],
        "adopted_by": "ada",
        "approvals": [40, 41],
    }
    charter: Any = draft.body["charter"]
    assert (charter["product"], charter["version"]) == ("churn", "2")


def test_a_return_to_earlier_files_is_an_adoption_of_its_own() -> None:
    keys = [
        adopted(state, NEXT, "ada", (), START).key
        for state in (product(), STATE, product(charter=agreement(entry=9)))
    ]
    digests = "/".join(NEXT.digests)
    assert keys == [f"charter/churn/{before}/{digests}" for before in (-1, 3, 9)]


# Proposed.


def test_a_proposal_records_the_change_and_everybody_who_is_asked() -> None:
    (draft,) = proposes(LOOSER, MOVED)
    assert (draft.product, draft.occurred_at) == ("churn", START)
    assert (draft.kind, draft.subject, draft.actor) == (
        "agreement_proposed",
        "charter",
        "rule:adopt",
    )
    members = {name: draft.body[name] for name in draft.body if name != "changes"}
    assert members == {
        "version": "2",
        "digest": "sha256:next",
        "contract_digest": NEXT.contract.digest,
        "standards_digest": "sha256:standards",
        "problems": [],
        "roles": ["owner", "risk_officer", "model_steward"],
        "quorum": 2,
        "source_roles": ["data_steward"],
        "source_quorum": 1,
        "asked": {"rights": ["release", "data_source"], "signers": []},
        "proposed_by": "ada",
        "place": "teams/churn",
    }


def test_a_proposal_that_touches_no_source_names_no_people_of_sources() -> None:
    (draft,) = proposes(LOOSER)
    assert (draft.body["source_roles"], draft.body["source_quorum"]) == ([], 0)
    assert (draft.body["quorum"], len(draft.body["changes"])) == (2, 1)  # type: ignore[arg-type]


def test_files_with_problems_ask_nobody() -> None:
    (draft,) = proposes(LOOSER, problems=("Raise `version`.",))
    assert draft.body["problems"] == ["Raise `version`."]
    assert draft.body["asked"] == {"rights": [], "signers": []}
    assert (draft.body["roles"], draft.body["quorum"]) == ([], 0)


UNREADABLE = ProductFiles(product=None, problems=("No owner.",), account="ada")


def test_unreadable_files_have_no_version_place_and_digests() -> None:
    for digests in (("", "", ""), ("other", "contract", "standards")):
        files = replace(UNREADABLE, digests=digests)
        (draft,) = proposes(files=files, problems=("No owner.",))
        names = ("version", "digest", "contract_digest", "standards_digest", "place")
        assert [draft.body[name] for name in names] == [""] * 5


def test_the_files_of_the_agreement_in_force_keep_their_digests() -> None:
    files = replace(UNREADABLE, digests=("charter", "contract", "standards"))
    (draft,) = proposes(files=files, problems=("The exception ended.",))
    assert draft.body["digest"] == "charter"
    (draft,) = proposes(state=product(), files=files, problems=("The exception ended.",))
    assert draft.body["digest"] == ""


def test_a_proposal_on_record_is_not_proposed_again() -> None:
    state = replace(STATE, proposal=on_record())
    assert proposes(LOOSER, state=state) == ()
    assert len(proposes(LOOSER, state=state, problems=("Raise `version`.",))) == 1
    moved = replace(STATE, proposal=on_record(place="churn"))
    assert len(proposes(LOOSER, state=moved)) == 1


def key_of(state: ProductState = STATE, files: ProductFiles = FILES, *problems: str) -> str:
    (draft,) = proposes(LOOSER, state=state, files=files, problems=problems)
    return draft.key


def test_equal_files_after_other_entries_are_another_proposal() -> None:
    other = on_record(digest="sha256:other")
    keys = [
        key_of(product()),
        key_of(),
        key_of(product(charter=agreement(withdrawn=20))),
        key_of(replace(STATE, proposal=other)),
        key_of(replace(STATE, proposal=replace(other, entry=31))),
    ]
    assert [key.rsplit("/", 1)[0] for key in keys] == [
        f"agreement/churn/{before}" for before in ("-1/-1", "3/-1", "3/20", "3/30", "3/31")
    ]
    assert len({key.rsplit("/", 1)[1] for key in keys}) == 1


def test_other_files_another_place_and_other_problems_are_another_proposal() -> None:
    contents = [
        (FILES, ()),
        (replace(FILES, product=replace(NEXT, digest="sha256:edited")), ()),
        (replace(FILES, product=replace(NEXT, standards_digest="sha256:edited")), ()),
        (replace(FILES, product=replace(NEXT, place="churn")), ()),
        (FILES, ("Raise `version`.",)),
        (FILES, ("Raise `version`.", "No owner.")),
        (FILES, ("A name with a lone surrogate: \ud800.",)),
    ]
    keys = {key_of(STATE, files, *problems) for files, problems in contents}
    assert len(keys) == len(contents)
    assert all(len(key.rsplit("/", 1)[1]) == 32 for key in keys)


# On record.


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"place": ""}, True),
        ({"place": "churn"}, False),
        ({"digest": "sha256:other"}, False),
        ({"contract_digest": "sha256:other"}, False),
        ({"standards_digest": "sha256:other"}, False),
        ({"problems": ("No owner.",)}, False),
        ({"asked": Asked(rights=("release", "data_source"))}, False),
    ],
    ids=str,
)
def test_a_proposal_is_on_record_if_files_place_problems_and_people_are_equal(
    changes: dict[str, Any], *, same: bool
) -> None:
    known = on_record(**changes)
    request = Asked(rights=("release",))
    assert is_on_record(known, NEXT, NEXT.digests, (), request) is same


def test_files_without_a_product_are_on_record_in_any_place() -> None:
    known = on_record(digest="", contract_digest="", standards_digest="", asked=Asked())
    assert is_on_record(known, None, ("", "", ""), (), Asked())
    assert not is_on_record(None, None, ("", "", ""), (), Asked())


# Withdrawn.


def test_files_that_return_withdraw_the_proposal_on_record_once() -> None:
    (draft,) = withdrawn(replace(STATE, proposal=on_record()), START)
    assert (draft.kind, draft.subject, draft.actor) == (
        "agreement_withdrawn",
        "charter",
        "rule:adopt",
    )
    assert (draft.product, draft.occurred_at) == ("churn", START)
    assert draft.key == "agreement/churn/30/withdrawn"
    assert draft.body == {
        "proposal": 30,
        "reason": "the files are equal to the agreement in force again",
    }
    assert withdrawn(STATE, START) == ()


# The changed fields.


def test_fields_that_wait_are_named_before_all_others() -> None:
    assert changed_fields((RENAMED, LOOSER, MOVED)) == ("charter.drift.limit", "charter.feed")
    assert changed_fields((RENAMED,)) == ("charter.title",)


def test_a_product_in_the_root_is_recorded_with_a_dot() -> None:
    rooted: Product = replace(NEXT, place="")
    assert adopted(STATE, rooted, "ada", (), START).body["place"] == "."
