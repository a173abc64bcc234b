"""The rights that the change of a single field touches, and the people who must sign it."""

from __future__ import annotations

from typing import Any

import pytest

from aipo_pipelines.charter.changes.difference import Change
from aipo_pipelines.charter.changes.effects import Effect
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.sources import Source
from aipo_pipelines.ledger.model.models import Asked
from aipo_pipelines.policy.agreements.affected_rights import request_of
from tests.unit.policy.changed_charters import person, product_of, source
from tests.unit.policy.team import governed

COUNSEL = {"legal_counsel": person("Lena Brandt")}


def change(field: str, old: Any = 1, new: Any = 2, effect: Effect = Effect.BINDS) -> Change:
    return Change(field=field, old=old, new=new, effect=effect)


def signed(*names: str, on: str = "2026-01-01") -> list[dict[str, Any]]:
    """Authorisations of health data in the name of these people."""
    given = {"category": "user.health", "obligation": "Consent.", "on": on, "until": "2027-01-01"}
    return [{**given, "by": name} for name in names]


def team(**feed: Any) -> Charter:
    """The cast of the tests of decisions, with a feed that Dara Ek approved."""
    return governed().model_copy(
        update={"sources": {"crm": Source.model_validate({**source("Dara Ek"), **feed})}}
    )


def asks(*changes: Change, before: Charter | None = None, after: Charter | None = None) -> Asked:
    before = before or team()
    return request_of(product_of(before), product_of(after or before), changes)


@pytest.mark.parametrize("effect", [Effect.INFORMS, Effect.TIGHTENS])
def test_a_change_that_waits_for_nobody_asks_nobody(effect: Effect) -> None:
    fields = ("charter.drift.limit", "charter.sources.crm.approval.until", "charter.feed")
    assert asks(*(change(field, effect=effect) for field in fields)) == Asked()
    assert asks() == Asked()


@pytest.mark.parametrize("effect", [Effect.LOOSENS, Effect.BINDS])
def test_a_change_that_loosens_or_binds_asks_the_people_who_decide_about_releases(
    effect: Effect,
) -> None:
    assert asks(change("charter.drift.limit", effect=effect)) == Asked(rights=("release",))


@pytest.mark.parametrize(
    ("field", "signers"),
    [
        ("charter.sources.crm", ("Dara Ek", "Lena Brandt", "Sam Ito")),
        ("charter.sources.crm.approval", ("Dara Ek",)),
        ("charter.sources.crm.approval.until", ("Dara Ek",)),
        ("charter.sources.crm.authorisations.user.health Sam Ito 2026-01-01", ("Sam Ito",)),
        ("charter.sources.crm.authorisations.user.health Sam Ito 2026-01-01.until", ("Sam Ito",)),
        ("charter.sources.crm.authorisations.user.health Mo Lind 2026-01-01", ()),
        ("charter.sources.crm.location", ()),
        ("charter.sources.other.approval", ()),
        ("charter.sources.other", ()),
        ("charter.feed", ()),
    ],
)
def test_people_sign_what_is_newly_given_in_their_name(
    field: str, signers: tuple[str, ...]
) -> None:
    agreed = team(authorisations=signed("Sam Ito", "Lena Brandt"))
    assert asks(change(field), before=agreed).signers == signers


def test_a_source_without_approval_has_no_signers() -> None:
    assert asks(change("charter.sources.crm"), before=team(approval=None)).signers == ()


@pytest.mark.parametrize(
    ("field", "rights"),
    [
        ("charter.sources.crm.approval.until", ("data_source",)),
        ("charter.sources.crm.authorisations.user.health Sam Ito 2026-01-01", ("authorisation",)),
        ("charter.sources.crm", ("release", "data_source")),
        ("charter.sources.crm.regions", ("release", "data_source")),
        ("charter.sources.gone.regions", ("release",)),
        ("charter.feed", ("release", "data_source")),
        ("charter.labels", ("release",)),
        ("contract.columns.x1.logical_type", ("release", "data_source")),
        ("contract.columns.x1.required", ("release",)),
        ("contract.undeclared_columns", ("release", "data_source")),
        ("contract.layout.delimiter", ("release", "data_source")),
        ("contract.version", ("release",)),
        ("standards.privacy.user.health", ("release", "authorisation")),
        ("standards.regions", ("release", "authorisation")),
        ("charter.sunset.on", ("release", "sunset")),
        ("charter.sunset.conditions", ("release", "sunset")),
        ("charter.sunset.retention", ("release",)),
    ],
)
def test_each_field_asks_the_people_of_its_own_rights(field: str, rights: tuple[str, ...]) -> None:
    people = {**COUNSEL, "data_steward": person("Dara Ek")}
    agreed = governed(people=people).model_copy(update={"sources": team().sources})
    assert asks(change(field), before=agreed).rights == rights


def test_rights_come_in_one_order_for_any_order_of_changes() -> None:
    changes = [
        change("charter.sunset.on"),
        change("charter.sources.crm.approval.until"),
        change("charter.drift.limit"),
    ]
    for order in (changes, changes[::-1]):
        assert asks(*order).rights == ("release", "data_source", "sunset")


def test_without_a_legal_counsel_the_same_people_are_asked_once() -> None:
    field = "charter.sources.crm.authorisations.user.health Dara Ek 2026-01-01"
    assert asks(change(field)).rights == ("data_source",)
    assert asks(change("standards.privacy.user.health")).rights == ("release", "data_source")


def test_a_whole_column_is_data_also_if_it_has_the_name_of_a_quality() -> None:
    added = change("contract.columns.x9.required", old=None, new={"name": "x9.required"})
    removed = change("contract.columns.x9.required", old={"name": "x9.required"}, new=None)
    for each in (added, removed):
        assert asks(each).rights == ("release", "data_source")


@pytest.mark.parametrize(
    ("old", "new", "rights"),
    [
        ("production", "sunset", ("release", "sunset")),
        ("sunset", "production", ("release", "sunset")),
        ("pilot", "production", ("release",)),
    ],
)
def test_a_stage_is_the_end_only_if_it_is_the_last(
    old: str, new: str, rights: tuple[str, ...]
) -> None:
    assert asks(change("charter.lifecycle", old, new)).rights == rights


def test_an_authorised_source_asks_the_people_who_authorised_it() -> None:
    agreed = governed(people=COUNSEL).model_copy(
        update={"sources": team(authorisations=signed("Lena Brandt"), approval=None).sources}
    )
    assert asks(change("charter.feed"), before=agreed).rights == ("release", "authorisation")


MODEL = {"task": "binary", "estimator": "sklearn.linear_model.LogisticRegression"}


def uses(**changes: Any) -> Charter:
    """The charter whose column `x2` has a declared category, with other uses of its columns."""
    agreed = team(categories={"x2": "user.health"})
    return Charter.model_validate({**agreed.model_dump(mode="json"), **changes})


def test_a_new_feature_of_a_declared_category_asks_the_people_who_approved_its_source() -> None:
    before = uses(model={**MODEL, "features": ["x1"]})
    after = uses(model={**MODEL, "features": ["x1", "x2"]})
    field = change("charter.model.features")
    assert asks(field, before=before, after=after).rights == ("release", "data_source")
    assert asks(field, before=after, after=before).rights == ("release",)
    logged = uses(model={"task": "binary", "features": ["x1"], "logged_scores": "x2"})
    assert asks(field, before=before, after=logged).rights == ("release", "data_source")
    without = before.model_copy(update={"model": None, "labels": None})
    assert asks(field, before=without, after=after).rights == ("release", "data_source")
    assert asks(field, before=after, after=without).rights == ("release",)
    column = change("charter.labels.column")
    assert asks(column, before=uses(labels={"column": "x2"}), after=without).rights == ("release",)


@pytest.mark.parametrize(
    ("field", "rights"),
    [
        ("charter.labels", ("release", "data_source")),
        ("charter.labels.source", ("release", "data_source")),
        ("charter.labels.delay", ("release",)),
        ("charter.drift.limit", ("release",)),
    ],
)
def test_another_source_of_labels_asks_the_people_who_approved_it(
    field: str, rights: tuple[str, ...]
) -> None:
    late = {"column": "left", "source": "late", "delay": "7d"}
    agreed = team(approval=None)
    sources = {**agreed.sources, "late": Source.model_validate(source("Dara Ek"))}
    labelled = agreed.model_copy(update={"sources": sources})
    labelled = Charter.model_validate({**labelled.model_dump(mode="json"), "labels": late})
    assert asks(change(field), before=labelled).rights == rights


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("charter.protected", {"protected": ["x2"]}),
        ("charter.labels.column", {"labels": {"column": "x2"}}),
    ],
)
def test_a_new_use_of_a_personal_column_asks_the_people_who_approved_its_source(
    field: str, changes: dict[str, Any]
) -> None:
    before, after = uses(), uses(**changes)
    assert asks(change(field), before=before, after=after).rights == ("release", "data_source")
    assert asks(change(field), before=after, after=before).rights == ("release",)
    assert asks(change(field), before=after).rights == ("release",)


# Rights that are handed over.


@pytest.mark.parametrize(
    ("field", "rights"),
    [
        ("charter.decision_rights.override.quorum", ("release", "override")),
        ("charter.decision_rights.incident.roles", ("release", "incident")),
        ("charter.decision_rights.sunset.roles", ("release", "sunset")),
        ("charter.decision_rights.release.quorum", ("release",)),
        (
            "charter.decision_rights.data_source.quorum",
            ("release", "data_source", "authorisation"),
        ),
        ("charter.decision_rights.separation_of_duties", ("release",)),
    ],
)
def test_other_roles_or_another_quorum_ask_the_people_who_have_the_right_now(
    field: str, rights: tuple[str, ...]
) -> None:
    assert asks(change(field), before=governed(people=COUNSEL)).rights == rights


def test_other_people_are_found_by_all_their_names_and_not_by_the_changed_field() -> None:
    before = governed(people=COUNSEL)
    counsel = {"legal_counsel": person("Eve Stranger")}
    moved = {"incident_owner": {**person("Ines Sol"), "email": "desk@example.org"}}
    field = change("charter.people.any.name")
    assert asks(field, before=before).rights == ("release",)
    for people, rights in (
        (counsel, ("release", "authorisation")),
        ({**COUNSEL, **moved}, ("release", "override", "incident")),
        ({**COUNSEL, "model_steward": person("Eve Stranger")}, ("release",)),
    ):
        after = governed(people=people)
        assert asks(field, before=before, after=after).rights == rights


def test_a_handed_over_source_asks_the_people_who_decide_about_releases_too() -> None:
    before = governed(people=COUNSEL)
    after = governed(people={**COUNSEL, "data_steward": person("Eve Stranger")})
    field = change("charter.sources.crm.approval.by")
    assert asks(field, before=before).rights == ("data_source",)
    assert asks(field, before=before, after=after).rights == (
        "release",
        "data_source",
        "authorisation",
    )
