from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.policy.answer.notice import Notice
from aipo_pipelines.resources.notifier import AppriseNotifier, FakeNotifier, Outcome

# Of apprise, on the Pythons that still have that module.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")

SECRET = "hunter2"


def notice(*targets: str) -> Notice:
    return Notice(title="Drift", body="Look.", targets=targets)


@pytest.fixture
def delivered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Titles of the notices that apprise was asked to deliver; the target `refuse` is refused."""
    import apprise

    titles: list[str] = []

    def notify(self: Any, *, title: str, **_: Any) -> bool:
        titles.append(title)
        return not any("refuse" in server.url() for server in self)

    monkeypatch.setattr(apprise.Apprise, "notify", notify)
    return titles


def test_the_target_log_writes_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "aipo.notices"):
        AppriseNotifier().send(notice("log"))
    assert [record.getMessage() for record in caplog.records] == ["Drift\nLook."]


def test_every_target_gets_the_notice(delivered: list[str]) -> None:
    outcomes = AppriseNotifier().send(notice("json://a.example", "json://b.example", "log"))
    assert delivered == ["Drift", "Drift"]
    assert outcomes == (Outcome(channel="json"), Outcome(channel="json"), Outcome(channel="log"))


def test_a_malformed_address_is_permanent_and_not_shown() -> None:
    (outcome,) = AppriseNotifier().send(notice(f"mailto://{SECRET}"))
    assert "a mailto address is malformed" in outcome.error
    assert (outcome.is_delivered, outcome.permanent) == (False, True)
    assert SECRET not in outcome.error


def test_a_mistyped_address_is_written_into_no_log(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        AppriseNotifier().send(notice(f"slakc://{SECRET}", f"json://u:{SECRET}@127.0.0.1:9"))
    assert SECRET not in caplog.text
    assert SECRET not in "".join(capfd.readouterr())


def test_a_refusing_target_is_tried_again_and_not_shown(delivered: list[str]) -> None:
    (outcome,) = AppriseNotifier().send(notice(f"json://u:{SECRET}@refuse.example"))
    assert delivered == ["Drift"]
    assert outcome.error == "the json target did not take the notice; it is tried again"
    assert (outcome.permanent, outcome.channel) == (False, "json")


def test_one_bad_target_does_not_keep_the_notice_from_the_others(delivered: list[str]) -> None:
    bad, good = AppriseNotifier().send(notice("nonsense", "json://a.example"))
    assert delivered == ["Drift"]
    assert (bad.is_delivered, bad.permanent, good.is_delivered) == (False, True, True)


def test_the_fake_refuses_as_often_as_it_is_set_to() -> None:
    fake = FakeNotifier(refusals=1)
    assert [outcome.is_delivered for outcome in fake.send(notice("log"))] == [False]
    assert [outcome.is_delivered for outcome in fake.send(notice("log"))] == [True]
    assert [sent_notice.title for sent_notice in fake.sent] == ["Drift"]


@dataclass
class Receiver:
    """A real receiver on this machine.

    Attributes:
        answers: Status by path; a path that is not there is answered with 200.
        bodies: What arrived, by path; `GET` is what a follower of redirects would ask.
    """

    answers: dict[str, int]
    bodies: dict[str, list[str]]
    port: int = 0

    def at(self, path: str, query: str = "") -> str:
        return f"json://127.0.0.1:{self.port}/{path}{query}"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver_of_all = Receiver(answers={"moved": 302, "broken": 500}, bodies={})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            receiver_of_all.bodies.setdefault("GET", []).append(self.path)
            self.send_response(200)
            self.end_headers()

        def do_POST(self) -> None:
            path = self.path.strip("/")
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            receiver_of_all.bodies.setdefault(path, []).append(json.loads(text)["message"])
            if path == "slow":
                time.sleep(0.6)
            self.send_response(receiver_of_all.answers.get(path, 200))
            if path == "moved":
                self.send_header("Location", f"http://127.0.0.1:{receiver_of_all.port}/elsewhere")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver_of_all.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield receiver_of_all
        server.shutdown()
        thread.join()


def test_an_answer_that_sends_elsewhere_is_a_failure_and_the_next_channel_is_notified(
    receiver: Receiver,
) -> None:
    moved, good = AppriseNotifier().send(notice(receiver.at("moved"), receiver.at("good")))
    assert (moved.is_delivered, moved.permanent, good.is_delivered) == (False, False, True)
    assert "GET" not in receiver.bodies
    assert receiver.bodies["good"] == ["Look."]


def test_an_address_that_asks_for_redirects_to_be_followed_does_not_get_it(
    receiver: Receiver,
) -> None:
    (moved,) = AppriseNotifier().send(notice(receiver.at("moved", "?redirect=yes")))
    assert not moved.is_delivered
    assert "GET" not in receiver.bodies


@pytest.mark.parametrize(("path", "query"), [("broken", ""), ("slow", "?rto=0.2")])
def test_a_receiver_that_breaks_or_is_too_slow_is_a_failure(
    receiver: Receiver, path: str, query: str
) -> None:
    (outcome,) = AppriseNotifier().send(notice(receiver.at(path, query)))
    assert (outcome.is_delivered, outcome.permanent) == (False, False)


def test_a_receiver_that_is_not_there_is_a_failure(receiver: Receiver) -> None:
    (outcome,) = AppriseNotifier().send(notice("json://127.0.0.1:9/nothing"))
    assert not outcome.is_delivered
    assert receiver.bodies == {}


def test_a_long_text_is_split_and_arrives_whole(receiver: Receiver) -> None:
    words = " ".join(f"word{number}" for number in range(9_000))
    (outcome,) = AppriseNotifier().send(
        Notice(title="Drift", body=words, targets=(receiver.at("good"),))
    )
    parts = receiver.bodies["good"]
    assert outcome.is_delivered
    assert len(parts) > 1
    assert " ".join(" ".join(parts).split()) == words


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


def test_a_channel_of_the_team_is_notified_by_its_own_scheme(
    beeper: AppriseNotifier, tmp_path: Path
) -> None:
    (outcome,) = beeper.send(notice("beeper://night-shift"))
    assert outcome.is_delivered
    assert (tmp_path / "told").read_text() == "Drift: Look."


def test_a_channel_of_the_team_that_raises_is_tried_again_and_not_quoted(
    beeper: AppriseNotifier, caplog: pytest.LogCaptureFixture
) -> None:
    (outcome,) = beeper.send(notice("beeper://broken"))
    assert "beeper target did not take the notice" in outcome.error
    assert not outcome.permanent
    assert SECRET not in outcome.error + caplog.text


def test_a_channel_that_nobody_named_is_refused_and_says_where_to_name_it() -> None:
    (outcome,) = AppriseNotifier.of({}).send(notice("semaphore://night-shift"))
    assert "your own channel in APPRISE_PLUGIN_PATH" in outcome.error
