"""The few pages that the door itself shows: two ways in, and why a request is refused."""

from __future__ import annotations

from starlette.responses import HTMLResponse, PlainTextResponse, Response

from aipo_pipelines.reports.templating import render

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def home_page() -> Response:
    """The two ways in."""
    return _page("door_home.html.j2", 200, title="AIPO pipelines")


def refusal(reason: str, status: int, *, html: bool) -> Response:
    """Why a request is refused, and what to do.

    Args:
        reason: A clause, without a full stop.
        status: 401 without a token, 403 or 429 otherwise.
        html: Whether a browser asks.
    """
    # The advice names both ways in: the reader may be a person or a program.
    advice = (
        "Open the address that aipo up printed: it carries the token. A program sends "
        "Authorization: Bearer with the token from door.token in AIPO_HOME."
    )
    title = "This door is shut"
    if not html:
        return _plain(f"{title}: {reason}. {advice}\n", status)
    return _page("door_refusal.html.j2", status, title=title, reason=reason, advice=advice)


def away(name: str, *, html: bool) -> Response:
    """The server behind the door does not answer."""
    title = f"{name} does not answer"
    advice = f"aipo up starts it; its log is in the folder logs of AIPO_HOME. {name} may be busy."
    if not html:
        return _plain(f"{title}. {advice}\n", 502)
    return _page("door_away.html.j2", 502, title=title, advice=advice)


def too_large(limit: int) -> Response:
    """A body beyond the limit."""
    return _plain(f"The body is larger than {limit} bytes, the most that this door passes.\n", 413)


def by_post() -> Response:
    """The answer to GraphQL that came by GET."""
    response = _plain("Nothing changes by GET: send GraphQL by POST.\n", 405)
    response.headers["Allow"] = "POST"
    return response


def _plain(text: str, status: int) -> Response:
    return PlainTextResponse(text, status, headers=_HEADERS | _challenge(status))


def _page(template: str, status: int, **values: str) -> Response:
    text = str(render(template, **values))
    return HTMLResponse(text, status, headers=_HEADERS | _challenge(status))


def _challenge(status: int) -> dict[str, str]:
    # HTTP demands the scheme with this status, so that a client knows how to bring its token.
    return {"WWW-Authenticate": "Bearer"} if status == 401 else {}  # noqa: PLR2004 - as HTTP says
