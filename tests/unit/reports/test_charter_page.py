"""The charter as one page: everything that was agreed, in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.reports.charter_page import charter_page
from aipo_pipelines.reports.values import ProductReport
from tests.unit.policy.story import threshold
from tests.unit.reports.telling import HOSTILE, Reading, rows_of, words_of

Chartered = Callable[..., ProductReport]

DATA_ONLY: dict[str, Any] = {"model": None, "thresholds": [], "labels": None, "retraining": {}}


def page(chartered: Chartered, **changes: Any) -> str:
    return words_of(charter_page(chartered(**changes)))


def outcome(**changes: Any) -> dict[str, Any]:
    members = {"outcome": "Customers kept", "metric": "recall", "target": 0.6, "unit": "EUR"}
    return {**members, **changes}


def test_the_people_are_shown_with_their_roles_and_addresses(chartered: Chartered) -> None:
    rows = rows_of(charter_page(chartered()))
    assert ["owner", "Ada Ng", "ada@example.org"] in rows
    assert ["incident owner", "Ines Sol", "ines@example.org"] in rows


@pytest.mark.parametrize(("separated", "stated"), [(True, True), (False, False)])
def test_the_separation_of_duties_is_stated_if_it_is_agreed(
    chartered: Chartered, separated: bool, stated: bool
) -> None:
    rights = chartered().charter.decision_rights.model_dump(mode="json")
    words = page(chartered, decision_rights={**rights, "separation_of_duties": separated})
    assert ("Who trains the model may not approve its release." in words) is stated


def test_a_product_without_a_model_has_no_section_about_training(chartered: Chartered) -> None:
    ids = Reading(charter_page(chartered(**DATA_ONLY))).ids
    assert {"outcomes", "thresholds", "retraining", "release"}.isdisjoint(ids)
    assert {"people", "data", "model", "watching", "ladder", "sunset"} <= {*ids}
    assert "Who trains the model" not in page(chartered, **DATA_ONLY)


@pytest.mark.parametrize(
    ("changes", "cells"),
    [
        ({}, ["recall at least 0.6", "none agreed"]),
        ({"metric": "mae", "target": 12}, ["mae at most 12", "none agreed"]),
        (
            {"missed_target": "decides"},
            ["recall at least 0.6; a miss makes the answer NO", "none agreed"],
        ),
        (
            {"costs": {"false_negative": 420, "false_positive": 12.5}},
            ["recall at least 0.6", "false positive 12.5 EUR, false negative 420 EUR"],
        ),
        ({"metric": "calls_saved"}, ["calls saved at least 0.6", "none agreed"]),
    ],
    ids=["a share", "an error", "it decides", "with costs", "of a custom check"],
)
def test_an_outcome_is_shown_with_its_target_and_the_cost_of_an_error(
    chartered: Chartered, changes: dict[str, Any], cells: list[str]
) -> None:
    report = chartered(outcome_map=[outcome(**changes)])
    assert ["Customers kept", *cells] in rows_of(charter_page(report))


def test_the_ladder_is_shown_step_by_step_with_its_repeats(chartered: Chartered) -> None:
    levels = [
        {"notify": ["incident_owner"], "within": "4h"},
        {"notify": ["owner", "incident_owner"], "within": "2d"},
    ]
    text = charter_page(chartered(escalation={"levels": levels, "repeat": 3}))
    assert (
        "<ol><li>incident owner, answer within 4 hours</li>"
        "<li>owner, incident owner, answer within 2 days</li></ol>"
    ) in text
    assert "Then again, 3 times." in words_of(text)


def test_a_ladder_without_repeats_ends_after_its_last_step(chartered: Chartered) -> None:
    level = {"notify": ["owner"], "within": "4h"}
    assert "Then no further." in page(chartered, escalation={"levels": [level], "repeat": 0})


def test_reviews_are_shown_with_their_agenda_and_who_comes(chartered: Chartered) -> None:
    reviews = [
        {"name": "Weekly", "every": "week", "roles": ["owner", "incident_owner"]},
        {"name": "Risk", "every": "month", "roles": ["owner"], "agenda": ["drift", "costs"]},
    ]
    words = page(chartered, rhythm=reviews)
    assert "Weekly, every week: owner, incident owner Risk, every month: owner (drift, costs)" in (
        words
    )
    assert "Not enforced: reviews and what is new in a role." in words


def test_steps_of_a_new_role_are_a_part_of_their_own(chartered: Chartered) -> None:
    words = page(chartered, onboarding=[{"role": "owner", "step": "Read the charter."}])
    assert "Reviews Nothing was agreed. New in a role owner: Read the charter." in words


def test_without_reviews_nothing_is_said_to_be_enforced_by_nothing(chartered: Chartered) -> None:
    assert "Reviews Nothing was agreed. Not measured" in page(chartered)


def test_what_is_not_measured_is_listed(chartered: Chartered) -> None:
    assert "Not measured effect on customers" in page(
        chartered, not_measured=["effect on customers"]
    )
    assert "Not measured Nothing was agreed." in page(chartered)


def test_the_end_is_shown_with_its_day_its_conditions_and_who_is_notified(
    chartered: Chartered,
) -> None:
    end = {
        "on": "2027-06-30",
        "conditions": ["the shop closes", "the law changes"],
        "consumers": ["sales", "finance"],
        "retention": "365d",
    }
    assert (
        "planned 2027-06-30 earlier if the shop closes; the law changes to be notified sales, "
        "finance evidence kept 365 days"
    ) in page(chartered, sunset=end)


def test_an_end_without_a_date_says_so(chartered: Chartered) -> None:
    assert "planned no date earlier if none to be notified nobody evidence kept 364 days" in page(
        chartered, sunset={"retention": "52w"}
    )


def test_the_texts_are_named_by_their_digests(chartered: Chartered) -> None:
    report = chartered()
    words = words_of(charter_page(report))
    for digest in (
        report.product.digest,
        report.product.contract.digest,
        report.product.standards_digest,
    ):
        assert digest in words


def test_a_charter_that_nobody_adopted_is_not_in_force(chartered: Chartered) -> None:
    report = chartered()
    before = replace(report, state=replace(report.state, charter=None))
    assert "in force not yet: the ledger has not adopted it" in words_of(charter_page(before))


def test_an_adopted_charter_is_shown_with_its_entry_and_a_changed_text_as_not_adopted(
    chartered: Chartered,
) -> None:
    report = chartered()
    adopted = report.state.charter
    assert adopted is not None
    same = replace(adopted, digest=report.product.digest)
    words = words_of(charter_page(replace(report, state=replace(report.state, charter=same))))
    assert f"in force since 2026-03-02 09:00 UTC, ledger entry {adopted.entry}" in words
    assert "not adopted yet" not in words
    other = replace(adopted, digest="sha256:other", version="7")
    words = words_of(charter_page(replace(report, state=replace(report.state, charter=other))))
    assert "in force version 7 since 2026-03-02 09:00 UTC" in words
    assert "; the text above is not adopted yet" in words


def test_agreed_texts_are_never_markup(chartered: Chartered) -> None:
    text = charter_page(
        chartered(
            purpose=HOSTILE,
            thresholds=[threshold(reason=HOSTILE)],
            outcome_map=[outcome(outcome=HOSTILE, unit=HOSTILE)],
            not_measured=[HOSTILE],
        )
    )
    assert "<script>" not in text
    assert Reading(text).words.count("<script>alert(1)</script>") == 4
