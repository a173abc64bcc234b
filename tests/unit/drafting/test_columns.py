"""Types, sets and ranges are what the sample shows; of people it shows nothing."""

from __future__ import annotations

from datetime import time
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from aipo_pipelines.charter.model.contract import LogicalType, RuleSeverity
from aipo_pipelines.drafting.columns import Profile, profile_columns
from aipo_pipelines.drafting.growth import Trend
from aipo_pipelines.drafting.personal import find_personal, suspect
from aipo_pipelines.drafting.table import Table
from aipo_pipelines.drafting.values import bound_values
from aipo_pipelines.resources.feeds.tables import to_frame
from aipo_pipelines.resources.lake.mixed_columns import to_mixed

_ORIGIN = "user.demographic.citizenship_or_immigration_status"


def profiles(**columns: list[Any]) -> dict[str, Profile]:
    frame = pd.DataFrame(columns, dtype="str")
    profiled, _ = profile_columns(Table(frame=frame, rows=len(frame)))
    return {profile.name: profile for profile in profiled}


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "2"], LogicalType.INTEGER),
        (["1.5", "2"], LogicalType.NUMBER),
        (["true", "FALSE"], LogicalType.BOOLEAN),
        (["yes", "no"], LogicalType.STRING),
        (["007", "012"], LogicalType.STRING),
        (["2026-01-31", "2026-02-01"], LogicalType.DATE),
        (["01-02-2026", "03-04-2026"], LogicalType.STRING),
    ],
)
def test_a_column_has_the_type_its_cells_have(cells: list[str], kind: LogicalType) -> None:
    assert profiles(x=cells)["x"].kind == kind


def test_postal_codes_are_no_quantities_even_without_a_leading_zero() -> None:
    assert profiles(zip=["35233", "35209"])["zip"].kind is LogicalType.STRING


def test_undecided_dates_are_a_question_that_names_both_ways() -> None:
    assert (
        "dd-MM-yyyy and MM-dd-yyyy" in profiles(x=["01-02-2026", "03-04-2026"])["x"].open_question
    )


def test_words_for_missing_values_are_found_among_numbers_only() -> None:
    frame = pd.DataFrame({"n": ["1", "NA", "3"], "t": ["NA", "b", "c"]}, dtype="str")
    profiled, layout = profile_columns(Table(frame=frame, rows=3))
    assert layout.missing == ("NA",)
    assert (profiled[0].kind, profiled[0].missing) == (LogicalType.INTEGER, 1)


def test_a_few_cells_of_a_wrong_type_are_warned_of_not_refused() -> None:
    profile = profiles(x=[*map(str, range(999)), "x"])["x"]
    assert (profile.kind, profile.misfits) == (LogicalType.INTEGER, 1)
    assert profile.column.type_severity is RuleSeverity.WARNING
    assert not profile.column.required


def test_a_set_is_promised_only_if_every_value_came_up_often() -> None:
    often, seldom = profiles(x=["a", "b"] * 20)["x"], profiles(x=[*["a", "b"] * 20, "c"])["x"]
    assert bound_values(often, is_key=False).allowed == ("a", "b")
    assert bound_values(seldom, is_key=False).allowed == ()


def test_a_range_is_wider_than_the_sample_and_a_share_stays_a_share() -> None:
    wide = bound_values(profiles(x=["-5.5", *map(str, range(100))])["x"], is_key=False)
    share = bound_values(profiles(x=["0.1", "0.95", "0.5"])["x"], is_key=False)
    assert (wide.low, wide.high) == (-110.0, 210.0)
    assert (share.low, share.high) == (0.0, 1.0)


def test_whole_numbers_that_come_round_keep_their_range() -> None:
    hours = bound_values(profiles(x=[*map(str, range(24))] * 5)["x"], is_key=False)
    gap = bound_values(profiles(x=[*map(str, range(23)), "24"] * 5)["x"], is_key=False)
    rare = bound_values(profiles(x=[*map(str, range(24))] * 5 + ["24"])["x"], is_key=False)
    assert (hours.low, hours.high) == (0.0, 23.0)
    assert gap.high == rare.high == 48.0


def test_a_number_that_only_rises_has_no_highest_value() -> None:
    year = profiles(x=["2011", "2012"] * 20)["x"]
    bounds = bound_values(year, is_key=False, trend=Trend(rises=True))
    assert (bounds.allowed, bounds.low, bounds.high) == ((), 0.0, None)


def test_codes_have_a_form() -> None:
    codes = [f"C{number:04}-{'ab' if number % 2 else 'c'}" for number in range(40)]
    form = bound_values(profiles(x=codes)["x"], is_key=True).form
    assert form == r"^[A-Z][0-9]{4}\-[a-z]{1,2}$"


@pytest.mark.parametrize(
    ("name", "cells", "category"),
    [
        ("contact", ["ada@example.com", "ben@example.com"], "user.contact.email"),
        ("gender", ["f", "m"], "user.demographic.gender"),
        ("column_2", ["Female", "Male"], "user.demographic.gender"),
        ("SeniorCitizen", ["0", "1"], "user.demographic.age_range"),
        ("customerID", ["7590-VHVEG", "5575-GNVDE"], "user.unique_id"),
        ("patient_no", ["10017", "10018"], "user.unique_id"),
        ("PatientNumber", ["P-17", "P-18"], "user.unique_id"),
        ("cust_nr", ["17", "18"], "user.unique_id"),
        ("member_num", ["17", "18"], "user.unique_id"),
        ("clientcode", ["A7", "B8"], "user.unique_id"),
        ("kundennummer", ["17", "18"], "user.unique_id"),
        ("employee_ref", ["17", "18"], "user.unique_id"),
        ("mrn", ["17", "18"], "user.unique_id"),
        ("patient_no", [str(visit // 20) for visit in range(800)], "user.unique_id"),
        ("contact_no", ["+1 202 555 0143", "+1 202 555 0144"], "user.contact.phone_number"),
        ("card_no", ["A17", "A18"], "user.financial.credit_card"),
        (
            "tax_number",
            ["A17", "A18"],
            "user.government_id.national_identification_number",
        ),
        (
            "licence_no",
            ["A17", "A18"],
            "user.government_id.drivers_license_number",
        ),
        ("who", ["Ada Okafor", "Ben Haas"], "user.name"),
        ("dob", ["1980-01-31", "1990-02-01"], "user.demographic.date_of_birth"),
        ("health", ["good", "bad"], "user.health_and_medical"),
        ("Health", ["1", "2"], "user.health_and_medical"),
        ("gesundheit", ["gut", "schlecht"], "user.health_and_medical"),
        ("Gesundheitszustand", ["1", "2"], "user.health_and_medical"),
        ("health_ins", ["1", "0"], "user.health_and_medical"),
        ("HealthInsurance", ["yes", "no"], "user.health_and_medical"),
        ("Krankenversicherung", ["ja", "nein"], "user.health_and_medical"),
        ("maritl", ["a", "b"], "user.demographic.marital_status"),
        ("mstatus", ["1", "2"], "user.demographic.marital_status"),
        ("Zivilstand", ["1", "2"], "user.demographic.marital_status"),
        ("race", ["a", "b"], "user.demographic.race_ethnicity"),
        ("Rasse", ["a", "b"], "user.demographic.race_ethnicity"),
        ("faith", ["a", "b"], "user.demographic.religious_belief"),
        ("glaube", ["a", "b"], "user.demographic.religious_belief"),
        ("Religionszugehörigkeit", ["a", "b"], "user.demographic.religious_belief"),
        ("union", ["0", "1"], "user.demographic.union_membership"),
        ("gewerkschaft", ["ja", "nein"], "user.demographic.union_membership"),
        ("politics", ["a", "b"], "user.demographic.political_opinion"),
        ("Parteizugehörigkeit", ["a", "b"], "user.demographic.political_opinion"),
        ("sexualleben", ["a", "b"], "user.health_and_medical"),
        ("genotype", ["a", "b"], "user.health_and_medical.genetic"),
        ("Genetik", ["a", "b"], "user.health_and_medical.genetic"),
        ("biometrics", ["a", "b"], "user.biometric"),
        ("Staatsangehörigkeit", ["DE", "NO"], _ORIGIN),
    ],
)
def test_personal_data_is_suspected_by_content_or_name(
    name: str, cells: list[str], category: str
) -> None:
    assert suspect(list(profiles(**{name: cells}).values()), ["US"]) == {name: category}


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("PhoneService", ["Yes", "No"]),
        ("MeasureName", ["aspirin at arrival", "oxygen"]),
        ("mileage", ["10", "20"]),
        ("city", ["Rome", "Oslo"]),
        ("registered", ["3", "8"]),
        ("visit_no", ["17", "18"]),
        ("store_nr", ["17", "18"]),
        ("model_number", ["17", "18"]),
        ("guest_number", ["1", "2"] * 40),
        ("machine_health", ["good", "bad"]),
        ("health_check_url", ["http://a/health", "http://b/health"]),
        ("health", [str(points) for points in range(100)]),
        ("educ", ["1", "2"]),
        ("credit_union", ["a", "b"]),
        ("union_type", ["left", "inner"]),
    ],
)
def test_what_is_about_no_person_is_not_suspected(name: str, cells: list[str]) -> None:
    assert suspect(list(profiles(**{name: cells}).values()), ["US"]) == {}


def test_why_a_column_is_suspected_is_said() -> None:
    wages = [float(n % 97) + 20 for n in range(200)]
    personal = find_personal(
        [
            *profiles(
                wage=[str(wage) for wage in wages],
                log=[f"{wage**0.5:.4f}" for wage in wages],
                column_2=["Female", "Male"] * 100,
                code=["1", "2"] * 100,
                health=["a", "b", "b", "b"] * 50,
                other=[str(n % 7) for n in range(200)],
            ).values()
        ],
        [],
    )
    assert dict(personal.reasons) == {
        "wage": "by its name",
        "log": "nearly a function of wage",
        "column_2": "by its cells",
        "code": "nearly a function of column_2",
        "health": "by its name",
    }
    assert personal.categories["log"] == "user.financial"


def native(column: object) -> Profile:
    frame = to_frame(pa.table({"x": column}))
    profiled, _ = profile_columns(Table(frame=frame, rows=len(frame), is_text=False))
    return profiled[0]


def test_uuids_and_times_of_day_are_text() -> None:
    for column in (pa.array([bytes(range(16))], pa.uuid()), pa.array([time(8, 30)])):
        profile = native(column)
        assert (profile.kind, profile.misfits) == (LogicalType.STRING, 0)


@pytest.mark.parametrize(
    ("column", "content"),
    [
        (pa.array([b"\xff\x00", b"a"]), "bytes"),
        (pa.array([1, 2], pa.duration("us")), "spans of time"),
    ],
)
def test_a_column_that_no_type_reads_is_a_question_and_no_failure(
    column: object, content: str
) -> None:
    profile = native(column)
    assert profile.open_question.startswith(f"{content}, which no contract can declare")
    assert (profile.misfits, profile.column.type_severity) == (2, RuleSeverity.WARNING)


def test_numbers_among_postal_codes_are_counted() -> None:
    profile = native(to_mixed(["01069", 80331, "10115"]))
    assert (profile.kind, profile.misfits) == (LogicalType.STRING, 1)
