"""The findings of a round as they lie in its file, read agency by agency: a country of them does not fit the memory.

The file is in order of finding ids, so that the lines of an agency lie all over it. It is gone through once, to know where;
what is read afterwards is what is asked for.
"""

from __future__ import annotations

import hashlib
import json
import os
from array import array
from collections.abc import Collection, Iterator, Mapping
from copy import copy
from pathlib import Path
from typing import Any, BinaryIO

from checks.finding import Finding
from reports.replies import Outcome, standing

_LENGTH = 24  # bits; as many bytes has the longest line that a seal can be over
_AGENCY = b'{"agency":"'


class FindingsBroken(ValueError):
    """A line of the file is no finding."""


class FindingsFile(Mapping[str, list[Finding]]):
    """By agency, each in the order of the file, as they count: those that an auditor withdrew are our own errors.

    The agencies are those that the file tells of. Goes to other processes without what it has open. Raises FileNotFoundError,
    FindingsBroken; the latter also when an agency is asked for.
    """

    def __init__(self, path: Path, withdrawn: Mapping[str, Outcome]) -> None:
        self._path = path
        self._withdrawn = withdrawn
        self._places: dict[str, array[int]] = {}  # offset and length of each line, in one number
        self._file: BinaryIO | None = None
        self.count = 0
        offset, read = 0, hashlib.sha256()
        with path.open("rb") as lines:
            for line in lines:
                if len(line) >> _LENGTH:
                    raise FindingsBroken(f"line {self.count + 1} has no end")
                places = self._places.setdefault(_agency_of(line), array("Q"))
                places.append(offset << _LENGTH | len(line))
                read.update(line)
                offset += len(line)
                self.count += 1
        self.sha256 = read.hexdigest()
        """Of the file as it was gone through."""

    def __getitem__(self, agency: str) -> list[Finding]:
        return [finding for _, _, finding in self.placed(agency)]

    def placed(self, agency: str) -> Iterator[tuple[int, int, Finding]]:
        """(offset of its line, length of that, finding) of an agency."""
        if self._file is None:
            self._file = self._path.open("rb", buffering=0)
        number = self._file.fileno()
        for place in self._places[agency]:
            offset, length = place >> _LENGTH, place & (1 << _LENGTH) - 1
            found = finding_of(os.pread(number, length, offset))
            yield offset, length, standing([found], self._withdrawn)[0] if self._withdrawn else found

    def counting(self, withdrawn: Mapping[str, Outcome]) -> FindingsFile:
        """The same file, with these taken back."""
        other = copy(self)
        other._withdrawn, other._file = withdrawn, None
        return other

    def with_id(self, beginning: str) -> list[Finding]:
        """Those whose ids begin so, in the order of the file; at most two."""
        named = f'"id":{json.dumps(beginning)}'.encode().removesuffix(b'"')
        found: list[Finding] = []
        with self._path.open("rb") as lines:
            for line in lines:
                if named in line and (finding := finding_of(line)).id.startswith(beginning):
                    found += standing([finding], self._withdrawn)
                    if len(found) == 2:
                        break
        return found

    def every(self) -> Iterator[Finding]:
        """All findings, in the order of the file."""
        return _every(self._path, self._withdrawn)

    def of_checks(self, checks: Collection[str]) -> Iterator[Finding]:
        """Of all agencies, in the order of the file. Lines that name none of the checks are not taken apart."""
        names = [json.dumps(check).encode() for check in checks]
        with self._path.open("rb") as lines:
            for line in lines:
                if any(name in line for name in names) and (finding := finding_of(line)).check in checks:
                    yield from standing([finding], self._withdrawn)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_file": None}


def _agency_of(line: bytes) -> str:
    """The agency stands first in a line as `govah check` writes it; any other line is read whole."""
    if line.startswith(_AGENCY):
        name, quoted, _ = line[len(_AGENCY) :].partition(b'"')
        if quoted and b"\\" not in name:
            return name.decode("utf-8", "replace")
    return finding_of(line).agency


def _every(path: Path, withdrawn: Mapping[str, Outcome]) -> Iterator[Finding]:
    with path.open("rb") as lines:
        for line in lines:
            yield from standing([finding_of(line)], withdrawn)


def finding_of(line: bytes) -> Finding:
    try:
        return Finding.from_json(json.loads(line.decode()))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FindingsBroken(str(error)) from error


class FindingsById(Collection[Finding]):
    """All findings of a file in order of ids, as they count there. Each pass reads them anew. Raises FindingsBroken.

    Does not hold the file's places, which take 30 MB of a country.
    """

    def __init__(self, file: FindingsFile) -> None:
        self._made_of = (file._path, file._withdrawn)
        self._count = file.count

    def __iter__(self) -> Iterator[Finding]:
        last = ""
        for finding in _every(*self._made_of):
            if finding.id <= last:
                raise FindingsBroken(f"{finding.id} stands behind {last}")
            last = finding.id
            yield finding

    def __len__(self) -> int:
        return self._count

    def __contains__(self, finding: object) -> bool:
        return isinstance(finding, Finding) and finding in _every(*self._made_of)
