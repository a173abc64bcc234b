"""The original baseline: drift and performance against the first champion or a named version."""

from __future__ import annotations

from typing import Any

import pytest

from aipo_pipelines.assets.loading.batch import load_columns
from aipo_pipelines.errors import DecisionError
from aipo_pipelines.evidence.details.base import details_of
from aipo_pipelines.evidence.details.drift import DataDriftDetails
from aipo_pipelines.evidence.outcome import CheckOutcome, Figure, Verdict
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.fold.original_baseline import original_of
from aipo_pipelines.policy.answer.answer import Answer, answer, to_json
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.people.manual_actions import retrain
from aipo_pipelines.policy.people.original_baseline import name_original
from aipo_pipelines.policy.statements.original import Drifted, NotComparedYet
from aipo_pipelines.policy.wording.original import inputs_text, original_line
from aipo_pipelines.policy.wording.sentences import sentences
from tests.samples import CHARTER
from tests.unit.assets.conftest import Worlds
from tests.world import World, sample_records

NEWEST_ONLY: dict[str, Any] = {
    "retraining": {"cooldown": None, "window": {"choices": ["recent"], "recent": 1}},
    "release": {"margin": 0.9},
}
"""Each champion is trained on the newest batch alone."""
ROWS_PER_BATCH = 1_200
A_DROP: dict[str, Any] = {
    "thresholds": [
        {**CHARTER["thresholds"][0], "limit": 0.6, "minimum_sample": 500, "maximum_drop": 0.08}
    ]
}


def renew(world: World, batch: str) -> World:
    """A person has the model trained on a batch that arrives; it goes live by its gates."""
    world.play()

    def ask(state: Any, now: Any) -> Any:
        return retrain(world.product.charter, state, "Ada Okafor", f"after {batch}", now)

    world.services.consider(world.product, ask)
    return world.play()


def name(world: World, version: str, person: str = "Ada Okafor") -> World:
    """A person names the original baseline."""

    def ask(state: Any, now: Any) -> Any:
        charter = world.product.charter
        return name_original(charter, state, version, person, "A new tariff.", now)

    world.services.consider(world.product, ask)
    return world


def moved(batch: str, by: float) -> Any:
    """A feature that has moved by so much."""
    return sample_records(batch)["x1"] + by


def answer_of(world: World) -> Answer:
    return answer(world.product.charter, world.state, world.clock.now())


def figure_of(outcome: CheckOutcome, metric: str, subject: str = "") -> Figure:
    (match,) = [
        figure for figure in outcome.figures if (figure.metric, figure.subject) == (metric, subject)
    ]
    return match


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two releases, after each of which x1 had moved; look, do not touch.

    Version 1 knows `w1`, version 2 `w2`, version 3 `w3`; `w4` is as `w3`, so that for version 3
    nothing has moved, and 1.2 standard deviations away from `w1`.
    """
    world = World(tmp_path_factory.mktemp("far"), **NEWEST_ONLY).deliver("w1").play()
    renew(world.deliver("w2", x1=moved("w2", 0.6)), "w2")
    renew(world.deliver("w3", x1=moved("w3", 1.2)), "w3")
    return world.deliver("w4", x1=moved("w4", 1.2)).play()


def test_the_first_champion_stays_the_original_baseline_at_each_release(far: World) -> None:
    assert far.state.champion is not None
    assert far.state.champion.version == "3"
    original = original_of(far.state)
    assert original is not None
    assert (original.version, dict(original.inputs)) == (
        "1",
        {"w1": far.state.batches["w1"].digest},
    )


def test_drift_from_the_original_is_an_answer_though_the_champions_own_data_is_near(
    far: World,
) -> None:
    note = answer_of(far).original
    assert note is not None
    assert far.state.checks["drift/data_drift"].verdict is Verdict.PASS
    assert (note.version, note.drifted, note.features) == ("1", Drifted.YES, ("x1",))
    assert not note.in_charge
    assert original_line(note).startswith(
        "Drifted from its original baseline (version 1, released "
    )
    assert "): yes; 1 of 2 compared features have drifted: x1; largest distances: x1 0." in (
        original_line(note)
    )


def test_distances_from_the_original_are_shown_beside_the_distances_that_decide(far: World) -> None:
    outcome = far.outcome("w4", "data_drift")
    assert outcome.verdict is Verdict.PASS
    assert figure_of(outcome, "ks_distance", "x1").verdict is Verdict.PASS
    away = figure_of(outcome, "original_ks_distance", "x1")
    assert away.verdict is Verdict.FAIL
    assert away.value is not None
    assert away.value > 0.3
    original = details_of(DataDriftDetails, outcome.details).original
    assert original is not None
    assert (original.version, original.verdict) == ("1", Verdict.FAIL)


def test_a_drop_from_the_original_informs_without_a_limit(far: World) -> None:
    drop = figure_of(far.outcome("w4", "performance"), "roc_auc_drop_original")
    assert (drop.limit, drop.verdict) == (None, Verdict.PASS)
    assert drop.value is not None
    assert drop.interval is not None
    assert drop.note.startswith("original baseline 0.")


def test_the_answer_in_json_holds_the_original_with_its_figures(far: World) -> None:
    original = to_json(answer_of(far))["original"]
    assert isinstance(original, dict)
    assert (original["version"], original["drifted"]) == ("1", "yes")
    figures = original["figures"]
    assert isinstance(figures, list)
    metrics = [figure["metric"] for figure in figures if isinstance(figure, dict)]
    assert metrics == ["original_ks_distance", "original_ks_distance", "roc_auc_drop_original"]


def test_nothing_more_is_measured_while_the_original_is_in_charge(lived: World) -> None:
    for check in ("data_drift", "performance"):
        outcome = lived.outcome("w2", check)
        assert [figure.metric for figure in outcome.figures if "original" in figure.metric] == []
    note = answer_of(lived).original
    assert note is not None
    assert (note.version, note.in_charge, note.drifted) == ("1", True, Drifted.NO)
    assert note.inputs == lived.state.checks["drift/data_drift"].summary


def test_only_the_features_of_the_original_s_records_are_read(
    far: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[tuple[list[str], list[str]]] = []

    def watch(services: Any, product: Any, versions: Any, names: Any) -> Any:
        versions_read = list(versions)
        read.append(([partition for partition, _ in versions_read], list(names)))
        return load_columns(services, product, versions_read, names)

    monkeypatch.setattr("aipo_pipelines.assets.loading.known_records.load_columns", watch)
    far.measure("w4", "drift")
    assert read == [(["w3"], ["x1", "x2"]), (["w1"], ["x1", "x2"])]


def test_records_of_the_original_that_are_gone_leave_what_decides_alone(
    world_of: Worlds,
) -> None:
    world = renew(world_of(**NEWEST_ONLY).deliver("w1").play().deliver("w2"), "w2").deliver("w3")
    for file in (world.folder.parent / "lake").rglob("*w1*/**/*"):
        if file.is_file():
            file.unlink()
    world.play()
    assert world.state.checks["drift/data_drift"].verdict is Verdict.PASS
    note = answer_of(world).original
    assert note is not None
    assert note.drifted is Drifted.INSUFFICIENT
    assert "the original's records cannot be read" in inputs_text(note.inputs)


def test_a_drop_beyond_the_agreed_drop_is_a_warning_and_does_not_change_the_answer(
    world_of: Worlds,
) -> None:
    # Each champion signs off what it can do on worse and worse labels: only the first one knows.
    world = world_of(**NEWEST_ONLY, **A_DROP).deliver("w1", rows=ROWS_PER_BATCH).play()
    renew(world.deliver("w2", rows=ROWS_PER_BATCH, y=noisy("w2", 0.11)), "w2")
    renew(world.deliver("w3", rows=ROWS_PER_BATCH, y=noisy("w3", 0.22)), "w3")
    world.deliver("w4", rows=ROWS_PER_BATCH, y=noisy("w4", 0.22)).play()
    reply = answer_of(world)
    assert world.state.champion is not None
    assert world.state.champion.version == "3"
    assert reply.original is not None
    assert reply.original.drifted is Drifted.YES
    (warning,) = [caveat for caveat in sentences(reply.caveats) if "original baseline" in caveat]
    assert "more than the 0.08 that the charter allows" in warning
    assert reply.verdict is Performing.YES


def noisy(batch: str, share: float) -> Any:
    """Labels with a share of opposite labels."""
    truth = sample_records(batch, ROWS_PER_BATCH)["y"]
    wrong = truth.index % 100 < share * 100
    return truth.where(~wrong, 1 - truth)


def test_the_facts_of_the_original_are_made_again_from_the_entries(far: World) -> None:
    originals = far.state.originals
    far.ledger.rebuild(fold=apply)
    assert far.state.originals == originals
    assert list(originals) == ["1"]


def test_a_person_who_may_decide_about_releases_names_another_version(world_of: Worlds) -> None:
    world = world_of(**NEWEST_ONLY).deliver("w1").play()
    renew(world.deliver("w2", x1=moved("w2", 0.6)), "w2")
    name(world, "2")
    note = answer_of(world).original
    assert note is not None
    assert (note.version, note.named_by, note.reason) == ("2", "owner Ada Okafor", "A new tariff.")
    assert note.in_charge
    renew(world.deliver("w3", x1=moved("w3", 1.2)), "w3").deliver("w4").play()
    again = answer_of(world).original
    assert again is not None
    assert (again.version, again.drifted) == ("2", Drifted.YES)
    # Naming the first version again undoes a mistake.
    back = answer_of(name(world, "1")).original
    assert back is not None
    assert (back.version, back.drifted) == ("1", Drifted.INSUFFICIENT)
    assert back.inputs == NotComparedYet()


@pytest.mark.parametrize(
    ("version", "person", "reason"),
    [
        ("9", "Ada Okafor", "cannot be the original baseline; expected the version in charge"),
        ("1", "Ada Okafor", "is the original baseline already"),
        ("1", "Dev Patel", "may not name the original baseline"),
        ("1", "Nobody", "is not named in the charter"),
    ],
)
def test_an_entry_that_names_no_other_baseline_is_refused(
    lived: World, version: str, person: str, reason: str
) -> None:
    size = lived.ledger.size()
    with pytest.raises(DecisionError, match=reason):
        name(lived, version, person)
    assert lived.ledger.size() == size


def test_the_model_steward_names_no_baseline_if_duties_are_separated(
    world_of: Worlds,
) -> None:
    rights = {"release": {"roles": ["owner", "model_steward"]}, "separation_of_duties": True}
    world = world_of(decision_rights=rights, **NEWEST_ONLY).deliver("w1").play()
    with pytest.raises(DecisionError, match="separation of duties"):
        name(world, "1", "Chiara Rossi")


def test_a_batch_that_the_champion_was_trained_on_is_no_independent_evidence(
    world_of: Worlds,
) -> None:
    world = world_of().deliver("w1").play()
    drift = world.outcome("w1", "data_drift")
    assert drift.verdict is Verdict.PASS
    assert drift.summary.endswith(
        "The champion was trained on this batch: it is compared with data that it is part of, "
        "which is no independent evidence."
    )
    assert "not by the version in charge" in world.outcome("w1", "performance").summary
    caveats = [caveat for caveat in sentences(answer_of(world).caveats) if "trained on" in caveat]
    assert caveats[0] == (
        "Version 1 was trained on batch w1: its drift is measured against data that it is part "
        "of, which is no independent evidence."
    )
    assert caveats[1].startswith("performance on batch w1: version 1 was trained on it, and each ")
    world.deliver("w2").play()
    assert [
        caveat for caveat in sentences(answer_of(world).caveats) if "was trained on" in caveat
    ] == []
    for check in ("data_drift", "performance"):
        assert "trained on" not in world.outcome("w2", check).summary
