"""Findings of a round before: of the last judgement alone, and of nothing that only looks like a round or a summary."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from evidence import proven_findings
from evidence.errors import SealError
from evidence.keys import Signer
from evidence.proven_findings import Proven
from govah import stages
from tests.govah.sealed import sealed_round

KEY = Signer.generate()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A round that was judged three times."""
    folder = sealed_round(tmp_path / "round", KEY, 1)
    for number in range(3):
        line = f'{{"captures":["c0"],"id":"f{number}"}}\n'.encode()
        stages.put(stages.Places(folder), line, b"{}\n", {"rules": {}}, KEY)
    return folder


def read(place: Path) -> Proven:
    return proven_findings.read(place, lambda _: True, {KEY.fingerprint})


def put_back(folder: Path, number: int) -> None:
    for path in (folder / f"results/earlier/{number}").iterdir():
        shutil.copy(path, folder / "results")


def test_the_last_judgement_is_used(folder: Path) -> None:
    assert read(folder).lines == (b'{"captures":["c0"],"id":"f2"}',)


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("deleted", [(), (2,), (1, 2)])
def test_an_older_one_that_was_put_back_is_not(folder: Path, number: int, deleted: tuple[int, ...]) -> None:
    """But where nothing in the folder tells that there was another: that takes the published hash."""
    put_back(folder, number)
    for one in deleted:
        shutil.rmtree(folder / f"results/earlier/{one}")
    alone = (number, deleted) in ((2, (2,)), (1, (1, 2)))
    assert read(folder).state == ("used" if alone else "edited")
    if not alone:
        with pytest.raises(SealError, match="edited"):
            proven_findings.write(folder, folder / "summary.jsonl", lambda _: True)


def test_nor_is_one_whose_predecessors_lost_their_seal_or_that_was_cut_short(folder: Path) -> None:
    mark = folder / "results/findings.unfinished"
    mark.touch()
    assert read(folder).state == "edited"
    mark.unlink()
    (folder / "results/earlier/2/findings.manifest.json").unlink()
    assert read(folder).state == "edited"


def test_a_summary_is_of_the_last_one(folder: Path) -> None:
    target = folder / "summary.jsonl"
    assert proven_findings.write(folder, target, lambda _: True) == 1
    assert read(target).lines == read(folder).lines


@pytest.mark.parametrize("kind", ["pipe", "link", "nothing"])
def test_what_is_no_file_holds_nothing_up(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "summary"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "link":
        path.symlink_to("/dev/zero")
    assert read(path).state == "unreadable"
