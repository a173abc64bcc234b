"""The model's part of a drafted charter asks about everything that was guessed or is suspicious."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml

from aipo_pipelines.charter.model.modelling import Lags, Task
from aipo_pipelines.charter.model.thresholds import AppliesTo, Metric
from aipo_pipelines.drafting.batch_windows import FirstBatches
from aipo_pipelines.drafting.charter_model import model_part
from aipo_pipelines.drafting.features import Features
from aipo_pipelines.drafting.first_model import Measured
from aipo_pipelines.drafting.growth import TIME_LIKE, Growth, Trend
from aipo_pipelines.drafting.label import Goal
from aipo_pipelines.drafting.plan import Model, Plan
from aipo_pipelines.drafting.split_columns import SPLIT_REASON
from tests.unit.drafting.tables import NO_ROLES, limit_of, model_of, plan_of, words

LAGS = Lags(series="shop", steps=(1, 7), season=7)


def part(model: Model | None, **changes: Any) -> str:
    return "\n".join(model_part(plan_of(model=model, **changes)))


def fields(model: Model | None, **changes: Any) -> dict[str, Any]:
    """What a reader of YAML reads from the part."""
    read: dict[str, Any] = yaml.safe_load(part(model, **changes))
    return read


def asked(model: Model, plan: Plan | None = None) -> list[str]:
    """The questions of the part, in order."""
    marked = words("\n".join(model_part(replace(plan or plan_of(), model=model))))
    return [question.strip() for question in marked.split("DECIDE: ")[1:]]


def with_features(**changes: Any) -> Model:
    return model_of(features=replace(Features(used=("x",)), **changes))


def test_without_a_label_the_product_is_data_only() -> None:
    assert words(part(None)) == (
        "DECIDE: no column looks like a label, so this is a product of data only. If something is "
        "predicted, draft again with --label, or add `labels` and `model`"
    )


def test_the_part_holds_the_whole_model() -> None:
    assert fields(model_of()) == {
        "labels": {"column": "y", "positive": "1"},
        "protected": [],
        "model": {
            "task": "binary",
            "estimator": "sklearn.linear_model.LogisticRegression",
            "features": ["x"],
            "seed": 0,
        },
        "outcome_map": [
            {
                "outcome": "Undecided.",
                "metric": "roc_auc",
                "target": 0.7,
                "unit": "EUR",
                "costs": {"false_positive": 0, "false_negative": 0},
            }
        ],
        "thresholds": [
            {
                "metric": "roc_auc",
                "limit": 0.7,
                "minimum_sample": 30,
                "owner": "owner",
                "reason": "Undecided; drafted from the figures of a first model.",
            }
        ],
    }


@pytest.mark.parametrize("positive", ["1", "yes", "true", "gone", 'a "b"', "0012"])
def test_the_positive_class_is_text_for_every_reader(positive: str) -> None:
    model = model_of(goal=Goal(label="y", task=Task.BINARY, positive=positive, guessed=()))
    assert fields(model)["labels"] == {"column": "y", "positive": positive}
    assert f'positive: "{positive[:1]}' in part(model)


def test_a_number_has_no_positive_class_and_costs_by_its_error() -> None:
    read = fields(model_of(task=Task.REGRESSION))
    assert read["labels"] == {"column": "y"}
    assert read["outcome_map"][0]["costs"] == {"per_unit_error": 0}


def test_only_what_was_guessed_is_asked_about() -> None:
    guess = {
        "label": "is y the label to predict? It was guessed",
        "positive": "is `positive` the event? It was guessed",
        "task": "is this the task? It was guessed from the label",
    }
    for name, question in guess.items():
        goal = Goal(label="y", task=Task.BINARY, positive="1", guessed=(name,))
        questions = " | ".join(asked(model_of(goal=goal)))
        assert [text for text in guess.values() if text in questions] == [question]


def test_protected_attributes_are_asked_about_if_personal_data_is_suspected() -> None:
    model = with_features(protected=("gender",))
    categories = {"gender": "user.demographic.gender"}
    assert fields(model, categories=categories)["protected"] == ["gender"]
    text = words(part(model, categories=categories))
    assert "DECIDE: by which attributes must people be treated alike?" in text
    assert "no fairness is measured" not in text
    assert (
        "no attribute of people was recognised, so no fairness is measured protected: []"
        in words(part(model_of()))
    )


def test_a_column_that_was_left_out_is_named_with_its_reason() -> None:
    text = words(part(with_features(left_out={"id": "it identifies the record"})))
    assert "left out: id (it identifies the record)" in text
    assert "DECIDE: left out" not in text


def test_leaks_growth_and_splits_are_questions_and_named_once() -> None:
    features = Features(
        used=("x",),
        left_out={"copy": "suspected leak", "week": TIME_LIKE, "fold": SPLIT_REASON},
        leaks={("copy",): "copy (equals the target)", ("x", "rest"): "x and rest (they sum to y)"},
        suspects=("copy",),
    )
    plan = plan_of(roles=replace(NO_ROLES, rising=("week",)))
    text = words(part(model_of(features=features), roles=plan.roles))
    assert text.count("left out: copy") == 1
    assert text.count("left out: week") == 1
    assert text.count("left out: fold") == 1
    questions = asked(model_of(features=features), plan)
    assert f"left out: week ({TIME_LIKE})" in questions
    assert f"left out: fold ({SPLIT_REASON})" in questions
    assert "suspected leak, left out: copy (equals the target)" in questions
    last = "suspected leak, still a feature: x and rest (they sum to y) features: [x] seed: 0"
    assert any(question.startswith(last) for question in questions)


def test_a_column_that_may_grow_is_asked_about_only_if_it_is_a_feature() -> None:
    growth = Growth(trends={"x": Trend(perhaps=True), "z": Trend(perhaps=True)})
    questions = asked(model_of(), plan_of(growth=growth))
    (question,) = [text for text in questions if "time-like" in text]
    assert question.startswith(
        "x may be time-like: if it grows with each delivery, leave it out (--without x) features:"
    )


def test_features_that_repeat_others_are_asked_about_ten_at_most() -> None:
    related = tuple(f"b{number} is a in other words" for number in range(12))
    text = words(part(with_features(related=related)))
    assert "some features repeat other features: b0 is a in other words; b1 is" in text
    assert "b9 is a in other words; and 2 more. Drift of one is drift of all" in text
    assert "b10" not in text
    assert "; and" not in words(part(with_features(related=related[:10])))


def test_a_model_that_is_too_good_is_asked_about_with_its_three_strongest_columns() -> None:
    features = Features(
        used=("a", "b", "c", "d"), powers={"a": 0.6, "b": 0.9, "c": 0.8, "d": 0.7, "gone": 0.99}
    )
    measured = Measured(perfect="roc_auc 0.9950")
    text = words(part(model_of(features=features, measured=measured)))
    assert (
        "DECIDE: too good to be true? A first model reaches roc_auc 0.9950, which hardly any "
        "honest model does: is a feature known only after the event? The strongest alone: b "
        "(0.900), c (0.800), d (0.700). features:" in text
    )
    alone = words(part(model_of(measured=measured)))
    assert "known only after the event? features:" in alone


def test_a_forecast_writes_its_series_lags_and_season() -> None:
    model = model_of(task=Task.FORECASTING, lags=LAGS)
    spec = model.spec.model_copy(update={"categorical": ("shop",), "seed": 3})
    read = fields(replace(model, spec=spec))["model"]
    assert read["forecasting"] == {"series": "shop", "steps": [1, 7], "season": 7}
    assert (read["categorical"], read["seed"]) == (["shop"], 3)
    assert "categorical" not in fields(model_of())["model"]


def test_the_target_is_that_of_the_first_metric_and_zero_without_a_limit() -> None:
    limits = (limit_of(Metric.SKILL, limit=0.2), limit_of(limit=0.75))
    assert fields(model_of(limits=limits))["outcome_map"][0]["target"] == 0.75
    without = fields(model_of(limits=limits[:1]))["outcome_map"][0]
    assert (without["metric"], without["target"]) == ("roc_auc", 0)


def test_limits_say_on_how_many_records_and_how_they_were_measured() -> None:
    questions = asked(model_of())
    assert questions[-1].startswith(
        "which limits are agreed? These are a bit below the figures that a first model reached on "
        "1,200 records in 3 folds thresholds:"
    )


def test_a_model_that_could_not_be_judged_says_why() -> None:
    model = model_of(measured=Measured(problem="the label has one class"), limits=())
    assert words(part(model)).endswith(
        "DECIDE: no first model could be judged: the label has one class thresholds: []"
    )
    assert fields(model)["thresholds"] == []


def test_samples_out_of_reach_are_asked_about() -> None:
    small = limit_of(minimum_sample=500)
    first = FirstBatches(count=1, rows=100)
    text = words(part(model_of(limits=(small,), first=first)))
    _, after = text.split("DECIDE: how does a batch get enough records? ")
    now, small_samples = after.split(": ", maxsplit=1)
    assert now == "As batches are cut now there is no verdict, and the answer stays UNKNOWN"
    assert small_samples.startswith(
        "roc_auc needs 500 records, and a usual batch has 400; a release needs 100 held-out "
        "records, and the first batch can give 30. Cut longer batches, collect more records"
    )
    assert "how does a batch get enough records" not in words(part(model_of()))


def test_a_threshold_has_its_drop_its_attribute_and_its_places() -> None:
    gap = limit_of(
        Metric.SELECTION_RATE_DIFFERENCE,
        attribute="gender",
        applies_to=(AppliesTo.LIVE,),
        too_small="1 of 2 groups is smaller",
        measured="measured 0.05",
    )
    drop = limit_of(maximum_drop=0.08)
    model = model_of(limits=(drop, gap))
    first, second = fields(model)["thresholds"]
    assert first["maximum_drop"] == 0.08
    assert "applies_to" not in first
    assert "attribute" not in first
    assert (second["attribute"], second["applies_to"]) == ("gender", ["live"])
    assert "maximum_drop" not in second
    text = words(part(model))
    assert "the smallest drop that so many records show with 80 % power maximum_drop: 0.08" in text
    assert "measured 0.05 - metric: selection_rate_difference" in text
    assert (
        "DECIDE: 1 of 2 groups is smaller DECIDE: judged live only, and no gate before a release: "
        "is that enough? applies_to: [live]" in text
    )


def test_every_line_fits_the_width_of_the_page() -> None:
    features = Features(
        used=tuple(f"feature_{number}" for number in range(40)),
        left_out={f"column_{number}": "it identifies the record" for number in range(9)},
    )
    model = model_of(features=features)
    spec = model.spec.model_copy(update={"features": features.used})
    text = part(replace(model, spec=spec))
    assert max(map(len, text.splitlines())) <= 100
    assert tuple(fields(replace(model, spec=spec))["model"]["features"]) == features.used
