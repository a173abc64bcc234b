"""Under `aipo up` a changed concept leads to a new champion: by rule, or by an approval."""

from __future__ import annotations

import json
import os
import pwd
import sys
import time
import urllib.error
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from aipo_pipelines.door.account import NAME
from aipo_pipelines.ledger.events.releases import ChampionReleased
from aipo_pipelines.ledger.events.trainings import TrainingDue
from aipo_pipelines.ledger.model.models import Champion
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.ledger.postgres.store import PostgresLedger
from tests.acceptance.command import Desk, Outcome
from tests.acceptance.place import Place, done_twice, make_place
from tests.acceptance.services import Up, processes_of, up, wait_until
from tests.acceptance.synthetic import records
from tests.samples import write_product

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.xdist_group("up"),
    pytest.mark.timeout(900),
]

FREE, HELD = "sample", "held"
ROWS = 600
ADA = ["--by", "Ada Okafor", "--reason", "Seen in the product review."]
CHARTER: dict[str, Any] = {
    "retraining": {"triggers": ["checks"], "cooldown": None, "window": {"held_out": 0.5}},
    "responses": [
        {"check": "contract", "reactions": ["quarantine", "escalate"]},
        {"check": "privacy", "reactions": ["quarantine", "escalate"]},
        {"check": "performance", "reactions": ["retrain", "escalate"]},
    ],
}
CAREFUL: dict[str, Any] = {
    "product": HELD,
    "risk_tier": "medium",
    "decision_rights": {"release": {"roles": ["owner"], "quorum": 1}},
}


@dataclass
class Course:
    """The results of one batch with another concept, in two products.

    Attributes:
        seconds: From the drop to the new champion of the product that needs nobody.
        outcomes: What commands said, by a name of their own.
        before: Champion of the product that needs a person, while it waited.
        client_saw: Version of the champion, as MLflow's own client is outcomes at the door.
        model_file: A file of that version, as the door shows it.
        foreign: What the door answers to who asks MLflow for files of the machine.
        mlflow_user: The account of MLflow's server.
        assistant: What it answers to who asks its assistant to work.
    """

    place: Place
    seconds: float = 0.0
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    before: Champion | None = None
    client_saw: str = ""
    model_file: str = ""
    foreign: list[int] = field(default_factory=list)
    mlflow_user: int = -1
    assistant: int = 0


@pytest.fixture(scope="module")
def course(home_template: Path, module_folder: Path) -> Iterator[Course]:
    place = make_place(home_template, module_folder, batches=0, **CHARTER)
    write_product(place.data.parents[1] / HELD, **CHARTER, **CAREFUL)
    course = Course(place)
    for name in (FREE, HELD):
        drop(place, name, 1, changed=False)
    desk = Desk(place.home.path, place.folder / "products")
    run = (["run", FREE], ["run", HELD], ["approve", HELD, "1", *ADA], ["run", HELD])
    assert [outcome.code for outcome in desk.types(*run)] == [0] * len(run)
    with up(place) as running:
        for name in (FREE, HELD):
            drop(place, name, 2, changed=True)
        dropped = time.time()
        wait_until(lambda: champion(place, FREE) == "2", "the model that learnt it is live")
        course.seconds = released_at(place) - dropped
        wait_until(lambda: state(place, HELD).candidates, "a version waits for a person")
        course.before = state(place, HELD).champion
        (course.outcomes["waiting"],) = desk.types(["decisions", HELD, "--json"])
        (course.outcomes["approved"],) = desk.types(["approve", HELD, "2", *ADA])
        wait_until(lambda: champion(place, HELD) == "2", "the approved version is live")
        look_at_mlflow(course, running)
    yield course
    place.close()


def look_at_mlflow(course: Course, running: Up) -> None:
    """Asks MLflow behind the door for allowed and for forbidden content."""
    script = (
        "from mlflow import MlflowClient; "
        f"print(MlflowClient().get_model_version_by_alias('{FREE}', 'champion').version)"
    )
    address = f"http://127.0.0.1:{running.port}/mlflow"
    token = course.place.home.token.read_text().strip()
    client = course.place.run(
        [sys.executable, "-c", script],
        MLFLOW_TRACKING_URI=address,
        MLFLOW_TRACKING_TOKEN=token,
    )
    course.client_saw = client.stdout.strip()
    file = f"/mlflow/model-versions/get-artifact?path=MLmodel&name={FREE}&version=2"
    course.model_file = running.get(file).decode()
    api = "/mlflow/api/2.0/mlflow"
    for number, place in enumerate(("file:///etc", "/etc", str(course.place.home.logs))):
        experiment = running.get(
            f"{api}/experiments/create", {"name": str(number), "artifact_location": place}
        )
        run = running.get(f"{api}/runs/create", json.loads(experiment))
        run_id = json.loads(run)["run"]["info"]["run_id"]
        for path in (
            f"{api}/artifacts/list?run_id={run_id}",
            f"/mlflow/get-artifact?path=hostname&run_id={run_id}",
        ):
            course.foreign.append(status_of(running, path))
    course.assistant = status_of(
        running, "/mlflow/ajax-api/3.0/mlflow/assistant/message", {"message": "x"}
    )
    (process,) = (
        number
        for number, line in processes_of(course.place).items()
        if "door.mlflow_server" in line and "child_guard" not in line and not children_of(number)
    )
    course.mlflow_user = psutil.Process(process).uids().effective


def children_of(number: int) -> list[psutil.Process]:
    children: list[psutil.Process] = psutil.Process(number).children()
    return children


def status_of(running: Up, path: str, body: object = None) -> int:
    try:
        running.get(path, body)
    except urllib.error.HTTPError as error:
        return error.code
    return 200


def drop(place: Place, name: str, number: int, *, changed: bool) -> None:
    """Puts a batch into a feed; if the concept changed, the label is the opposite."""
    batch = records(number, ROWS)
    batch["id"] += number * ROWS
    batch["y"] = 1 - batch["y"] if changed else batch["y"]
    staging = place.folder / f"{name}-{number}.part"
    batch.to_csv(staging, index=False)
    feed = place.data.parents[1] / name / "data"
    feed.mkdir(exist_ok=True)
    staging.rename(feed / f"b{number}.csv")


def state(place: Place, name: str) -> ProductState:
    with closing(PostgresLedger(place.databases.ledger_url)) as ledger:
        return ledger.state(name)


def champion(place: Place, name: str) -> str:
    version_in_charge = state(place, name).champion
    return version_in_charge.version if version_in_charge else ""


def released_at(place: Place) -> float:
    return place.entries(ChampionReleased.kind)[-1].recorded_at.timestamp()


def test_a_changed_concept_ends_in_a_new_champion_by_rule(course: Course) -> None:
    released = state(course.place, FREE).champion
    assert released is not None
    assert (released.version, released.released_by) == ("2", "rule:release")


def test_from_drop_to_champion_passes_about_a_minute_at_most(course: Course) -> None:
    # A minute on a machine of its own; tests run beside others.
    assert course.seconds < 180


def test_the_failing_check_is_what_made_the_training_due(course: Course) -> None:
    due = course.place.entries(TrainingDue.kind)[-1]
    assert due.body["trigger"] == "check:performance/performance"
    assert done_twice(course.place) == []


def test_if_a_person_must_agree_the_version_waits_and_the_champion_stays(
    course: Course,
) -> None:
    (held,) = course.outcomes["waiting"].json["waiting"]
    assert (held["version"], held["missing"]) == ("2", 1)
    assert course.before is not None
    assert course.before.version == "1"


def test_once_it_is_approved_the_daemon_releases_it(course: Course) -> None:
    assert course.outcomes["approved"].code == 0, course.outcomes["approved"].err
    product = state(course.place, HELD)
    assert product.champion is not None
    assert product.champion.version == "2"
    assert product.predecessor is not None
    assert product.predecessor.version == "1"


def test_the_ledger_of_it_all_verifies(course: Course) -> None:
    assert course.place.verify() > 0


def test_the_client_of_mlflow_passes_the_door_with_the_token(course: Course) -> None:
    assert course.client_saw == "2"


def test_the_door_shows_the_files_of_a_model(course: Course) -> None:
    assert "sklearn" in course.model_file


def test_mlflow_opens_no_file_that_is_neither_a_models_nor_its_own(course: Course) -> None:
    assert course.foreign == [403] * 6


def test_the_assistant_of_mlflow_works_for_nobody(course: Course) -> None:
    assert course.assistant == 403


def test_started_by_root_mlflow_runs_as_an_account_of_its_own(course: Course) -> None:
    mine = os.geteuid()
    assert course.mlflow_user == (mine or pwd.getpwnam(NAME).pw_uid)
