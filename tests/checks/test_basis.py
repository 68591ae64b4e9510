"""What a judgement rests on: the lists of each check are derived once more from what its modules import."""

from __future__ import annotations

import ast
import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from checks import basis
from checks.folders import CheckFolder, check_folders
from checks.registry import load, words_of
from claims.model import Dataset, Declaration, Service

ROOT = Path(__file__).parents[2]
ROOM = ROOT / "checks"
FILES = frozenset(
    path.relative_to(ROOM).as_posix()
    for path in (*ROOM.glob("page/words/*"), *ROOM.rglob("*.toml"))
    if path.name not in ("texts.toml", "cases.toml")
)


def source(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def read_by(module: str) -> set[str]:
    """Word lists that a module and all it imports of the checks name; `known_host` names one for its callers."""
    found: set[str] = set()
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        lists, modules = named_in(name)
        found |= lists
        waiting += modules
    return found


@cache
def named_in(name: str) -> tuple[set[str], list[str]]:
    """(word lists, modules of the checks) that a module itself names."""
    lists: set[str] = set()
    modules: list[str] = []
    if name in ("checks.word_sets", "checks.page.wordlist"):
        return lists, modules
    nodes = list(ast.walk(ast.parse(source(name).read_text(encoding="utf-8"))))
    declared = {
        id(one)
        for node in nodes
        if (
            isinstance(node, ast.Assign)
            and ast.unparse(node.targets[0]) == "words"
            and isinstance(node.value, ast.Tuple)
        )
        or (isinstance(node, ast.keyword) and node.arg == "words")
        for one in ast.walk(node.value)
    }
    for node in nodes:
        if isinstance(node, ast.Constant) and node.value in FILES and id(node) not in declared:
            lists.add(str(node.value))
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "checks":
            assert node.module is not None
            modules.append(node.module)
            modules += [
                f"{node.module}.{a.name}" for a in node.names if source(f"{node.module}.{a.name}").exists()
            ]
            if any(alias.name == "known_host" for alias in node.names):
                lists.add("page/words/lexicon.json")
    return lists, modules


@pytest.mark.parametrize("folder", check_folders(), ids=lambda folder: f"{folder.family}/{folder.name}")
def test_the_lists_of_a_check_are_those_its_modules_read(folder: CheckFolder) -> None:
    module = f"checks.{folder.family}.{folder.name}.check"
    assert set(words_of(load(folder).id)) == read_by(module)


PROGRAM = "import json, checks.basis as b; print(json.dumps(b.rules(), sort_keys=True))"


@pytest.mark.processes
@pytest.mark.parametrize(
    ("file", "old", "new", "changed"),
    [
        ("page/words/pages.toml", "", "# a comment\n", set()),
        (
            "page/words/soft404.toml",
            "wording = [",
            "wording = [ 'چنین چیزی نداریم',",
            {"services.entry", "elements", "datasets.usability", "links.target"},
        ),
        ("elements/words.toml", "[fa.sla]", "[fa.sla]\nnews = 1", {"elements"}),
    ],
)
def test_a_rule_changes_with_its_words(
    tmp_path: Path, file: str, old: str, new: str, changed: set[str]
) -> None:
    for room in ("checks", "claims", "evidence", "web"):
        shutil.copytree(ROOT / room, tmp_path / room)  # what is compiled, too
    path = tmp_path / "checks" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1) if old else new + text, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    now = basis.rules()
    assert found.keys() == now.keys()
    differing = {check for check in now if found[check] != now[check]}
    assert changed <= differing
    assert all(file in words_of(check) for check in differing)


def test_settings_are_what_the_checks_read(seen: Any, tmp_path: Path) -> None:
    round = seen.round()
    as_of = dt.datetime(2025, 12, 1, 3, 30, tzinfo=dt.timezone(dt.timedelta(hours=3, minutes=30)))
    told = basis.settings(round, as_of)
    assert told["as_of"] == "2025-12-01T00:00:00+00:00"
    assert (told["controls"], told["retry_after"], told["previous_findings"]) == (
        ["http://control.test/"],
        30.0,
        None,
    )
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "findings.jsonl").write_text("{}\n", encoding="utf-8")
    later = replace(round, settings=replace(round.settings, previous=tmp_path))
    assert len(basis.settings(later, as_of)["previous_findings"]) == 64


def test_claims_are_lines_in_an_order_of_their_own(seen: Any) -> None:
    seen.services = (
        Service("portal", "s2", "b", True, "http://x.test/"),
        Service("portal", "s1", "a", False),
    )
    seen.datasets = (Dataset("portal", "d1", "c", "http://x.test/d", modified=dt.date(2025, 1, 2)),)
    lines: Iterator[str] = basis.claim_lines(seen.round())
    first = list(lines)
    seen.services = seen.services[::-1]
    assert list(basis.claim_lines(seen.round())) == first
    assert [line for line in first if '"modified":"2025-01-02"' in line]
    assert len(first) == 5  # and what is answered without a document


def test_lines_of_claims_are_in_order_over_all_agencies(seen: Any) -> None:
    """Agency by agency is the order of the lines too, whatever stands in an id."""
    ids = ("a", "a-1", "a!", "a#", "a0", "z", "ب", "é")
    agencies = tuple(replace(seen.round().agencies[0], id=id) for id in ids)
    services = tuple(Service(id, f"{id}{n}", "t", True) for id in ids for n in range(3))
    lines = list(basis.claim_lines(replace(seen.round(), agencies=agencies, services=services, datasets=())))
    assert lines == sorted(lines) and len(lines) == len(ids) * 5


def test_documents_of_declarations_are_claims_with_their_hash(seen: Any) -> None:
    told = Declaration("portal", "S09", 1.0, "report.pdf", dt.date(2025, 6, 1), "ab" * 32, 9)
    bare = Declaration("portal", "S05", 0.5)
    plain = list(basis.claim_lines(seen.round()))
    lines = list(basis.claim_lines(replace(seen.round(), declarations=(told, bare))))
    row, answers = sorted(
        (json.loads(line) for line in lines if line not in plain), key=lambda row: row["id"], reverse=True
    )
    assert (answers["subject"], answers["claim"]) == ("answers", {"S05": 0.5})
    assert (row["subject"], row["id"]) == ("declaration", "portal:S09")
    assert (row["claim"]["sha256"], row["claim"]["document_date"]) == ("ab" * 32, "2025-06-01")
