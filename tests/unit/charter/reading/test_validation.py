"""Errors of pydantic in plain language, with the most similar known word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.charter.load import check_products, load_product
from tests.samples import write_product


@pytest.mark.parametrize(
    ("changes", "field", "found", "expected", "hint"),
    [
        ({"titel": "x"}, "titel", "the unknown key 'titel'", "title", "did you mean 'title'?"),
        ({"title": ...}, "title", "nothing", "the key 'title'", "add `title:`"),
        ({"version": 2}, "version", "2", "text", "quotes"),
        ({"title": "  "}, "title", "'  '", "not empty", "write something"),
        ({"product": "Big Name"}, "product", "'Big Name'", "small letters", "rewrite"),
        ({"lifecycle": "pilott"}, "lifecycle", "'pilott'", "prototype, pilot", "'pilot'"),
        ({"protected": "x1"}, "protected", "'x1'", "a list", "- item"),
        ({"people": {"ownr": {"name": "A", "email": "a@b.no"}}}, "people.ownr", "'ownr'",
         "data_steward", "'owner'"),
        ({"people": {"owner": {"email": "nowhere"}}}, "people.owner.email", "'nowhere'",
         "an e-mail address", "rewrite"),
        ({"people": {"owner": {"nmae": "A"}}}, "people.owner.nmae", "unknown key", "name",
         "'name'"),
        ({"monitoring": {"cadence": "weekly"}}, "monitoring.cadence", "'weekly'", "a duration",
         "correct"),
        ({"sunset": {"retention": 7}}, "sunset.retention", "7", "a duration", "correct"),
        ({"sunset": {"retention": "999999999999w"}}, "sunset.retention", "'9999",
         "at most 100 years", "correct"),
        ({"sunset": {"on": "2026-02-30"}}, "sunset.on", "'2026-02-30'", "a date", "year"),
        ({"sunset": {"on": 20260101}}, "sunset.on", "20260101", "a date", "year"),
        ({"batches": {"by": "day"}}, "batches.by", "'day'", "file, folder, time or rows", "choose"),
        ({"batches": {"by": ...}}, "batches.by", "nothing", "the key 'by'", "write `by:`"),
        ({"batches": {"by": "rows", "rows": 0}}, "batches.rows", "0", "at least 1", "correct"),
        ({"batches": {"by": "rows", "row": 5, "rows": 5}}, "batches.row", "unknown key", "rows",
         "'rows'"),
        ({"batches": {"by": "file", "rows": 5}}, "batches.rows", "unknown key", "by", "remove"),
        ({"model": {"folds": 2.5}}, "model.folds", "2.5", "a whole number", "fraction"),
        ({"model": {"seed": True}}, "model.seed", "true", "a whole number", "digits"),
        ({"model": {"features": []}}, "model.features", "a list of 0", "at least 1", "list"),
        ({"decision_rights": {"separation_of_duties": "no"}},
         "decision_rights.separation_of_duties", "'no'", "true or false", "without quotes"),
        ({"responses": [{"check": "contract", "reactions": ["escalate"], "fails": 3}]},
         "responses[0]", "a mapping", "at most of (1)", "correct"),
        ({"escalation": {"levels": ["me"]}}, "escalation.levels[0]", "'me'", "a mapping",
         "key: value"),
    ],
)  # fmt: skip
def test_a_field_that_does_not_fit_is_reported_with_fitting_values(
    tmp_path: Path, changes: dict[str, Any], field: str, found: str, expected: str, hint: str
) -> None:
    problems = check_products(write_product(tmp_path / "p", **changes))
    (problem,) = [found_problem for found_problem in problems if found_problem.field == field]
    assert found in problem.found
    assert expected in problem.expected
    assert hint in problem.hint


def test_a_problem_names_the_line_of_its_field(tmp_path: Path) -> None:
    folder = write_product(tmp_path / "p", lifecycle="pilott")
    lines = (folder / "charter.yaml").read_text().splitlines()
    (problem,) = check_products(folder)
    assert '"lifecycle"' in lines[problem.line - 1]


def test_a_missing_key_has_the_line_of_the_part_that_lacks_it(tmp_path: Path) -> None:
    folder = write_product(tmp_path / "p", sunset={"retention": ..., "conditions": ["done"]})
    lines = (folder / "charter.yaml").read_text().splitlines()
    (problem,) = check_products(folder)
    assert problem.field == "sunset.retention"
    assert '"sunset"' in lines[problem.line - 1]


def test_all_problems_of_a_charter_are_reported_at_once(tmp_path: Path) -> None:
    changes: dict[str, Any] = {"titel": "x", "lifecycle": "pilott", "sunset": {"retention": 7}}
    fields = {problem.field for problem in check_products(write_product(tmp_path / "p", **changes))}
    assert fields == {"titel", "lifecycle", "sunset.retention"}


def test_an_item_that_does_not_fit_makes_no_list_too_short(tmp_path: Path) -> None:
    ladder = {"levels": [{"notify": ["janitor"], "within": "4h"}]}
    (problem,) = check_products(write_product(tmp_path / "p", escalation=ladder))
    assert problem.field == "escalation.levels[0].notify[0]"


def test_the_region_norway_stays_text_without_quotes(tmp_path: Path) -> None:
    folder = write_product(tmp_path / "p")
    path = folder / "charter.yaml"
    path.write_text(path.read_text().replace('"NO"', "NO"))
    assert load_product(folder).charter.sources["records"].regions == ("NO",)


def test_a_secret_in_an_address_is_not_repeated(tmp_path: Path) -> None:
    person = {"name": "A", "email": "a@b.no", "notify": "mailto://me:hunter2@host"}
    problems = check_products(write_product(tmp_path / "p", people={"owner": person}))
    assert problems
    assert "hunter2" not in "".join(map(str, problems))
