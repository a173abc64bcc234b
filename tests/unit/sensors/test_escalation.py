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
    asked: list[Notice] = field(default_factory=list)

    def send(self, notice: Notice) -> tuple[Outcome, ...]:
        self.asked.append(notice)
        error = "the json target did not take it"
        return (Outcome(channel="json", error=error, permanent=self.permanent),)


class Halfway:
    """A notifier that delivers to every channel but one."""

    def send(self, notice: Notice) -> tuple[Outcome, ...]:
        channels = [target.partition(":")[0] for target in notice.targets]
        return tuple(
            Outcome(channel=one, error="it did not take it" if one == "nonsense" else "")
            for one in channels
        )


@pytest.fixture
def troubled(world: World) -> World:
    """A world with one incident nobody has heard of yet."""
    world.put("data/w0.csv", "").take_in()
    return world


def tell(world: World, **others: object) -> int:
    return escalate(world.speaking_to(**others), world.product, world.state)


def test_people_are_told_once(troubled: World) -> None:
    assert [tell(troubled), tell(troubled)] == [1, 0]
    (notice,) = troubled.notifier.sent
    assert notice.title == "Sample: The feed of Sample cannot be read as agreed (warning)"
    assert troubled.due(ActionKind.NOTIFY) == ()


def test_the_attempt_is_recorded_before_the_notice_and_the_outcome_after(
    troubled: World,
) -> None:
    tell(troubled)
    assert troubled.kinds()[-3:] == [
        ActionStarted.kind,
        NoticeDelivered.kind,
        ActionFinished.kind,
    ]
    assert troubled.bodies(ActionFinished.kind)[-1]["detail"] == "told 1 channel"


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
    tell(world, notifier=Halfway())
    told = world.bodies(NoticeDelivered.kind)
    assert [(one["channel"], one["told"], one["position"]) for one in told] == [
        ("json", True, 0),
        ("nonsense", False, 1),
        ("log", True, 2),
    ]
    assert "hunter2" not in repr(told)
    failure = world.bodies(ActionFailed.kind)[-1]["error"]
    assert failure == "1 of 3 notices were not delivered: it did not take it"


def test_a_refused_notice_is_tried_again_later(troubled: World) -> None:
    troubled.notifier.refusals = 1
    tell(troubled)
    assert troubled.kinds()[-1] == ActionFailed.kind
    assert tell(troubled) == 0
    troubled.later(minutes=2)
    assert tell(troubled) == 1
    assert len(troubled.notifier.sent) == 1


def test_a_notice_that_can_never_be_delivered_is_given_up_at_once(troubled: World) -> None:
    refusing = Refusing(permanent=True)
    tell(troubled, notifier=refusing)
    troubled.later(hours=1)
    assert tell(troubled, notifier=refusing) == 1  # the incident about the notice itself
    assert "could not be told to anybody" in refusing.asked[1].title
    causes = [str(one.cause) for one in troubled.state.incidents.values()]
    assert causes == ["feed", "action:notify"]


def test_a_notice_is_tried_a_bounded_number_of_times(troubled: World) -> None:
    refusing = Refusing(permanent=False)
    for _ in range(12):
        tell(troubled, notifier=refusing)
        troubled.later(minutes=30)
    about_feed = [one for one in refusing.asked if "feed" in one.title]
    assert len(about_feed) == MAX_ATTEMPTS
    assert troubled.due(ActionKind.NOTIFY) == ()


def test_a_notice_somebody_else_has_claimed_is_not_sent(troubled: World) -> None:
    state = troubled.state
    tell(troubled)
    assert escalate(troubled.services, troubled.product, state) == 0
    assert len(troubled.notifier.sent) == 1


def test_addresses_do_not_enter_the_ledger(troubled: World) -> None:
    tell(troubled, notifier=Refusing(permanent=False))
    assert "://" not in repr(troubled.bodies(ActionFailed.kind))


def test_people_who_may_decide_about_a_release_are_told_once(tmp_path: Path) -> None:
    owner = {"name": "Ada Okafor", "email": "ada@example.com", "notify": ["json://ada.example"]}
    rights = {"release": {"roles": ["owner"], "quorum": 1}}
    world = World(tmp_path / "asking", people={"owner": owner}, decision_rights=rights)
    world.deliver("w1").play()
    assert [tell(world), tell(world)] == [1, 0]
    (notice,) = world.notifier.sent
    assert notice.title == "Sample: version 1 waits for your decision"
    assert notice.targets == ("json://ada.example",)
