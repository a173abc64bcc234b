"""The commands by which people decide, over a world of fakes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aipo_pipelines.evidence.metadata.as_json import metadata_from_json
from aipo_pipelines.evidence.metadata.gate_terms import terms_to_json
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.events.agreements import CharterAdopted
from aipo_pipelines.ledger.events.measurements import AssetMaterialised
from aipo_pipelines.ledger.events.releases import ReleaseApproved
from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.measures.gates.terms import gate_terms
from tests.unit.cli.conftest import Command
from tests.world import World

ADA, BEN, DEV = "Ada Okafor", "Ben Haas", "Dev Patel"
REASON = ("--reason", "Better on every gate.")
PEOPLE = {"release": {"roles": ["owner", "data_steward"], "quorum": 2}}


GATES: list[Json] = [
    {"gate": "sample", "verdict": "pass", "summary": "120 records were held out.", "figures": []},
    {
        "gate": "roc_auc",
        "verdict": "pass",
        "summary": "roc_auc is 0.8164.",
        "figures": [
            {
                "metric": "roc_auc",
                "subject": "",
                "value": 0.8164,
                "low": 0.741,
                "high": 0.874,
                "level": 0.95,
                "n": 120,
                "limit": 0.7,
                "direction": "at_least",
                "verdict": "pass",
            }
        ],
    },
    {"gate": "baseline", "verdict": "pass", "summary": "Better than none.", "figures": []},
    {"gate": "champion", "verdict": "pass", "summary": "There is none yet.", "figures": []},
]


def record_evaluation(world: World, version: str, against: str = "") -> None:
    """Records that a version was trained, evaluated and assessed."""
    bodies: dict[str, dict[str, Json]] = {
        "challenger": {
            "against": against,
            "choice": "all",
            "held_out": {"partition": "w1", "rows": 120},
            "trigger": "value",
            "window": ["w1"],
        },
        "evaluation": {"gates": [_with_terms(world, gate) for gate in GATES]},
        "risk_assessment": {"text": "One error costs 420 EUR."},
    }
    for asset, facts in bodies.items():
        record_asset(world, asset, {"version": version, **facts})


def _with_terms(world: World, gate: Json) -> Json:
    assert isinstance(gate, dict)
    terms = gate_terms(world.product.charter)[str(gate["gate"])]
    return {**gate, "terms": terms_to_json(terms)}


def record_asset(world: World, asset: str, facts: dict[str, Json]) -> None:
    event = AssetMaterialised(
        asset=asset,
        partition="",
        run_id="run",
        data_version="",
        metadata=metadata_from_json(asset, facts),
    )
    world.append([event])


@pytest.fixture
def asking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Version 1 waits for Ada and Ben; it was only recorded, not trained."""
    world = World(tmp_path / "products", decision_rights=PEOPLE)
    record_evaluation(world, "1")
    return Command(world, monkeypatch, capsys)


@pytest.fixture
def led(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Version 1 was trained and is in charge by the approval of two people."""
    world = World(tmp_path / "products", decision_rights=PEOPLE).deliver("w1").play()
    aipo = Command(world, monkeypatch, capsys)
    for name in (ADA, BEN):
        assert aipo("approve", "sample", "1", "--by", name, *REASON).code == 0
    world.play()
    return aipo


def test_a_pending_release_is_shown_on_one_screen_with_the_commands_to_type(
    asking: Command,
) -> None:
    outcome = asking("decisions")
    assert outcome.code == 0
    assert "Sample (sample): version 1" in outcome.out
    assert re.search(r"(?m)^sample\s+pass\s", outcome.out)
    row = r"(?m)^roc_auc +pass +roc_auc +0\.8164 +0\.741 to 0\.874 +120 +at least 0\.7"
    assert re.search(row, outcome.out)
    for line in (
        "Trained because: value",
        "Trained on: all: w1",
        "120 records of w1 that were held out",
        "  Risk:\n    - One error costs 420 EUR.",
        "Compared with: nothing, no version is in charge",
        "Who decides: 2 of Ada Okafor (owner), Ben Haas (data steward)",
        'aipo approve sample 1 --by "YOUR NAME" --reason "WHY"',
    ):
        assert line in outcome.out
    assert outcome.err == "1 release waits for people\n"


def test_only_batches_with_an_evaluated_record_are_named(asking: Command) -> None:
    world = asking.world
    batches: dict[str, Json] = {"w1": 0, "w2": 28, "w3": 100}
    held: dict[str, Json] = {"partition": "w3", "rows": 128, "batches": batches}
    facts: dict[str, Json] = {"version": "2", "against": "", "held_out": held, "window": ["w1"]}
    record_asset(world, "challenger", facts)
    gates = [_with_terms(world, gate) for gate in GATES]
    record_asset(world, "evaluation", {"version": "2", "gates": gates})
    record_asset(world, "risk_assessment", {"version": "2", "text": "One error costs 420 EUR."})
    outcome = asking("decisions")
    assert "Evaluated on: 128 records of w2 (28), w3 (100) that were held out" in outcome.out


def test_status_names_the_people_who_approved_what_is_in_charge(led: Command) -> None:
    outcome = led("status", "sample")
    assert f"by {ADA}, {BEN}, counted by the rule release, trained on w1" in outcome.out
    champion = led("status", "sample", "--json").json["champion"]
    assert champion["approved_by"] == [ADA, BEN]


def test_hostile_words_of_a_charter_are_shown_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(tmp_path / "products", decision_rights=PEOPLE, title="[red]Sample\x1b[2J")
    record_evaluation(world, "1")
    shown = Command(world, monkeypatch, capsys)("decisions").out
    assert "[red]Sample\ufffd[2J (sample): version 1" in shown


def test_what_waits_as_json_has_gates_people_and_commands(asking: Command) -> None:
    (held,) = asking("decisions", "sample", "--json").json["waiting"]
    assert (held["version"], held["against"], held["missing"]) == ("1", "", 2)
    assert {gate["verdict"] for gate in held["gates"]} == {"pass"}
    assert [decider["name"] for decider in held["may_decide"]] == [ADA, BEN]
    assert held["commands"][0] == "aipo decisions sample"


def test_status_shows_the_pending_release(asking: Command) -> None:
    outcome = asking("status", "sample")
    assert "Waits for people: version 1, since 2026-03-02 09:00Z" in outcome.out
    assert "2 of 2 approvals needed from Ada Okafor, Ben Haas" in outcome.out
    assert re.search(r"(?m)^sample\s+UNKNOWN\s.*\sversion 1\s", asking("status").out)
    (held,) = asking("status", "sample", "--json").json["decisions"]
    assert held["version"] == "1"


def test_an_approval_shows_its_evidence_and_what_is_still_missing(asking: Command) -> None:
    outcome = asking("approve", "sample", "1", "--by", ADA, *REASON)
    assert outcome.code == 0
    assert outcome.out.index("roc_auc") < outcome.out.index(
        "Approved. 1 of 2 approvals are still needed"
    )
    assert re.search(r"Recorded as entry \d+ by owner Ada Okafor, unsigned", outcome.out)
    assert "aipo decisions sample" in outcome.out
    assert asking.world.kinds()[-1] == ReleaseApproved.kind


def test_the_last_approval_says_how_the_release_is_done(asking: Command) -> None:
    asking("approve", "sample", "1", "--by", ADA, *REASON)
    outcome = asking("approve", "sample", "1", "--by", "ben@example.com", *REASON)
    assert "Version 1 may go live." in outcome.out
    assert "aipo run sample     releases it now; a running aipo up does so within" in outcome.out
    assert asking.world.due(ActionKind.RELEASE)[0].arguments["version"] == "1"


def test_an_approval_as_json_holds_outcome_entry_and_evidence(asking: Command) -> None:
    outcome = asking("approve", "sample", "1", "--by", ADA, *REASON, "--json")
    document = outcome.json
    assert (document["kind"], document["by"], document["signature"]) == (
        "release_approved",
        "owner Ada Okafor",
        "unsigned",
    )
    assert (document["missing"], document["decision"]) == (1, None)
    assert document["evidence"]["version"] == "1"
    assert document["next"] == ["aipo decisions sample"]


def test_a_refused_word_has_a_reason_no_traceback_and_leaves_no_trace(asking: Command) -> None:
    before = asking.world.kinds()
    outcome = asking("approve", "sample", "1", "--by", DEV, *REASON)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("error: Dev Patel (incident owner) may not decide about releases")
    assert "expected one of: Ada Okafor (owner), Ben Haas (data steward)" in outcome.err
    assert asking.world.kinds() == before


@pytest.mark.parametrize(
    "words",
    [
        ("approve", "sample", "1", "--by", ADA),
        ("reject", "sample", "1", *REASON),
        ("rollback", "sample"),
        ("retrain",),
        ("resolve", "first", "--by", ADA, *REASON),
        ("resolve", "-1", "--by", ADA, *REASON),
    ],
)
def test_a_word_without_person_or_reason_is_wrong_usage(
    aipo: Command, words: tuple[str, ...]
) -> None:
    outcome = aipo(*words)
    assert (outcome.code, outcome.out) == (2, "")


@pytest.mark.parametrize("words", [("approve", "x", "1"), ("rollback", "x"), ("retrain", "x")])
def test_a_decision_about_an_unknown_product_is_refused(
    aipo: Command, words: tuple[str, ...]
) -> None:
    outcome = aipo(*words, "--by", ADA, *REASON)
    assert outcome.code == 2
    assert "no product 'x' is chartered here" in outcome.err


def test_a_rejected_version_is_shown_among_the_earlier_decisions(asking: Command) -> None:
    outcome = asking("reject", "sample", "1", "--by", BEN, "--reason", "Too [red]early[/red].")
    assert "Version 1 is rejected and will not go live." in outcome.out
    past = asking("decisions", "sample", "--all")
    assert re.search(r"sample  version 1  no-go \(rejected\)  #\d+", past.out)
    assert "by data_steward Ben Haas on 2026-03-02 09:00Z: Too [red]early[/red]." in past.out
    assert past.err == "nothing waits for people\n"
    (decision,) = asking("decisions", "--all", "--json").json["decided"]
    assert (decision["product"], decision["version"], decision["go"]) == ("sample", "1", False)


def test_approving_a_rejected_version_names_the_person_who_rejected_it(asking: Command) -> None:
    asking("reject", "sample", "1", "--by", BEN, "--reason", "Too early.")
    outcome = asking("approve", "sample", "1", "--by", ADA, *REASON)
    assert outcome.code == 1
    assert "was rejected by data_steward Ben Haas" in outcome.err


def test_a_changed_charter_is_recorded_before_somebody_decides_by_it(asking: Command) -> None:
    path = asking.world.folder / "charter.yaml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("Shows what a product is.", "Shows it."), "utf-8")
    outcome = asking("approve", "sample", "1", "--by", ADA, *REASON)
    assert outcome.code == 0, outcome.err
    assert "Note: The charter was changed after the evaluation" in outcome.out
    assert asking.world.kinds()[-2:] == [CharterAdopted.kind, ReleaseApproved.kind]


def test_a_stranger_who_writes_themself_into_the_charter_decides_nothing(asking: Command) -> None:
    path = asking.world.folder / "charter.yaml"
    text = path.read_text("utf-8").replace('"version": "1"', '"version": "2"')
    path.write_text(text.replace("Ada Okafor", "Eve Stranger"), "utf-8")
    outcome = asking("approve", "sample", "1", "--by", "Eve Stranger", *REASON)
    assert outcome.code == 1
    assert "'Eve Stranger' is not named in the charter" in outcome.err
    adopting = asking("adopt", "sample", "--by", "Eve Stranger", *REASON)
    assert adopting.code == 1
    assert asking.world.kinds().count(CharterAdopted.kind) == 1
    assert asking("approve", "sample", "1", "--by", ADA, *REASON).code == 0


def test_a_rollback_with_no_predecessor_is_refused(led: Command) -> None:
    outcome = led("rollback", "sample", "--by", ADA, *REASON)
    assert (outcome.code, outcome.out) == (1, "")
    assert "rollback with no predecessor: version 1 is in charge of sample" in outcome.err


def test_a_rollback_names_the_version_that_returns_and_the_version_that_it_replaces(
    asking: Command,
) -> None:
    for version in ("1", "2"):
        if version == "2":
            record_evaluation(asking.world, version, against="1")
        for name in (ADA, BEN):
            assert asking("approve", "sample", version, "--by", name, *REASON).code == 0
        record_asset(asking.world, "champion", {"version": version})
    assert "Predecessor: version 1, to which a rollback" in asking("status", "sample").out
    outcome = asking("rollback", "sample", "--by", ADA, "--reason", "Complaints.")
    assert "Version 1 will be in charge again, instead of version 2." in outcome.out
    assert re.search(r"Recorded as entry \d+ by owner Ada Okafor, unsigned", outcome.out)
    assert asking.world.due(ActionKind.RELEASE)[0].arguments["version"] == "1"


def test_a_person_names_the_original_baseline_and_status_shows_it(asking: Command) -> None:
    for version in ("1", "2"):
        if version == "2":
            record_evaluation(asking.world, version, against="1")
        for name in (ADA, BEN):
            assert asking("approve", "sample", version, "--by", name, *REASON).code == 0
        record_asset(asking.world, "champion", {"version": version})
    first = "Drifted from its original baseline (version 1, released 2026-03-02 09:00 UTC): "
    assert f"{first}insufficient; " in asking("status", "sample").out
    outcome = asking("baseline", "sample", "2", "--by", BEN, "--reason", "A new tariff.")
    assert "Version 2 is the original baseline, instead of version 1" in outcome.out
    assert re.search(r"Recorded as entry \d+ by data_steward Ben Haas, unsigned", outcome.out)
    original = asking("status", "sample", "--json").json["original"]
    assert (original["version"], original["named_by"]) == ("2", "data_steward Ben Haas")
    assert (original["reason"], original["in_charge"]) == ("A new tariff.", True)


def test_a_baseline_of_a_version_nobody_knows_is_refused(led: Command) -> None:
    outcome = led("baseline", "sample", "7", "--by", ADA, *REASON)
    assert (outcome.code, outcome.out) == (1, "")
    assert "version '7' of sample cannot be the original baseline" in outcome.err


def test_a_training_by_hand_is_due_once_and_ends_in_the_answer(led: Command) -> None:
    led.world.deliver("w2").play()
    retraining = led("retrain", "sample", "--by", "Chiara Rossi", "--reason", "New tariff.")
    assert "A training is due; approved batches it may use: 2." in retraining.out
    assert "aipo run sample     trains now" in retraining.out
    again = led("retrain", "sample", "--by", ADA, *REASON)
    assert (again.code, "a training of sample is under way" in again.err) == (1, True)
    led.world.play()
    assert (
        "Last training: requested 2026-03-02 09:00Z (by hand); version 2"
        in led("status", "sample").out
    )


def test_an_incident_is_resolved_by_its_number(aipo: Command) -> None:
    aipo.world.put("data/w0.csv", "").take_in()
    (opened,) = aipo("incidents", "--json").json
    outcome = aipo("resolve", str(opened["entry"]), "--by", DEV, "--reason", "Sent again.")
    assert f"Incident {opened['entry']} is resolved: " in outcome.out
    assert "by incident_owner Dev Patel. Type next:" in outcome.out
    (ended,) = aipo("incidents", "--all", "--json").json
    assert (ended["status"], ended["resolution"]) == ("resolved", "Dev Patel: Sent again.")


def test_an_incident_nobody_knows_is_refused(aipo: Command) -> None:
    outcome = aipo("resolve", "999", "--by", DEV, *REASON)
    assert (outcome.code, outcome.out) == (1, "")
    assert "no incident 999 is known" in outcome.err


def test_bytes_that_are_not_text_are_reported_as_an_error(asking: Command) -> None:
    outcome = asking("approve", "sample", "1", "--by", ADA, "--reason", "caf\udce9")
    assert outcome.code == 1
    assert "Traceback" not in outcome.err
