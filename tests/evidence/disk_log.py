"""Every change that a process makes to a folder, in order, and what a power cut would leave of it.

Records what goes through `os` and what SQLite writes, syncs and deletes by itself (its file system layer is asked to
go through here). A disk keeps for certain only what was synced: of anything later it may keep all, nothing, or some
sectors of 512 bytes; a new name, a rename and a deletion are certain once the folder was synced.
"""

from __future__ import annotations

import _sqlite3
import ctypes
import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

SECTOR = 512
_CREATED_JOURNALS = 0x800 | 0x4000 | 0x80000  # whose folder SQLite syncs with them
_CREATE = 0x4
_FULL, _CANNOT_OPEN = 13, 14  # what SQLite's own layer would say

Loss = Literal["kept", "lost", "torn"]


@dataclass(frozen=True, slots=True)
class Change:
    """what: create, write, truncate, sync, rename, unlink, mkdir, syncdir, mark. file: number of the file."""

    what: str
    path: str = ""
    file: int = 0
    offset: int = 0
    data: bytes = b""
    target: str = ""


@dataclass
class Log:
    """Changes below a root. names: which file has which name now.

    room: for so many changes there is room on the disk; then it is full. None: it never is.
    """

    root: str
    changes: list[Change] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    start: dict[str, bytes] = field(default_factory=dict)
    room: int | None = None
    _numbers: int = 0

    def begin(self) -> None:
        """What is there already is on the disk for certain."""
        for path in sorted(Path(self.root).rglob("*")):
            name = str(path)[len(self.root) + 1 :]
            if path.is_dir():
                self.start[name + "/"] = b""
            elif not name.endswith("-shm"):
                self.start[name] = path.read_bytes()
                self.names[name] = self._new()

    def name(self, path: Any) -> str | None:
        """The name below the root; None for what is not recorded."""
        text = str(Path.cwd() / os.fsdecode(path))
        inside = f"{text}/".startswith(f"{self.root}/") and not text.endswith("-shm")
        return text[len(self.root) + 1 :] if inside else None

    def _new(self) -> int:
        self._numbers += 1
        return self._numbers

    def note(self, what: str, **values: Any) -> None:
        self.changes.append(Change(what, **values))

    @property
    def full(self) -> bool:
        return self.room is not None and len(self.changes) >= self.room

    def opened(self, name: str) -> int:
        """The file of a name, which is new when nothing has it."""
        if name not in self.names:
            self.names[name] = self._new()
            self.note("create", path=name, file=self.names[name])
        return self.names[name]

    def renamed(self, source: str, target: str) -> None:
        self.names[target] = self.names.pop(source)
        self.note("rename", path=source, target=target, file=self.names[target])

    def unlinked(self, name: str) -> None:
        self.note("unlink", path=name, file=self.names.pop(name))


def above(name: str) -> str:
    """The folder that a name is in; "" for the root."""
    return name.rpartition("/")[0]


def watch_os(log: Log) -> None:
    """For the rest of the life of this process."""
    files: dict[int, tuple[str, int]] = {}
    real = {name: getattr(os, name) for name in ("open", "close", "write", "pwrite", "ftruncate", "fsync", "fdatasync", "replace", "rename", "unlink", "mkdir")}  # fmt: skip

    def refuse(concerned: bool) -> None:
        if concerned and log.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def open_(path: Any, flags: int, *rest: Any, **options: Any) -> int:
        new = log.name(path)
        refuse(bool(flags & os.O_CREAT) and new is not None and new not in log.names)
        descriptor: int = real["open"](path, flags, *rest, **options)
        files.pop(descriptor, None)
        name = log.name(path)
        if name is not None and flags & os.O_DIRECTORY:
            files[descriptor] = (name, 0)
        elif name is not None and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            files[descriptor] = (name, log.opened(name))
            if flags & os.O_TRUNC:
                log.note("truncate", file=files[descriptor][1])
        elif name is not None and name in log.names:
            files[descriptor] = (name, log.names[name])
        return descriptor

    def write(descriptor: int, data: Any) -> int:
        refuse(descriptor in files)
        done: int = real["write"](descriptor, data)
        if descriptor in files:
            end = os.lseek(descriptor, 0, os.SEEK_CUR)
            log.note("write", file=files[descriptor][1], offset=end - done, data=bytes(data)[:done])
        return done

    def pwrite(descriptor: int, data: Any, offset: int) -> int:
        refuse(descriptor in files)
        done: int = real["pwrite"](descriptor, data, offset)
        if descriptor in files:
            log.note("write", file=files[descriptor][1], offset=offset, data=bytes(data)[:done])
        return done

    def ftruncate(descriptor: int, size: int) -> None:
        real["ftruncate"](descriptor, size)
        if descriptor in files:
            log.note("truncate", file=files[descriptor][1], offset=size)

    def sync(call: Callable[[int], None]) -> Callable[[int], None]:
        def synced(descriptor: int) -> None:
            call(descriptor)
            name, file = files.get(descriptor, ("", -1))
            if file >= 0:
                log.note("sync" if file else "syncdir", path=name, file=file)

        return synced

    def replace(source: Any, target: Any, **options: Any) -> None:
        real["replace"](source, target, **options)
        if (name := log.name(source)) is not None:
            log.renamed(name, log.name(target) or "")

    def unlink(path: Any, **options: Any) -> None:
        real["unlink"](path, **options)
        if (name := log.name(path)) is not None:
            log.unlinked(name)

    def mkdir(path: Any, *rest: Any, **options: Any) -> None:
        refuse(log.name(path) is not None)
        real["mkdir"](path, *rest, **options)
        if (name := log.name(path)) is not None:
            log.note("mkdir", path=name)

    changed = {"open": open_, "write": write, "pwrite": pwrite, "ftruncate": ftruncate, "replace": replace, "rename": replace, "unlink": unlink, "mkdir": mkdir}  # fmt: skip
    for name, call in changed.items():
        setattr(os, name, call)
    for name in ("fsync", "fdatasync"):
        setattr(os, name, sync(real[name]))


_Pointer = ctypes.c_void_p


class _Methods(ctypes.Structure):
    """sqlite3_io_methods."""

    _fields_ = [("version", ctypes.c_int)] + [
        (name, _Pointer)
        for name in (
            "close read write truncate sync size lock unlock reserved control sector traits"
            " shm_map shm_lock shm_barrier shm_unmap fetch unfetch"
        ).split()
    ]


class _System(ctypes.Structure):
    """sqlite3_vfs, as far as it is needed."""

    _fields_ = [
        *((name, ctypes.c_int) for name in ("version", "file_size", "longest_path")),
        *((name, _Pointer) for name in ("next", "name", "data", "open", "delete")),
    ]


# The name is a pointer, not bytes: SQLite keeps it, and reads beyond its end.
_OPEN = ctypes.CFUNCTYPE(ctypes.c_int, _Pointer, _Pointer, _Pointer, ctypes.c_int, _Pointer)
_DELETE = ctypes.CFUNCTYPE(ctypes.c_int, _Pointer, ctypes.c_char_p, ctypes.c_int)
_WRITE = ctypes.CFUNCTYPE(ctypes.c_int, _Pointer, _Pointer, ctypes.c_int, ctypes.c_int64)
_TRUNCATE = ctypes.CFUNCTYPE(ctypes.c_int, _Pointer, ctypes.c_int64)
_SYNC = ctypes.CFUNCTYPE(ctypes.c_int, _Pointer, ctypes.c_int)
_kept: list[Any] = []  # what the library points to must not go


def watch_sqlite(log: Log) -> None:
    """For the rest of the life of this process: the functions of its file system are replaced."""
    library = ctypes.CDLL(_sqlite3.__file__)
    library.sqlite3_vfs_find.restype = ctypes.POINTER(_System)
    system = library.sqlite3_vfs_find(None).contents
    real_open, real_delete = _OPEN(system.open), _DELETE(system.delete)
    methods: dict[int, _Methods] = {}
    files: dict[int, tuple[str, int]] = {}
    folder_waits: set[int] = set()

    def opened(vfs: int, path: int | None, file: int, flags: int, out: int) -> int:
        name = log.name(ctypes.string_at(path)) if path is not None and flags & _CREATE else None
        if name is not None and name not in log.names and log.full:
            return _CANNOT_OPEN
        status: int = real_open(vfs, path, file, flags, out)
        files.pop(file, None)
        if status or name is None:
            return status
        if name not in log.names and flags & _CREATED_JOURNALS:
            folder_waits.add(file)
        files[file] = (name, log.opened(name))
        pointer = _Pointer.from_address(file)
        assert pointer.value is not None
        if pointer.value not in methods:
            methods[pointer.value] = _wrapped(_Methods.from_address(pointer.value), log, files, folder_waits)
        pointer.value = ctypes.addressof(methods[pointer.value])
        return status

    def deleted(vfs: int, path: bytes, sync: int) -> int:
        name = log.name(path)
        there = name is not None and name in log.names
        status: int = real_delete(vfs, path, sync)
        if not status and there and name is not None:
            log.unlinked(name)
            if sync:
                log.note("syncdir", path=above(name))
        return status

    calls = _OPEN(opened), _DELETE(deleted)
    _kept.extend([calls, methods, library])
    system.open, system.delete = (ctypes.cast(call, _Pointer).value for call in calls)


def _wrapped(real: _Methods, log: Log, files: dict[int, tuple[str, int]], folder_waits: set[int]) -> _Methods:
    real_write, real_truncate, real_sync = _WRITE(real.write), _TRUNCATE(real.truncate), _SYNC(real.sync)

    def write(file: int, data: int, size: int, offset: int) -> int:
        if log.full:
            return _FULL
        status: int = real_write(file, data, size, offset)
        log.note("write", file=files[file][1], offset=offset, data=ctypes.string_at(data, size))
        return status

    def truncate(file: int, size: int) -> int:
        status: int = real_truncate(file, size)
        log.note("truncate", file=files[file][1], offset=size)
        return status

    def sync(file: int, flags: int) -> int:
        status: int = real_sync(file, flags)
        name, number = files[file]
        log.note("sync", path=name, file=number)
        if file in folder_waits:
            folder_waits.discard(file)
            log.note("syncdir", path=above(name))
        return status

    wrapped = _Methods.from_buffer_copy(real)
    calls = {"write": _WRITE(write), "truncate": _TRUNCATE(truncate), "sync": _SYNC(sync)}
    _kept.append(calls)
    for name, call in calls.items():
        setattr(wrapped, name, ctypes.cast(call, _Pointer).value)
    return wrapped
