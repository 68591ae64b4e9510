"""The index of an exported archive: CDXJ lines in order of their key, packed in blocks, and the list of the blocks.

The order is made on disk, so that memory stays flat. Not here: what the lines tell of (`reports.export.replay_records`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ada_url

from evidence.store import warc

DATA = "index.cdx.gz"
_LINES = 1024  # of a block; a reader fetches one to find one address
_BATCH = 1000
_WWW = re.compile(r"^(https?://)www\d*\.")
_LONGEST_MIME = 100


@dataclass(frozen=True, slots=True)
class CdxjEntry:
    """One record. digest: of its payload, `sha256:` and Base32. filename, offset, length: its gzip member."""

    url: str
    time: dt.datetime
    mime: str
    status: int
    digest: str
    record_sha256: str
    filename: str
    offset: int
    length: int

    def line(self) -> str:
        values = {
            "url": self.url,
            "mime": self.mime[:_LONGEST_MIME],
            "status": str(self.status),
            "digest": self.digest,
            "length": str(self.length),
            "offset": str(self.offset),
            "filename": self.filename,
            "recordDigest": f"sha256:{self.record_sha256}",
        }
        return f"{key(self.url)} {stamp(self.time)} {_json(values)}\n"


def stamp(time: dt.datetime) -> str:
    """Fourteen digits, UTC."""
    return time.astimezone(dt.UTC).strftime("%Y%m%d%H%M%S")


def key(url: str) -> str:
    """What readers sort by and look up: labels of the host from the last to the first, then the path, in lower case.

    An address that is none of the web, as `urn:page:…`, is its own key.
    """
    if not url.startswith(("http://", "https://")):
        return url
    try:
        parts = ada_url.URL(_WWW.sub(r"\1", url.lower()))
    except ValueError:
        return url
    labels = ",".join(reversed(parts.hostname.split(".")))
    port = f":{parts.port}" if parts.port else ""
    search = ""
    if parts.search:
        parameters: Any = ada_url.URLSearchParams(parts.search[1:])
        parameters.sort()
        search = f"?{parameters}"
    return f"{labels}{port}){parts.pathname}{search}"


class CdxjIndex:
    """Takes entries in any order. Its draft is a file of its own, which the caller removes."""

    def __init__(self, draft: Path) -> None:
        self._connection = sqlite3.connect(draft, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=OFF")
        self._connection.execute("PRAGMA synchronous=OFF")
        self._connection.execute("CREATE TABLE entry (line BLOB NOT NULL)")
        self._waiting: list[tuple[bytes]] = []

    def add(self, entry: CdxjEntry) -> None:
        self._waiting.append((entry.line().encode("ascii"),))
        if len(self._waiting) >= _BATCH:
            self._flush()

    def write(self, put: Callable[[bytes], object]) -> bytes:
        """Gives the packed blocks to `put`; returns the list of them."""
        self._flush()
        listed = [f"!meta 0 {_json({'format': 'cdxj-gzip-1.0', 'filename': DATA})}\n"]
        offset = 0
        for block in self._blocks():
            packed = warc.member(b"".join(block))
            put(packed)
            place = {
                "offset": offset,
                "length": len(packed),
                "digest": f"sha256:{hashlib.sha256(packed).hexdigest()}",
                "filename": DATA,
            }
            first = b" ".join(block[0].split(b" ", 2)[:2]).decode("ascii")
            listed.append(f"{first} {_json(place)}\n")
            offset += len(packed)
        return "".join(listed).encode("ascii")

    def close(self) -> None:
        self._connection.close()

    def _flush(self) -> None:
        self._connection.execute("BEGIN")
        self._connection.executemany("INSERT INTO entry VALUES (?)", self._waiting)
        self._connection.execute("COMMIT")
        self._waiting.clear()

    def _blocks(self) -> Iterator[list[bytes]]:
        rows = self._connection.execute("SELECT line FROM entry ORDER BY line")
        while block := [line for (line,) in itertools.islice(rows, _LINES)]:
            yield block


def _json(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=True)
