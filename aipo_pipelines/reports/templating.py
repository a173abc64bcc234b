"""Templates of pages, charts and notices: each value is escaped at the place where it is put in.

Pages show names of files and columns, reasons that people gave and messages of checks. None of them
may become markup. Jinja2 escapes every value that is not `Html`, and only templates make `Html`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, TypeAlias
from urllib.parse import quote, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_eval_context, select_autoescape
from jinja2.nodes import EvalContext
from markupsafe import Markup

from aipo_pipelines.policy.text import ended, listed, moment, visible

Html: TypeAlias = Markup
"""A piece of finished markup."""

Child: TypeAlias = "Html | str | int | float | Iterable[Child] | None"
"""A value that a template may show: texts are escaped, None shows nothing."""

LONGEST = 2_000
"""Letters of one text that are shown; longer texts end in an ellipsis, so pages stay small."""

_SCHEMES = frozenset({"", "http", "https", "mailto"})


def render(template: str, **values: Any) -> Html:
    """A template with its values.

    Args:
        template: Its file name. Values are escaped for markup unless the name ends in `.txt.j2`.
        **values: The values by name; the template fails if one is missing.
    """
    return Markup(_templates().get_template(template).render(values))  # noqa: S704 - escaped inside


def text(template: str, **values: Any) -> str:
    """A text template with its values, without signs that would steer a terminal."""
    return _templates().get_template(template).render(values)


def part(template: str, macro: str, /, *values: Any) -> Html:
    """One macro of a template with its values."""
    markup: Html = getattr(_templates().get_template(template).module, macro)(*values)
    return markup


def join(*children: Child) -> Html:
    """Children one after the other, each text escaped."""
    return Markup("").join(_pieces(children))


def shown(words: str, longest: int = LONGEST) -> str:
    """A text as people see it: no invisible signs, no half characters, and a bounded length."""
    clean = visible(words.encode("utf-8", "replace").decode("utf-8"))
    return clean if len(clean) <= longest else f"{clean[: longest - 1]}…"


def safe_address(address: str) -> str:
    """An address for a link.

    Raises:
        ValueError: A browser would run it, or read a file by it.
    """
    clean = shown(address)
    # A browser runs `javascript:` addresses and opens files of the reader.
    if urlsplit(clean).scheme.lower() not in _SCHEMES:
        raise ValueError(f"expected an address of a page or mailbox, found {clean!r}")
    return clean


def mail_address(address: str) -> str:
    """The address of a link that writes to somebody; it carries no subject and no copy."""
    # Quoted, so that a name in the address cannot add a subject or a copy.
    return f"mailto:{quote(shown(address), safe='@')}"


def style_sheet(css: str) -> Html:
    """A style sheet that this package wrote, as the content of its element.

    Raises:
        ValueError: It would end its own element.
    """
    # A style sheet is not escaped, so it must not be able to end its element.
    if "</" in css:
        raise ValueError("expected a style sheet without `</`, found one")
    return Markup(css)  # noqa: S704 - written by this package, never by others


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("aipo_pipelines.reports"),
        # A notice is plain text: an escaped sign would reach people as `&amp;`.
        autoescape=select_autoescape(disabled_extensions=("txt.j2",), default=True),
        # A missing value is an error: a page with an empty answer would look complete.
        undefined=StrictUndefined,
        finalize=_finished,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # Templates do not change while the program runs; looking at their files takes time.
        auto_reload=False,
    )
    environment.filters |= {"address": safe_address, "mailbox": mail_address, "shown": shown}
    environment.filters |= {"at": _at, "points": _points}
    environment.filters |= {"listed": listed, "ended": ended}
    environment.globals |= {"moment": moment}
    return environment


@pass_eval_context
def _finished(context: EvalContext, value: Child) -> str:
    """A value as a template puts it in: bounded and clean in markup, clean in plain text."""
    return join(value) if context.autoescape else visible(str(value))


def _at(length: float) -> str:
    """A length of a drawing, to a tenth of its unit."""
    return f"{length:.1f}".removesuffix(".0")


def _points(corners: Iterable[tuple[float, float]]) -> Html:
    # Only numbers, so nothing needs escaping; and a long line must not be cut like a text.
    return Markup(" ".join(f"{_at(x)},{_at(y)}" for x, y in corners))  # noqa: S704


def _pieces(children: Iterable[Child]) -> Iterator[str]:
    for child in children:
        if child is None:
            continue
        if isinstance(child, Markup):
            yield child
        elif isinstance(child, str | int | float):
            yield shown(str(child))
        else:
            yield from _pieces(child)
