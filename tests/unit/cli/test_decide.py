"""The commands by which people decide, over a world of fakes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aipo_pipelines.evidence.metadata.as_json import metadata_from_json
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.events.agreements import CharterAdopted
from aipo_pipelines.ledger.events.measurements import AssetMaterialised
from aipo_pipelines.ledger.events.releases import ReleaseApproved
from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.measures.gates.terms import gate_terms
from tests.unit.cli.conftest import Command
from tests.world import World

ADA, BEN, DEV = "Ada Okafor", "Ben Haas", "Dev Patel"
WHY = ("--reason", "Better on every gate.")
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


def tell_of(world: World, version: str, against: str = "") -> None:
    """A version was trained, evaluated and assessed, as the ledger is told of it."""
    told: dict[str, dict[str, Json]] = {
        "challenger": {
            "against": against,
            "choice": "all",
            "held_out": {"partition": "w1", "rows": 120},
            "trigger": "value",
            "window": ["w1"],
        },
        "evaluation": {"gates": [_with_terms(world, one) for one in GATES]},
        "risk_assessment": {"text": "One error costs 420 EUR."},
    }
    for asset, facts in told.items():
        tell_asset(world, asset, {"version": version, **facts})


def _with_terms(world: World, gate: Json) -> Json:
    assert isinstance(gate, dict)
    return {**gate, "terms": gate_terms(world.product.charter)[str(gate["gate"])]}


def tell_asset(world: World, asset: str, facts: dict[str, Json]) -> None:
    made = AssetMaterialised(
        asset=asset,
        partition="",
        run_id="run",
        data_version="",
        metadata=metadata_from_json(asset, facts),
    )
    world.append([made])


@pytest.fixture
def asking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Version 1 waits for Ada and Ben; it was only told about, not trained."""
    world = World(tmp_path / "products", decision_rights=PEOPLE)
    tell_of(world, "1")
    return Command(world, monkeypatch, capsys)


@pytest.fixture
def led(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Version 1 was trained and is in charge by the word of two people."""
    world = World(tmp_path / "products", decision_rights=PEOPLE).deliver("w1").play()
    aipo = Command(world, monkeypatch, capsys)
    for name in (ADA, BEN):
        assert aipo("approve", "sample", "1", "--by", name, *WHY).code == 0
    world.play()
    return aipo


def test_what_waits_is_shown_on_one_screen_with_what_to_type(asking: Command) -> None:
    said = asking("decisions")
    assert said.code == 0
    assert "Sample (sample): version 1" in said.out
    assert re.search(r"(?m)^sample\s+pass\s", said.out)
    row = r"(?m)^roc_auc +pass +roc_auc +0\.8164 +0\.741 to 0\.874 +120 +at least 0\.7"
    assert re.search(row, said.out)
    for line in (
        "Trained because: value",
        "Trained on: all: w1",
        "120 records of w1 that were held out",
        "  Risk:\n    - One error costs 420 EUR.",
        "Compared with: nothing, no version is in charge",
        "Who decides: 2 of Ada Okafor (owner), Ben Haas (data steward)",
        'aipo approve sample 1 --by "YOUR NAME" --reason "WHY"',
    ):
        assert line in said.out
    assert said.err == "1 release waits for people\n"


def test_only_batches_of_which_a_record_was_judged_are_named(asking: Command) -> None:
    world = asking.world
    told: dict[str, Json] = {"w1": 0, "w2": 28, "w3": 100}
    held: dict[str, Json] = {"partition": "w3", "rows": 128, "batches": told}
    facts: dict[str, Json] = {"version": "2", "against": "", "held_out": held, "window": ["w1"]}
    tell_asset(world, "challenger", facts)
    gates = [_with_terms(world, one) for one in GATES]
    tell_asset(world, "evaluation", {"version": "2", "gates": gates})
    tell_asset(world, "risk_assessment", {"version": "2", "text": "One error costs 420 EUR."})
    said = asking("decisions")
    assert "Evaluated on: 128 records of w2 (28), w3 (100) that were held out" in said.out


def test_status_names_the_people_who_approved_what_is_in_charge(led: Command) -> None:
    said = led("status", "sample")
    assert f"by {ADA}, {BEN}, counted by the rule release, trained on w1" in said.out
    champion = led("status", "sample", "--json").json["champion"]
    assert champion["approved_by"] == [ADA, BEN]


def test_hostile_words_of_a_charter_are_shown_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(tmp_path / "products", decision_rights=PEOPLE, title="[red]Sample\x1b[2J")
    tell_of(world, "1")
    shown = Command(world, monkeypatch, capsys)("decisions").out
    assert "[red]Sample\ufffd[2J (sample): version 1" in shown


def test_what_waits_as_json_has_gates_people_and_commands(asking: Command) -> None:
    (held,) = asking("decisions", "sample", "--json").json["waiting"]
    assert (held["version"], held["against"], held["missing"]) == ("1", "", 2)
    assert {gate["verdict"] for gate in held["gates"]} == {"pass"}
    assert [one["name"] for one in held["may_decide"]] == [ADA, BEN]
    assert held["commands"][0] == "aipo decisions sample"


def test_status_tells_what_waits(asking: Command) -> None:
    said = asking("status", "sample")
    assert "Waits for people: version 1, since 2026-03-02 09:00Z" in said.out
    assert "2 of 2 approvals needed from Ada Okafor, Ben Haas" in said.out
    assert re.search(r"(?m)^sample\s+UNKNOWN\s.*\sversion 1\s", asking("status").out)
    (held,) = asking("status", "sample", "--json").json["decisions"]
    assert held["version"] == "1"


def test_an_approval_shows_its_evidence_and_what_is_still_missing(asking: Command) -> None:
    said = asking("approve", "sample", "1", "--by", ADA, *WHY)
    assert said.code == 0
    assert said.out.index("roc_auc") < said.out.index("Approved. 1 of 2 approvals are still needed")
    assert re.search(r"Recorded as entry \d+ by owner Ada Okafor, unsigned", said.out)
    assert "aipo decisions sample" in said.out
    assert asking.world.kinds()[-1] == ReleaseApproved.kind


def test_the_last_approval_says_how_the_release_is_done(asking: Command) -> None:
    asking("approve", "sample", "1", "--by", ADA, *WHY)
    said = asking("approve", "sample", "1", "--by", "ben@example.com", *WHY)
    assert "Version 1 may go live." in said.out
    assert "aipo run sample     releases it now; a running aipo up does so within" in said.out
    assert asking.world.due(ActionKind.RELEASE)[0].arguments["version"] == "1"


def test_an_approval_as_json_holds_outcome_entry_and_evidence(asking: Command) -> None:
    said = asking("approve", "sample", "1", "--by", ADA, *WHY, "--json")
    told = said.json
    assert (told["kind"], told["by"], told["signature"]) == (
        "release_approved",
        "owner Ada Okafor",
        "unsigned",
    )
    assert (told["missing"], told["decision"]) == (1, None)
    assert told["evidence"]["version"] == "1"
    assert told["next"] == ["aipo decisions sample"]


def test_a_refused_word_has_a_reason_no_traceback_and_leaves_no_trace(asking: Command) -> None:
    before = asking.world.kinds()
    said = asking("approve", "sample", "1", "--by", DEV, *WHY)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("error: Dev Patel (incident owner) may not decide about releases")
    assert "expected one of: Ada Okafor (owner), Ben Haas (data steward)" in said.err
    assert asking.world.kinds() == before


@pytest.mark.parametrize(
    "words",
    [
        ("approve", "sample", "1", "--by", ADA),
        ("reject", "sample", "1", *WHY),
        ("rollback", "sample"),
        ("retrain",),
        ("resolve", "first", "--by", ADA, *WHY),
        ("resolve", "-1", "--by", ADA, *WHY),
    ],
)
def test_a_word_without_person_or_reason_is_wrong_usage(
    aipo: Command, words: tuple[str, ...]
) -> None:
    said = aipo(*words)
    assert (said.code, said.out) == (2, "")


@pytest.mark.parametrize("words", [("approve", "x", "1"), ("rollback", "x"), ("retrain", "x")])
def test_a_word_about_an_unknown_product_is_refused(aipo: Command, words: tuple[str, ...]) -> None:
    said = aipo(*words, "--by", ADA, *WHY)
    assert said.code == 2
    assert "no product 'x' is chartered here" in said.err


def test_a_rejected_version_is_told_among_what_was_decided(asking: Command) -> None:
    said = asking("reject", "sample", "1", "--by", BEN, "--reason", "Too [red]early[/red].")
    assert "Version 1 is rejected and will not go live." in said.out
    past = asking("decisions", "sample", "--all")
    assert re.search(r"sample  version 1  no-go \(rejected\)  #\d+", past.out)
    assert "by data_steward Ben Haas on 2026-03-02 09:00Z: Too [red]early[/red]." in past.out
    assert past.err == "nothing waits for people\n"
    (made,) = asking("decisions", "--all", "--json").json["decided"]
    assert (made["product"], made["version"], made["go"]) == ("sample", "1", False)


def test_approving_what_was_rejected_says_by_whom(asking: Command) -> None:
    asking("reject", "sample", "1", "--by", BEN, "--reason", "Too early.")
    said = asking("approve", "sample", "1", "--by", ADA, *WHY)
    assert said.code == 1
    assert "was rejected by data_steward Ben Haas" in said.err


def test_a_changed_charter_is_recorded_before_somebody_decides_by_it(asking: Command) -> None:
    path = asking.world.folder / "charter.yaml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("Shows what a product is.", "Shows it."), "utf-8")
    said = asking("approve", "sample", "1", "--by", ADA, *WHY)
    assert said.code == 0, said.err
    assert "Note: The charter was changed after the evaluation" in said.out
    assert asking.world.kinds()[-2:] == [CharterAdopted.kind, ReleaseApproved.kind]


def test_a_stranger_who_writes_themself_into_the_charter_decides_nothing(asking: Command) -> None:
    path = asking.world.folder / "charter.yaml"
    text = path.read_text("utf-8").replace('"version": "1"', '"version": "2"')
    path.write_text(text.replace("Ada Okafor", "Eve Stranger"), "utf-8")
    said = asking("approve", "sample", "1", "--by", "Eve Stranger", *WHY)
    assert said.code == 1
    assert "'Eve Stranger' is not named in the charter" in said.err
    adopting = asking("adopt", "sample", "--by", "Eve Stranger", *WHY)
    assert adopting.code == 1
    assert asking.world.kinds().count(CharterAdopted.kind) == 1
    assert asking("approve", "sample", "1", "--by", ADA, *WHY).code == 0


def test_a_rollback_with_no_predecessor_is_refused(led: Command) -> None:
    said = led("rollback", "sample", "--by", ADA, *WHY)
    assert (said.code, said.out) == (1, "")
    assert "rollback with no predecessor: version 1 is in charge of sample" in said.err


def test_a_rollback_says_what_is_in_charge_again_and_instead_of_what(asking: Command) -> None:
    for version in ("1", "2"):
        if version == "2":
            tell_of(asking.world, version, against="1")
        for name in (ADA, BEN):
            assert asking("approve", "sample", version, "--by", name, *WHY).code == 0
        tell_asset(asking.world, "champion", {"version": version})
    assert "Predecessor: version 1, to which a rollback" in asking("status", "sample").out
    said = asking("rollback", "sample", "--by", ADA, "--reason", "Complaints.")
    assert "Version 1 will be in charge again, instead of version 2." in said.out
    assert re.search(r"Recorded as entry \d+ by owner Ada Okafor, unsigned", said.out)
    assert asking.world.due(ActionKind.RELEASE)[0].arguments["version"] == "1"


def test_a_person_names_the_original_baseline_and_status_tells_it(asking: Command) -> None:
    for version in ("1", "2"):
        if version == "2":
            tell_of(asking.world, version, against="1")
        for name in (ADA, BEN):
            assert asking("approve", "sample", version, "--by", name, *WHY).code == 0
        tell_asset(asking.world, "champion", {"version": version})
    first = "Drifted from its original baseline (version 1, released 2026-03-02 09:00 UTC): "
    assert f"{first}insufficient; " in asking("status", "sample").out
    said = asking("baseline", "sample", "2", "--by", BEN, "--reason", "A new tariff.")
    assert "Version 2 is the original baseline, instead of version 1" in said.out
    assert re.search(r"Recorded as entry \d+ by data_steward Ben Haas, unsigned", said.out)
    told = asking("status", "sample", "--json").json["original"]
    assert (told["version"], told["named_by"]) == ("2", "data_steward Ben Haas")
    assert (told["reason"], told["in_charge"]) == ("A new tariff.", True)


def test_a_baseline_of_a_version_nobody_knows_is_refused(led: Command) -> None:
    said = led("baseline", "sample", "7", "--by", ADA, *WHY)
    assert (said.code, said.out) == (1, "")
    assert "version '7' of sample cannot be the original baseline" in said.err


def test_a_training_by_hand_is_due_once_and_ends_in_the_answer(led: Command) -> None:
    led.world.deliver("w2").play()
    asked = led("retrain", "sample", "--by", "Chiara Rossi", "--reason", "New tariff.")
    assert "A training is due; approved batches it may use: 2." in asked.out
    assert "aipo run sample     trains now" in asked.out
    again = led("retrain", "sample", "--by", ADA, *WHY)
    assert (again.code, "a training of sample is under way" in again.err) == (1, True)
    led.world.play()
    assert (
        "Last training: requested 2026-03-02 09:00Z (by hand); version 2"
        in led("status", "sample").out
    )


def test_an_incident_is_resolved_by_its_number(aipo: Command) -> None:
    aipo.world.put("data/w0.csv", "").take_in()
    (opened,) = aipo("incidents", "--json").json
    said = aipo("resolve", str(opened["entry"]), "--by", DEV, "--reason", "Sent again.")
    assert f"Incident {opened['entry']} is resolved: " in said.out
    assert "by incident_owner Dev Patel. Type next:" in said.out
    (ended,) = aipo("incidents", "--all", "--json").json
    assert (ended["status"], ended["resolution"]) == ("resolved", "Dev Patel: Sent again.")


def test_an_incident_nobody_knows_is_refused(aipo: Command) -> None:
    said = aipo("resolve", "999", "--by", DEV, *WHY)
    assert (said.code, said.out) == (1, "")
    assert "no incident 999 is known" in said.err


def test_bytes_that_are_no_text_are_told_as_an_error(asking: Command) -> None:
    said = asking("approve", "sample", "1", "--by", ADA, "--reason", "caf\udce9")
    assert said.code == 1
    assert "Traceback" not in said.err
