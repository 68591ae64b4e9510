"""Numbers that bound or decide say beside them what they bound and why: docs/decisions/testing.md."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("checks", "scoring", "crawler/discovery", "crawler/politeness")
MODULES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
_NUMBERS = frozenset({"timedelta", "Decimal", "Fraction"})


def is_number(value: ast.expr) -> bool:
    """Whether it is made of numbers alone: 5, -1, 1 << 20, (2, 3), dt.timedelta(days=1)."""
    match value:
        case ast.Constant(value=number):
            return isinstance(number, int | float) and not isinstance(number, bool)
        case ast.UnaryOp(operand=operand):
            return is_number(operand)
        case ast.BinOp(left=left, right=right):
            return is_number(left) and is_number(right)
        case ast.Tuple(elts=[_, *_] as parts):
            return all(map(is_number, parts))
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=args, keywords=keywords):
            return name in _NUMBERS and all(map(is_number, [*args, *(one.value for one in keywords)]))
    return False


def without_reason(source: str) -> Iterator[str]:
    """Names of numbers without a comment on their line, in the line above, or a docstring below."""
    lines, body = source.splitlines(), ast.parse(source).body
    for node, following in pairwise([*body, None]):
        match node:
            case (
                ast.Assign(targets=[target, *_], value=value)
                | ast.AnnAssign(target=target, value=ast.expr() as value)
            ):
                if not is_number(value):
                    continue
            case _:
                continue
        told = any("#" in line for line in lines[node.lineno - 1 : node.end_lineno])
        told |= node.lineno > 1 and lines[node.lineno - 2].startswith("#")
        match following:
            case ast.Expr(value=ast.Constant(value=str())):
                told = True
        if not told:
            yield ast.unparse(target)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("MOST = 5\n", ["MOST"]),
        ("MOST: int = -5\n", ["MOST"]),
        ("_SIZE = 1 << 20\n", ["_SIZE"]),
        ("_A, _B = 2, 0.5\n", ["(_A, _B)"]),
        ("_OLD = dt.timedelta(days=730)\n", ["_OLD"]),
        ("# Of the first.\nA = 1\nB = 2\n", ["B"]),
        ("MOST = (\n    5  # pages\n)\n", []),
        ('MOST = 5\n"""Pages."""\n', []),
        ("ON = True\nNAME = 'x'\n_EMPTY = ()\n_MADE = len('x')\n", []),
        ("def of():\n    most = 5\n", []),
    ],
)
def test_what_counts_as_a_reason(source: str, found: list[str]) -> None:
    assert list(without_reason(source)) == found


def test_every_number_says_what_it_bounds() -> None:
    silent = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in MODULES
        for name in without_reason(path.read_text("utf-8"))
    ]
    assert len(MODULES) > 300
    assert silent == []
