"""The few pages that the door itself shows: two ways in, and why somebody stays outside."""

from __future__ import annotations

from html import escape

from starlette.responses import HTMLResponse, PlainTextResponse, Response

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_STYLE = (
    "body{font:17px/1.5 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1rem;"
    "color:#1b1f24;background:#fff}a{color:#0b57d0}code{background:#eef1f4;padding:0 .25em}"
    "@media(prefers-color-scheme:dark){body{color:#e6e8ea;background:#15181b}a{color:#8ab4f8}"
    "code{background:#2a2f34}}"
)


def home_page() -> Response:
    """The two ways in."""
    return _page(
        "AIPO pipelines",
        '<p><a href="/dagster/">Dagster</a>: products, batches, checks, runs.</p>'
        '<p><a href="/mlflow/">MLflow</a>: models, their trainings and versions.</p>',
        200,
    )


def refusal(reason: str, status: int, *, html: bool) -> Response:
    """Why a request is not let in, and what to do.

    Args:
        reason: A clause, without a full stop.
        status: 401 without a token, 403 or 429 otherwise.
        html: Whether a browser asks.
    """
    advice = (
        "Open the address that aipo up printed: it carries the token. A program sends "
        "Authorization: Bearer with the token from door.token in AIPO_HOME."
    )
    title = "This door is shut"
    if not html:
        return _plain(f"{title}: {reason}. {advice}\n", status)
    # A link from another site brings no cookie; from here the same page is asked for with it.
    again = '<p><a href="">Try again</a> if you have been in before.</p>'
    return _page(title, f"<p>{escape(reason)}.</p><p>{escape(advice)}</p>{again}", status)


def away(name: str, *, html: bool) -> Response:
    """The server behind the door does not answer."""
    title = f"{name} does not answer"
    advice = f"aipo up starts it; its log is in the folder logs of AIPO_HOME. {name} may be busy."
    if not html:
        return _plain(f"{title}. {advice}\n", 502)
    return _page(title, f'<p>{escape(advice)}</p><p><a href="">Try again</a></p>', 502)


def too_large(limit: int) -> Response:
    """A body beyond the bound."""
    return _plain(f"The body is larger than {limit} bytes, the most that this door passes.\n", 413)


def by_post() -> Response:
    """GraphQL asked by GET."""
    response = _plain("Nothing changes by GET: send GraphQL by POST.\n", 405)
    response.headers["Allow"] = "POST"
    return response


def _plain(text: str, status: int) -> Response:
    return PlainTextResponse(text, status, headers=_HEADERS | _challenge(status))


def _page(title: str, body: str, status: int) -> Response:
    text = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style><h1>{escape(title)}</h1>{body}</html>"
    )
    return HTMLResponse(text, status, headers=_HEADERS | _challenge(status))


def _challenge(status: int) -> dict[str, str]:
    return {"WWW-Authenticate": "Bearer"} if status == 401 else {}  # noqa: PLR2004 - as HTTP says
