"""Reads a Python file: docstrings, comments, messages and the names that it defines."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import TypeGuard

from plain_english.prose import Contents, Name, Prose

_SQL = re.compile(
    r"\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE|ALTER|WHERE|GRANT|REVOKE|ORDER BY)\b"
    r"|^\s*(?i:select|insert into|update \S+ set|delete from|create|alter|drop|with \S+ as)\b"
)
_WORD = re.compile(r"[\"'(*“]*[A-Za-z][A-Za-z'’-]*[.,;:!?)\"'*”]*")  # noqa: RUF001
_PRAGMA = re.compile(r"#\s*(?:noqa|type:|fmt:|ruff:|pragma|mypy:|!)")
_PLACEHOLDER = "…"
_MOST_SYMBOLS = 0.4
_FEWEST_WORDS = 3
_Docstrings = dict[int, ast.AST]


def read_python(source: str) -> Contents:
    """The prose and the names of a Python file.

    Args:
        source: Text of the file.

    Raises:
        SyntaxError: The file is no Python.
    """
    tree = ast.parse(source)
    docstrings = _docstrings(tree)
    in_fstrings = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
        if part is not node and isinstance(part, (ast.JoinedStr, ast.Constant))
    }
    patterns = _patterns(tree)
    texts: list[Prose] = []
    names: list[Name] = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.Constant, ast.JoinedStr)):
            if id(node) not in in_fstrings and id(node) not in patterns:
                texts.extend(_string(node, is_docstring=id(node) in docstrings))
        else:
            names.extend(_names(node))
    sentence_names = [name for name in names if name.text.startswith("test_")]
    texts.extend(Prose(name.text.replace("_", " "), name.line) for name in sentence_names)
    texts.extend(_comments(source, tree))
    defined = {name for name in names if not name.text.startswith("test_")}
    return Contents(
        tuple(sorted(texts, key=lambda prose: prose.line)),
        tuple(sorted(defined, key=lambda name: (name.line, name.text))),
    )


def _docstrings(tree: ast.AST) -> set[int]:
    """Ids of the strings that are statements: docstrings, and those below an attribute."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def _patterns(tree: ast.AST) -> set[int]:
    """Ids of the strings that are regular expressions."""
    return {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        for argument in node.args[:1]
        for part in ast.walk(argument)
    }


def _string(node: ast.Constant | ast.JoinedStr, *, is_docstring: bool) -> Iterator[Prose]:
    text = _text(node)
    if is_docstring:
        yield Prose(text, node.lineno, is_docstring=True)
    elif _is_sentence(text):
        yield Prose(text, node.lineno, last_line=node.end_lineno or node.lineno)


def _text(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else _PLACEHOLDER for part in node.values
    )


def _is_sentence(text: str) -> bool:
    words = text.split()
    plain = sum(1 for word in words if _WORD.fullmatch(word) or _PLACEHOLDER in word)
    return (
        len(words) >= _FEWEST_WORDS
        and plain >= (1 - _MOST_SYMBOLS) * len(words)
        and not _SQL.search(text)
    )


def _names(node: ast.AST) -> Iterator[Name]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield Name(node.name, node.lineno, is_variable=False)
    elif isinstance(node, ast.arg):
        yield Name(node.arg, node.lineno, is_variable=True)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield Name(node.id, node.lineno, is_variable=True)
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        yield Name(node.attr, node.lineno, is_variable=True)


def _comments(source: str, tree: ast.AST) -> Iterator[Prose]:
    """Comments; those on lines in sequence are one text."""
    block: list[str] = []
    first = previous = 0
    for line, text in _comment_lines(source, tree):
        if line != previous + 1 and block:
            yield Prose("\n".join(block), first)
            block = []
        first = first if block else line
        block.append(text)
        previous = line
    if block:
        yield Prose("\n".join(block), first)


def _comment_lines(source: str, tree: ast.AST) -> Iterator[tuple[int, str]]:
    """A hash sign outside of all strings starts a comment."""
    # Strings are known from the tree already. To tokenise the source again would take far longer.
    lines = [line.encode() for line in source.split("\n")]
    spans = _string_spans(tree, lines)
    for line, content in enumerate(lines, 1):
        position = _comment_start(content, spans.get(line, ()))
        comment = content[position:].decode() if position >= 0 else ""
        if comment and not _PRAGMA.match(comment):
            yield line, comment.lstrip("#").strip()


def _string_spans(tree: ast.AST, lines: Sequence[bytes]) -> dict[int, list[tuple[int, int]]]:
    """The bytes of each line that belong to a string."""
    spans: dict[int, list[tuple[int, int]]] = {}
    for node in ast.walk(tree):
        if not _is_string(node):
            continue
        last = node.end_lineno or node.lineno
        for line in range(node.lineno, last + 1):
            begin = node.col_offset if line == node.lineno else 0
            end = (node.end_col_offset or 0) if line == last else len(lines[line - 1])
            spans.setdefault(line, []).append((begin, end))
    return spans


def _is_string(node: ast.AST) -> TypeGuard[ast.expr]:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))
    )


def _comment_start(content: bytes, spans: Sequence[tuple[int, int]]) -> int:
    """The place of the first hash sign outside of the spans; -1 without such a sign."""
    position = content.find(b"#")
    while position >= 0 and any(begin <= position < end for begin, end in spans):
        position = content.find(b"#", position + 1)
    return position
