"""People decide about releases of a real installation, two at once included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from aipo_pipelines.ledger.events.releases import ReleaseApproved, ReleaseDecided
from tests.acceptance.command import Desk, Outcome
from tests.acceptance.place import SECONDS, Place, make_place

pytestmark = [pytest.mark.acceptance, pytest.mark.xdist_group("decisions")]

RIGHTS = {"release": {"roles": ["owner", "data_steward"], "quorum": 2}}
ADA, BEN, CHIARA = "Ada Okafor", "Ben Haas", "Chiara Rossi"
REASON = ["--reason", "Agreed in the product review."]


@dataclass
class Course:
    """What was typed, one after another, and at once.

    Attributes:
        approvals: Ada and Ada again, at once: exit code and what was said aside.
        rollbacks: Ada and Ada again, at once.
        told: What single commands said, by a name of their own.
    """

    place: Place
    approvals: list[tuple[int, str]] = field(default_factory=list)
    rollbacks: list[tuple[int, str]] = field(default_factory=list)
    outcomes: dict[str, Outcome] = field(default_factory=dict)


def at_once(place: Place, *commands: list[str]) -> list[tuple[int, str]]:
    """Types commands in processes of their own at the same time."""
    started = [place.fork(*words) for words in commands]
    ended = [process.ended(SECONDS) for process in started]
    return [(process.returncode, process.stderr) for process in ended]


def approval(version: str, name: str) -> list[str]:
    return ["approve", "sample", version, "--by", name, *REASON]


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
    retrain = ["retrain", "sample", "--by", CHIARA, *REASON]
    back = ["rollback", "sample", "--by", ADA, *REASON]
    desk = Desk(place.home.path, place.folder / "products")

    def note(**commands: list[str]) -> None:
        names, words = list(commands), list(commands.values())
        course.outcomes |= dict(zip(names, desk.types(*words), strict=True))

    note(first=run, waiting=["decisions", "sample", "--json"])
    course.approvals = at_once(place, approval("1", ADA), approval("1", ADA))
    note(completed=approval("1", BEN), release=run, live=["status", "sample", "--json"])
    note(asked=retrain, second=run, asked_again=retrain, third=run)
    note(late=approval("2", ADA), ada=approval("3", ADA), ben=approval("3", BEN), up=run)
    note(before=["status", "sample", "--json"])
    course.rollbacks = at_once(place, back, back)
    note(down=run, after=["status", "sample", "--json"])
    note(past=["decisions", "sample", "--all", "--json"])
    yield course
    place.close()


def test_every_run_ends_well(course: Course) -> None:
    runs = [outcome for outcome in course.outcomes.values() if outcome.words[0] == "run"]
    assert [run.code for run in runs] == [0] * len(runs), [run.output for run in runs]


def test_the_first_version_waits_for_two_people(course: Course) -> None:
    (held,) = course.outcomes["waiting"].json["waiting"]
    assert (held["version"], held["missing"]) == ("1", 2)
    assert [decider["name"] for decider in held["may_decide"]] == [ADA, BEN]


def test_if_one_person_approves_twice_at_once_one_approval_counts(course: Course) -> None:
    (first, aside), (second, other) = course.approvals
    assert sorted((first, second)) == [0, 1], (aside, other)
    refused = aside if first else other
    assert f"{ADA} approved version 1 already" in refused
    assert "Version 1 may go live." in course.outcomes["completed"].out


def test_each_approval_is_recorded_once_and_makes_one_decision(course: Course) -> None:
    approvals = [entry.body for entry in course.place.entries(ReleaseApproved.kind)]
    assert sorted(str(body["person"]) for body in approvals if body["version"] == "1") == [ADA, BEN]
    decisions = [entry.body for entry in course.place.entries(ReleaseDecided.kind)]
    assert [body["rule"] for body in decisions if body["version"] == "1"] == [
        "approved",
        "rollback",
    ]


def test_the_approved_version_goes_live(course: Course) -> None:
    champion = course.outcomes["live"].json["champion"]
    assert (champion["version"], champion["released_by"]) == ("1", "rule:release")


def test_a_newer_version_supersedes_a_pending_version(course: Course) -> None:
    late = course.outcomes["late"]
    assert late.code == 1
    assert "version 2 of sample was superseded by rule:release" in late.err


def test_the_newer_version_is_approved_instead(course: Course) -> None:
    assert "1 of 2 approvals are still needed" in course.outcomes["ada"].out
    assert "Version 3 may go live." in course.outcomes["ben"].out
    before = course.outcomes["before"].json
    assert (before["champion"]["version"], before["predecessor"]["version"]) == ("3", "1")


def test_of_two_rollbacks_at_once_one_is_taken(course: Course) -> None:
    (first, first_error), (second, second_error) = course.rollbacks
    assert sorted((first, second)) == [0, 1], (first_error, second_error)
    refused = first_error if first else second_error
    assert "a release of sample is under way" in refused


def test_the_predecessor_is_in_charge_again_by_the_decision_of_a_person(course: Course) -> None:
    after = course.outcomes["after"].json
    assert (after["champion"]["version"], after["predecessor"]) == ("1", None)
    assert after["champion"]["released_by"] == f"owner {ADA}"


def test_earlier_decisions_are_shown_with_person_and_reason(course: Course) -> None:
    past = {decision["version"]: decision for decision in course.outcomes["past"].json["decided"]}
    assert {version: decision["rule"] for version, decision in past.items()} == {
        "1": "rollback",
        "2": "superseded",
        "3": "approved",
    }
    assert past["1"]["by"] == f"owner {ADA}"


def test_the_ledger_of_it_all_verifies(course: Course) -> None:
    assert course.place.verify() > 0
