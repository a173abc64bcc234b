from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from aipo_pipelines.charter.model.sources import (
    Approval,
    Authorisation,
    LawfulBasis,
    Source,
    SourceFormat,
)
from aipo_pipelines.charter.model.standards import PrivacyRule, Standards
from aipo_pipelines.evidence.details.data_quality import FindingRow, ObligationRow, PrivacyDetails
from aipo_pipelines.evidence.outcome import CheckOutcome, Severity, Verdict
from aipo_pipelines.measures.privacy.check import check_privacy
from tests.unit.measures.contracts import column, contract

TODAY = date(2026, 6, 1)
YEAR = {"on": date(2026, 1, 1), "until": date(2026, 12, 31)}
APPROVED = Approval(by="Dana Steward", **YEAR)
HEALTH = PrivacyRule(
    category="user.health_and_medical",
    regions=("EU",),
    regulation="GDPR art. 9",
    obligation="explicit consent or another exception of art. 9(2)",
    special=True,
)
CONTACT = PrivacyRule(
    category="user.contact",
    regions=("EU",),
    regulation="GDPR art. 6",
    obligation="a lawful basis and a record of processing",
)
STANDARDS = Standards(
    organisation="Test", version="1", tiers={}, privacy=(HEALTH, CONTACT), regions={"eu": ("DE",)}
)
PLAIN = pd.DataFrame({"c": ["a", "b"], "d": ["a", "b"]})


def authorised(category: str, **days: date) -> Authorisation:
    return Authorisation(category=category, obligation="done", by="Lee Counsel", **(YEAR | days))


def judged(
    category: str, frame: pd.DataFrame = PLAIN, **terms: Any
) -> CheckOutcome[PrivacyDetails]:
    fields: dict[str, Any] = {"regions": ("DE",), "lawful_basis": LawfulBasis.CONSENT} | terms
    source = Source(location="x.csv", format=SourceFormat.CSV, owner="data team", **fields)
    agreed = contract(column("c", category=category), column("d"))
    return check_privacy(frame, agreed, source, STANDARDS, TODAY)


def test_a_special_category_needs_an_authorisation_of_its_own() -> None:
    outcome = judged("user.health_and_medical.genetic", approval=APPROVED)
    assert (outcome.verdict, outcome.severity) == (Verdict.FAIL, Severity.CRITICAL)
    assert "GDPR art. 9" in outcome.summary
    assert "no authorisation recorded" in outcome.summary


def test_an_authorised_special_category_passes_and_names_who_authorised_it() -> None:
    given = (authorised("user.health_and_medical"),)
    outcome = judged("user.health_and_medical.genetic", approval=APPROVED, authorisations=given)
    assert outcome.verdict is Verdict.PASS
    assert outcome.details.obligations == (
        ObligationRow(
            category="user.health_and_medical.genetic",
            columns=("c",),
            regulation="GDPR art. 9",
            obligation="explicit consent or another exception of art. 9(2)",
            special=True,
            recorded="Lee Counsel until 2026-12-31",
            gap="",
        ),
    )


def test_an_authorisation_of_one_category_is_none_of_another() -> None:
    given = (authorised("user.contact"),)
    assert judged("user.health_and_medical", authorisations=given).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("days", "gap"),
    [
        ({"until": date(2026, 5, 31)}, "authorisation expired on 2026-05-31"),
        ({"on": date(2026, 6, 2)}, "authorisation valid only from 2026-06-02"),
    ],
)
def test_an_authorisation_counts_only_on_its_days(days: dict[str, date], gap: str) -> None:
    given = (authorised("user.health_and_medical", **days),)
    outcome = judged("user.health_and_medical", authorisations=given)
    assert outcome.verdict is Verdict.FAIL
    assert gap in outcome.summary


def test_an_authorisation_still_counts_on_its_last_day() -> None:
    given = (authorised("user.health_and_medical", until=TODAY),)
    assert judged("user.health_and_medical", authorisations=given).verdict is Verdict.PASS


def test_an_ordinary_category_is_covered_by_the_approval_of_its_source() -> None:
    assert judged("user.contact.address", approval=APPROVED).verdict is Verdict.PASS
    assert judged("user.contact.address").verdict is Verdict.FAIL


def test_no_lawful_basis_needed_fails_if_a_regulation_applies() -> None:
    outcome = judged(
        "user.contact.address", approval=APPROVED, lawful_basis=LawfulBasis.NONE_NEEDED
    )
    assert outcome.verdict is Verdict.FAIL
    assert "no lawful basis" in outcome.summary


def test_what_is_missing_for_several_categories_is_said_once() -> None:
    outcome = judged(
        "user.contact.address",
        approval=APPROVED,
        lawful_basis=LawfulBasis.NONE_NEEDED,
        categories={"d": "user.contact.email"},
    )
    assert outcome.summary == (
        "Declared as user.contact.address, user.contact.email (GDPR art. 6): no lawful basis: the "
        "source says that none is needed."
    )


def test_a_rule_of_another_region_asks_nothing() -> None:
    outcome = judged("user.health_and_medical", regions=("US",))
    assert outcome.verdict is Verdict.PASS
    assert outcome.details.obligations == ()


def test_categories_of_the_source_count_beside_those_of_the_contract() -> None:
    outcome = judged("", categories={"d": "user.health_and_medical"})
    assert outcome.verdict is Verdict.FAIL
    assert outcome.details.declared == {"d": ("user.health_and_medical",)}


@pytest.mark.parametrize(
    ("approval", "text"),
    [
        (None, "Source not approved."),
        (Approval(by="D", on=date(2025, 1, 1), until=date(2025, 2, 1)), "expired on 2025-02-01"),
        (Approval(by="D", on=date(2026, 7, 1), until=date(2027, 2, 1)), "only from 2026-07-01"),
    ],
)
def test_a_source_without_valid_approval_is_noted(approval: Approval | None, text: str) -> None:
    outcome = judged("", approval=approval)
    assert outcome.verdict is Verdict.PASS
    assert text in outcome.summary


def test_undeclared_personal_data_fails_and_its_values_stay_inside() -> None:
    frame = pd.DataFrame({"c": ["a", "b"], "d": ["ann@secret.example", "bob@secret.example"]})
    outcome = judged("", frame, approval=APPROVED)
    assert outcome.verdict is Verdict.FAIL
    assert outcome.summary == "Column d holds undeclared personal data (email)."
    assert "secret" not in repr(outcome)


def test_an_undeclared_column_is_looked_at_too() -> None:
    frame = PLAIN.assign(extra=["4111111111111111", "5555555555554444"])
    outcome = judged("", frame, approval=APPROVED)
    assert outcome.details.findings == (
        FindingRow(
            column="extra",
            kind="payment_card",
            category="user.financial.credit_card",
            matched=2,
            examined=2,
        ),
    )


def test_declared_personal_data_with_a_record_passes() -> None:
    frame = pd.DataFrame({"c": ["ann@secret.example", "bob@secret.example"]})
    assert judged("user.contact.email", frame, approval=APPROVED).verdict is Verdict.PASS


def test_telephone_numbers_are_read_in_the_regions_of_the_source() -> None:
    frame = pd.DataFrame({"c": ["a", "b"], "phone": ["030 901820", "089 2180 0"]})
    assert judged("", frame, regions=("EU",), approval=APPROVED).verdict is Verdict.FAIL
    assert judged("", frame, regions=("JP",), approval=APPROVED).verdict is Verdict.PASS


def test_a_batch_without_rows_proves_nothing() -> None:
    assert judged("", PLAIN.head(0), approval=APPROVED).verdict is Verdict.INSUFFICIENT


def test_without_records_nothing_is_said_to_have_been_found_clean() -> None:
    outcome = judged("user.contact", PLAIN.head(0), approval=APPROVED)
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert outcome.summary.endswith("no record to search.")


def test_an_undeclared_special_category_names_its_regulation() -> None:
    frame = pd.DataFrame({"c": ["a", "b"], "disability_degree": [0, 50]})
    outcome = judged("", frame, approval=APPROVED)
    assert outcome.verdict is Verdict.FAIL
    assert "(health; GDPR art. 9: no authorisation recorded)" in outcome.summary


def test_an_undeclared_category_fails_even_if_it_is_authorised() -> None:
    frame = pd.DataFrame({"c": ["a", "b"], "disability_degree": [0, 50]})
    given = (authorised("user.health_and_medical"),)
    outcome = judged("", frame, approval=APPROVED, authorisations=given)
    assert outcome.verdict is Verdict.FAIL
    assert "undeclared personal data (health)." in outcome.summary
