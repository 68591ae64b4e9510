"""What lies on the disk after the power went at some change of a log."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.evidence.disk_log import SECTOR, Change, Log, Loss, above

Image = dict[str, bytes]  # content by name; a folder's name ends in a stroke


@dataclass
class _Disk:
    """names, content: what is certain. later, unsynced: what is not, in order."""

    names: dict[str, int] = field(default_factory=dict)
    folders: set[str] = field(default_factory=lambda: {""})
    content: dict[int, bytes] = field(default_factory=dict)
    later: list[Change] = field(default_factory=list)
    unsynced: dict[int, list[Change]] = field(default_factory=dict)

    def take(self, change: Change) -> None:
        if change.what in ("write", "truncate"):
            self.unsynced.setdefault(change.file, []).append(change)
        elif change.what == "sync":
            done = self.unsynced.pop(change.file, [])
            self.content[change.file] = written(self.content.get(change.file, b""), done)
        elif change.what == "syncdir":
            waiting, self.later = self.later, []
            for one in waiting:
                if above(one.path) == change.path:
                    self._name(one)
                else:
                    self.later.append(one)
        elif change.what != "mark":
            self.later.append(change)

    def _name(self, change: Change) -> None:
        if change.what == "mkdir":
            self.folders.add(change.path)
        elif change.what == "create":
            self.names[change.path] = change.file
        else:
            if self.names.get(change.path) == change.file:
                del self.names[change.path]
            if change.what == "rename":
                self.names[change.target] = change.file

    def image(self, draw: random.Random, loss: Loss) -> Image:
        """Names and content that are left."""
        for change in self.later:
            if loss == "kept" or (loss == "torn" and draw.random() < 0.5):
                self._name(change)
        found: Image = {}
        for name, file in self.names.items():
            content, waiting = self.content.get(file, b""), self.unsynced.get(file, [])
            if loss == "kept":
                content = written(content, waiting)
            elif loss == "torn":
                content = torn(content, waiting, draw)
            found[name] = content
        return {
            **{f"{folder}/": b"" for folder in self.folders if folder and self._stands(folder)},
            **{name: content for name, content in found.items() if self._stands(above(name))},
        }

    def _stands(self, folder: str) -> bool:
        """The folder is there, and those above it."""
        return not folder or (folder in self.folders and self._stands(above(folder)))


def written(content: bytes, changes: Iterable[Change]) -> bytes:
    found = bytearray(content)
    for change in changes:
        if change.what == "truncate":
            del found[change.offset :]
            found.extend(bytes(change.offset - len(found)))
        else:
            found.extend(bytes(max(0, change.offset - len(found))))
            found[change.offset : change.offset + len(change.data)] = change.data
    return bytes(found)


def torn(content: bytes, changes: list[Change], draw: random.Random) -> bytes:
    """The first of the changes up to a sector, or any of their sectors; where only the size arrived, zeros."""
    parts = [part for change in changes for part in _sectors(change)]
    if draw.random() < 0.5:
        parts = parts[: draw.randint(0, len(parts))]
        return written(content, parts)
    found = written(content, [part for part in parts if draw.random() < 0.5])
    whole = len(written(content, changes))
    return found + bytes(max(0, whole - len(found))) if draw.random() < 0.5 else found


def _sectors(change: Change) -> Iterable[Change]:
    if change.what == "truncate":
        yield change
        return
    start = change.offset
    end = start + len(change.data)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        data = change.data[start - change.offset : stop - change.offset]
        yield Change("write", file=change.file, offset=start, data=data)
        start = stop


def cuts(
    log: Log, points: Iterable[int], seed: int, losses: tuple[Loss, ...]
) -> Iterable[tuple[str, int, Image]]:
    """(what was lost at which change, how many changes were made, what is left) for each of the points."""
    for point in points:
        for loss in losses:
            disk = _Disk()
            for name, content in log.start.items():
                if name.endswith("/"):
                    disk.folders.add(name[:-1])
                else:
                    number = len(disk.names) + 1  # as the log began to count
                    disk.names[name] = number
                    disk.content[number] = content
            for change in log.changes[:point]:
                disk.take(change)
            yield f"{loss} at {point}", point, disk.image(random.Random(f"{seed} {point} {loss}"), loss)


def put(image: Image, folder: Path) -> None:
    """Lays the image out in an empty folder."""
    for name in sorted(image):
        path = folder / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(image[name])
