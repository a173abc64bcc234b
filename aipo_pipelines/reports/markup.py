"""Markup that cannot be broken out of: every text is escaped where it is put into an element.

Pages show names of files and columns, words of people and messages of checks. None of them may
become markup, so elements are built from values and never from strings of HTML: `element` escapes
every child that is no `Html`, and only this module makes `Html`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import TypeAlias
from urllib.parse import quote, urlsplit

from aipo_pipelines.policy.text import visible

LONGEST = 2_000
"""Letters of one text that are shown; longer ones end in an ellipsis, so pages stay small."""

_VOID = frozenset({"meta", "br", "hr", "col"})
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9-]*")
_SCHEMES = frozenset({"", "http", "https", "mailto"})


@dataclass(frozen=True, slots=True)
class Html:
    """A piece of finished markup."""

    text: str

    def __str__(self) -> str:
        return self.text


NO_ICON = Html('<link rel="icon" href="data:,">')
"""Keeps a browser from asking a server for the icon of a page."""

Child: TypeAlias = "Html | str | int | Iterable[Child] | None"
"""What may stand inside an element: texts are escaped, None is nothing."""


def element(name: str, /, *children: Child, **attributes: str | float | bool | None) -> Html:
    """An element with its children.

    Args:
        name: Name of the element, chosen by the program.
        *children: What stands in it, in order.
        **attributes: A final underscore is dropped and others become hyphens (`class_`,
            `aria_label`); True writes the bare name; False and None leave the attribute out.

    Raises:
        ValueError: A name is none that markup allows, or an address would run a script.
    """
    inside = join(*children).text
    start = f"<{_named(name)}{''.join(_attributes(attributes))}>"
    if name in _VOID:
        return Html(start)
    return Html(f"{start}{inside}</{name}>")


def join(*children: Child) -> Html:
    """Children one after the other, without an element around them."""
    return Html("".join(_pieces(children)))


def shown(text: str, longest: int = LONGEST) -> str:
    """A text as people see it: nothing invisible, no half characters, and not without end."""
    clean = visible(text.encode("utf-8", "replace").decode("utf-8"))
    return clean if len(clean) <= longest else f"{clean[: longest - 1]}…"


def link(address: str, *children: Child) -> Html:
    """A link to a page beside this one, to a web page, or to a mailbox."""
    return element("a", *children, href=address)


def mailbox(address: str) -> Html:
    """A link by which somebody is written to; nothing but the address gets into it."""
    return link(f"mailto:{quote(address, safe='@')}", address)


def style_sheet(css: str) -> Html:
    """The style sheet of a page; `css` is written by this package, never by others.

    Raises:
        ValueError: It would end its own element.
    """
    if "</" in css:
        raise ValueError("expected a style sheet without `</`, found one")
    return Html(f"<style>{css}</style>")


def _pieces(children: Iterable[Child]) -> Iterable[str]:
    for child in children:
        if child is None:
            continue
        if isinstance(child, Html):
            yield child.text
        elif isinstance(child, str | int):
            yield escape(shown(str(child)), quote=False)
        else:
            yield from _pieces(child)


def _attributes(attributes: dict[str, str | float | bool | None]) -> Iterable[str]:
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        name = _named(key.removesuffix("_").replace("_", "-"))
        if value is True:
            yield f" {name}"
            continue
        text = shown(str(value))
        if name == "href" and urlsplit(text).scheme.lower() not in _SCHEMES:
            raise ValueError(f"expected an address of a page or mailbox, found {text!r}")
        yield f' {name}="{escape(text)}"'


def _named(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"expected a name of markup, found {name!r}")
    return name
