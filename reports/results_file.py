"""Records of agencies as they lie in results.json: what every table of all agencies shows is at hand, the rest is read when asked for."""

from __future__ import annotations

import json
import marshal
import os
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

AT_HAND = (
    "id", "name", "kind", "cooperated", "ranked", "not_ranked_reason", "reach", "coverage", "electronic_ratio", "score", "rank",
    "open_data",
)  # fmt: skip

_PLACE = {key: place for place, key in enumerate(AT_HAND)}
_KEPT = 64  # agencies whose values stay unpacked: a table asks for several of each
_CHUNK = 1 << 20  # bytes
_END = b"\n ],\n"  # of the agencies, as `reports.results` writes them


class ResultsFile:
    """A results.json. Stays with the file that it opened, whatever takes its place; other processes open it anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self.record = lru_cache(1)(self._record)  # whoever goes through all asks for several parts of each

    def _record(self, offset: int, length: int) -> dict[str, Any]:
        if self._file is None:
            self._file = self._path.open("rb", buffering=0)
        record: dict[str, Any] = json.loads(os.pread(self._file.fileno(), length, offset))
        return record

    def __reduce__(self) -> tuple[type[ResultsFile], tuple[Path]]:
        return ResultsFile, (self._path,)


@lru_cache(_KEPT)
def _unpacked(at_hand: bytes) -> list[Any]:
    values: list[Any] = marshal.loads(at_hand)  # noqa: S302 - bytes of this program
    return values


class StoredAgency(Mapping[str, Any]):
    """The record of one agency. What is at hand is packed: of a country it would take 60 MB."""

    __slots__ = ("_at_hand", "_file", "_length", "_offset")

    def __init__(self, at_hand: Mapping[str, Any], file: ResultsFile, offset: int, length: int) -> None:
        self._at_hand = marshal.dumps([at_hand[key] for key in AT_HAND])
        self._file = file
        self._offset = offset
        self._length = length

    def __getitem__(self, key: str) -> Any:
        place = _PLACE.get(key)
        return self.whole()[key] if place is None else _unpacked(self._at_hand)[place]

    def __contains__(self, key: object) -> bool:
        return key in _PLACE or key in self.whole()

    def __iter__(self) -> Iterator[str]:
        return iter(self.whole())

    def __len__(self) -> int:
        return len(self.whole())

    def whole(self) -> dict[str, Any]:
        record = self._file.record(self._offset, self._length)
        if record["id"] != self["id"]:
            raise ValueError("results.json is no longer that which was written")
        return record


def stored_rest(path: Path) -> dict[str, Any]:
    """All but the agencies, which are nearly all of the file. Raises OSError, ValueError, KeyError, TypeError."""
    with path.open("rb") as file:
        if [file.readline(), file.readline()] != [b"{\n", b' "agencies": [\n']:
            file.seek(0)
            told: dict[str, Any] = json.load(file)
            told.pop("agencies")
            return told
        last = b"\n"
        while chunk := file.read(_CHUNK):
            read = last + chunk
            if (end := read.find(_END)) >= 0:
                rest: dict[str, Any] = json.loads(b"{" + read[end + len(_END) :] + file.read())
                return rest
            last = read[-len(_END) :]
    raise ValueError("results.json ends among its agencies")


def stored_agencies(path: Path) -> Iterator[dict[str, Any]]:
    """Records of a results.json in order of ids, one at a time where it is written as `reports.results` writes it."""
    with path.open(encoding="utf-8") as file:
        if [next(file, ""), next(file, "")] != ["{\n", ' "agencies": [\n']:
            file.seek(0)
            yield from sorted(json.load(file)["agencies"], key=lambda record: str(record["id"]))
            return
        lines: list[str] = []
        for line in file:
            if line == " ],\n":
                return
            lines.append(line)
            if line in ("  },\n", "  }\n"):
                yield json.loads("".join(lines).rstrip().removesuffix(","))
                lines.clear()
