"""Records as they arrive on a bad day."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.charter.model.operations import Perturbation, RobustnessTest
from aipo_pipelines.measures.gates.perturbation import fits, is_number, perturbed
from aipo_pipelines.measures.gates.robustness import perturb

ROWS = 4_000


def a_test(perturbation: str, size: float, *columns: str) -> RobustnessTest:
    return RobustnessTest.model_validate(
        {"perturbation": perturbation, "size": size, "columns": columns, "maximum_loss": 0.1}
    )


def table(rows: int = ROWS) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "wide": rng.normal(50, 20, rows),
            "count": rng.integers(0, 9, rows),
            "code": rng.integers(10, 13, rows),
            "word": pd.Series(rng.choice(["alpha", "beta", "gamma"], rows), dtype="str"),
            "flag": rng.random(rows) < 0.5,
            "when": pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 9, rows), "D"),
            "other": rng.normal(size=rows),
        }
    )


FEATURES = ("wide", "count", "code", "word", "flag", "when")
CODES = ("code",)


def changed(before: pd.DataFrame, after: pd.DataFrame) -> set[str]:
    return {str(name) for name in before if not before[name].equals(after[name])}


@pytest.mark.parametrize(
    ("perturbation", "size", "columns"),
    [
        ("noise", 0.1, {"wide", "count"}),
        ("unit", 1000.0, {"wide", "count"}),
        ("swap", 0.2, {"code", "word", "flag"}),
        ("typo", 0.2, {"code", "word", "flag"}),
        ("missing", 0.2, {"wide", "count", "code", "word", "flag", "when"}),
    ],
)
def test_each_kind_changes_only_the_features_that_it_fits(
    perturbation: str, size: float, columns: set[str]
) -> None:
    before = table()
    after = perturb(before, a_test(perturbation, size), FEATURES, CODES, 0)
    assert changed(before, after) == columns
    assert list(after.columns) == list(before.columns)


def test_the_records_given_are_not_changed() -> None:
    frame = table()
    perturb(frame, a_test("missing", 0.5), FEATURES, CODES, 0)
    pd.testing.assert_frame_equal(frame, table())


def test_named_columns_alone_are_perturbed() -> None:
    before = table()
    after = perturb(before, a_test("noise", 1, "count"), FEATURES, CODES, 0)
    assert changed(before, after) == {"count"}


def test_a_named_column_that_is_no_feature_is_left_alone() -> None:
    before = table()
    assert not changed(before, perturb(before, a_test("noise", 1, "other"), FEATURES, CODES, 0))


def test_noise_is_as_large_as_the_share_of_the_spread_it_was_given() -> None:
    before = table()
    after = perturb(before, a_test("noise", 0.25), FEATURES, CODES, 0)
    noise = after["wide"] - before["wide"]
    assert noise.std() / before["wide"].std() == pytest.approx(0.25, rel=0.05)
    assert abs(noise.mean()) < 0.5


def test_whole_numbers_become_floats_under_noise() -> None:
    after = perturb(table(), a_test("noise", 0.1), FEATURES, CODES, 0)
    assert after["count"].dtype == np.float64


def test_a_wrong_unit_multiplies() -> None:
    before = table()
    after = perturb(before, a_test("unit", 1000, "count"), FEATURES, CODES, 0)
    assert after["count"].tolist() == [1000 * value for value in before["count"]]


def test_the_agreed_share_of_cells_is_lost() -> None:
    after = perturb(table(), a_test("missing", 0.1), FEATURES, CODES, 0)
    assert after["wide"].isna().mean() == pytest.approx(0.1, abs=0.02)
    assert after["word"].isna().mean() == pytest.approx(0.1, abs=0.02)


def test_columns_lose_different_cells() -> None:
    after = perturb(table(), a_test("missing", 0.3), FEATURES, CODES, 0)
    assert not after["wide"].isna().equals(after["count"].isna())


def test_a_larger_share_includes_the_smaller_share() -> None:
    small = perturb(table(), a_test("missing", 0.1), FEATURES, CODES, 0)["wide"].isna()
    large = perturb(table(), a_test("missing", 0.3), FEATURES, CODES, 0)["wide"].isna()
    assert bool((large | ~small).all())


def test_a_swapped_category_is_another_known_category() -> None:
    before = table()
    after = perturb(before, a_test("swap", 0.2), FEATURES, CODES, 0)
    assert set(after["word"]) == {"alpha", "beta", "gamma"}
    assert (after["word"] != before["word"]).mean() == pytest.approx(0.2, abs=0.03)


def test_numbers_and_booleans_that_are_categories_keep_their_type_when_swapped() -> None:
    before = table()
    after = perturb(before, a_test("swap", 1.0), FEATURES, CODES, 0)
    assert after.dtypes.equals(before.dtypes)
    assert (after["flag"] == ~before["flag"]).all()
    assert set(after["code"]) == {10, 11, 12}
    assert (after["code"] != before["code"]).all()


def test_a_typo_keeps_the_letters_and_changes_their_order() -> None:
    before = table()
    after = perturb(before, a_test("typo", 1.0, "word"), FEATURES, CODES, 0)
    assert (after["word"] != before["word"]).all()
    assert [sorted(word) for word in after["word"]] == [sorted(word) for word in before["word"]]


def test_a_typo_in_a_number_is_made_in_its_text_without_decimals() -> None:
    frame = pd.DataFrame({"code": [12.0, 12.0, np.nan]})
    after = perturb(frame, a_test("typo", 1.0), ["code"], ["code"], 0)["code"]
    assert after.tolist()[:2] == ["21", "21"]
    assert after.isna().tolist() == [False, False, True]


def test_a_word_of_equal_letters_has_no_typo() -> None:
    frame = pd.DataFrame({"word": ["aa", "b", ""]})
    assert perturb(frame, a_test("typo", 1.0), ["word"], [], 0)["word"].tolist() == ["aa", "b", ""]


@pytest.mark.parametrize("perturbation", ["noise", "swap", "typo"])
def test_missing_cells_stay_missing(perturbation: str) -> None:
    frame = pd.DataFrame({"x": [1.0, np.nan, 3.0], "c": pd.Series(["ab", None, "cd"], dtype="str")})
    after = perturb(frame, a_test(perturbation, 1.0), ["x", "c"], [], 0)
    assert after.isna().equals(frame.isna())


def test_a_constant_column_has_no_spread_and_no_noise() -> None:
    frame = pd.DataFrame({"x": [4.0, 4.0, 4.0]})
    assert perturb(frame, a_test("noise", 3.0), ["x"], [], 0)["x"].tolist() == [4.0, 4.0, 4.0]


def test_one_category_has_no_other_to_become() -> None:
    frame = pd.DataFrame({"c": ["only"] * 5})
    assert perturb(frame, a_test("swap", 1.0), ["c"], [], 0).equals(frame)


def test_infinite_values_do_not_make_the_noise_infinite() -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0, np.inf]})
    after = perturb(frame, a_test("noise", 1.0), ["x"], [], 0)["x"]
    assert np.isfinite(after[:2]).all()


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1, None, 3], dtype="Int64"),
        pd.Series([True, None, False], dtype="boolean"),
        pd.Series(["a1", None, "b2"], dtype="category"),
        pd.Series([None, None, None], dtype="object"),
        pd.Series([np.nan] * 3),
        pd.Series([], dtype="str"),
    ],
    ids=["nullable integers", "nullable booleans", "categories", "nothing", "no number", "empty"],
)
@pytest.mark.parametrize("category", [False, True])
@pytest.mark.parametrize("perturbation", list(Perturbation))
def test_any_type_of_column_can_be_perturbed(
    column: pd.Series, category: bool, perturbation: Perturbation
) -> None:
    frame = pd.DataFrame({"x": column})
    after = perturb(frame, a_test(perturbation, 0.9), ["x"], ["x"] if category else [], 1)
    assert len(after) == len(frame)
    assert bool((after["x"].isna() | frame["x"].notna()).all())


def test_a_column_may_have_any_name() -> None:
    frame = pd.DataFrame({"self": [1.0, 2.0]})
    assert perturb(frame, a_test("unit", 2), ["self"], [], 0)["self"].tolist() == [2.0, 4.0]


@given(seed=st.integers(0, 2**32), kind=st.sampled_from(Perturbation))
def test_the_same_seed_perturbs_alike(seed: int, kind: Perturbation) -> None:
    frame = table(50)
    first, second = (perturb(frame, a_test(kind, 0.5), FEATURES, CODES, seed) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)


def test_another_seed_perturbs_otherwise() -> None:
    first, second = (perturb(table(), a_test("noise", 1), FEATURES, CODES, seed) for seed in (0, 1))
    assert not first["wide"].equals(second["wide"])


KINDS = {
    "float": pd.Series([1.5, np.nan]),
    "whole": pd.Series([1, None], dtype="Int64"),
    "flag": pd.Series([True, False]),
    "text": pd.Series(["a", None], dtype="str"),
    "category": pd.Series(["a", "b"], dtype="category"),
    "day": pd.Series(pd.to_datetime(["2026-01-01", "2026-01-02"])),
}


def test_numbers_are_numbers_and_booleans_are_categories() -> None:
    assert [name for name, column in KINDS.items() if is_number(column)] == ["float", "whole"]


@pytest.mark.parametrize(
    ("perturbation", "columns"),
    [
        (Perturbation.NOISE, ["float", "whole"]),
        (Perturbation.UNIT, ["float", "whole"]),
        (Perturbation.SWAP, ["flag", "text", "category"]),
        (Perturbation.TYPO, ["flag", "text", "category"]),
        (Perturbation.MISSING, list(KINDS)),
    ],
)
def test_a_perturbation_fits_the_types_of_column_that_it_can_change(
    perturbation: Perturbation, columns: list[str]
) -> None:
    fitting = [name for name, cells in KINDS.items() if fits(perturbation, cells, category=False)]
    assert fitting == columns


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_category_of_any_type_takes_words_and_gaps_and_no_noise(kind: str) -> None:
    fitting = {each for each in Perturbation if fits(each, KINDS[kind], category=True)}
    assert fitting == {Perturbation.SWAP, Perturbation.TYPO, Perturbation.MISSING}


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("perturbation", list(Perturbation))
def test_index_and_name_stay_as_they_are(perturbation: Perturbation) -> None:
    column = pd.Series([10.0, 20.0, 30.0], index=[7, 3, 5], name="price")
    after = perturbed(column, perturbation, 0.5, rng())
    assert (after.index.tolist(), after.name) == ([7, 3, 5], "price")


@pytest.mark.parametrize("perturbation", list(Perturbation))
def test_a_perturbation_of_size_zero_or_of_unit_one_changes_no_number(
    perturbation: Perturbation,
) -> None:
    size = 1.0 if perturbation is Perturbation.UNIT else 0.0
    column = pd.Series([12.0, 34.0, np.nan, 56.0])
    after = perturbed(column, perturbation, size, rng())
    assert pd.to_numeric(after).equals(column)


@given(
    perturbation=st.sampled_from([Perturbation.MISSING, Perturbation.SWAP, Perturbation.TYPO]),
    shares=st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted),
)
def test_a_larger_share_changes_every_cell_that_a_smaller_share_changes(
    perturbation: Perturbation, shares: list[float]
) -> None:
    column = pd.Series(["ab", "cd", "ef"] * 10, dtype="str")
    small, large = (
        perturbed(column, perturbation, share, rng(4)).fillna("").ne(column) for share in shares
    )
    assert bool((large | ~small).all())


@given(st.floats(0.01, 5), st.integers(0, 100))
def test_noise_grows_in_proportion_to_its_size(size: float, seed: int) -> None:
    column = pd.Series([1.0, 4.0, -2.0])
    once, twice = (
        perturbed(column, Perturbation.NOISE, factor * size, rng(seed)) - column
        for factor in (1, 2)
    )
    np.testing.assert_allclose(twice, 2 * once, rtol=1e-9, atol=1e-12)


def test_every_other_category_is_as_likely_after_a_swap() -> None:
    column = pd.Series(["a"] * 6000 + ["b", "c", "d"])
    after = perturbed(column, Perturbation.SWAP, 1.0, rng())[:6000].value_counts(normalize=True)
    assert after.to_dict() == pytest.approx(dict.fromkeys("bcd", 1 / 3), abs=0.03)


def test_a_typo_exchanges_two_neighbouring_letters() -> None:
    after = perturbed(pd.Series(["abc"] * 50), Perturbation.TYPO, 1.0, rng())
    assert set(after) == {"bac", "acb"}
