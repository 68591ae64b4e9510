"""Rules are broken by changes that compile and mean something else."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.breaking import changes

SOURCE = '''\
"""گواه: bytes and characters are not the same."""
LIMIT = 7


def judged(count: int, names: list[str]) -> bool:
    "۷"
    if count < LIMIT and "نام" in names:
        return True
    return count == 12 if names else False
'''
BROKEN = {
    "LIMIT = 8",
    'if not (count < LIMIT and "نام" in names):',
    'if count <= LIMIT and "نام" in names:',
    'if count < LIMIT and "نام" not in names:',
    'if ((count < LIMIT) or ("نام" in names)):',
    "return False",
    "return count != 12 if names else False",
    "return count == 13 if names else False",
    "return count == 12 if not (names) else False",
}


def test_every_change_is_another_program(tmp_path: Path) -> None:
    path = tmp_path / "rule.py"
    path.write_text(SOURCE, encoding="utf-8")
    whole = path.read_bytes()
    lines = set()
    for change in changes(path):
        broken = whole[: change.start] + change.new + whole[change.end :]
        assert ast.dump(ast.parse(broken)) != ast.dump(ast.parse(whole))
        lines.add(broken.decode().splitlines()[change.line - 1].strip())
    assert lines == BROKEN
