"""Rooms whose wordings all stand in word lists: no letter of Arabic script hides in their code.

Names in explanations are free. Signs that patterns need have names in `claims.persian`.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("checks",)
# It folds letters, and says which.
_FOLDING = "checks/page/wordlist.py"
MODULES = [
    name
    for room in ROOMS
    for path in sorted((ROOT / room).rglob("*.py"))
    if (name := path.relative_to(ROOT).as_posix()) != _FOLDING
]
# But for marks of direction and of byte order, which are no letters.
_LETTER = re.compile(r"(?![\u061c\ufeff])[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff]")


def in_code(source: str) -> list[str]:
    """Texts with such letters that are no explanation, each with its line."""
    tree = ast.parse(source)
    explanations = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        f"line {node.lineno}: {node.value}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in explanations
        and _LETTER.search(node.value)
    ]


@pytest.mark.parametrize("module", MODULES)
def test_code_holds_no_wordings(module: str) -> None:
    assert in_code((ROOT / module).read_text(encoding="utf-8")) == []


def test_a_wording_is_found_wherever_it_stands() -> None:
    source = '"""«صدور»"""\nA = 1\n"""«تمدید»"""\nB = {"پروانه"}  # «لغو»\nC = rf"{A}؟"\n'
    assert in_code(source) == ["line 4: پروانه", "line 5: ؟"]
