"""The parts of a charter must fit one another and the contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.charter.consistency.model import tasks_of
from aipo_pipelines.charter.load import check_products
from aipo_pipelines.charter.model.thresholds import FAIRNESS_METRICS
from aipo_pipelines.measures.metrics.table import METRICS
from tests.samples import CHARTER, CONTRACT, write_product
from tests.unit.charter.conftest import Check, CheckTable, table_changes

LAST_NAME = [{"property": "dataCategory", "value": "user.name.last"}]
RECORDS = CHARTER["sources"]["records"]


def label_asked_for(severity: str) -> dict[str, Any]:
    """Changes of the contract: the severity of a batch without its label."""
    table = CONTRACT["schema"][0]
    properties = [{"property": "severity", "value": severity}]
    columns = [
        column | {"customProperties": properties} if column["name"] == "y" else column
        for column in table["properties"]
    ]
    return {"schema": [table | {"properties": columns}]}


SQL = {"sources": {"records": {"format": "sql"}}}
ANN = {"by": "A", "on": "2026-02-01", "until": "2026-01-31"}
MADE_ELSEWHERE = {"estimator": ..., "logged_predictions": "y"}


def limit(**changes: Any) -> dict[str, Any]:
    return {"thresholds": [{**CHARTER["thresholds"][0], **changes}]}


def respond(check: str, *reactions: str) -> dict[str, Any]:
    return {"responses": [*CHARTER["responses"][:3], {"check": check, "reactions": [*reactions]}]}


def fields(problems: Any) -> dict[str, str]:
    return {problem.field: problem.found for problem in problems}


@pytest.mark.parametrize(
    ("changes", "field", "found"),
    [
        ({"people": {"owner": ...}}, "people.owner", "nobody"),
        ({"people": {"incident_owner": ...}}, "people.incident_owner", "nobody"),
        ({"decision_rights": {"sunset": {"roles": ["executive_sponsor"]}}},
         "decision_rights.sunset.roles[0]", "executive_sponsor, which nobody holds"),
        ({"escalation": {"levels": [{"notify": ["risk_officer"], "within": "1h"}]}},
         "escalation.levels[0].notify[0]", "risk_officer"),
        ({"rhythm": [{"name": "R", "every": "week", "roles": ["owner", "legal_counsel"]}]},
         "rhythm[0].roles[1]", "legal_counsel"),
        (limit(owner="risk_officer"), "thresholds[0].owner", "risk_officer"),
        ({"decision_rights": {"release": {"roles": ["owner"], "quorum": 2}}},
         "decision_rights.release.quorum", "2"),
        ({"people": {"owner": {"notify": ["log", "ada@example.com"]}}}, "people.owner.notify[1]",
         "neither"),
        ({"escalation": {"levels": [{"notify": ["owner"], "within": "1h", "via": ["slak"]}]}},
         "escalation.levels[0].via[0]", "neither"),
        (respond("perfomance", "escalate"), "responses[3].check", "'perfomance'"),
        (respond("drift/", "escalate"), "responses[3].check", "'drift/'"),
        (respond("privacy", "escalate"), "responses[3].check", "'privacy' again"),
        ({"retraining": {"cadence": "0 0 30 2 *"}}, "retraining.cadence", "never fires"),
        ({"retraining": {"cadence": "0 25 * * *"}}, "retraining.cadence", "malformed"),
        ({"retraining": {"cadence": "* * *"}}, "retraining.cadence", "3 fields"),
        ({"retraining": {"cadence": "0 0 1 1 * *"}}, "retraining.cadence", "6 fields"),
        ({"retraining": {"triggers": ["cadence"]}}, "retraining.triggers", "without a cadence"),
    ],
)  # fmt: skip
def test_people_decisions_and_schedules_must_fit(
    check: Check, changes: dict[str, Any], field: str, found: str
) -> None:
    assert found in fields(check(**changes))[field]


@pytest.mark.parametrize(
    ("changes", "field", "found"),
    [
        ({"model": {"estimator": ...}}, "model", "none of them"),
        ({"model": {"factory": "team.models:build"}}, "model", "estimator and factory"),
        ({"model": {"estimator": "os.system"}}, "model.estimator", "'os.system'"),
        ({"model": {"estimator": ..., "factory": "team.models"}}, "model.factory",
         "'team.models'"),
        ({"model": {"logged_scores": "x1"}}, "model.logged_scores", "alone"),
        ({"labels": ...}, "labels", "nothing"),
        ({"labels": {"positive": ...}}, "labels.positive", "nothing"),
        ({"model": {"task": "regression"}}, "labels.positive", "for regression"),
        ({"model": {"features": ["x1", "y"]}}, "model.features[1]", "the label 'y'"),
        ({"model": {"features": ["x1", "x1"]}}, "model.features", "'x1' again"),
        ({"model": {"categorical": ["x3"]}}, "model.categorical[0]", "'x3'"),
        ({"drift": {"critical": ["x3"]}}, "drift.critical[0]", "'x3'"),
        ({"drift": {"ignore": ["id"]}}, "drift.ignore[0]", "'id'"),
        ({"model": {"forecasting": {"series": "id", "season": 7}}}, "model.forecasting",
         "task binary"),
        ({"model": {"task": "forecasting"}}, "model.forecasting", "nothing"),
        ({"model": {"task": "forecasting"}}, "time_column", "nothing"),
        ({"model": {"task": "forecasting",
                    "forecasting": {"series": "id", "steps": [1, 0], "season": 7}}},
         "model.forecasting.steps", "0"),
        (limit(metric="wape", limit=0.1), "thresholds[0].metric", "wape for binary"),
        ({**limit(), "model": {"task": "multiclass"}}, "thresholds[0].metric",
         "roc_auc for multiclass"),
        (limit(applies_to=[]), "thresholds[0].applies_to", "nothing"),
        (limit(limit=80), "thresholds[0].limit", "80"),
        (limit(attribute="x1"), "thresholds[0].attribute", "an attribute for roc_auc"),
        (limit(metric="selection_rate_difference", limit=0.1), "thresholds[0].attribute",
         "nothing"),
        (limit(metric="selection_rate_difference", limit=0.1, attribute="x1"),
         "thresholds[0].attribute", "'x1'"),
        ({"thresholds": [CHARTER["thresholds"][0]] * 2}, "thresholds[1].metric", "again"),
        ({"outcome_map": [{"outcome": "o", "metric": "auc", "target": 1, "unit": "EUR"}]},
         "outcome_map[0].metric", "'auc'"),
        ({"model": ...}, "thresholds", "without a model"),
        ({"model": ...}, "responses[2].check", "performance without a model"),
        ({"model": ..., "responses": [{"check": "volume", "reactions": ["retrain"]}]},
         "responses[0].reactions", "retrain without a model"),
    ],
)  # fmt: skip
def test_model_task_thresholds_and_labels_must_fit(
    check: Check, changes: dict[str, Any], field: str, found: str
) -> None:
    assert found in fields(check(**changes))[field]


@pytest.mark.parametrize(
    ("changes", "field", "found"),
    [
        ({"feed": "record"}, "feed", "'record'"),
        (SQL, "sources.records", "neither"),
        ({"sources": {"records": {"format": "sql", "table": "t", "query": "q"}}},
         "sources.records", "table and query"),
        ({"sources": {"records": {"table": "t"}}}, "sources.records.table", "with format csv"),
        ({"sources": {"records": {"approval": ANN}}}, "sources.records.approval.until",
         "2026-01-31"),
        ({"sources": {"records": {"authorisations": [
            {**ANN, "category": "user.name", "obligation": "o"}]}}},
         "sources.records.authorisations[0].until", "2026-01-31"),
        ({"sources": {"records": {"categories": {"x1": "user.nam"}}}},
         "sources.records.categories.x1", "'user.nam'"),
        ({"sources": {"records": {"categories": {"x9": "user.name"}}}},
         "sources.records.categories.x9", "the column 'x9'"),
        ({"labels": {"source": "answers"}}, "labels.source", "'answers'"),
        ({"labels": {"source": "records"}}, "labels.source", "the feed itself"),
        ({"sources": {"answers": RECORDS}, "labels": {"source": "answers"}, "identifiers": []},
         "identifiers", "nothing"),
        ({"sources": {"answers": RECORDS}, "labels": {"source": "answers"}}, "labels.source",
         "the contract asks the feed for the column 'y'"),
        ({"labels": {"positive": "yes"}}, "labels.positive", "'yes'"),
        ({"labels": {"column": "yy"}}, "labels.column", "the column 'yy'"),
        ({"identifiers": ["id", "key"]}, "identifiers[1]", "the column 'key'"),
        ({"protected": ["age"]}, "protected[0]", "the column 'age'"),
        ({"time_column": "when"}, "time_column", "the column 'when'"),
        ({"time_column": "x1"}, "time_column", "of type number"),
        ({"model": {"features": ["x1", "x3"]}}, "model.features[1]", "the column 'x3'"),
        ({"model": {"estimator": ..., "logged_predictions": "p"}}, "model.logged_predictions",
         "the column 'p'"),
        ({"batches": {"by": "time", "column": "x1", "every": "1w"}}, "batches.column",
         "of type number"),
        ({"batches": {"by": "time", "column": "day", "every": "month"}}, "batches.column",
         "the column 'day'"),
        ({"model": ..., "drift": {"critical": ["q"]}}, "drift.critical[0]", "the column 'q'"),
        ({"contract": "contracts.yaml"}, "contract", "no such file"),
    ],
)  # fmt: skip
def test_sources_batches_and_columns_must_fit(
    check: Check, changes: dict[str, Any], field: str, found: str
) -> None:
    assert found in fields(check(**changes))[field]


def test_a_contract_that_fits_no_column_is_reported_once(check_table: CheckTable) -> None:
    other = [{"name": "other", "properties": [{"name": "z", "logicalType": "string"}]}]
    (problem,) = check_table({"schema": other})
    assert problem.field == "contract"
    assert "none of the columns" in problem.found


def test_one_person_in_two_roles_counts_once_for_a_quorum(check: Check) -> None:
    same = {"name": "Ada Okafor", "email": "ADA@example.com"}
    right = {"roles": ["owner", "data_steward"], "quorum": 2}
    (problem,) = check(
        people={"data_steward": same},
        decision_rights={"override": right},
        sources={"records": {"approval": {"by": "Ada Okafor"}}},
    )
    assert problem.expected == "at most 1, the people who hold these roles"


@pytest.mark.parametrize(
    "spelling",
    [
        "Zoe\u0301 Okafor",
        "ZO\u00c9  OKAFOR",
        "Zo\u00e9\u200b Okafor",
        "\uff3ao\u00e9 Okafor",
        "Zo\u00e9\u3164Okafor",
        *(f"Zo\u00e9{sign} Okafor" for sign in "\ufe0f\u034f\u115f\u2800\u17b4\uffa0\U000e0020"),
    ],
    ids=[
        "an accent of its own",
        "capitals",
        "without width",
        "full width",
        "a filler as a blank",
        "variation selector",
        "grapheme joiner",
        "filler",
        "blank of Braille",
        "inherent vowel",
        "narrow filler",
        "tag",
    ],
)
def test_a_spelling_that_looks_alike_makes_no_second_person(check: Check, spelling: str) -> None:
    people = {
        "owner": {"name": "Zo\u00e9 Okafor", "email": "zoe@example.com"},
        "data_steward": {"name": spelling, "email": "z.okafor@example.com"},
    }
    right = {"roles": ["owner", "data_steward"], "quorum": 2}
    (problem,) = check(
        people=people,
        decision_rights={"override": right},
        sources={"records": {"approval": {"by": spelling}}},
    )
    assert problem.expected == "at most 1, the people who hold these roles"


def test_a_name_or_an_address_makes_entries_one_person_for_every_quorum(check: Check) -> None:
    people = {
        "data_steward": {"name": "Ada Okafor", "email": "a.okafor@example.com"},
        "model_steward": {"name": "A. O.", "email": "ADA@example.com"},
    }
    right = {"roles": ["owner", "data_steward", "model_steward"], "quorum": 2}
    (problem,) = check(
        people=people,
        decision_rights={"override": right, "release": {"roles": ["incident_owner"]}},
        sources={"records": {"approval": {"by": "Ada Okafor"}}},
    )
    assert problem.field == "decision_rights.override.quorum"
    assert problem.expected == "at most 1, the people who hold these roles"


def test_a_third_entry_joins_two_that_seemed_to_be_different_people(check: Check) -> None:
    people = {
        "data_steward": {"name": "Ada Okafor", "email": "ben@example.com"},
        "model_steward": {"name": "Ben Haas", "email": "ben@example.com"},
    }
    right = {"roles": ["owner", "data_steward", "model_steward"], "quorum": 2}
    release = {"roles": ["incident_owner"]}
    found = check(people=people, decision_rights={"sunset": right, "release": release})
    assert [problem.field for problem in found] == ["decision_rights.sunset.quorum"]


@pytest.mark.parametrize(
    ("by", "found"),
    [
        ("Eve Adler", "Eve Adler, who is not in the charter"),
        ("Dev Patel", "Dev Patel, who does not hold decision_rights.data_source"),
        (["Ben Haas", "Eve Adler"], "Eve Adler, who is not in the charter"),
    ],
)
def test_a_source_approved_by_somebody_who_may_not_is_refused(
    check: Check, by: object, found: str
) -> None:
    (problem,) = check(sources={"records": {"approval": {"by": by}}})
    assert (problem.field, problem.found) == ("sources.records.approval.by", found)
    assert problem.expected == "1 of Ben Haas"


def test_a_source_is_approved_by_as_many_people_as_its_quorum_asks_for(check: Check) -> None:
    right = {"roles": ["data_steward", "owner"], "quorum": 2}
    rights = {"data_source": right}
    for by in ("Ben Haas", ["Ben Haas", "BEN@example.com"]):
        (problem,) = check(decision_rights=rights, sources={"records": {"approval": {"by": by}}})
        assert problem.found == "1 of the 2 people that decision_rights.data_source asks for"
    both = {"records": {"approval": {"by": ["ben@example.com", "Ada Okafor"]}}}
    assert check(decision_rights=rights, sources=both) == ()


def test_a_category_authorised_by_somebody_who_may_not_is_refused(check: Check) -> None:
    given = {
        "category": "user.contact",
        "obligation": "Done.",
        "by": "Dev Patel",
        "on": "2026-01-05",
        "until": "2030-12-31",
    }
    (problem,) = check(sources={"records": {"authorisations": [given]}})
    assert problem.field == "sources.records.authorisations[0].by"
    counsel = {"legal_counsel": {"name": "Dev Patel", "email": "dev@example.com"}}
    assert check(people=counsel, sources={"records": {"authorisations": [given]}}) == ()


def test_one_person_is_enough_to_end_an_incident(check: Check) -> None:
    right = {"roles": ["owner", "incident_owner"], "quorum": 2}
    (problem,) = check(decision_rights={"incident": right})
    assert problem.expected == "1: one person who holds the right ends an incident"


def test_the_model_steward_counts_for_no_quorum_of_a_release(check: Check) -> None:
    right = {"roles": ["owner", "model_steward"], "quorum": 2}
    (problem,) = check(decision_rights={"release": right})
    assert problem.expected.startswith("at most 1, ")
    assert problem.expected.endswith("the model steward apart")
    assert check(decision_rights={"release": right, "separation_of_duties": False}) == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"people": {"model_steward": {"name": "Ada Okafor", "email": "ada@example.com"}}},
        {"decision_rights": {"release": {"roles": ["model_steward"]}}},
        {"undecided": ["people.owner"], "people": {"model_steward": {"name": "Ada Okafor"}}},
    ],
    ids=["the owner is the steward", "the steward alone decides", "undecided"],
)
@pytest.mark.parametrize("quorum", [0, 1])
def test_separation_of_duties_leaves_somebody_to_decide(
    check: Check, quorum: int, changes: dict[str, Any]
) -> None:
    rights = changes.get("decision_rights", {}).get("release", {}) | {"quorum": quorum}
    found = check(**changes | {"decision_rights": {"release": rights}})
    assert "decision_rights.release" in {problem.field.rpartition(".")[0] for problem in found}
    free = {"release": rights, "separation_of_duties": False}
    fields = {problem.field for problem in check(**changes | {"decision_rights": free})}
    assert "decision_rights.release.roles" not in fields


def test_two_categories_for_one_column_are_both_named(tmp_path: Path) -> None:
    changes = table_changes(None, {"properties": [{"name": "x1", "customProperties": LAST_NAME}]})
    source = {"records": {"categories": {"x1": "user.name.first"}}}
    folder = write_product(tmp_path / "p", contract_changes=changes, sources=source)
    (problem,) = check_products(folder)
    assert problem.found == "'user.name.first'"
    assert "'user.name.last'" in problem.expected


def test_a_category_may_be_in_charter_and_contract(tmp_path: Path) -> None:
    changes = table_changes(None, {"properties": [{"name": "x1", "customProperties": LAST_NAME}]})
    source = {"records": {"categories": {"x1": "user.name.last"}}}
    folder = write_product(tmp_path / "p", contract_changes=changes, sources=source)
    assert check_products(folder) == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"model": MADE_ELSEWHERE},
        {"model": {"estimator": ..., "factory": "team.models:build"}},
        respond("scores/no_negative_price", "escalate"),
        {"retraining": {"cadence": "0 6 * * 1"}},
        {"model": {"task": "multiclass"}, "labels": {"positive": ...}, **limit(metric="f1")},
        {"protected": ["x2"],
         **limit(metric="selection_rate_ratio", limit=0.8, attribute="x2")},
        {"sources": {"answers": RECORDS}, "labels": {"source": "answers", "column": "elsewhere"}},
        {"sources": {"answers": RECORDS}, "labels": {"source": "answers"},
         "contract_changes": label_asked_for("info")},
        {"batches": {"by": "rows", "rows": 400}},
        {"title": "A “title” with 'quotes', <b>HTML</b>, ../ and 🚲\nand a second line"},
    ],
)  # fmt: skip
def test_a_charter_that_fits_has_no_problem(check: Check, changes: dict[str, Any]) -> None:
    assert check(**changes) == ()


def test_metrics_fit_the_tasks_for_which_they_are_measured() -> None:
    measured = {metric: rule.tasks for metric, rule in METRICS.items()}
    assert {metric: tasks_of(metric) for metric in measured} == measured
    assert not FAIRNESS_METRICS & measured.keys()


def test_objects_of_json_have_names_and_no_order(tmp_path: Path) -> None:
    layout = [{"property": "header", "value": "position"}]
    folder = write_product(
        tmp_path / "s",
        contract_changes=table_changes(None, {"customProperties": layout}),
        sources={"records": {"format": "jsonl"}},
    )
    (problem,) = check_products(folder)
    assert (problem.field, problem.expected) == (
        "sources.records.format",
        "columns matched by name",
    )


@pytest.mark.parametrize(
    ("source", "field", "found"),
    [
        ({"location": "in/*.csv"}, "sources.records.location", "'in/*.csv'"),
        ({"format": "sql", "table": "t"}, "batches.by", "'folder' for sql"),
        ({"format": "delta", "location": "orders"}, "batches.by", "'folder' for delta"),
    ],
)
def test_batches_by_folder_need_folders(
    check: Check, source: dict[str, Any], field: str, found: str
) -> None:
    problems = check(sources={"records": source}, batches={"by": "folder"})
    assert fields(problems)[field] == found


def test_the_location_of_a_delta_table_has_no_wildcard(check: Check) -> None:
    assert check(sources={"records": {"location": "lake/orders", "format": "delta"}}) == ()
    (problem,) = check(sources={"records": {"location": "lake/*", "format": "delta"}})
    assert (problem.field, problem.found) == ("sources.records.location", "'lake/*'")
    assert "one Delta table" in problem.expected


@pytest.mark.parametrize("location", ["in/*/*.csv", "s3://shop/**/*.csv"])
def test_batches_by_folder_are_accepted_if_folders_differ(check: Check, location: str) -> None:
    source = {"location": location}
    assert check(sources={"records": source}, batches={"by": "folder"}) == ()


@pytest.mark.parametrize(
    ("location", "found"),
    [
        ("sftp://ada:hunter2@host/in/*.csv", "a password in the address"),
        ("https://host/in/*.csv", "a wildcard in a web address"),
    ],
)
def test_an_address_that_cannot_be_used_as_written_is_refused(
    check: Check, location: str, found: str
) -> None:
    (problem,) = check(sources={"records": {"location": location}})
    assert (problem.field, problem.found) == ("sources.records.location", found)
    assert "hunter2" not in str(problem)


def test_an_address_may_take_its_password_from_the_environment(check: Check) -> None:
    assert check(sources={"records": {"location": "sftp://${WHO}:${PW}@host/in/*.csv"}}) == ()
