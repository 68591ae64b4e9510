"""The disk is full from some change on, thoroughly from any, or the folder takes nothing: it is said, nothing is lost, and it can go on."""

from __future__ import annotations

import ctypes
import itertools
import os
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from evidence.errors import EvidenceUnreachable, WriteFailed
from evidence.verify.folder import verify
from tests.evidence.sampling import places

pytestmark = pytest.mark.processes

DONE, REFUSED, BROKEN = 0, 7, 1


def crawl(made: Any, say: Callable[[int], object]) -> None:
    draw = random.Random(1404)
    with made.open(batch=100, segment_bytes=2500, checkpoint_every=6) as writer:
        for number in range(6):
            wire = b"HTTP/1.1 200 OK\r\n\r\n" + draw.randbytes(700)
            capture = made.exchange(writer, f"http://a.test/{number}", wire)
            if number % 2:
                writer.commit()
                say(capture.sequence)


def in_child(act: Callable[[Callable[[int], object]], None]) -> tuple[int, int]:
    """(how it ended, the last sequence that was committed). Anything but a refusal of the disk is BROKEN."""
    reading, writing = os.pipe()
    say = os.write
    child = os.fork()
    if child == 0:
        code = BROKEN
        try:
            act(lambda number: say(writing, b"%d\n" % number))
            code = DONE
        except (WriteFailed, EvidenceUnreachable):
            code = REFUSED
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as said:
        committed = max((int(line) for line in said), default=0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), committed


def check(made: Any, promised: int) -> None:
    """There is room again."""
    made.go_on(promised)
    made.seal()
    assert verify(made.evidence) == []


@pytest.mark.thorough
def test_full_from_any_change_on(disk: Any, memory: Path, new_round: Any) -> None:
    """The run ends by WriteFailed and nothing else; one on the same full disk does too; then there is room again."""
    for room in itertools.chain((0,), places(8)):
        made = new_round(memory / str(room))
        made.folder.mkdir()
        log = disk.Log(str(made.folder))

        def act(say: Callable[[int], object], room: int, made: Any = made, log: Any = log) -> None:
            log.begin()
            log.room = room
            disk.watch_os(log)
            disk.watch_sqlite(log)
            crawl(made, say)

        ended, committed = in_child(partial(act, room=room))
        again, _ = in_child(partial(act, room=0))
        assert ended in (DONE, REFUSED)
        assert again == REFUSED
        check(new_round(made.folder), committed)
        if ended == DONE:
            break
    assert room > 100


def without_rights() -> None:
    """Root may write anywhere: gives that up for this process."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # version 3 of the call, this process
    nothing = (ctypes.c_uint32 * 6)()
    assert ctypes.CDLL(None, use_errno=True).capset(header, nothing) == 0


def guarded(folder: Path, mode_of_folders: int, mode_of_files: int) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(mode_of_folders if path.is_dir() else mode_of_files)


@pytest.mark.parametrize("when", ["before the first run", "after a run", "after a kill"])
def test_a_folder_that_takes_nothing(round_: Any, new_round: Any, when: str) -> None:
    committed = 0
    if when != "before the first run":

        def run(say: Callable[[int], object]) -> None:
            crawl(round_, say)
            if when == "after a kill":
                round_.skip_ids(1000)
                writer = round_.open()
                round_.fill(writer)
                writer.commit()
                say(6 + 13)

        ended, committed = in_child(run)
        assert ended == DONE
    before = {path: path.read_bytes() for path in round_.folder.rglob("*") if path.is_file()}
    guarded(round_.folder, 0o555, 0o444)
    try:

        def refused(say: Callable[[int], object]) -> None:
            without_rights()
            new_round(round_.folder).open()

        assert in_child(refused) == (REFUSED, 0)
        assert {path: path.read_bytes() for path in round_.folder.rglob("*") if path.is_file()} == before
    finally:
        guarded(round_.folder, 0o755, 0o644)
    check(new_round(round_.folder), committed)
