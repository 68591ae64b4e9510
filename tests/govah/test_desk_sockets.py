"""The file that the desk listens on: its owner's alone, from its first moment, and never another's."""

from __future__ import annotations

import os
import signal
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from govah import desk_sockets
from govah.desk_sockets import NotListening
from tests import command_server
from tests.reports.desk.rounds import made, served

pytestmark = pytest.mark.sockets


def refused(path: Path) -> str:
    with pytest.raises(NotListening) as raised, desk_sockets.file(path, 4):
        pass
    return raised.value.key


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        assert os.umask(before) == mask, "that of the process is as it was"


@pytest.mark.parametrize("mask", [0, 0o022, 0o777])
def test_it_is_its_owner_s_alone_whatever_the_umask(tmp_path: Path, mask: int) -> None:
    path = tmp_path / "desk" / "socket"
    if mask == 0o777:
        path.parent.mkdir(mode=0o700)
    with umask(mask), desk_sockets.file(path, 4):
        facts = path.lstat()
        assert stat.S_ISSOCK(facts.st_mode) and stat.S_IMODE(facts.st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert not path.exists()


def test_one_that_a_killed_desk_left_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with desk_sockets.file(path, 4) as bound, socket.socket(socket.AF_UNIX) as asking:
        asking.connect(str(path))
        bound.accept()[0].close()


def test_one_that_is_listened_on_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with desk_sockets.file(path, 1):
        assert refused(path) == "serve.socket_taken"
        with socket.socket(socket.AF_UNIX) as asking:
            asking.connect(str(path))
        assert path.exists()


def test_what_came_in_its_place_meanwhile_is_left_there(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with desk_sockets.file(path, 1):
        path.unlink()
        path.write_text("kept")
    assert path.read_text() == "kept"


@pytest.mark.parametrize("kind", ["file", "folder", "fifo", "link", "dangling"])
def test_what_is_no_socket_stays(tmp_path: Path, kind: str) -> None:
    path, other = tmp_path / "socket", tmp_path / "other"
    if kind == "file":
        path.write_text("kept")
    elif kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to(other)
        if kind == "link":
            with socket.socket(socket.AF_UNIX) as left:
                left.bind(str(other))
    before = path.lstat().st_ino
    assert refused(path) == "serve.not_ours" and path.lstat().st_ino == before


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o770, 0o702])
def test_a_folder_where_others_may_put_theirs_is_refused(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(mode)
    assert refused(folder / "socket") == "serve.open_folder" and not list(folder.iterdir())


@pytest.mark.parametrize("name", ["x" * 200, "file/socket"])
def test_a_place_that_cannot_be_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    assert refused(tmp_path / name) == "serve.no_socket"


def test_the_desk_behind_a_socket_asks_for_the_token_too(tmp_path: Path) -> None:
    path = tmp_path / "own" / "desk"
    with served(made(tmp_path), "--socket", str(path)) as desk:
        assert desk.socket == str(path) and stat.S_IMODE(path.lstat().st_mode) == 0o600
        assert desk.get("/", Host="localhost:8000").status == 200
        assert desk.get("/", Host="evil.test").status == 421
        assert desk.get("/", Host="192.0.2.1").status == 421
        assert desk.send("/case/s1/verdict", verdict="verified", auditor="a").status == 303
        desk.cookies.clear()
        assert desk.get("/").status == 401
    assert not path.exists()


@pytest.mark.parametrize("option", [("--port", "8000"), ("--host", "127.0.0.1")])
def test_a_port_beside_it_is_wrong_usage(tmp_path: Path, option: tuple[str, str]) -> None:
    round = made(tmp_path)
    done = command_server.govah(
        "serve", round, "--socket", tmp_path / "s", *option, env={**os.environ, "GOVAH_LANG": "en"}
    )
    assert done.returncode == 2 and option[0] in done.stderr


def test_a_desk_that_was_killed_is_opened_again(tmp_path: Path) -> None:
    round, path = made(tmp_path), tmp_path / "own" / "desk"
    words = ("serve", str(round), "--json", "--socket", str(path))
    reader, out = os.pipe()
    with os.fdopen(reader) as saying, Path(os.devnull).open("r+b") as nothing:
        files = (nothing.fileno(), out, nothing.fileno())
        process = command_server.started(*words, env={**os.environ}, files=files)
        os.close(out)
        while "}" not in saying.readline():
            pass
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=60)
    assert path.exists()
    with served(round, "--socket", str(path)) as desk:
        assert desk.get("/").status == 200
