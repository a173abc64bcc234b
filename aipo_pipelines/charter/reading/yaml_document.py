"""The one YAML loader: YAML 1.2 core schema, plain values only, with the line of every field.

People read charters, so a text must mean what it seems to mean. `NO` stays text, `1:30` is no
number of seconds, and `0123` is no octal number. A date is text until a field asks for a date.
Duplicate keys, anchors, tags and several documents in a file are refused: with each of them a file
can mean something different from its looks, and anchors let a small file grow without bound.
"""

from __future__ import annotations

import hashlib
import math
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml import MarkedYAMLError, YAMLError, events
from yaml.reader import ReaderError

from aipo_pipelines.charter.model.problem import (
    CharterProblemsError,
    Fault,
    FieldPath,
    Problem,
    field_name,
    printable,
    shown,
)

# A file must not fill the memory or the stack: the size is checked before anything is parsed, the
# depth before each level is entered. A contract of 1,000 columns is smaller, and ten levels deep.
_LARGEST_FILE = 1_000_000
_DEEPEST = 40
_NULL = re.compile(r"~|null|Null|NULL|")
_BOOLEAN = re.compile(r"true|True|TRUE|false|False|FALSE")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
# The time to read a whole number grows with the square of its digits.
_MOST_DIGITS = 300
# Some programs take these for the end of a line, others for a part of it.
_INVISIBLE = re.compile("[\x85\u2028\u2029\ufeff]")
# libyaml accepts these forms, and PyYAML's own parser refuses them.
_LENIENT_IN_C = re.compile("\t|[|>][^ \n]*#")
_PYTHON: Any = yaml.SafeLoader
# PyYAML may be installed without libyaml; then the files mean the same and are read slower.
_FASTEST: Any = getattr(yaml, "CSafeLoader", _PYTHON)

Scalar = bool | int | float | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A YAML file as plain values with their places.

    Attributes:
        data: Mappings, lists, texts, numbers, booleans and nulls.
        digest: `sha256:…` of the file's bytes.
        lines: Line of each field, counted from 1.
        content: The file's bytes.
    """

    path: Path
    data: dict[str, Any]
    digest: str
    lines: Mapping[FieldPath, int] = field(repr=False)
    content: bytes = field(default=b"", repr=False)

    def line_of(self, field_path: FieldPath) -> int:
        """The line of a field, or of the nearest part around it that is there."""
        while field_path and field_path not in self.lines:
            field_path = field_path[:-1]
        return self.lines.get(field_path, 1)

    def problem(self, fault: Fault) -> Problem:
        """The fault with its place in this file."""
        return Problem(
            file=self.path,
            line=self.line_of(fault.path),
            field=field_name(fault.path),
            found=fault.found,
            expected=fault.expected,
            hint=fault.hint,
            weight=fault.weight,
        )


class _RefusedError(Exception):
    """Reading stops here: the file cannot be understood safely any further."""

    def __init__(self, line: int, path: FieldPath, found: str, expected: str, hint: str) -> None:
        super().__init__(found)
        self.line = line
        self.fault = Fault(path, found, expected, hint)


def read_document(path: Path) -> Document:
    """Reads one YAML file whose top is a mapping.

    Raises:
        CharterProblemsError: The file is missing, unreadable, not UTF-8, empty, malformed, no
            mapping, or uses a part of YAML that is not allowed here. The error names the line.
    """
    try:
        content = _read(path)
    except _RefusedError as refusal:
        raise _as_error(path, refusal.line, refusal.fault) from None
    return parse_document(path, content)


def parse_document(path: Path, content: bytes) -> Document:
    """Reads the bytes of a YAML file that were read before.

    Args:
        path: The file that problems name.
        content: Its bytes.

    Raises:
        CharterProblemsError: As `read_document`, except for files that cannot be opened.
    """
    try:
        data, lines = _parsed(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        fault = Fault((), f"the byte 0x{error.object[error.start]:02x}", "UTF-8 text", "save it so")
        raise _as_error(path, line, fault) from None
    except _RefusedError as refusal:
        raise _as_error(path, refusal.line, refusal.fault) from None
    return Document(path=path, data=data, digest=digest_of(content), lines=lines, content=content)


def digest_of(content: bytes) -> str:
    """`sha256:…` of bytes."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def read_text(text: str) -> dict[str, Any]:
    """Reads a mapping written as YAML inside a value, by the same rules as a file.

    Raises:
        CharterProblemsError: As `read_document`.
    """
    try:
        return _parsed(text)[0]
    except _RefusedError as refusal:
        raise _as_error(Path(), refusal.line, refusal.fault) from None


def _as_error(path: Path, line: int, fault: Fault) -> CharterProblemsError:
    return CharterProblemsError(
        [
            Problem(
                file=path,
                line=line,
                field=field_name(fault.path),
                found=fault.found,
                expected=fault.expected,
                hint=fault.hint,
            )
        ]
    )


def _read(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            # To open a pipe would wait until something writes to it, and a device may never end.
            raise _RefusedError(1, (), "no regular file", "a YAML file", "put a file in its place")
        with path.open("rb") as stream:
            # One byte more than allowed: the size in `stat` may be out of date.
            content = stream.read(_LARGEST_FILE + 1)
    except FileNotFoundError:
        raise _RefusedError(
            1, (), "no such file", "a YAML file", "create it or correct the path"
        ) from None
    except OSError as error:
        reason = printable(error.strerror or type(error).__name__).lower()
        raise _RefusedError(
            1, (), reason, "a readable file", "check what it is and who may read it"
        ) from None
    if len(content) > _LARGEST_FILE:
        raise _RefusedError(
            1, (), "more than 1 MB", "one page of YAML", "keep data out of this file"
        )
    return content


def _parsed(text: str) -> tuple[dict[str, Any], dict[FieldPath, int]]:
    """The values of a text and the lines of its fields.

    1. Refuse characters that programs read differently.
    2. Parse in C, which takes a tenth of the time.
    3. Parse in Python if C refuses the text: this parser names the wrong character, and reads emoji
       as JSON escapes them. It also reads texts with forms that only the parser in C allows: tabs
       between words, and comments without a blank behind `|`.
    """
    if hidden := _INVISIBLE.search(text):
        line = text[: hidden.start()].count("\n") + 1
        found = f"the invisible character {hidden[0]!a}"
        raise _RefusedError(line, (), found, "characters that programs read alike", "remove it")
    if not _LENIENT_IN_C.search(text):
        with suppress(YAMLError):
            return _built(yaml.parse(text, _FASTEST))
    return _built(_events(text))


def _built(stream: Iterator[events.Event]) -> tuple[dict[str, Any], dict[FieldPath, int]]:
    builder = _Builder(stream)
    return builder.document(), builder.lines


def _events(text: str) -> Iterator[events.Event]:
    """Yields the events of the parser in Python; its errors become refusals that name the line."""
    try:
        yield from yaml.parse(text, _PYTHON)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        found = printable(_found(str(error.problem or error.context or "malformed YAML")))
        hint = "check indentation, colons, brackets and quotes here and just above"
        raise _RefusedError(line, (), found, "well-formed YAML 1.2", hint) from None
    except ReaderError as error:
        line = text[: error.position].count("\n") + 1
        found = "a control character"
        raise _RefusedError(line, (), found, "printable text", "remove it") from None
    except (YAMLError, ValueError, OverflowError):
        # An escape that stands for no character, as in "\UFFFFFFFF", raises the last two.
        raise _RefusedError(1, (), "malformed YAML", "well-formed YAML 1.2", "rewrite it") from None


_SENTENCES = (
    (re.compile(r"expected (.+), but (?:found|got) (.+)"), r"\2 instead of \1"),
    (re.compile(r"found unexpected end of stream"), "the end of the file"),
    (re.compile(r"found (.+)"), r"\1"),
    (re.compile(r"could not find expected (.+)"), r"no \1"),
    (re.compile(r"(.+) are not allowed here"), r"\1 that are not allowed here"),
)
"""Messages of the parser, and the words in them that follow `found` in a problem."""


def _found(message: str) -> str:
    """The part of a message of the parser that can follow the word `found`."""
    for sentence, thing in _SENTENCES:
        if whole := sentence.fullmatch(message):
            return whole.expand(thing).replace("'<stream end>'", "the end of the file")
    return message


class _Builder:
    """Builds plain values from parser events, with the line of each field.

    It reads events and not PyYAML's nodes, so that a refused part is never built. An alias or a tag
    stops it at once, and the depth is known before the next level is entered.
    """

    def __init__(self, stream: Iterator[events.Event]) -> None:
        self._stream = stream
        self.lines: dict[FieldPath, int] = {(): 1}

    def document(self) -> dict[str, Any]:
        """The mapping of the one document in the stream."""
        started = False
        data: Any = None
        for event in self._stream:
            if isinstance(event, events.DocumentStartEvent):
                if started:
                    raise _refused(event, (), "a second document", "one per file", "split the file")
                started = True
                data = self._value(next(self._stream), ())
        if not started or data is None:
            raise _RefusedError(1, (), "an empty file", "a mapping of keys to values", "fill it in")
        if not isinstance(data, dict):
            raise _RefusedError(
                1, (), shown(data), "a mapping of keys to values", "begin with `key: value` lines"
            )
        return data

    def _value(self, event: events.Event, path: FieldPath) -> Any:
        self.lines.setdefault(path, event.start_mark.line + 1)
        if len(path) > _DEEPEST:
            raise _refused(event, (), "too many levels", f"at most {_DEEPEST}", "flatten it")
        _refuse_indirection(event, path)
        if isinstance(event, events.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, events.SequenceStartEvent):
            return self._sequence(path)
        return _scalar(event, path)

    def _sequence(self, path: FieldPath) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self._stream), events.SequenceEndEvent):
            items.append(self._value(event, (*path, len(items))))
        return items

    def _mapping(self, path: FieldPath) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        while not isinstance(event := next(self._stream), events.MappingEndEvent):
            key = _key(event, path)
            place = (*path, key)
            # YAML forbids it, most readers take the last value, and people see the first.
            if key in mapping:
                first = f"this key once (it is also on line {self.lines[place]})"
                raise _refused(event, place, f"the key {shown(key)} again", first, "remove one")
            self.lines[place] = event.start_mark.line + 1
            mapping[key] = self._value(next(self._stream), place)
        return mapping


def _refused(
    event: events.Event, path: FieldPath, found: str, expected: str, hint: str
) -> _RefusedError:
    return _RefusedError(event.start_mark.line + 1, path, found, expected, hint)


def _refuse_indirection(event: events.Event, path: FieldPath) -> None:
    if isinstance(event, events.AliasEvent) or getattr(event, "anchor", None) is not None:
        raise _refused(event, path, "an anchor or alias", "the value itself", "write it out")
    if getattr(event, "tag", None) is not None:
        raise _refused(event, path, "a tag", "a plain value", "remove the word after `!`")


def _key(event: events.Event, path: FieldPath) -> str:
    _refuse_indirection(event, path)
    key = _scalar(event, path) if isinstance(event, events.ScalarEvent) else None
    if not isinstance(key, str) or not key:
        found = shown(key) if key is not None else "no text"
        raise _refused(event, path, found, "a key that is text", "put the key in quotes")
    if key == "<<":
        raise _refused(event, path, "a merge key", "the keys themselves", "write them out")
    return key


def _scalar(event: events.Event, path: FieldPath) -> Scalar:
    text = _joined(str(getattr(event, "value", "")))
    if text is None or "\0" in text:
        raise _refused(event, path, "a character that is no text", "Unicode text", "remove it")
    # A quoted scalar is always a text.
    if getattr(event, "style", None):
        return text
    value = None if len(text) > _MOST_DIGITS and _FLOAT.fullmatch(text) else _plain(text)
    if _NO_NUMBER.fullmatch(text) or (value is None and text and not _NULL.fullmatch(text)):
        raise _refused(event, path, shown(text), "a finite number", "give a number or quote it")
    return value


def _joined(text: str) -> str | None:
    """The text with joined surrogate pairs, as JSON escapes them; None if a half is missing."""
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        return None


def _plain(text: str) -> Scalar:
    """The value of an unquoted scalar in the YAML 1.2 core schema; None too if it overflows."""
    if _NULL.fullmatch(text):
        return None
    if _BOOLEAN.fullmatch(text):
        return text.lower() == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text) if math.isfinite(float(text)) else None
    return text
