"""Wordings that a check looks for stand in word lists, which findings are stamped with, and never in code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "checks").rglob("*.py"))
# Letters, digits and punctuation of Persian and Arabic. What is done with single letters is `claims.persian`'s.
_SCRIPT = re.compile(r"[\u0600-\u06ff\ufb50-\ufdff\ufe70-\ufeff«»]")


def strings(source: str) -> Iterator[tuple[int, str]]:
    """(line, text) of every string of a module but its docstrings."""
    tree = ast.parse(source)
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.lineno, node.value


@pytest.mark.parametrize("module", MODULES)
def test_no_wording_stands_in_code(module: str) -> None:
    found = [
        f"{module}:{line}: {text[:60]!r}"
        for line, text in strings((ROOT / module).read_text(encoding="utf-8"))
        if _SCRIPT.search(text)
    ]
    assert found == []


def test_a_wording_in_code_is_found() -> None:
    source = '"""«صدور»"""\nWORDS = f"{1}تلفن", r"[۰-۹]"\ndef judge():\n    """«تمدید»"""\n'
    assert [text for _, text in strings(source) if _SCRIPT.search(text)] == ["تلفن", "[۰-۹]"]
