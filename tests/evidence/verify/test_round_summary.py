"""Findings of a round before: of the last judgement alone, and of nothing that only looks like a round or a summary."""

from __future__ import annotations

import json
import os
import shutil
from io import BytesIO
from pathlib import Path

import pytest

from evidence.errors import SealError
from evidence.signing.keys import Signer
from evidence.verify import round_summary
from evidence.verify.round_summary import RoundSummary
from govah import stages
from govah.round_paths import RoundPaths
from tests.govah.sealed import sealed_round

KEY = Signer.generate()


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A round that was judged three times. To be copied, not written to."""
    folder = sealed_round(tmp_path_factory.mktemp("judged") / "round", KEY, 1)
    for number in range(3):
        line = f'{{"captures":["c0"],"id":"f{number}"}}\n'.encode()
        stages.put(RoundPaths(folder), BytesIO(line), BytesIO(b"{}\n"), {"rules": {}}, KEY)
    return folder


@pytest.fixture(scope="module")
def judged_again(judged: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a judgement of five findings, and its summary. To be copied."""
    folder = shutil.copytree(judged, tmp_path_factory.mktemp("again") / "round")
    lines = b"".join(b'{"captures":["c0"],"id":"g%d"}\n' % number for number in range(5))
    stages.put(RoundPaths(folder), BytesIO(lines), BytesIO(b"{}\n"), {"rules": {}}, KEY)
    assert round_summary.write(folder, folder / "summary.jsonl", lambda _: True) == 5
    return folder


@pytest.fixture
def folder(judged: Path, tmp_path: Path) -> Path:
    return shutil.copytree(judged, tmp_path / "round")


@pytest.fixture
def summary(judged_again: Path, tmp_path: Path) -> tuple[Path, list[bytes]]:
    """A summary of five findings, and its lines after its head."""
    target = shutil.copytree(judged_again, tmp_path / "round") / "summary.jsonl"
    return target, target.read_bytes().splitlines(keepends=True)


def read(place: Path) -> RoundSummary:
    return round_summary.read(place, lambda _: True, {KEY.fingerprint})


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
            round_summary.write(folder, folder / "summary.jsonl", lambda _: True)


def test_nor_is_one_whose_predecessors_lost_their_seal_or_that_was_cut_short(folder: Path) -> None:
    mark = folder / "results/findings.unfinished"
    mark.touch()
    assert read(folder).state == "edited"
    mark.unlink()
    (folder / "results/earlier/2/findings.manifest.json").unlink()
    assert read(folder).state == "edited"


def test_a_summary_is_of_the_last_one(folder: Path) -> None:
    target = folder / "summary.jsonl"
    assert round_summary.write(folder, target, lambda _: True) == 1
    assert read(target).lines == read(folder).lines


@pytest.mark.parametrize("kind", ["pipe", "link", "nothing"])
def test_what_is_no_file_holds_nothing_up(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "summary"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "link":
        path.symlink_to("/dev/zero")
    assert read(path).state == "unreadable"


@pytest.mark.parametrize("order", [[1, 2, 3, 4, 5, 5], [1, 1, 2], [2, 1], [5, 4, 3, 2, 1]])
def test_a_summary_has_each_finding_once_and_in_order(
    summary: tuple[Path, list[bytes]], order: list[int]
) -> None:
    target, lines = summary
    target.write_bytes(b"".join([lines[0], *(lines[number] for number in order)]))
    assert read(target).state == "edited"
    target.write_bytes(b"".join([lines[0], *(lines[number] for number in sorted(set(order)))]))
    assert len(read(target).lines) == len(set(order))


@pytest.mark.parametrize("field", ["format", "key", "manifest", "round", "signature"])
@pytest.mark.parametrize("value", [5, None, [], {}, "!", "\ud800", True])
def test_any_head_of_a_summary_is_survived(
    summary: tuple[Path, list[bytes]], field: str, value: object
) -> None:
    target, lines = summary
    head = {**json.loads(lines[0]), field: value}
    target.write_bytes(b"".join([json.dumps(head).encode() + b"\n", *lines[1:]]))
    assert read(target).state in (("used",) if field == "round" else ("unreadable", "edited"))


@pytest.mark.parametrize("first", [b"", b"\n", b"\x00" * 100, b"[" * 50_000, b"[]", b"5", b"\xff\n"])
def test_any_beginning_of_a_summary_is_survived(tmp_path: Path, first: bytes) -> None:
    (tmp_path / "summary").write_bytes(first)
    assert read(tmp_path / "summary").state == "unreadable"
