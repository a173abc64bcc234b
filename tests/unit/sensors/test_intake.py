from __future__ import annotations

import pytest

from aipo_pipelines.errors import LakeError, SourceError
from aipo_pipelines.ledger.events.agreements import CharterAdopted
from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.ledger.events.incidents import IncidentOpened
from aipo_pipelines.ledger.events.measurements import AssetMaterialised, CheckEvaluated
from aipo_pipelines.ledger.model.state import ActionKind, IncidentStatus
from aipo_pipelines.resources.agreements import account
from aipo_pipelines.resources.lake.lake import Lake
from aipo_pipelines.sensors.adoption import adopt_charter
from aipo_pipelines.sensors.intake import take_in
from tests.samples import write_product
from tests.unit.sensors.conftest import Worlds
from tests.world import LATE, World


class FullLake(Lake):
    """A lake on a full disk, until there is room."""

    full = True

    def store(self, product: str, partition: str, *given: object) -> object:  # type: ignore[override]
        if self.full:
            raise LakeError("The lake could not write 'x': No space left on device.")
        return super().store(product, partition, *given)  # type: ignore[arg-type]


def test_a_new_batch_is_recorded_stored_and_asked_to_be_measured(world: World) -> None:
    world.deliver("w1").take_in()
    batch = world.state.batches["w1"]
    assert world.lake.exists("sample", "w1", batch.digest)
    assert [action.partition for action in world.due(ActionKind.MEASURE)] == ["w1"]
    assert world.bodies(BatchArrived.kind)[0]["location"] == "data/w1.csv"
    assert list(world.instance.get_dynamic_partitions("sample/batches")) == ["w1"]


def test_what_is_known_is_not_taken_in_again(world: World) -> None:
    world.deliver("w1").take_in()
    size = world.ledger.size()
    assert world.take_in().discoveries == ()
    assert world.ledger.size() == size


def test_content_that_returns_is_a_change_again(world: World) -> None:
    world.deliver("w1").take_in()
    first = world.state.batches["w1"].digest
    world.deliver("w1", x1=0.5).take_in()
    second = world.state.batches["w1"].digest
    world.deliver("w1").take_in()
    assert world.state.batches["w1"].versions == (first, second, first)
    assert first != second
    assert world.kinds().count(BatchArrived.kind) == 3


def test_every_version_stays_in_the_lake(world: World) -> None:
    world.deliver("w1").take_in()
    world.deliver("w1", x1=0.5).take_in()
    versions = world.state.batches["w1"].versions
    assert [world.lake.load("sample", "w1", version)["x1"][0] == "0.5" for version in versions] == [
        False,
        True,
    ]


def test_a_new_version_is_measured_by_one_action_that_supersedes_the_old(world: World) -> None:
    world.deliver("w1").take_in()
    world.deliver("w1", x1=0.5).take_in()
    (due,) = world.due(ActionKind.MEASURE)
    assert due.entry == world.state.batches["w1"].entry


def test_late_labels_ask_for_performance_alone_and_leave_the_snapshot(world_of: Worlds) -> None:
    world = world_of(**LATE).deliver("w1", y=...).label("w1").deliver("w2", y=...).play()
    before = world.state.batches["w2"]
    world.label("w2").take_in()
    after = world.state.batches["w2"]
    assert (after.digest, after.versions) == (before.digest, before.versions)
    assert after.labels_digest != before.labels_digest == ""
    (due,) = world.due(ActionKind.MEASURE)
    assert due.arguments == {"assets": ["performance"]}


def test_late_labels_add_an_evaluation_and_keep_the_old_evaluation(world_of: Worlds) -> None:
    world = world_of(**LATE).deliver("w1", y=...).label("w1").play()
    world.deliver("w2", y=...).play()
    world.label("w2").play()
    verdicts = [
        body["verdict"]
        for body in world.bodies(CheckEvaluated.kind)
        if (body["check"], body["partition"]) == ("performance", "w2")
    ]
    assert verdicts == ["insufficient", "pass"]


def test_late_labels_measure_no_other_asset_again(world_of: Worlds) -> None:
    world = world_of(**LATE).deliver("w1", y=...).label("w1").play()
    world.deliver("w2", y=...).play()
    before = world.kinds().count(AssetMaterialised.kind)
    world.label("w2").play()
    materialised = world.bodies(AssetMaterialised.kind)[before:]
    assert [(body["asset"], body["partition"]) for body in materialised] == [("performance", "w2")]


def test_corrected_labels_are_another_change(world_of: Worlds) -> None:
    world = world_of(**LATE).deliver("w1", y=...).label("w1").play()
    world.label("w1", flipped=True).take_in()
    assert [action.arguments for action in world.due(ActionKind.MEASURE)] == [
        {"assets": ["performance"]}
    ]
    assert world.bodies(BatchArrived.kind)[-1]["labels_only"] is True


def test_labels_that_are_corrected_back_and_forth_are_a_change_each_time(
    world_of: Worlds,
) -> None:
    world = world_of(**LATE).deliver("w1", y=...).label("w1").play()
    known = [world.state.batches["w1"].labels_digest]
    for flipped in (True, False, True):
        world.label("w1", flipped=flipped).take_in()
        known.append(world.state.batches["w1"].labels_digest)
    assert known == [known[0], known[1], known[0], known[1]]
    assert known[0] != known[1]
    assert world.take_in().discoveries == ()


def test_a_file_that_cannot_be_read_opens_one_incident_and_the_rest_is_taken_in(
    world: World,
) -> None:
    world.put("data/w0.csv", "").deliver("w1").take_in()
    world.later(minutes=1).take_in()
    (incident,) = world.state.incidents.values()
    assert str(incident.cause) == "feed"
    assert "data/w0.csv is empty" in incident.summary
    assert list(world.state.batches) == ["w1"]
    assert world.kinds().count(IncidentOpened.kind) == 1


def test_a_feed_that_can_be_read_again_resolves_its_incident(world: World) -> None:
    world.put("data/w0.csv", "").take_in()
    world.deliver("w0").take_in()
    (incident,) = world.state.incidents.values()
    assert incident.status is IncidentStatus.RESOLVED
    assert list(world.state.batches) == ["w0"]


def test_a_problem_that_returns_is_a_new_incident(world: World) -> None:
    for text in ("", "id,x1,x2,y\n1,0.5,0.5,1\n", ""):
        world.put("data/w0.csv", text).later(hours=1).take_in()
    assert world.kinds().count(IncidentOpened.kind) == 2


def test_a_full_lake_is_a_problem_that_is_looked_at_again(world: World) -> None:
    lake = FullLake(str(world.folder / "lake"))
    services = world.speaking_to(lake=lake)
    world.deliver("w1")
    look = take_in(services, world.instance, world.product)
    assert look.unsettled == ("data/w1.csv",)
    assert "No space left" in str(look.problems[0])
    assert world.state.batches == {}
    lake.full = False
    assert take_in(services, world.instance, world.product).problems == ()
    assert list(world.state.batches) == ["w1"]


def test_a_file_replaced_while_it_is_taken_in_is_left_for_the_next_look(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deliver("w1")
    feed = world.services.feeds.of(world.product)
    listed = feed.list_batches(world.clock.now())
    world.deliver("w1", x1=0.5)
    monkeypatch.setattr(feed, "list_batches", lambda _now: listed)
    look = world.take_in()
    assert (look.discoveries, look.unsettled) == ((), ("data/w1.csv",))
    monkeypatch.undo()
    assert [discovery.partition for discovery in world.take_in().discoveries] == ["w1"]
    assert world.state.batches["w1"].digest != listed.batches[0].digest


def test_a_file_that_vanishes_while_it_is_taken_in_is_a_problem(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deliver("w1")
    feed = world.services.feeds.of(world.product)
    listed = feed.list_batches(world.clock.now())
    (world.folder / "data" / "w1.csv").unlink()
    monkeypatch.setattr(feed, "list_batches", lambda _now: listed)
    look = world.take_in()
    assert "no longer holds batch 'w1'" in str(look.problems[0])
    assert world.state.batches == {}


def test_labels_that_change_while_they_are_taken_in_are_named_as_they_were_stored(
    world_of: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = world_of(**LATE).deliver("w1", y=...).label("w1", rows=50)
    feed = world.services.feeds.of(world.product)
    stale = feed.list_batches(world.clock.now())
    feed.labels_digest(stale.batches[0])
    world.label("w1", rows=60)
    monkeypatch.setattr(feed, "labels_digest", lambda _ref: "sha256:stale")
    world.take_in()
    digest = world.state.batches["w1"].labels_digest
    assert len(world.lake.load("sample", "labels/w1", digest)) == 60


def test_an_unset_variable_in_a_location_is_an_error(world_of: Worlds) -> None:
    world = world_of(sources={"records": {"location": "${NOWHERE}/*.csv"}})
    with pytest.raises(SourceError, match="NOWHERE"):
        world.take_in()


def test_a_charter_is_adopted_once(world: World) -> None:
    assert not adopt_charter(world.services, world.product)
    assert world.kinds() == [CharterAdopted.kind]
    assert world.ledger.entries("sample")[0].actor == "rule:adopt"
    assert world.bodies(CharterAdopted.kind)[0]["adopted_by"] == account()


def test_a_charter_that_returns_to_an_earlier_text_is_adopted_again(world: World) -> None:
    write_product(world.folder, title="Another title")
    assert adopt_charter(world.services, world.product)
    write_product(world.folder)
    assert adopt_charter(world.services, world.product)
    assert world.kinds() == [CharterAdopted.kind] * 3
    assert world.state.charter is not None
    assert world.state.charter.digest == world.product.digest


@pytest.mark.parametrize("part", ["contract", "standards"])
def test_a_changed_contract_or_standard_is_adopted_too(world: World, part: str) -> None:
    (path,) = world.folder.glob(f"{part}.yaml")
    path.write_text(f"{path.read_text('utf-8')}\n# Reviewed in May.\n", "utf-8")
    assert adopt_charter(world.services, world.product)
    assert world.kinds() == [CharterAdopted.kind] * 2


def test_addresses_and_passwords_of_a_charter_never_enter_the_ledger(world_of: Worlds) -> None:
    ada = {
        "name": "Ada Okafor",
        "email": "ada@example.com",
        "notify": ["mailtos://ada:hunter2@mail.example.com"],
    }
    world = world_of(
        people={"owner": ada},
        sources={
            "records": {
                "location": "postgresql://u:${PW}@db.example/x?options=hunter3",
                "format": "sql",
                "table": "t",
            }
        },
        escalation={
            "levels": [
                {
                    "notify": ["incident_owner"],
                    "via": ["json://hunter4@hook.example"],
                    "within": "4h",
                },
                {"notify": ["owner"], "within": "1d"},
            ]
        },
    )
    assert "mailtos" in repr(world.bodies(CharterAdopted.kind))
    assert "hunter" not in repr(world.ledger.entries())
