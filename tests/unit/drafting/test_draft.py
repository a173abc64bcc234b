"""The whole draft: what is found, what is guessed and said so, what is refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.load import load_product, load_standards
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.sources import FileBatches, RowBatches, SourceFormat, TimeBatches
from aipo_pipelines.charter.model.standards import Standards
from aipo_pipelines.charter.model.thresholds import AppliesTo, Metric
from aipo_pipelines.drafting.draft import Draft, Wishes, draft_product
from aipo_pipelines.drafting.plan import Place
from aipo_pipelines.drafting.table import Table
from aipo_pipelines.errors import DraftError
from aipo_pipelines.resources.products_root import bundled

RNG = np.random.default_rng(7)
PLACE = Place(location="data.csv", format=SourceFormat.CSV, shown_as="data.csv")


@pytest.fixture(scope="module")
def standards() -> Standards:
    standards = load_standards(bundled("products"))
    assert standards is not None
    return standards


def drafted(standards: Standards, columns: dict[str, Any], **wishes: Any) -> Draft:
    frame = pd.DataFrame(columns).astype("str")
    table = Table(frame=frame, rows=len(frame))
    return draft_product("sample", PLACE, table, Wishes(**wishes), standards)


def loaded(draft: Draft, folder: Path) -> Charter:
    """The charter of a draft, which must have no problem beside the bundled standards."""
    folder.mkdir()
    (folder / "charter.yaml").write_text(draft.charter, encoding="utf-8")
    (folder / "contract.yaml").write_text(draft.contract, encoding="utf-8")
    return load_product(folder, standards=bundled("products") / "standards.yaml").charter


def customers(rows: int = 600) -> dict[str, Any]:
    x = RNG.normal(size=rows).round(3)
    left = x + RNG.normal(size=rows) > 0.8
    return {
        "customer_id": [f"C{number:05}" for number in RNG.permutation(rows)],
        "gender": RNG.choice(["f", "m"], rows),
        "x": x,
        "left": left.astype(int),
        "copy": np.where(left, "gone", "here"),
        "churned": np.where(left, "yes", "no"),
    }


def shops(weeks: int = 120) -> dict[str, Any]:
    days = pd.date_range("2024-01-05", periods=weeks, freq="7D").strftime("%d-%m-%Y")
    shop = np.repeat([1, 2, 3, 4, 5], weeks)
    season = np.tile(np.sin(np.arange(weeks) / 8), 5)
    sales = 100 + 10 * shop + 20 * season + RNG.normal(size=5 * weeks)
    return {"shop": shop, "week": np.tile(days, 5), "holiday": (season > 0.9).astype(int),
            "sales": sales.round(2)}  # fmt: skip


@pytest.fixture(scope="module")
def churn(standards: Standards) -> Draft:
    return drafted(standards, customers())


def test_a_guessed_goal_is_marked_for_a_person(churn: Draft) -> None:
    model = churn.plan.model
    assert model is not None
    assert (model.goal.label, model.goal.task, model.goal.positive) == (
        "churned", Task.BINARY, "yes",
    )  # fmt: skip
    fields = [question.field for question in churn.questions]
    assert {"labels.column", "labels.positive", "model.task"} <= {*fields}


def test_keys_people_and_leaks_are_no_features(churn: Draft) -> None:
    model = churn.plan.model
    assert model is not None
    assert model.spec.features == ("x",)
    assert set(model.features.left_out) == {"customer_id", "gender", "left", "copy"}
    assert len(model.features.leaks) == 2


def words(text: str) -> str:
    """A page without its marks of comments and breaks of lines."""
    return " ".join(text.replace("#", "").split())


def test_a_suspected_leak_is_marked_with_its_figure_and_left_out_until_somebody_decides(
    standards: Standards,
) -> None:
    columns = customers(2000)
    event = columns["left"] == 1
    columns["refund"] = np.where(event & (RNG.random(2000) < 0.5), "9.50", "")
    draft = drafted(standards, columns, label="left")
    assert draft.plan.model is not None
    assert "refund" not in draft.plan.model.spec.features
    text = words(draft.charter)
    assert "DECIDE: suspected leak, left out: refund (it is filled only if left is 1" in text
    question_text = next(
        question.asks for question in draft.questions if question.field == "model.features"
    )
    assert "copy (alone it has an AUC of 1.000" in question_text
    assert "left out: refund" not in text.replace("leak, left out: refund", "")


def test_a_leak_within_one_batch_is_found_in_the_draft(standards: Standards) -> None:
    event = RNG.random(6000) < 0.5
    late = np.arange(6000) >= 4500
    columns = {
        "x": (event + RNG.normal(size=6000)).round(3),
        "code": np.where(late, event + 0.5, RNG.random(6000)).round(3),
        "class": np.where(event, "UP", "DOWN"),
    }
    draft = drafted(standards, columns)
    assert draft.plan.model is not None
    assert "within batch" in draft.plan.model.features.leaks["code",]
    assert draft.plan.model.spec.features == ("x",)


def test_a_first_model_that_is_too_good_is_a_question_with_the_strongest_columns(
    standards: Standards,
) -> None:
    parts = RNG.normal(size=(4, 3000))
    columns = {f"part_{place}": part.round(4) for place, part in enumerate(parts)}
    columns["churned"] = np.where(parts.sum(axis=0) > 0, "yes", "no")
    draft = drafted(standards, columns, label="churned")
    question_text = next(
        question.asks for question in draft.questions if question.field == "model.features"
    )
    assert "A first model reaches roc_auc 0.99" in question_text
    assert "The strongest alone: part_" in question_text
    assert "DECIDE: too good to be true? A first model reaches roc_auc 0.99" in words(draft.charter)


def test_an_honest_first_model_is_not_called_too_good(churn: Draft) -> None:
    assert "too good to be true" not in words(churn.charter)


def test_the_draft_has_no_problem_and_leaves_open_what_its_marks_say(
    churn: Draft, tmp_path: Path
) -> None:
    charter = loaded(churn, tmp_path / "sample")
    assert list(charter.undecided) == [question.field for question in churn.questions]
    assert charter.sources["data"].approval is None
    assert charter.decision_rights.release.quorum == 1
    assert charter.protected == ("gender",)
    assert charter.identifiers == ("customer_id",)


def test_no_value_of_a_person_is_in_the_draft(churn: Draft) -> None:
    text = churn.charter + churn.contract
    assert [customer for customer in customers()["customer_id"] if customer in text] == []
    assert "gender" in text
    assert "{value: f}" not in churn.charter


def test_limits_lie_below_what_was_measured_and_are_never_looser_than_the_standards(
    churn: Draft, standards: Standards
) -> None:
    model = churn.plan.model
    assert model is not None
    floor = {
        threshold.metric: threshold.limit for threshold in standards.tiers[churn_tier()].thresholds
    }
    for limit in model.limits:
        if limit.attribute is None:
            measured = model.measured.figures[limit.metric].value
            assert measured is not None
            assert floor.get(limit.metric, -1) <= limit.limit < measured


def churn_tier() -> Any:
    from aipo_pipelines.drafting.plan import TIER

    return TIER


def test_a_panel_is_forecast_by_date_with_the_day_first(
    standards: Standards, tmp_path: Path
) -> None:
    draft = drafted(standards, shops())
    charter = loaded(draft, tmp_path / "sample")
    assert charter.model is not None
    assert charter.model.forecasting is not None
    assert (charter.model.task, charter.model.forecasting.series) == (Task.FORECASTING, "shop")
    assert charter.model.forecasting.season == 52
    assert isinstance(charter.batches, TimeBatches)
    assert str(charter.batches.starting) == "2024-01-05"
    assert charter.identifiers == ("shop", "week")
    assert "format: dd-MM-yyyy" in draft.contract


def test_a_long_file_without_key_and_date_is_cut_by_rows(
    standards: Standards, tmp_path: Path
) -> None:
    x = RNG.normal(size=6000).round(2)
    columns = {"x": x, "z": RNG.integers(0, 5, 6000), "class": np.where(x > 0, "UP", "DOWN")}
    columns["x"] = (x + RNG.normal(size=6000)).round(2)
    charter = loaded(drafted(standards, columns), tmp_path / "sample")
    assert isinstance(charter.batches, RowBatches)
    assert charter.batches.rows >= 1000


def test_a_list_with_nothing_to_predict_is_data_only(standards: Standards, tmp_path: Path) -> None:
    columns = {
        "id": [f"k{number}" for number in range(60)],
        "colour": ["red", "blue", "green"] * 20,
    }
    draft = drafted(standards, columns)
    charter = loaded(draft, tmp_path / "sample")
    assert (charter.model, type(charter.batches)) == (None, FileBatches)
    assert "model" in charter.undecided


def test_a_key_with_another_name_is_known_by_the_form_of_its_codes(
    standards: Standards,
) -> None:
    columns = customers()
    columns = {"Kunde": columns.pop("customer_id"), **columns}
    plan = drafted(standards, columns).plan
    assert plan.roles.identifiers == ("Kunde",)
    assert isinstance(plan.cut.rule, FileBatches)


def test_a_year_is_no_feature_and_no_closed_set(standards: Standards) -> None:
    columns = shops()
    columns["year"] = [day[-4:] for day in columns["week"]]
    plan = drafted(standards, columns).plan
    assert plan.roles.rising == ("year",)
    assert plan.model is not None
    assert "year" not in plan.model.spec.features


def test_the_day_identifies_a_record_if_each_record_has_its_own_day(
    standards: Standards, tmp_path: Path
) -> None:
    days = pd.date_range("2022-01-03", periods=900).strftime("%Y-%m-%d")
    columns = {"day": days, "x": RNG.normal(size=900).round(3), "sales": RNG.normal(size=900)}
    charter = loaded(drafted(standards, columns), tmp_path / "sample")
    assert (charter.identifiers, charter.time_column) == (("day",), "day")
    assert charter.model is not None
    assert charter.model.features == ("x",)


def test_batches_longer_than_the_cadence_of_the_standards_are_a_question(
    standards: Standards,
) -> None:
    draft = drafted(standards, shops())
    assert isinstance(draft.plan.cut.rule, TimeBatches)
    text = " ".join(draft.charter.replace("#", "").split())
    assert "ask for evidence every 31d. A batch takes" in text


def visits(rows: int, weeks: int) -> dict[str, Any]:
    x = RNG.normal(size=rows)
    days = pd.date_range("2024-01-01", periods=weeks, freq="7D").strftime("%Y-%m-%d")
    return {
        "visit_no": np.arange(rows),
        "day": np.sort(RNG.choice(days, rows)),
        "gender": RNG.choice(["female", "male"], rows, p=[0.8, 0.2]),
        "x": x.round(3),
        "y": RNG.normal(size=rows).round(3),
        "readmitted": np.where(x + RNG.normal(size=rows) > 0.5, "yes", "no"),
    }


def samples(charter: Charter) -> dict[str, int]:
    return {
        **{
            f"{threshold.metric.value}": threshold.minimum_sample
            for threshold in charter.thresholds
        },
        "drift": charter.drift.minimum_sample,
        "concept_drift": charter.concept_drift.minimum_sample,
    }


def test_samples_that_no_batch_ever_holds_are_a_question_and_marked(
    standards: Standards, tmp_path: Path
) -> None:
    draft = drafted(standards, visits(240, 4), label="readmitted")
    charter, rows = loaded(draft, tmp_path / "sample"), draft.plan.cut.rows
    cut = draft.plan.cut
    assert (
        f"{cut.batches} windows of 7 days by day, usually of about {rows} records, the "
        in cut.reason
    )
    assert f"the smallest of {cut.fewest};" in cut.reason
    assert rows < 100
    (asks,) = [question.asks for question in draft.questions if question.field == "thresholds"]
    assert f"roc_auc needs 300 records, and a usual batch has {rows}" in asks
    assert "selection_rate_difference of gender needs 232 records in each group, and the " in asks
    assert (
        f"a release needs 100 held-out records, and the first batch can give {rows * 3 // 10}"
        in asks
    )
    text = " ".join(draft.charter.replace("#", "").split())
    assert "DECIDE: how does a batch get enough records?" in text
    held = samples(charter)
    assert (held["drift"], held["concept_drift"]) == (rows, rows)


def test_samples_that_no_standard_asks_for_are_drafted_small_enough(
    standards: Standards, tmp_path: Path
) -> None:
    columns = visits(480, 4)
    columns["cost"] = (columns["x"] * 5 + RNG.normal(size=480)).round(2)
    draft = drafted(standards, columns, label="cost")
    model = draft.plan.model
    assert model is not None
    required = {threshold.metric for threshold in standards.tiers[churn_tier()].thresholds}
    free = [limit for limit in model.limits if limit.metric not in required]
    assert free
    assert all(limit.minimum_sample == max(30, limit.held_out) < 100 for limit in free)
    assert {limit.attribute for limit in free} == {None, "gender"}
    loaded(draft, tmp_path / "sample")


def test_batches_that_hold_every_sample_raise_no_question_about_it(standards: Standards) -> None:
    draft = drafted(standards, visits(20_000, 4), label="readmitted")
    (asks,) = [question.asks for question in draft.questions if question.field == "thresholds"]
    assert asks == "Which limits are agreed? These are only measured."
    assert "enough records" not in draft.charter
    assert "concept_drift:" not in draft.charter


def test_a_gap_whose_smallest_group_fills_no_held_out_part_is_judged_live_only(
    standards: Standards,
) -> None:
    model = drafted(standards, visits(8_000, 4), label="readmitted").plan.model
    assert model is not None
    (gap,) = [limit for limit in model.limits if limit.attribute == "gender"]
    assert gap.held_out < gap.minimum_sample < gap.per_batch
    assert gap.applies_to == (AppliesTo.LIVE,)
    assert re.fullmatch(
        r"1 of 2 groups is smaller than the 232 held-out records that each needs; "
        r"first_batches: 2 \(about [\d,]+ records\) would be enough",
        gap.too_small,
    )


def test_a_group_that_the_end_of_the_first_batches_holds_is_a_gate_before_a_release(
    standards: Standards,
) -> None:
    model = drafted(standards, visits(24_000, 12), label="readmitted").plan.model
    assert model is not None
    (gap,) = [limit for limit in model.limits if limit.attribute == "gender"]
    assert model.first.count > 1
    assert int(gap.per_batch * 0.3) < gap.minimum_sample <= gap.held_out
    assert gap.applies_to == (AppliesTo.RELEASE, AppliesTo.LIVE)
    assert f"held out of the first {model.first.count} batches: " in gap.measured
    assert not gap.too_small


def test_groups_are_compared_by_their_errors_if_no_class_is_selected(
    standards: Standards, tmp_path: Path
) -> None:
    columns = visits(6_000, 4)
    noise = np.where(columns["gender"] == "female", 3.0, 1.0)
    columns["cost"] = (columns["x"] * 5 + RNG.normal(size=6_000) * noise).round(2)
    draft = drafted(standards, columns, label="cost")
    model = draft.plan.model
    assert model is not None
    (gap,) = [limit for limit in model.limits if limit.attribute == "gender"]
    assert gap.metric is Metric.ERROR_DIFFERENCE
    assert gap.measured.startswith("measured 1.")
    assert 1.3 < gap.limit < 2.2  # A bit more than the gap of 2 times sqrt(2 / pi).
    assert loaded(draft, tmp_path / "sample").protected == ("gender",)


def test_a_limit_that_is_judged_live_only_is_marked_and_asked_about(
    standards: Standards, tmp_path: Path
) -> None:
    draft = drafted(standards, visits(8_000, 4), label="readmitted")
    text = words(draft.charter)
    assert "DECIDE: judged live only, and no gate before a release: is that enough?" in text
    assert "would be enough applies_to" in text.replace(
        "DECIDE: judged live only, and no gate before a release: is that enough? ", ""
    )
    question_text = next(
        question.asks for question in draft.questions if question.field == "thresholds"
    )
    assert "Groups of gender: 1 of 2 groups is smaller than" in question_text
    assert "so it is judged live only" in question_text
    assert "thresholds" in loaded(draft, tmp_path / "sample").undecided


def test_one_group_of_many_that_is_too_small_is_said_and_takes_no_limit_away(
    standards: Standards,
) -> None:
    columns = customers(6_000)
    columns["gender"] = RNG.choice(["f", "m", "d"], 6_000, p=[0.5, 0.47, 0.03])
    draft = drafted(standards, columns, label="left")
    assert draft.plan.model is not None
    (gap,) = [limit for limit in draft.plan.model.limits if limit.attribute == "gender"]
    assert gap.applies_to == (AppliesTo.RELEASE, AppliesTo.LIVE)
    assert gap.too_small.startswith("1 of 3 groups is smaller than the 232 held-out records")
    assert gap.too_small.endswith("first_batches: 5 (about 30,000 records) would be enough")
    question_text = next(
        question.asks for question in draft.questions if question.field == "thresholds"
    )
    assert "judged live only" not in question_text
    assert "Groups of gender: 1 of 3 groups" in question_text


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("age", [*range(18, 90)]),
        ("Alter", [*range(18, 90)]),
        ("nationality", [f"country {number}" for number in range(30)]),
        ("native-country", ["here", "there"]),
        ("relationship", ["Husband", "Own-child", "Unmarried"]),
        ("race", ["a", "b", "c"]),
        ("religion", ["a", "b", "c"]),
        ("disabled", ["0", "1"]),
        ("foreign_worker", ["yes", "no"]),
        ("num_children", ["0", "1", "2"]),
        ("marital-status", ["single", "married"]),
        ("sexual_orientation", ["a", "b"]),
    ],
)
def test_attributes_of_people_are_protected(
    standards: Standards, tmp_path: Path, name: str, values: list[Any]
) -> None:
    columns = customers(900)
    columns[name] = RNG.choice(values, 900)
    draft = drafted(standards, columns, label="left")
    charter = loaded(draft, tmp_path / "sample")
    assert name in charter.protected
    assert charter.model is not None
    assert name not in charter.model.features


def test_ambiguous_dates_stay_text_and_are_marked(standards: Standards, tmp_path: Path) -> None:
    days = [f"{1 + n % 12:02}/{1 + n * 7 % 12:02}/2024" for n in range(60)]
    draft = drafted(standards, {"day": days, "kind": ["a", "b", "c"] * 20})
    charter = loaded(draft, tmp_path / "sample")
    assert charter.time_column is None
    assert "# DECIDE: dates, but dd/MM/yyyy and MM/dd/yyyy both fit" in draft.contract
    assert "day" in next(
        question.asks for question in draft.questions if question.field == "contract"
    )


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"label": "churnd"}, "did you mean 'churned'"),
        ({"time": "x"}, "holds numbers; expected dates"),
        ({"time": "gender"}, "holds strings; expected dates or timestamps; name another"),
        ({"time": "left"}, "Deliver one file for each week, year or range of them"),
        ({"time": "left"}, "batches: {by: rows, rows: N}"),
        ({"label": "gender", "task": Task.REGRESSION}, "expected numbers"),
        ({"label": "x", "task": Task.BINARY}, "expected two"),
        ({"label": "x", "task": Task.MULTICLASS}, "expected at most"),
        ({"label": "x", "task": Task.FORECASTING}, "needs a column of dates"),
    ],
)
def test_words_that_do_not_fit_the_data_are_refused(
    standards: Standards, wishes: dict[str, Any], words: str
) -> None:
    with pytest.raises(DraftError, match=words):
        drafted(standards, customers(60), **wishes)


def test_hostile_names_and_values_keep_the_draft_valid(
    standards: Standards, tmp_path: Path
) -> None:
    names = ["a, b", "c: d", "#e", "true", "[f]", "\u00e9\u2028x", "g'h\"", "1e5", "{}", "- x"]
    columns = {name: RNG.choice(["yes: [", "#no", "null", '"'], 80) for name in names}
    draft = drafted(standards, columns)
    loaded(draft, tmp_path / "sample")
    assert [profile.name for profile in draft.plan.profiles] == names
