from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.errors import NoticeError
from aipo_pipelines.policy.notice import Notice
from aipo_pipelines.resources.notifier import AppriseNotifier, FakeNotifier

# Of apprise, on the Pythons that still have that module.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")

SECRET = "hunter2"


def notice(*targets: str) -> Notice:
    return Notice(title="Drift", body="Look.", targets=targets)


@pytest.fixture
def delivered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Titles of what apprise was asked to deliver; the target `refuse` is refused."""
    import apprise

    told: list[str] = []

    def notify(self: Any, *, title: str, **_: Any) -> bool:
        told.append(title)
        return not any("refuse" in server.url() for server in self)

    monkeypatch.setattr(apprise.Apprise, "notify", notify)
    return told


def test_the_target_log_writes_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "aipo.notices"):
        AppriseNotifier().send(notice("log"))
    assert [record.getMessage() for record in caplog.records] == ["Drift\nLook."]


def test_every_target_is_told(delivered: list[str]) -> None:
    AppriseNotifier().send(notice("json://a.example", "json://b.example"))
    assert delivered == ["Drift", "Drift"]


def test_a_malformed_address_is_permanent_and_not_shown() -> None:
    with pytest.raises(NoticeError, match="a mailto address is malformed") as caught:
        AppriseNotifier().send(notice(f"mailto://{SECRET}"))
    assert caught.value.permanent
    assert SECRET not in str(caught.value)


def test_a_mistyped_address_is_written_into_no_log(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(NoticeError):
        AppriseNotifier().send(notice(f"slakc://{SECRET}", f"json://u:{SECRET}@127.0.0.1:9"))
    assert SECRET not in caplog.text
    assert SECRET not in "".join(capfd.readouterr())


def test_a_refusing_target_is_tried_again_and_not_shown(delivered: list[str]) -> None:
    with pytest.raises(NoticeError, match="json target did not take the notice") as caught:
        AppriseNotifier().send(notice(f"json://u:{SECRET}@refuse.example"))
    assert delivered == ["Drift"]
    assert not caught.value.permanent
    assert SECRET not in str(caught.value)


def test_one_bad_target_does_not_keep_the_others_from_being_told(delivered: list[str]) -> None:
    with pytest.raises(NoticeError, match="1 of 2 notices were not delivered") as caught:
        AppriseNotifier().send(notice("nonsense", "json://a.example"))
    assert delivered == ["Drift"]
    assert caught.value.permanent


def test_a_failure_is_permanent_only_if_all_are(delivered: list[str]) -> None:
    with pytest.raises(NoticeError) as caught:
        AppriseNotifier().send(notice("nonsense", "json://refuse.example"))
    assert len(delivered) == 1
    assert not caught.value.permanent


def test_the_fake_refuses_as_often_as_it_is_told() -> None:
    fake = FakeNotifier(refusals=1)
    with pytest.raises(NoticeError):
        fake.send(notice("log"))
    fake.send(notice("log"))
    assert [one.title for one in fake.sent] == ["Drift"]


BEEPER = """
from apprise.decorators import notify
from pathlib import Path

@notify(on="beeper")
def beep(body, title, notify_type, *args, **kwargs):
    if kwargs["meta"]["host"] == "broken":
        raise RuntimeError("hunter2")
    (Path(__file__).parent / "told").write_text(f"{title}: {body}")
"""


@pytest.fixture
def beeper(tmp_path: Path) -> AppriseNotifier:
    """A notifier that knows a channel of the team's own."""
    (tmp_path / "beeper.py").write_text(BEEPER)
    return AppriseNotifier.of({"APPRISE_PLUGIN_PATH": f"{tmp_path / 'beeper.py'};"})


def test_a_channel_of_the_team_is_told_by_its_own_scheme(
    beeper: AppriseNotifier, tmp_path: Path
) -> None:
    beeper.send(notice("beeper://night-shift"))
    assert (tmp_path / "told").read_text() == "Drift: Look."


def test_a_channel_of_the_team_that_raises_is_tried_again_and_not_quoted(
    beeper: AppriseNotifier, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(NoticeError, match="beeper target did not take the notice") as caught:
        beeper.send(notice("beeper://broken"))
    assert not caught.value.permanent
    assert SECRET not in str(caught.value) + caplog.text


def test_a_channel_that_nobody_named_is_told_where_to_name_it() -> None:
    with pytest.raises(NoticeError, match="your own channel in APPRISE_PLUGIN_PATH"):
        AppriseNotifier.of({}).send(notice("semaphore://night-shift"))
