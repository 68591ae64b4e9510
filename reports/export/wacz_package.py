"""A WACZ file as a container: a ZIP whose files are stored as they are, each with its hash in `datapackage.json`.

Streams: what is written is hashed on its way and never held. The same files give the same bytes. Not here: what
the files say (`reports.export.wacz`).
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

VERSION = "1.1.1"
DATAPACKAGE = "datapackage.json"
_DIGEST = "datapackage-digest.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # where ZIP begins to count
_READABLE = 0o100644 << 16
_STEP = 1 << 20


class PackageEntry:
    """One file of the package while it is written."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, content: bytes) -> None:
        self._file.write(content)
        self._hash.update(content)
        self.size += len(content)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


class WaczPackage:
    """Write its files one after the other, then `finish`."""

    def __init__(self, file: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)
        self._resources: list[dict[str, Any]] = []

    @contextmanager
    def entry(self, path: str) -> Iterator[PackageEntry]:
        """A file of less than 2 GB."""
        with self._zip.open(_info(path), "w") as file:
            entry = PackageEntry(file)
            yield entry
        self._resources.append(
            {
                "name": path.rpartition("/")[2].lower(),
                "path": path,
                "hash": f"sha256:{entry.sha256}",
                "bytes": entry.size,
            }
        )

    def add(self, path: str, content: bytes) -> None:
        with self.entry(path) as entry:
            entry.write(content)

    def add_file(self, path: str, source: Path) -> None:
        with source.open("rb") as file, self.entry(path) as entry:
            while chunk := file.read(_STEP):
                entry.write(chunk)

    def finish(self, about: Mapping[str, Any]) -> None:
        """about: what the package says of itself, beside its files."""
        values = {"profile": "data-package", "resources": self._resources, "wacz_version": VERSION, **about}
        content = _json(values)
        self._zip.writestr(_info(DATAPACKAGE), content)
        sha256 = hashlib.sha256(content).hexdigest()
        self._zip.writestr(_info(_DIGEST), _json({"path": DATAPACKAGE, "hash": f"sha256:{sha256}"}))
        self._zip.close()


def _info(path: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(path, _EPOCH)
    info.create_system = 3
    info.external_attr = _READABLE
    return info


def _json(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values, ensure_ascii=True, indent=2).encode("ascii") + b"\n"
