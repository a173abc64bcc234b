"""People decide about releases of a real installation, two at once included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from aipo_pipelines.ledger.events.releases import ReleaseApproved, ReleaseDecided
from tests.acceptance.command import Desk, Told
from tests.acceptance.place import SECONDS, Place, make_place

pytestmark = [pytest.mark.acceptance, pytest.mark.xdist_group("decisions")]

RIGHTS = {"release": {"roles": ["owner", "data_steward"], "quorum": 2}}
ADA, BEN, CHIARA = "Ada Okafor", "Ben Haas", "Chiara Rossi"
WHY = ["--reason", "Agreed in the product review."]


@dataclass
class Course:
    """What was typed, one after another, and at once.

    Attributes:
        approvals: Ada, Ada again and Ben, at once: exit code and what was said aside.
        rollbacks: Ada and Ada again, at once.
        told: What single commands said, by a name of their own.
    """

    place: Place
    approvals: list[tuple[int, str]] = field(default_factory=list)
    rollbacks: list[tuple[int, str]] = field(default_factory=list)
    told: dict[str, Told] = field(default_factory=dict)


def at_once(place: Place, *commands: list[str]) -> list[tuple[int, str]]:
    """Types commands in processes of their own at the same time."""
    started = [place.fork(*words) for words in commands]
    ended = [one.ended(SECONDS) for one in started]
    return [(one.returncode, one.stderr) for one in ended]


def approval(version: str, name: str) -> list[str]:
    return ["approve", "sample", version, "--by", name, *WHY]


@pytest.fixture(scope="module")
def course(home_template: Path, module_folder: Path) -> Iterator[Course]:
    place = make_place(
        home_template,
        module_folder,
        batches=2,
        decision_rights=RIGHTS,
        # Batches are small: a half is held out, and a wide margin lets every version pass.
        release={"margin": 0.9, "minimum_sample": 50},
        retraining={"window": {"held_out": 0.5}},
    )
    course = Course(place)
    run = ["run", "sample"]
    retrain = ["retrain", "sample", "--by", CHIARA, *WHY]
    back = ["rollback", "sample", "--by", ADA, *WHY]
    desk = Desk(place.home.path, place.folder / "products")

    def note(**commands: list[str]) -> None:
        names, words = list(commands), list(commands.values())
        course.told |= dict(zip(names, desk.types(*words), strict=True))

    note(first=run, waiting=["decisions", "sample", "--json"])
    course.approvals = at_once(place, *(approval("1", name) for name in (ADA, ADA, BEN)))
    note(release=run, live=["status", "sample", "--json"])
    note(asked=retrain, second=run, asked_again=retrain, third=run)
    note(late=approval("2", ADA), ada=approval("3", ADA), ben=approval("3", BEN), up=run)
    note(before=["status", "sample", "--json"])
    course.rollbacks = at_once(place, back, back)
    note(down=run, after=["status", "sample", "--json"])
    note(past=["decisions", "sample", "--all", "--json"])
    yield course
    place.close()


def test_every_run_ends_well(course: Course) -> None:
    runs = [one for one in course.told.values() if one.words[0] == "run"]
    assert [one.code for one in runs] == [0] * len(runs), [one.said for one in runs]


def test_the_first_version_waits_for_two_people(course: Course) -> None:
    (held,) = course.told["waiting"].json["waiting"]
    assert (held["version"], held["missing"]) == ("1", 2)
    assert [one["name"] for one in held["may_decide"]] == [ADA, BEN]


def test_of_one_person_who_approves_twice_at_once_one_word_counts(course: Course) -> None:
    (first, aside), (second, other), (ben, said) = course.approvals
    assert (sorted((first, second)), ben) == ([0, 1], 0), (aside, other, said)
    refused = aside if first else other
    assert "approved version 1 already" in refused or "was allowed to go live" in refused


def test_each_approval_is_recorded_once_and_makes_one_decision(course: Course) -> None:
    said = [entry.body for entry in course.place.entries(ReleaseApproved.kind)]
    assert sorted(str(one["person"]) for one in said if one["version"] == "1") == [ADA, BEN]
    made = [entry.body for entry in course.place.entries(ReleaseDecided.kind)]
    assert [one["rule"] for one in made if one["version"] == "1"] == ["approved", "rollback"]


def test_the_approved_version_goes_live(course: Course) -> None:
    champion = course.told["live"].json["champion"]
    assert (champion["version"], champion["released_by"]) == ("1", "rule:release")


def test_a_newer_version_supersedes_one_that_waits(course: Course) -> None:
    late = course.told["late"]
    assert late.code == 1
    assert "version 2 of sample was superseded by rule:release" in late.err


def test_the_newer_version_is_approved_instead(course: Course) -> None:
    assert "1 of 2 approvals are still needed" in course.told["ada"].out
    assert "Version 3 may go live." in course.told["ben"].out
    before = course.told["before"].json
    assert (before["champion"]["version"], before["predecessor"]["version"]) == ("3", "1")


def test_of_two_rollbacks_at_once_one_is_taken(course: Course) -> None:
    (one, aside), (other, said) = course.rollbacks
    assert sorted((one, other)) == [0, 1], (aside, said)
    assert "a release of sample is under way" in (aside if one else said)


def test_the_predecessor_is_in_charge_again_by_the_word_of_a_person(course: Course) -> None:
    after = course.told["after"].json
    assert (after["champion"]["version"], after["predecessor"]) == ("1", None)
    assert after["champion"]["released_by"] == f"owner {ADA}"


def test_what_was_decided_is_told_with_who_and_why(course: Course) -> None:
    past = {one["version"]: one for one in course.told["past"].json["decided"]}
    assert {version: one["rule"] for version, one in past.items()} == {
        "1": "rollback",
        "2": "superseded",
        "3": "approved",
    }
    assert past["1"]["by"] == f"owner {ADA}"


def test_the_ledger_of_it_all_verifies(course: Course) -> None:
    assert course.place.verify() > 0
