"""After `make test`, only tests that would run in the same way are left out of `make test-thorough`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deeper import ROOT, deep_names

FILES = {
    "tests/depth.py": "THOROUGH = False\ndef tries(usual, thorough): ...\ndef some(rows, every): ...\n",
    "tests/room/drawing.py": "from tests.depth import tries\nCOUNT = tries(1, 2)\ndef drawn(): return COUNT\ndef plain(): ...\n",
    "tests/room/plain.py": "def shown(): ...\n",
    "tests/room/conftest.py": "from tests.depth import THOROUGH\ndef long_round(): return THOROUGH\ndef round(): ...\n",
}
RUNS_OTHERWISE = {
    "reads the depth": "from tests.depth import tries\ndef test(): tries(1, 2)",
    "reads it under another name": "from tests.depth import tries as so_many\ndef test(): so_many(1, 2)",
    "reads the module": "from tests import depth\ndef test(): depth.tries(1, 2)",
    "reads it where it is called": "def test():\n    from tests.depth import THOROUGH",
    "a constant": "from tests.depth import THOROUGH\nA = 2 if THOROUGH else 1\nB = A + 1\ndef test(): print(B)",
    "in a decorator": "from tests.depth import tries\n@mark(range(tries(1, 2)))\ndef test(): ...",
    "a default": "from tests.depth import THOROUGH\ndef test(long=THOROUGH): ...",
    "a fixture": "from tests.depth import tries\ndef crawl(): tries(1, 2)\ndef test(crawl): ...",
    "a fixture by its name": "from tests.depth import tries\ndef crawl(): tries(1, 2)\ndef test(request): request.getfixturevalue('crawl')",
    "a fixture of the folder": "def test(long_round): ...",
    "a loop": "from tests.depth import tries\nfor n in range(tries(1, 2)): ROW = n\ndef test(): print(ROW)",
    "a property": "from hypothesis import given\n@given(1)\ndef test(): ...",
    "another module": "from tests.room.drawing import drawn\ndef test(): drawn()",
    "another module as a whole": "from tests.room import drawing\ndef test(): drawing.plain()",
    "a class": "from tests.depth import tries\nclass Kit:\n    def make(self): tries(1, 2)\ndef test(): Kit().make()",
}
RUNS_THE_SAME = {
    "nothing": "def test(): ...",
    "rows of a table": "from tests.depth import some\n@mark(some([1, 2], 2))\ndef test(row): ...",
    "a neighbour": "from tests.depth import tries\ndef other(): tries(1, 2)\ndef test(): ...",
    "another function of a module": "from tests.room.drawing import plain\ndef test(): plain()",
    "a plain module": "from tests.room import plain\ndef test(): plain.shown()",
    "another fixture of the folder": "def test(round): ...",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("source", [pytest.param(text, id=name) for name, text in RUNS_OTHERWISE.items()])
def test_what_reads_the_depth_runs_again(tree: Path, source: str) -> None:
    assert "test" in _names(tree, source)


@pytest.mark.parametrize("source", [pytest.param(text, id=name) for name, text in RUNS_THE_SAME.items()])
def test_what_does_not_read_it_is_left_out(tree: Path, source: str) -> None:
    assert "test" not in _names(tree, source)


def _names(tree: Path, source: str) -> frozenset[str]:
    module = tree / "tests" / "room" / "test_it.py"
    module.write_text(source)
    return deep_names(module, tree)


def test_of_this_suite_it_is_the_few() -> None:
    found = deep_names(ROOT / "tests" / "evidence" / "store" / "test_kills.py")
    assert {name for name in found if name.startswith("test_")} == {
        "test_kills_lose_nothing_that_was_committed"
    }
