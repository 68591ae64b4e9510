"""The sockets that `govah serve` listens on: a port, or a file that only its owner can connect to."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ONLY_OWNER = 0o177  # umask: a socket's file is made by bind(), which asks for no mode
_LOOK = 1.0  # seconds for another desk to answer


class NotListening(Exception):
    """key, params: of the text that says why."""

    def __init__(self, key: str, **params: object) -> None:
        self.key = key
        self.params = params
        super().__init__(key)


@contextmanager
def port(host: str, number: int, backlog: int) -> Iterator[socket.socket]:
    """number: 0 takes a free one. Raises NotListening."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, number, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(backlog)
    except OSError as error:
        raise NotListening(
            "serve.no_listening", host=host, port=number, detail=error.strerror or error
        ) from None
    with listening:
        yield listening


@contextmanager
def file(path: Path, backlog: int) -> Iterator[socket.socket]:
    """A Unix socket with mode 0600, taken away at the end; one that a killed desk left there is replaced.

    Its folder is made with mode 0700 where there is none. One in which others may write is refused: they could put a
    socket of theirs in its place, and be shown the token. Raises NotListening.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise NotListening("serve.no_socket", path=path, detail=error.strerror or error) from None
    try:
        facts = os.fstat(folder)
        if facts.st_uid not in (os.geteuid(), 0) or facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise NotListening("serve.open_folder", folder=path.parent)
        # of two desks one would take away what the other just made; who may read the folder may hold it, so nobody waits
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        listening = _bound(path, backlog)
        own = path.lstat().st_ino
    except OSError as error:
        raise NotListening("serve.no_socket", path=path, detail=error.strerror or error) from None
    finally:
        os.close(folder)
    with listening:
        try:
            yield listening
        finally:
            with contextlib.suppress(OSError):
                if path.lstat().st_ino == own:
                    path.unlink()


def _bound(path: Path, backlog: int) -> socket.socket:
    """Raises OSError, NotListening."""
    _clear(path)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(_ONLY_OWNER)
    try:
        listening.bind(str(path))
        listening.listen(backlog)
    except BaseException:
        listening.close()
        raise
    finally:
        os.umask(before)
    return listening


def _clear(path: Path) -> None:
    """Takes away a socket of ours that nobody listens on any more, and nothing else."""
    try:
        facts = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(facts.st_mode) or facts.st_uid != os.geteuid():
        raise NotListening("serve.not_ours", path=path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.settimeout(_LOOK)
        try:
            asking.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
        except OSError:  # it is there and does not keep up
            pass
    raise NotListening("serve.socket_taken", path=path)
