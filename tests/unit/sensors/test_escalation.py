from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from aipo_pipelines.charter.model.people import Person, Role
from aipo_pipelines.ledger.events.actions import ActionFailed, ActionFinished, ActionStarted
from aipo_pipelines.ledger.events.notices import NoticeDelivered
from aipo_pipelines.ledger.fold.actions import MAX_ATTEMPTS
from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.policy.answer.notice import Notice
from aipo_pipelines.resources.notifier import Outcome
from aipo_pipelines.sensors.escalation import escalate
from tests.world import World


@dataclass
class Refusing:
    """A notifier that never delivers."""

    permanent: bool
    notices: list[Notice] = field(default_factory=list)

    def send(self, notice: Notice) -> tuple[Outcome, ...]:
        self.notices.append(notice)
        error = "the json target did not take it"
        return (Outcome(channel="json", error=error, permanent=self.permanent),)


class Halfway:
    """A notifier that fails on a single channel."""

    def send(self, notice: Notice) -> tuple[Outcome, ...]:
        channels = [target.partition(":")[0] for target in notice.targets]
        return tuple(
            Outcome(channel=channel, error="it did not take it" if channel == "nonsense" else "")
            for channel in channels
        )


@pytest.fixture
def troubled(world: World) -> World:
    """A world with one incident that nobody knows about yet."""
    world.put("data/w0.csv", "").take_in()
    return world


def notify(world: World, **replaced: object) -> int:
    return escalate(world.speaking_to(**replaced), world.product, world.state)


def test_people_are_notified_once(troubled: World) -> None:
    assert [notify(troubled), notify(troubled)] == [1, 0]
    (notice,) = troubled.notifier.sent
    assert notice.title == "Sample: The feed of Sample cannot be read as agreed (warning)"
    assert troubled.due(ActionKind.NOTIFY) == ()


def test_the_attempt_is_recorded_before_the_notice_and_the_outcome_after(
    troubled: World,
) -> None:
    notify(troubled)
    assert troubled.kinds()[-3:] == [
        ActionStarted.kind,
        NoticeDelivered.kind,
        ActionFinished.kind,
    ]
    assert troubled.bodies(ActionFinished.kind)[-1]["detail"] == "notified 1 channel"


def test_the_outcome_of_each_channel_is_an_entry_without_its_address(tmp_path: Path) -> None:
    person = {
        "name": "Dev Patel",
        "email": "dev@example.com",
        "notify": ["json://dev:hunter2@example.com", "nonsense"],
    }
    world = World(tmp_path / "told")
    people = {**world.product.charter.people, Role.INCIDENT_OWNER: Person(**person)}
    charter = world.product.charter.model_copy(update={"people": people})
    world.product = replace(world.product, charter=charter)
    world.put("data/w0.csv", "").take_in()
    notify(world, notifier=Halfway())
    deliveries = world.bodies(NoticeDelivered.kind)
    assert [
        (delivery["channel"], delivery["told"], delivery["position"]) for delivery in deliveries
    ] == [
        ("json", True, 0),
        ("nonsense", False, 1),
        ("log", True, 2),
    ]
    assert "hunter2" not in repr(deliveries)
    failure = world.bodies(ActionFailed.kind)[-1]["error"]
    assert failure == "1 of 3 notices were not delivered: it did not take it"


def test_a_refused_notice_is_tried_again_later(troubled: World) -> None:
    troubled.notifier.refusals = 1
    notify(troubled)
    assert troubled.kinds()[-1] == ActionFailed.kind
    assert notify(troubled) == 0
    troubled.later(minutes=2)
    assert notify(troubled) == 1
    assert len(troubled.notifier.sent) == 1


def test_a_notice_that_can_never_be_delivered_is_given_up_at_once(troubled: World) -> None:
    refusing = Refusing(permanent=True)
    notify(troubled, notifier=refusing)
    troubled.later(hours=1)
    assert notify(troubled, notifier=refusing) == 1  # the incident about the notice itself
    assert "could not be reported to anybody" in refusing.notices[1].title
    causes = [str(incident.cause) for incident in troubled.state.incidents.values()]
    assert causes == ["feed", "action:notify"]


def test_a_notice_is_tried_a_bounded_number_of_times(troubled: World) -> None:
    refusing = Refusing(permanent=False)
    for _ in range(12):
        notify(troubled, notifier=refusing)
        troubled.later(minutes=30)
    about_feed = [notice for notice in refusing.notices if "feed" in notice.title]
    assert len(about_feed) == MAX_ATTEMPTS
    assert troubled.due(ActionKind.NOTIFY) == ()


def test_a_notice_that_another_process_has_claimed_is_not_sent(troubled: World) -> None:
    state = troubled.state
    notify(troubled)
    assert escalate(troubled.services, troubled.product, state) == 0
    assert len(troubled.notifier.sent) == 1


def test_addresses_do_not_enter_the_ledger(troubled: World) -> None:
    notify(troubled, notifier=Refusing(permanent=False))
    assert "://" not in repr(troubled.bodies(ActionFailed.kind))


def test_people_who_may_decide_about_a_release_are_notified_once(tmp_path: Path) -> None:
    owner = {"name": "Ada Okafor", "email": "ada@example.com", "notify": ["json://ada.example"]}
    rights = {"release": {"roles": ["owner"], "quorum": 1}}
    world = World(tmp_path / "asking", people={"owner": owner}, decision_rights=rights)
    world.deliver("w1").play()
    assert [notify(world), notify(world)] == [1, 0]
    (notice,) = world.notifier.sent
    assert notice.title == "Sample: version 1 waits for your decision"
    assert notice.targets == ("json://ada.example",)
