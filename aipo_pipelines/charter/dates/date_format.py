"""Date formats: from the JDK patterns that ODCS uses to the strptime directives of Python."""

from __future__ import annotations

import re

# Letters that are missing here (`w`, `Q`, `n`) have no counterpart that strptime reads back.
_DIRECTIVES = {
    "yyyy": "%Y",
    "uuuu": "%Y",
    "yy": "%y",
    "uu": "%y",
    "M": "%m",
    "MM": "%m",
    "MMM": "%b",
    "MMMM": "%B",
    "d": "%d",
    "dd": "%d",
    "D": "%j",
    "DDD": "%j",
    "H": "%H",
    "HH": "%H",
    "h": "%I",
    "hh": "%I",
    "a": "%p",
    "m": "%M",
    "mm": "%M",
    "s": "%S",
    "ss": "%S",
    "X": "%z",
    "XX": "%z",
    "XXX": "%z",
    "Z": "%z",
    "xx": "%z",
    "xxx": "%z",
    "EEE": "%a",
    "EEEE": "%A",
}
_TOKEN = re.compile(
    r"(?P<divider>(?<=[dD])T(?=[Hh]))|"
    r"'(?P<quoted>(?:[^']|'')*)'|(?P<letters>(?P<letter>[A-Za-z])(?P=letter)*)|(?P<other>.)",
    re.DOTALL,
)
# strptime reads up to six digits of a fraction, and no more.
_FRACTION = re.compile(r"S{1,6}")


def to_strptime(pattern: str) -> str:
    """Translates a JDK DateTimeFormatter pattern: `dd-MM-yyyy` becomes `%d-%m-%Y`.

    Raises:
        ValueError: A part of the pattern has no counterpart; the message names it.
    """
    # Taken literally, `%d` would silently become a text that no date contains.
    if "%" in pattern:
        raise ValueError("a strptime directive; ODCS has JDK letters such as dd-MM-yyyy")
    return "".join(_directive(match) for match in _TOKEN.finditer(pattern))


def _directive(match: re.Match[str]) -> str:
    quoted, letters = match["quoted"], match["letters"]
    if match["divider"]:  # ODCS writes `yyyy-MM-ddTHH:mm:ssZ`, though the JDK wants it in quotes
        return "T"
    if quoted is not None:
        return quoted.replace("''", "'") if quoted else "'"
    if letters is None:
        return str(match["other"])
    if _FRACTION.fullmatch(letters):
        return "%f"
    if letters not in _DIRECTIVES:
        raise ValueError(f"the letters {letters!r}, which have no counterpart here")
    return _DIRECTIVES[letters]
