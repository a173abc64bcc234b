"""`aipo adopt`: the changes, the people who may decide, and the results of their decisions."""

from __future__ import annotations

import re
import shutil
from typing import Any

import pytest

from aipo_pipelines.ledger.events.agreements import AgreementApproved, CharterAdopted
from tests.samples import CHARTER, CONTRACT, write_product
from tests.unit.cli.conftest import Command

LOWER: dict[str, Any] = {"version": "2", "thresholds": [CHARTER["thresholds"][0] | {"limit": 0.65}]}
ADA = ("--by", "Ada Okafor", "--reason", "Agreed in the review.")


@pytest.fixture
def lowered(aipo: Command) -> Command:
    """The limit was lowered in the file."""
    write_product(aipo.world.folder, **LOWER)
    return aipo


def limit(aipo: Command) -> float:
    charter = aipo.world.services.in_force(aipo.world.product).charter
    return charter.thresholds[0].limit


def test_without_a_change_it_says_what_is_in_force(aipo: Command) -> None:
    outcome = aipo("adopt", "sample")
    assert outcome.code == 0
    assert "charter version 1 is in force, with contract version 1.0.0" in outcome.out
    assert "Its files match the agreement in force." in outcome.out


def test_what_loosens_is_shown_field_by_field_and_waits(lowered: Command) -> None:
    outcome = lowered("adopt", "sample")
    assert outcome.code == 0
    assert "charter.thresholds.roc_auc.limit: 0.7 → 0.65 (loosens)" in outcome.out
    assert "1 of 1 approvals needed from Ada Okafor (owner)" in outcome.out
    assert 'aipo adopt sample --by "YOUR NAME" --reason "WHY"' in outcome.out
    assert limit(lowered) == 0.7


def test_a_yes_by_enough_people_adopts_it_at_once(lowered: Command) -> None:
    outcome = lowered("adopt", "sample", *ADA)
    assert outcome.code == 0, outcome.err
    assert "Sample (sample): charter version 2 is adopted now, since " in outcome.out
    assert limit(lowered) == 0.65
    (decision,) = lowered("decisions", "sample", "--all", "--json").json["decided"]
    assert (decision["about"], decision["ruling"], decision["go"]) == (
        "agreement version 2",
        "adopted",
        True,
    )
    assert decision["reason"] == (
        "Ada Okafor approved the changed fields: charter.thresholds.roc_auc.limit."
    )
    assert lowered.world.kinds()[-2:] == [AgreementApproved.kind, CharterAdopted.kind]


def test_what_is_said_to_be_adopted_is_the_part_that_changed(aipo: Command) -> None:
    records = CONTRACT["schema"][0]
    properties = [{**column, "required": False} for column in records["properties"]]
    looser = {"version": "1.1.0", "schema": [{**records, "properties": properties}]}
    write_product(aipo.world.folder, contract_changes=looser)
    assert "waits for people" in aipo("adopt", "sample").out
    outcome = aipo("adopt", "sample", *ADA)
    assert "Sample (sample): contract version 1.1.0 is adopted now, since " in outcome.out
    assert "charter version 1 " not in outcome.out


def test_a_word_is_refused_when_the_files_were_edited_after_the_person_looked(
    lowered: Command,
) -> None:
    shown = lowered("adopt", "sample")
    (seen,) = re.findall(r'--reason "WHY" --seen (\d+)$', shown.out, re.MULTILINE)[:1]
    write_product(lowered.world.folder, **LOWER | {"drift": {"limit": 0.9}})
    outcome = lowered("adopt", "sample", *ADA, "--seen", seen)
    assert (outcome.code, f"were edited after entry {seen}" in outcome.err) == (1, True)
    # Meanwhile a person looked: another change is recorded than the change that was seen.
    again = lowered("adopt", "sample", *ADA, "--seen", seen)
    assert (again.code, again.out) == (1, "")
    assert AgreementApproved.kind not in lowered.world.kinds()
    assert lowered("adopt", "sample", *ADA).code == 0


def test_a_decision_without_a_named_change_does_not_apply_to_a_change_that_it_finds_itself(
    lowered: Command,
) -> None:
    lowered("adopt", "sample")
    write_product(lowered.world.folder, **LOWER | {"drift": {"limit": 0.9}})
    outcome = lowered("adopt", "sample", *ADA)
    assert (outcome.code, "A decision counts for one change only" in outcome.err) == (1, True)
    assert limit(lowered) == 0.7


def test_a_no_leaves_what_is_in_force(lowered: Command) -> None:
    outcome = lowered("adopt", "sample", "--reject", *ADA)
    assert outcome.code == 0, outcome.err
    assert "Ada Okafor rejected the change in its files on" in outcome.out
    past = lowered("decisions", "sample", "--all").out
    assert "sample  a change of the agreement  rejected  #" in past
    assert lowered("adopt", "sample", *ADA).code == 1
    assert limit(lowered) == 0.7


def test_who_may_not_decide_is_refused_and_nothing_is_recorded(lowered: Command) -> None:
    outcome = lowered("adopt", "sample", "--by", "Chiara Rossi", "--reason", "It is enough.")
    assert outcome.code == 1
    assert "Chiara Rossi may not decide about this change of the agreement of sample" in outcome.err
    assert AgreementApproved.kind not in lowered.world.kinds()


@pytest.mark.parametrize(
    "words", [("--by", "Ada Okafor"), ("--reason", "x"), ("--reject",), ("--seen", "5")]
)
def test_half_a_word_is_wrong_usage(lowered: Command, words: tuple[str, ...]) -> None:
    outcome = lowered("adopt", "sample", *words)
    assert outcome.code == 2
    assert "expected both --by and --reason" in outcome.err


def test_as_json_it_says_what_waits_and_what_is_missing(lowered: Command) -> None:
    document: dict[str, Any] = lowered("adopt", "sample", "--json").json
    assert (document["adopted"], document["missing"], document["quorum"]) == (False, 1, 1)
    fields = [change["field"] for change in document["proposal"]["changes"]]
    assert fields == ["charter.version", "charter.thresholds.roc_auc.limit"]
    assert lowered("adopt", "sample", *ADA, "--json").json["adopted"] is True


def test_it_waits_among_the_decisions_and_in_the_answer(lowered: Command) -> None:
    lowered("adopt", "sample")
    outcome = lowered("decisions")
    assert "charter.thresholds.roc_auc.limit: 0.7 → 0.65 (loosens)" in outcome.out
    assert outcome.err == "1 changed agreement waits for people\n"
    (held,) = lowered("decisions", "--json").json["agreements"]
    assert held["product"] == "sample"
    assert "waits for people" in lowered("status", "sample").out
    assert "agreement version 2" in lowered("status").out
    assert lowered("status", "sample", "--json").json["also_waiting"] == ["agreement version 2"]


def test_files_that_cannot_be_read_are_no_success_and_send_to_the_check(aipo: Command) -> None:
    write_product(aipo.world.folder, lifecycle="pilott")
    outcome = aipo("adopt", "sample")
    assert outcome.code == 2
    assert "its files cannot be adopted: charter.yaml:" in outcome.out
    assert "Every problem with its line: aipo check" in outcome.out
    assert aipo("adopt", "sample", "--json").code == 2
    assert aipo("check").code == 2


def test_a_version_that_was_not_raised_is_found_by_adopt_alone(aipo: Command) -> None:
    write_product(aipo.world.folder, thresholds=LOWER["thresholds"])
    outcome = aipo("adopt", "sample")
    assert outcome.code == 2
    assert "its version did not rise" in outcome.out
    assert "aipo check" not in outcome.out


def test_status_names_files_that_cannot_be_used_before_anybody_recorded_it(aipo: Command) -> None:
    write_product(aipo.world.folder, lifecycle="pilott")
    outcome = aipo("status", "sample")
    assert "Note: Its files cannot be used: " in outcome.out
    assert "found 'pilott'" in outcome.out
    assert "stays in force" in outcome.out


def test_a_product_that_never_had_an_agreement_is_unknown_with_its_problems(
    aipo: Command,
) -> None:
    write_product(aipo.world.folder.parent / "stock", product="stock", lifecycle="pilott")
    outcome = aipo("status")
    assert outcome.code == 4
    assert "stock: UNKNOWN, no agreement about it is in force" in outcome.out
    assert "found 'pilott'" in outcome.out
    (answer,) = [
        product for product in aipo("status", "--json").json if product["product"] == "stock"
    ]
    assert (answer["verdict"], len(answer["problems"])) == ("UNKNOWN", 1)
    assert aipo("status", "stock").code == 4
    run = aipo("run", "stock")
    assert run.code == 2
    assert "found 'pilott'" in run.err


def test_status_says_what_the_files_are_now_and_not_what_was_recorded_of_them(
    aipo: Command,
) -> None:
    write_product(aipo.world.folder, lifecycle="pilott")
    aipo("adopt", "sample")
    assert "cannot be adopted: charter.yaml" in aipo("status", "sample").out
    shutil.rmtree(aipo.world.folder)
    outcome = aipo("status", "sample").out
    assert "Its charter file sample/charter.yaml is gone." in outcome
    assert "pilott" not in outcome
    write_product(aipo.world.folder)
    again = aipo("status", "sample").out
    assert "Its files can be read again; the next aipo run" in again
    assert "pilott" not in again


def test_a_nearer_standards_file_is_named_by_every_command_and_loosens_nothing(
    aipo: Command,
) -> None:
    """It is the very file of the organisation, until the organisation tightens its own."""
    own = aipo.world.folder / "standards.yaml"
    above = aipo.world.folder.parent / "standards.yaml"
    shutil.copy(own, above)
    (problem,) = aipo("check", str(aipo.world.folder), "--json").json
    assert (problem["file"], problem["weight"]) == (str(own), "warning")
    assert problem["found"] == "standards of its own below those in ../standards.yaml"
    expected = "Its standards are in standards.yaml, as seen from its folder"
    assert expected in aipo("adopt", "sample").out
    assert expected in aipo("status", "sample").out
    text = own.read_text("utf-8")
    above.write_text(text.replace('"release_quorum": 0', '"release_quorum": 1'), "utf-8")
    outcome = aipo("check", str(aipo.world.folder))
    assert outcome.code == 2
    assert "standards that do not only tighten those in ../standards.yaml" in outcome.out
    assert "expected: at least 1 by the standard for risk tier low" in outcome.out
    outcome = aipo("adopt", "sample")
    assert (outcome.code, "standards.yaml:1: found standards that do not" in outcome.out) == (
        2,
        True,
    )
    assert "standards.yaml:1: found standards that do not" in aipo("status", "sample").out


def test_a_folder_that_was_moved_is_shown_with_both_places_of_its_data(aipo: Command) -> None:
    folder = aipo.world.folder
    folder.rename(folder.with_name("other"))
    outcome = aipo("adopt", "sample")
    assert outcome.code == 2
    change = "charter.sources.records.location: sample/data/*.csv → other/data/*.csv (binds)"
    assert change in outcome.out
    assert "Its folder was moved from sample to other" in aipo("status", "sample").out
