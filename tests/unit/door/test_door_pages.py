"""The pages of the door itself: their text, and that no browser stores or runs any of it."""

from __future__ import annotations

import pytest
from starlette.responses import Response

from aipo_pipelines.door.pages import away, by_post, home_page, refusal, too_large

ADVICE = (
    "Open the address that aipo up printed: it carries the token. A program sends Authorization: "
    "Bearer with the token from door.token in AIPO_HOME."
)
EVERY_PAGE = [
    home_page(),
    refusal("no token was brought", 401, html=True),
    refusal("no token was brought", 401, html=False),
    away("MLflow", html=True),
    away("MLflow", html=False),
    too_large(10),
    by_post(),
]


def text_of(response: Response) -> str:
    return bytes(response.body).decode()


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_no_page_is_stored_framed_or_runs_a_script(page: Response) -> None:
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy
    assert "<script" not in text_of(page)


def test_the_first_page_leads_to_both_servers() -> None:
    page = home_page()
    assert page.status_code == 200
    assert [f'href="/{name}/"' in text_of(page) for name in ("dagster", "mlflow")] == [True, True]


def test_a_program_reads_why_it_is_refused_and_what_to_do() -> None:
    page = refusal("the token is wrong", 403, html=False)
    assert page.headers["content-type"] == "text/plain; charset=utf-8"
    assert text_of(page) == f"This door is shut: the token is wrong. {ADVICE}\n"


def test_a_person_reads_the_same_on_a_page() -> None:
    page = refusal("the token is wrong", 403, html=True)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "the token is wrong" in text_of(page)
    assert "Open the address that aipo up printed" in text_of(page)


@pytest.mark.parametrize("html", [False, True])
@pytest.mark.parametrize(("status", "challenged"), [(401, True), (403, False), (429, False)])
def test_only_a_request_without_a_token_is_asked_for_one(
    status: int, *, challenged: bool, html: bool
) -> None:
    page = refusal("a reason", status, html=html)
    assert page.status_code == status
    assert ("www-authenticate" in page.headers) is challenged


def test_a_reason_cannot_write_into_the_page() -> None:
    page = refusal("<script>alert(1)</script>", 403, html=True)
    assert "<script>" not in text_of(page)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text_of(page)


@pytest.mark.parametrize("html", [False, True])
def test_a_server_that_does_not_answer_is_named(*, html: bool) -> None:
    page = away("MLflow", html=html)
    assert page.status_code == 502
    assert "MLflow does not answer" in text_of(page)
    assert "MLflow may be busy." in text_of(page)


def test_graphql_by_get_is_refused_with_the_method_that_is_allowed() -> None:
    page = by_post()
    assert (page.status_code, page.headers["allow"]) == (405, "POST")
    assert text_of(page) == "Nothing changes by GET: send GraphQL by POST.\n"
