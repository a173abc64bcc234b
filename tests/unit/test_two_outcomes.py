"""Every assertion of the tests holds one answer.

An assertion that accepts two answers cannot fail for one of them, although it may be wrong: a
documented behaviour was once lost in this way. So no assertion joins two conditions by `or`, none
looks an answer up in a collection that is written beside it, and none expects one of several
errors. If membership itself is the behaviour, the test compares with the whole collection, or names
the collection.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
_LITERALS = (ast.Tuple, ast.List, ast.Set)


def two_answers(condition: ast.expr, *, holds: bool = True) -> Iterator[ast.expr]:
    """The parts of a condition that accept two answers.

    Args:
        condition: The condition, or a part of it.
        holds: Whether it must be true; False behind a `not`, which turns `and` into `or`.
    """
    match condition:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield from two_answers(operand, holds=not holds)
        case ast.BoolOp(op=joined, values=values):
            if isinstance(joined, ast.Or if holds else ast.And):
                yield condition
            for value in values:
                yield from two_answers(value, holds=holds)
        case ast.Compare(ops=operators, comparators=rights):
            looked_up = ast.In if holds else ast.NotIn
            for operator, right in zip(operators, rights, strict=True):
                if isinstance(operator, looked_up) and isinstance(right, _LITERALS):
                    yield condition
        case ast.Call(
            func=ast.Name(id="all" | "any"),
            args=[ast.GeneratorExp(elt=member) | ast.ListComp(elt=member)],
        ):
            yield from two_answers(member, holds=holds)


def several_errors(call: ast.Call) -> bool:
    """Whether `pytest.raises` names several errors."""
    match call:
        case ast.Call(func=ast.Attribute(attr="raises"), args=[ast.Tuple(), *_]):
            return True
        case _:
            return False


def found_in(text: str) -> list[int]:
    """The lines of a test file that accept two answers."""
    nodes = list(ast.walk(ast.parse(text)))
    asserted = [
        part.lineno
        for node in nodes
        if isinstance(node, ast.Assert)
        for part in two_answers(node.test)
    ]
    raised = [node.lineno for node in nodes if isinstance(node, ast.Call) and several_errors(node)]
    return sorted([*asserted, *raised])


def test_no_assertion_of_the_tests_accepts_two_answers() -> None:
    lines_by_file = {
        str(file.relative_to(TESTS)): lines
        for file in TESTS.rglob("*.py")
        if (lines := found_in(file.read_text(encoding="utf-8")))
    }
    assert lines_by_file == {}


@pytest.mark.parametrize(
    "line",
    [
        "assert a == 1 or b == 2",
        "assert a and (b or c)",
        "assert not (a and b)",
        "assert verdict in ('fail', 'insufficient')",
        "assert number in {1, 2}",
        "assert not number not in [1, 2]",
        "assert all(word in ('a', 'b') for word in words)",
        "assert any(a or b for a, b in pairs)",
        "with pytest.raises((KeyError, ValueError)): pass",
    ],
)
def test_an_assertion_with_two_answers_is_found(line: str) -> None:
    assert found_in(line) == [1]


@pytest.mark.parametrize(
    "line",
    [
        "assert a == 1 and b == 2",
        "assert not (a or b)",
        "assert word not in ('a', 'b')",
        "assert word in text",
        "assert name in NAMES",
        # The value is chosen before it is compared: one answer is accepted.
        "assert (value or 0) > 1",
        "assert found == (version or None)",
        "assert not any(a in word or b in word for word in words)",
        "with pytest.raises(KeyError): pass",
    ],
)
def test_an_assertion_with_one_answer_is_not_found(line: str) -> None:
    assert found_in(line) == []
