"""The charter's rules on synthetic streams: quick if the world turns, quiet if it does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aipo_pipelines.charter.load import load_product
from aipo_pipelines.charter.model.charter import Charter
from bench.governed import Course, Loop, Policy
from bench.streams import TURN, irrelevant, still, sudden

REPOSITORY = Path(__file__).resolve().parents[3]
BEFORE_TURN = 4


@pytest.fixture(scope="module")
def charter() -> Charter:
    return load_product(REPOSITORY / "tests" / "products" / "elec2").charter


@pytest.fixture(scope="module", params=[0, 2])
def quiet(request: pytest.FixtureRequest, charter: Charter) -> Course:
    """Twelve batches on which nothing changes."""
    stream = still(charter, request.param)
    return Loop(replace(stream, batches=stream.batches[:12])).walk(Policy.VALUE, drift=True)


@pytest.fixture(scope="module")
def turned(charter: Charter) -> Course:
    """Eight batches; the last four follow another concept."""
    stream = sudden(charter, 0)
    part = stream.batches[TURN - BEFORE_TURN : TURN + BEFORE_TURN]
    return Loop(replace(stream, batches=part)).walk(Policy.VALUE)


def test_a_still_stream_asks_for_few_releases(quiet: Course) -> None:
    assert 1 <= len(quiet.releases) <= 4


def test_a_still_stream_never_drifts(quiet: Course) -> None:
    assert len(quiet.accuracy) == 11
    assert quiet.drifted == []


def test_features_without_influence_may_move_without_many_releases(charter: Charter) -> None:
    stream = irrelevant(charter, 0)
    course = Loop(replace(stream, batches=stream.batches[:10])).walk(Policy.VALUE)
    assert 1 <= len(course.releases) <= 4


def test_drift_of_features_without_influence_is_seen(charter: Charter) -> None:
    stream = irrelevant(charter, 0)
    ends = (*stream.batches[:1], *stream.batches[-1:])
    limits = stream.charter.drift.model_copy(update={"share": 0.4})
    moved = stream.charter.model_copy(update={"drift": limits})
    course = Loop(replace(stream, batches=ends, charter=moved)).walk(Policy.NEVER, drift=True)
    assert course.drifted == [2]


def test_a_turned_concept_is_learnt_within_two_batches(turned: Course) -> None:
    assert turned.accuracy[BEFORE_TURN - 1] < 0.4
    assert any(BEFORE_TURN < release <= BEFORE_TURN + 2 for release in turned.releases)
    assert turned.accuracy[-1] > 0.6


def test_never_releases_the_first_model_alone(charter: Charter) -> None:
    stream = still(charter, 0)
    course = Loop(replace(stream, batches=stream.batches[:3])).walk(Policy.NEVER)
    assert (course.releases, course.refused) == ([1], [])


def test_every_batch_renews_without_asking_the_gates(charter: Charter) -> None:
    stream = still(charter, 0)
    course = Loop(replace(stream, batches=stream.batches[:3])).walk(Policy.ALWAYS)
    assert course.releases == [1, 2, 3]


def test_without_a_model_in_charge_the_usual_class_is_answered(charter: Charter) -> None:
    release = charter.release.model_copy(update={"minimum_sample": 801})
    stream = still(charter.model_copy(update={"release": release}), 0)
    first, second = stream.batches[:2]
    course = Loop(replace(stream, batches=(first, second))).walk(Policy.VALUE)
    usual = first["class"].mode()[0]
    assert course.accuracy == [pytest.approx((second["class"] == usual).mean())]
    assert (course.releases, course.refused) == ([], [1, 2])


def test_what_judges_reaches_back_as_far_as_the_gates_need(charter: Charter) -> None:
    """The end of one batch holds 400 records, that of two 800."""
    release = charter.release.model_copy(update={"minimum_sample": 401})
    stream = still(charter.model_copy(update={"release": release}), 0)
    course = Loop(replace(stream, batches=stream.batches[:2])).walk(Policy.VALUE)
    assert (course.releases, course.refused) == ([2], [1])


def test_no_model_is_judged_on_records_it_learnt_from(charter: Charter) -> None:
    release = charter.release.model_copy(update={"minimum_sample": 700})
    stream = still(charter.model_copy(update={"release": release}), 0)
    first, second, third, fourth = stream.batches[:4]
    loop = Loop(replace(stream, batches=(first, second, third, fourth.head(100))))
    champion = loop._model((0, 1, 2), None)  # noqa: SLF001 - the seam that is tested
    judged = loop.records.batches.loc[loop._held_out(3)]  # noqa: SLF001
    assert judged.value_counts().to_dict() == {"2": 740, "3": 100}
    answers = loop._ask_held_out(champion, 3)  # noqa: SLF001
    assert not answers.predicted.index.isin(champion.learnt).any()
    assert (answers.known, len(answers.predicted)) == (740, 100)
