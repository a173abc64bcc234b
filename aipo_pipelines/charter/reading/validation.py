"""Plain values → typed values; each error of pydantic becomes a problem in plain language.

Values are read in pydantic's strict JSON mode: a number is never taken for a text, `no` never for
false. A person who reads the file sees the same value as the program.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from aipo_pipelines.charter.model.problem import (
    Fault,
    FieldPath,
    Problem,
    did_you_mean,
    listed,
    shown,
)
from aipo_pipelines.charter.reading.yaml_document import Document

Model = TypeVar("Model", bound=BaseModel)

_KINDS = {
    "string_type": ("text", "put it in quotes"),
    "string_too_short": ("a text that is not empty", "write something"),
    "int_type": ("a whole number", "write digits without quotes or fraction"),
    "int_from_float": ("a whole number", "write digits without quotes or fraction"),
    "float_type": ("a number", "write digits without quotes"),
    "bool_type": ("true or false", "write true or false without quotes"),
    "tuple_type": ("a list", "write `[a, b]`, or one `- item` per line"),
    "list_type": ("a list", "write `[a, b]`, or one `- item` per line"),
    "dict_type": ("a mapping of keys to values", "write `key: value` lines below it"),
    "model_type": ("a mapping of keys to values", "write `key: value` lines below it"),
    "model_attributes_type": ("a mapping of keys to values", "write `key: value` lines below it"),
    "date_parsing": ("a date such as 2026-01-31", "write year, month and day"),
    "date_from_datetime_parsing": ("a date such as 2026-01-31", "write year, month and day"),
    "date_type": ("a date such as 2026-01-31", "write year, month and day"),
}
_BOUNDS = {
    "greater_than": ("above", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("below", "lt"),
    "less_than_equal": ("at most", "le"),
}
_LISTS = {"too_short": ("at least", "min_length"), "too_long": ("at most", "max_length")}
_TAG = "by"
"""The key that distinguishes the kinds of batches; pydantic puts its value in paths."""
_CHOICES = ("enum", "literal_error")
_DISCRIMINATOR = ("union_tag_invalid", "union_tag_not_found")
# A pattern says nothing to most people, so each has a sentence.
_PATTERNS = {
    r"^[a-z][a-z0-9_]{0,62}$": "a name of small letters, digits and _, beginning with a letter",
    r"^[A-Z]{2,3}(-[A-Z0-9]{1,3})?$": "a region code in capitals such as NO, EU or US-CA",
    r"^v3\.[0-2]\.\d+$": "a version of the standard from v3.0.0 to v3.2.0 and its corrections",
    r"^[^@\s]+@[^@\s]+\.[^@\s]+$": "an e-mail address",
}


def validate(model: type[Model], document: Document) -> tuple[Model | None, tuple[Problem, ...]]:
    """Reads a document as a model.

    Returns:
        The value and no problems, or None and everything that pydantic refuses, by line.
    """
    try:
        # Through JSON: in strict mode pydantic reads tuples and dates only from JSON.
        return model.model_validate_json(json.dumps(document.data), strict=True), ()
    except ValidationError as error:
        details = error.errors(include_url=False)
    faults: dict[FieldPath, Fault] = {}
    # Keyed by path: several errors about one field become one problem.
    for detail in filter(_is_real, details):
        fault = _fault(model, document.data, detail)
        earlier = faults.get(fault.path)
        # A union reports one error for each of its members: they are joined into one problem.
        if earlier and earlier.expected != fault.expected:
            fault = fault._replace(expected=f"{earlier.expected}, or {fault.expected}")
        faults[fault.path] = fault
    return None, tuple(sorted(document.problem(fault) for fault in faults.values()))


def _is_real(detail: ErrorDetails) -> bool:
    """Whether a list is too short by itself: pydantic does not count items that it refuses."""
    return detail["type"] != "too_short" or len(detail["input"]) < detail["ctx"]["min_length"]


def _fault(model: type[BaseModel], data: Any, detail: ErrorDetails) -> Fault:
    kind = detail["type"]
    path = _place(data, detail["loc"], missing=kind == "missing")
    if kind == "extra_forbidden":
        return _unknown_key(model, data, path)
    if kind == "missing":
        return Fault(path, "nothing", f"the key {path[-1]!r}", f"add `{path[-1]}:` here")
    if kind in _DISCRIMINATOR:
        return _discriminator(path, detail)
    found = shown(detail["input"])
    expected, hint = _expectation(kind, detail)
    return Fault(path, found, expected, hint)


def _place(data: Any, loc: FieldPath, *, missing: bool) -> FieldPath:
    """The path in the file: pydantic's path without its marks of unions and of mapping keys."""
    path: list[str | int] = []
    *above, last = loc or ("",)
    for part in above:
        # The tag of a union is a mark of pydantic, even if a key of that name exists.
        is_mark = isinstance(data, dict) and part == data.get(_TAG)
        # Keys of mappings are marked as well (`[key]`), and are not in the data.
        if not is_mark and _is_inside(data, part):
            path.append(part)
            data = data[part]
    # A missing key is not in the data, and is the last part of its path.
    if loc and (missing or _is_inside(data, last)):
        path.append(last)
    return tuple(path)


def _is_inside(data: Any, part: str | int) -> bool:
    if isinstance(data, dict):
        return part in data
    return isinstance(data, list) and isinstance(part, int) and part < len(data)


def _expectation(kind: str, detail: ErrorDetails) -> tuple[str, str]:
    context: Mapping[str, Any] = detail.get("ctx", {})
    if kind in _CHOICES:
        choices = [choice.strip("' ") for choice in _choices(str(context["expected"]))]
        return listed(choices), did_you_mean(str(detail["input"]), choices, "choose one of these")
    if kind in _BOUNDS:
        word, bound = _BOUNDS[kind]
        return f"a number {word} {context[bound]}", "correct the number"
    if kind in _LISTS:
        word, bound = _LISTS[kind]
        return f"{word} {context[bound]} of them", "complete or shorten the list"
    if kind == "string_pattern_mismatch":
        pattern = str(context["pattern"])
        return _PATTERNS.get(pattern, f"text that matches {pattern}"), "rewrite it in that form"
    if kind == "value_error":
        return str(context["error"]).removeprefix("expected "), "correct the value"
    return _KINDS.get(kind, (detail["msg"][:1].lower() + detail["msg"][1:], "correct the value"))


def _choices(text: str) -> list[str]:
    return text.replace(" or ", ",").split(",")


def _discriminator(path: FieldPath, detail: ErrorDetails) -> Fault:
    context: Mapping[str, Any] = detail.get("ctx", {})
    key = str(context["discriminator"]).strip("'")
    tag = context.get("tag")
    choices = [choice.strip("' ") for choice in str(context.get("expected_tags", "")).split(",")]
    expected = listed(choices) if tag is not None else f"the key {key!r}"
    hint = f"write `{key}:` with one of its values" if tag is None else "choose one of these"
    return Fault((*path, key), shown(tag), expected, hint)


def _unknown_key(model: type[BaseModel], data: Any, path: FieldPath) -> Fault:
    key = str(path[-1])
    for part in path[:-1]:
        data = data[part]
    models = [
        candidate
        for candidate in _models_at(model, path[:-1])
        if _is_meant(candidate, data.get(_TAG))
    ]
    known = sorted({name for candidate in models for name in _keys(candidate)})
    hint = did_you_mean(key, known, "remove it")
    return Fault(path, f"the unknown key {shown(key)}", listed(known), hint)


def _is_meant(model: type[BaseModel], tag: Any) -> bool:
    """Whether the tag chooses this model of a union; outside of unions always true."""
    info = model.model_fields.get(_TAG)
    kinds = info.annotation if info else None
    return typing.get_origin(kinds) is not typing.Literal or tag in typing.get_args(kinds)


def _keys(model: type[BaseModel]) -> Iterator[str]:
    for name, info in model.model_fields.items():
        yield info.alias or name


def _models_at(annotation: Any, path: FieldPath) -> list[type[BaseModel]]:
    """The models that are possible at a path below an annotated type."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _models_in(annotation, path) if path else [annotation]
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return [model for argument in arguments for model in _models_at(argument, path)]
    if origin is typing.Annotated:
        return _models_at(arguments[0], path)
    if origin in (list, tuple, dict) and path:
        return _models_at(arguments[1 if origin is dict else 0], path[1:])
    return []


def _models_in(model: type[BaseModel], path: FieldPath) -> list[type[BaseModel]]:
    for name, info in model.model_fields.items():
        if path[0] in (name, info.alias):
            return _models_at(info.annotation, path[1:])
    return []
