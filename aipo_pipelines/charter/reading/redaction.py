"""A charter as it is recorded: complete, except the secrets that addresses may contain."""

from __future__ import annotations

import re
from typing import Any

from aipo_pipelines.charter.model.addresses import public_address
from aipo_pipelines.charter.model.charter import Charter

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s\"'<>]+")


def recordable(charter: Charter) -> dict[str, Any]:
    """Writes a charter as JSON without secrets.

    Of the addresses of notices only the scheme stays; locations lose credentials and queries.
    """
    data = charter.model_dump(mode="json")
    for person in data["people"].values():
        person["notify"] = [_scheme(address) for address in person["notify"]]
    for level in data["escalation"]["levels"]:
        level["via"] = [_scheme(address) for address in level["via"]]
    for source in data["sources"].values():
        source["location"] = public_address(source["location"])
    return data


def _scheme(address: str) -> str:
    return address.split(":", 1)[0]


def recordable_text(content: bytes) -> str:
    """The text of a contract or of standards, without the secrets of addresses in it."""
    # The file was readable when it was adopted; a record must be possible in any case.
    text = content.decode("utf-8-sig", errors="replace")
    return _ADDRESS.sub(lambda match: public_address(match[0]), text)
