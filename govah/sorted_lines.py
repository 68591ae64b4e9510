"""Lines in order of their keys, however many: sorted runs on the disk, merged when they are read."""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO

_RUN = 32 << 20  # bytes of lines that are held
_BUFFER = 1 << 18  # bytes of a run that are read at once


class SortedLines:
    """Lines that come in any order. Its files have no name, so that nothing is left of a process that dies."""

    def __init__(self, folder: Path, run: int = _RUN) -> None:
        """folder: where there is room for twice as much as is added."""
        self._folder = folder
        self._most = run
        self._waiting: list[tuple[str, bytes]] = []
        self._size = 0
        self._runs: list[IO[bytes]] = []
        self._files = ExitStack()

    def __enter__(self) -> SortedLines:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._files.close()

    def add(self, key: str, line: bytes) -> None:
        """line: with its end, and with no other. Lines with the same key are in order of their bytes."""
        self._waiting.append((key, line))
        self._size += len(line)
        if self._size >= self._most:
            run = self._file()
            for name, waiting in sorted(self._waiting):
                run.write(name.encode() + b"\t" + waiting)
            self._runs.append(run)
            self._waiting.clear()
            self._size = 0

    def merged(self) -> IO[bytes]:
        """A file of all lines in order, read from its beginning."""
        whole = self._file()
        runs = [self._read(run) for run in self._runs]
        for _, line in heapq.merge(*runs, iter(sorted(self._waiting))):
            whole.write(line)
        self._waiting.clear()
        whole.seek(0)
        return whole

    def _file(self) -> IO[bytes]:
        return self._files.enter_context(tempfile.TemporaryFile(dir=self._folder, buffering=_BUFFER))

    @staticmethod
    def _read(run: IO[bytes]) -> Iterator[tuple[str, bytes]]:
        run.seek(0)
        for row in run:
            key, _, line = row.partition(b"\t")
            yield key.decode(), line
