"""A drafted charter is valid, decides nothing for people, and never loosens the standard."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import yaml

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.modelling import Lags, Task
from aipo_pipelines.charter.model.people import Role
from aipo_pipelines.charter.model.sources import FolderBatches, SourceFormat, TimeBatches
from aipo_pipelines.drafting.batch_windows import FirstBatches
from aipo_pipelines.drafting.charter_page import charter_page
from aipo_pipelines.drafting.features import Features
from aipo_pipelines.drafting.plan import Place, Plan, questions
from aipo_pipelines.drafting.table import Part
from tests.unit.drafting.tables import (
    NO_ROLES,
    ROWS,
    STANDARD,
    WEEKS,
    WHOLE,
    model_of,
    numbers,
    plan_of,
    table_of,
    words,
)

PERSONAL = {"email": "user.contact.email"}
LARGE = replace(WHOLE, rows=400, fewest=400)


def read(plan: Plan) -> dict[str, Any]:
    """The page as a valid charter's fields."""
    fields: dict[str, Any] = yaml.safe_load(charter_page(plan))
    Charter.model_validate(fields)
    return fields


def text(plan: Plan) -> str:
    return words(charter_page(plan))


def with_standard(**changes: Any) -> Plan:
    return plan_of(standard=STANDARD.model_copy(update=changes))


def weekly(every: Any = timedelta(weeks=1), **standard: Any) -> Plan:
    rule = TimeBatches(by="time", column="day", every=every, starting=date(2026, 1, 5))
    return replace(with_standard(**standard), cut=replace(WEEKS, rule=rule))


def test_a_product_of_data_only_is_a_valid_charter() -> None:
    fields = read(plan_of(name="web_shop"))
    assert (fields["product"], fields["title"], fields["version"]) == (
        "web_shop", "Web shop", "0.1",
    )  # fmt: skip
    assert (fields["lifecycle"], fields["risk_tier"]) == ("prototype", "medium")
    assert "model" not in fields
    assert "retraining" not in fields


def test_a_product_with_a_model_is_a_valid_charter() -> None:
    fields = read(plan_of(model=model_of(), cut=LARGE))
    assert fields["retraining"] == {"maximum_age": "120d", "window": {"first_batches": 1}}
    model = replace(model_of(), first=FirstBatches(count=3, rows=400))
    assert read(plan_of(model=model))["retraining"]["window"] == {"first_batches": 3}


def test_every_question_is_undecided_in_the_same_order() -> None:
    plan = plan_of(model=model_of(), categories=PERSONAL)
    assert read(plan)["undecided"] == [question.field for question in questions(plan)]


def test_the_page_says_how_much_was_looked_at() -> None:
    assert text(plan_of()).startswith("Drafted by `aipo init` from all 40 records. Everything")
    sampled = table_of(id=range(1, 41), x=numbers(40), rows=4_000)
    assert "from 40 of 4,000 records, spread evenly over the source." in text(plan_of(sampled))


@pytest.mark.parametrize(
    "question",
    [
        "what is it for, and who relies on it? purpose:",
        "how much harm can it do? The tier says which standards hold risk_tier: medium",
        "who answers for it? A placeholder decides nothing people:",
        "which team delivers it? owner: Undecided",
        "who allows the use of this source, from when, until when? Write it so: approval:",
        "how long may the records be kept? retention: 365d",
        "how old may the newest evidence get before the answer is UNKNOWN? monitoring:",
        "who is notified first, by which channel, and how fast do they act? escalation:",
        "when and how does it end, and how long is evidence kept after that? sunset:",
    ],
)
def test_each_undecided_field_has_its_question_above_it(question: str) -> None:
    assert f"DECIDE: {question}" in text(plan_of())


def test_people_are_placeholders_that_no_notice_can_reach() -> None:
    fields = read(plan_of())
    assert [*fields["people"]] == ["owner", "data_steward", "incident_owner"]
    assert fields["people"]["data_steward"] == {
        "name": "Undecided (data steward)",
        "email": "data-steward@undecided.example",
    }
    assert "model_steward" in read(plan_of(model=model_of()))["people"]
    required = with_standard(required_roles=(Role.LEGAL_COUNSEL,))
    assert "legal_counsel" in read(required)["people"]


@pytest.mark.parametrize(
    ("quorum", "release"),
    [
        (0, {"roles": ["owner"], "quorum": 1}),
        (1, {"roles": ["owner"], "quorum": 1}),
        (2, {"roles": ["owner", "executive_sponsor"], "quorum": 2}),
        (3, {"roles": ["owner", "executive_sponsor", "risk_officer"], "quorum": 3}),
    ],
)
def test_a_release_needs_as_many_people_as_the_standard_asks_for(
    quorum: int, release: dict[str, Any]
) -> None:
    fields = read(with_standard(release_quorum=quorum))
    assert fields["decision_rights"]["release"] == release
    assert {*release["roles"]} <= {*fields["people"]}


def test_the_source_is_written_as_it_was_found() -> None:
    place = Place(location="postgresql://db/shop", format=SourceFormat.SQL, table="orders")
    source = read(plan_of(place=place))["sources"]["data"]
    assert source == {
        "location": "postgresql://db/shop",
        "format": "sql",
        "table": "orders",
        "owner": "Undecided",
        "regions": ["EU"],
        "lawful_basis": "none_needed",
        "retention": "365d",
    }
    assert "table" not in read(plan_of())["sources"]["data"]


def test_suspected_personal_data_is_listed_with_its_suspicion() -> None:
    plan = plan_of(categories=PERSONAL, suspicions={"email": "by its cells"})
    assert read(plan)["sources"]["data"]["categories"] == PERSONAL
    assert "email: user.contact.email  # by its cells\n" in charter_page(plan)
    assert "DECIDE: personal data is suspected (see `categories`). What allows its use" in text(
        plan
    )
    assert "no personal data was recognised" not in text(plan)
    assert "DECIDE: no personal data was recognised; is there none?" in text(plan_of())


def test_a_suspicion_with_control_characters_is_escaped() -> None:
    plan = plan_of(categories=PERSONAL, suspicions={"email": "nearly a function of a\nb"})
    assert "# nearly a function of a\\nb\n" in charter_page(plan)
    read(plan)


def test_windows_of_time_are_written_with_their_first_day() -> None:
    plan = replace(weekly(), roles=replace(NO_ROLES, time="day"))
    fields = read(plan)
    assert fields["batches"] == {
        "by": "time",
        "column": "day",
        "every": "1w",
        "starting": date(2026, 1, 5),
    }
    assert (fields["time_column"], fields["identifiers"]) == ("day", [])
    assert read(weekly("month"))["batches"]["every"] == "month"


def test_other_times_are_asked_about() -> None:
    several = replace(NO_ROLES, time="day", other_times=("sent", "paid"))
    plan = replace(weekly(), roles=several)
    assert "DECIDE: is day the time of a record, or one of sent, paid?" in text(plan)
    assert "is this how the data comes in?" not in text(plan)
    assert "DECIDE: is this how the data comes in?" in text(weekly())


def test_rows_files_and_folders_are_written() -> None:
    assert read(plan_of(cut=ROWS))["batches"] == {"by": "rows", "rows": 40}
    parts = (Part(name="1/a.csv", rows=40, looked_at=40),)
    table = table_of(parts=parts, id=range(40), x=numbers(40))
    folders = plan_of(table, cut=replace(WHOLE, rule=FolderBatches(by="folder")))
    assert read(folders)["batches"] == {"by": "folder"}
    assert "later files: write the location" not in text(folders)


def test_a_single_file_says_how_later_files_are_delivered() -> None:
    plan = plan_of()
    assert read(plan)["batches"] == {"by": "file"}
    page = charter_page(plan)
    _, after = page.split("# the file is one delivery\n# DECIDE: is this how the data comes in?\n")
    assert after.startswith(
        "# later files: write the location as folder/*.csv, a batch for each file\n"
        "# folders of files: folder/*/*.csv and `by: folder`, a batch for each\n"
        "batches: {by: file}\n"
    )


def test_a_key_is_written_and_a_missing_key_is_asked_about() -> None:
    assert read(plan_of())["identifiers"] == ["id"]
    assert "unique in all 40 records identifiers: [id]" in text(plan_of())
    keyless = plan_of(roles=NO_ROLES)
    assert read(keyless)["identifiers"] == []
    assert "DECIDE: no column, alone or with others, identifies a record; is there a key?" in text(
        keyless
    )


@pytest.mark.parametrize(
    ("every", "longest", "cadence"),
    [
        (timedelta(weeks=1), timedelta(days=60), "2w"),
        (timedelta(weeks=1), timedelta(days=14), "2w"),
        (timedelta(weeks=1), timedelta(days=10), "10d"),
        (timedelta(weeks=13), timedelta(days=60), "60d"),
        ("month", timedelta(days=60), "31d"),
        ("month", timedelta(days=7), "1w"),
    ],
)
def test_evidence_may_miss_one_window_and_never_gets_older_than_the_standard(
    every: Any, longest: timedelta, cadence: str
) -> None:
    assert read(weekly(every, maximum_cadence=longest))["monitoring"] == {"cadence": cadence}


def test_a_window_longer_than_the_cadence_of_the_standard_is_asked_about() -> None:
    question = "DECIDE: the standards of this tier ask for evidence every"
    assert (
        f"{question} 6d. A batch takes 1w, because a shorter batch would have too few records to "
        "judge by."
    ) in text(weekly(maximum_cadence=timedelta(days=6)))
    assert question not in text(weekly(maximum_cadence=timedelta(days=7)))


def responses(plan: Plan) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = read(plan)["responses"]
    return entries


def test_bad_data_is_quarantined_and_escalated() -> None:
    assert responses(plan_of()) == [
        {"check": "contract", "reactions": ["quarantine", "escalate"]},
        {"check": "privacy", "reactions": ["quarantine", "escalate"]},
    ]


def test_a_model_adds_its_checks_and_retrains_after_two_of_three_failures() -> None:
    assert responses(plan_of(model=model_of(), cut=LARGE))[2:] == [
        {"check": "data_drift", "reactions": ["escalate"]},
        {"check": "performance", "reactions": ["escalate"]},
        {"check": "performance", "reactions": ["retrain"], "fails": 2, "of": 3},
        {"check": "concept_drift", "reactions": ["escalate"], "fails": 2, "of": 3},
    ]


def test_fairness_has_a_response_if_an_attribute_is_protected() -> None:
    features = Features(used=("x",), protected=("gender",))
    plan = plan_of(model=model_of(features=features), cut=LARGE)
    assert {"check": "fairness", "reactions": ["escalate"]} in responses(plan)
    assert "fairness" not in str(responses(plan_of(model=model_of(), cut=LARGE)))


def test_the_checks_that_the_standard_requires_have_a_response() -> None:
    standard = STANDARD.model_copy(update={"required_checks": ("freshness", "performance")})
    data_only = {response["check"] for response in responses(plan_of(standard=standard))}
    assert data_only == {"contract", "privacy", "freshness"}


@pytest.mark.parametrize(
    ("rows", "drift", "concept"),
    [(200, None, None), (150, None, 150), (99, 99, 99), (20, 20, 30)],
)
def test_samples_of_drift_shrink_to_small_batches(
    rows: int, drift: int | None, concept: int | None
) -> None:
    plan = plan_of(model=model_of(), cut=replace(WHOLE, rows=rows))
    fields = read(plan)
    assert fields.get("drift", {}).get("minimum_sample") == drift
    assert fields.get("concept_drift", {}).get("minimum_sample") == concept
    assert (f"a usual batch has {rows} records" in text(plan)) is (concept is not None)


def test_the_series_of_a_forecast_does_not_drift() -> None:
    lags = Lags(series="shop", steps=(1,), season=7)
    model = model_of(task=Task.FORECASTING, lags=lags)
    declared = model.spec.model_copy(update={"features": ("shop", "x")})
    with_series = plan_of(model=replace(model, spec=declared), cut=LARGE)
    assert yaml.safe_load(charter_page(with_series))["drift"] == {"ignore": ["shop"]}
    assert "drift" not in yaml.safe_load(charter_page(plan_of(model=model, cut=LARGE)))


def levels(plan: Plan) -> list[tuple[list[str], str]]:
    return [(level["notify"], level["within"]) for level in read(plan)["escalation"]["levels"]]


def test_the_first_level_acts_as_fast_as_the_standard_asks() -> None:
    plan = with_standard(first_response=timedelta(hours=4))
    assert levels(plan) == [(["incident_owner"], "4h"), (["owner"], "1d")]


def test_the_ladder_has_as_many_levels_as_the_standard_asks_for() -> None:
    roles = [level[0][0] for level in levels(with_standard(minimum_levels=5))]
    assert roles == ["incident_owner", "owner", "data_steward", "owner", "owner"]
    assert len(levels(with_standard(minimum_levels=1))) == 2


def test_every_line_fits_the_width_of_the_page() -> None:
    plan = plan_of(model=model_of(), categories=PERSONAL)
    assert max(map(len, charter_page(plan).splitlines())) <= 100
