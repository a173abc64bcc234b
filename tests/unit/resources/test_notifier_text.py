"""A notice is plain text on every channel, with any names in it."""

from __future__ import annotations

import email
import json
import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import pytest

from aipo_pipelines.policy.answer.notice import Notice
from aipo_pipelines.resources.notifier import AppriseNotifier

# Of apprise, on the Pythons that still have that module.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")

HOSTILE = (
    'Column <a href="http://evil.example/login">Confirm here</a> <!-- fails.\n'
    "Column [Confirm](http://evil.example) *fails*; see `x_1` & <h1>.\n\n"
    "To stop it:\n    aipo stop sample"
)
TITLE = "Sample: <b>x<h1>Release approved (critical)"


@contextmanager
def served(server: socketserver.TCPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    with server:
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture
def mails() -> list[EmailMessage]:
    """The mails that the server got."""
    return []


@pytest.fixture
def mail_port(mails: list[EmailMessage]) -> Iterator[int]:
    """Port of a mail server on this machine."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 here")
            while line := self.rfile.readline():
                match line.split()[0].upper():
                    case b"DATA":
                        self.say("354 go on")
                        mails.append(self.mail())
                        self.say("250 taken")
                    case b"QUIT":
                        self.say("221 bye")
                        return
                    case _:
                        self.say("250 well")

        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def mail(self) -> EmailMessage:
            lines = iter(self.rfile.readline, b".\r\n")
            return email.message_from_bytes(b"".join(lines), EmailMessage, policy=default)

    with served(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)) as port:
        yield port


@pytest.fixture
def posts() -> list[dict[str, str]]:
    """The requests that the web server got."""
    return []


@pytest.fixture
def web_port(posts: list[dict[str, str]]) -> Iterator[int]:
    """Port of a web server on this machine that takes every post."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = self.headers["Content-Type"] == "application/x-www-form-urlencoded"
            posts.append(dict(parse_qsl(sent)) if form else json.loads(sent))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"ok": true}')

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
            del format, args

    with served(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        yield port


def send(target: str, body: str = HOSTILE) -> None:
    (outcome,) = AppriseNotifier().send(Notice(title=TITLE, body=body, targets=(target,)))
    assert outcome.is_delivered


def mailto(port: int) -> str:
    return f"mailto://127.0.0.1:{port}?from=aipo@example.com&to=dev@example.com&mode=insecure"


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


def read(markdown: str) -> str:
    """What a reader sees of Markdown in which all markup is escaped."""
    return re.sub(r"\\([^A-Za-z0-9\s])", r"\1", markdown)


def unescaped(markdown: str) -> list[str]:
    """Characters of markup that a service would act on."""
    return re.findall(r"[\[\]()*`_>]", re.sub(r"\\[^A-Za-z0-9\s]", "", markdown))


def test_a_mail_is_plain_text_line_by_line(mails: list[EmailMessage], mail_port: int) -> None:
    send(mailto(mail_port))
    (mail,) = mails
    assert [part.get_content_type() for part in mail.walk()] == ["text/plain"]
    assert lines(mail.get_content()) == lines(HOSTILE)
    assert mail["Subject"] == TITLE


def test_a_long_mail_is_split_and_arrives_whole(
    mails: list[EmailMessage], mail_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Apprise waits between two mails, for the sake of a server that is not ours.
    monkeypatch.setattr("apprise.NotifyBase.request_rate_per_sec", 0)
    body = "\n".join(f"{number}: {line}" for number in range(600) for line in lines(HOSTILE))
    send(mailto(mail_port), body)
    assert len(mails) > 2
    assert {mail.get_content_type() for mail in mails} == {"text/plain"}
    arrived = "\n".join(mail.get_content() for mail in mails)
    assert arrived.split() == body.split()


def test_a_mail_that_is_asked_to_be_html_shows_the_text_as_it_is(
    mails: list[EmailMessage], mail_port: int
) -> None:
    send(mailto(mail_port) + "&format=html")
    (mail,) = mails
    page = mail.get_body(("html",))
    assert page is not None
    assert re.findall(r"<(?!br\s*/>)[^>]*>", page.get_content()) == []
    assert page.get_content().count("<br") >= len(lines(HOSTILE)) - 1


# Rocket.Chat's own format is Markdown; Mattermost shows it, although apprise calls it text.
@pytest.mark.parametrize(
    "address", ["rocket://aaa%2Fbbb@127.0.0.1:{port}/#x", "mmost://127.0.0.1:{port}/aaa"]
)
def test_a_service_that_shows_markdown_shows_the_text_as_it_is(
    posts: list[dict[str, str]], web_port: int, address: str
) -> None:
    send(address.format(port=web_port))
    (post,) = posts
    assert unescaped(post["text"]) == []
    assert read(post["text"]).endswith(HOSTILE)


def test_bale_which_shows_every_text_as_markdown_shows_it_as_it_is(
    posts: list[dict[str, str]], web_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = f"http://127.0.0.1:{web_port}/{{token}}/{{method}}"
    monkeypatch.setattr("apprise.plugins.bale.NotifyBale.notify_url", here)
    send("bale://123456789:abcdef/42")
    (post,) = posts
    assert unescaped(post["text"]) == []
    assert read(post["text"]).endswith(HOSTILE)


def test_a_long_text_for_a_service_that_shows_markdown_is_split_and_arrives_whole(
    posts: list[dict[str, str]], web_port: int
) -> None:
    body = "\n".join(f"{number}: {line}" for number in range(24) for line in lines(HOSTILE))
    send(f"mmost://127.0.0.1:{web_port}/aaa", body)
    texts = [post["text"] for post in posts]
    assert len(texts) > 1
    assert unescaped("\n".join(texts)) == []
    assert read("\n".join(texts)).split()[-len(body.split()) :] == body.split()
