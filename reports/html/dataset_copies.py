"""Both copies of a dataset whose date was renewed over the same content: written beside the report, to be opened.

The first copy lies in the evidence of an earlier round; it is looked for along `round.previous`, as far as folders
lead. A copy is written only as the bytes that its hash names, under a name that runs nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.finding import Finding
from claims.model import Round
from claims.problems import Problems
from claims.settings import read_settings
from evidence.errors import EvidenceError
from evidence.kinds.http import HttpFacts
from evidence.redaction import personal, secrets
from evidence.store import EvidenceStore
from reports.html.places import put

CHECK = "datasets.touched"
_LARGEST = 2 << 20
_OF_AN_AGENCY = 16 << 20
_MOST_ROUNDS = 12
_KINDS = {b"%PDF-": "pdf"}


@dataclass(frozen=True, slots=True)
class DatasetCopy:
    """round, time, capture, url, sha256: as the finding names them. file: written beside the report, None where it is
    too large, holds a secret or personal data, or its round is not at hand. place: file of the archive that holds it and offset, None when not at hand.
    """

    round: str
    time: str
    capture: str
    url: str
    sha256: str
    file: str | None
    place: tuple[str, int] | None


class DatasetCopies:
    """Copies of one round's findings. folder: of the report."""

    def __init__(self, round: Round, store: EvidenceStore, folder: Path) -> None:
        self._folder = folder
        self._round = round
        self._stores: dict[str, EvidenceStore | None] = {round.settings.id: store}
        self._behind = _earlier(round)
        self._size: dict[str, int] = {}
        self._written: set[tuple[str, str]] = set()

    def of(self, findings: Sequence[Finding], dataset: str) -> tuple[DatasetCopy, ...]:
        """First and present copy of a dataset that was touched; none of any other."""
        for finding in findings:
            if finding.check == CHECK and finding.subject.id == dataset:
                return tuple(self._copy(told, finding.agency) for told in finding.observed.get("copies", ()))
        return ()

    def _copy(self, told: Mapping[str, Any], agency: str) -> DatasetCopy:
        names = ("round", "time", "capture", "url", "sha256")
        round, time, capture, url, sha256 = (str(told.get(name, ""))[:2000] for name in names)
        store = self._store(round)
        place = file = None
        if store is not None:
            try:
                where = store.location(capture)
                place = (where.file, where.offset)
                facts = store.get(capture).facts
                if isinstance(facts, HttpFacts) and facts.size <= _LARGEST:
                    file = self._write(store.body(capture), sha256, agency)
            except (KeyError, EvidenceError):
                return DatasetCopy(round, time, capture, url, sha256, None, None)
        return DatasetCopy(round, time, capture, url, sha256, file, place)

    def _store(self, round: str) -> EvidenceStore | None:
        """Opened when a finding asks for it; rounds further back after those before them."""
        while round not in self._stores:
            step = next(self._behind, None)
            if step is None:
                return None
            id, folder = step
            try:
                self._stores.setdefault(id, EvidenceStore.open(folder / "evidence"))
            except (EvidenceError, OSError):
                self._stores.setdefault(id, None)
        return self._stores[round]

    def _write(self, body: bytes, sha256: str, agency: str) -> str | None:
        if hashlib.sha256(body).hexdigest() != sha256 or not (secrets.free(body) and personal.free(body)):
            return None
        name = f"copies/{sha256}.{_suffix(body)}"
        if (agency, name) in self._written:
            return name
        size = self._size.get(agency, 0) + len(body)
        if len(body) > _LARGEST or size > _OF_AN_AGENCY:
            return None
        self._size[agency] = size
        self._written.add((agency, name))
        (self._folder / "copies").mkdir(parents=True, exist_ok=True)
        put(self._folder / name, body)
        return name


def _suffix(body: bytes) -> str:
    """Text is text to any program that opens it, whatever it was called; what is none is opened by nobody unasked."""
    for start, kind in _KINDS.items():
        if body.startswith(start):
            return kind
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "bin"
    return "bin" if b"\x00" in body else "txt"


def _earlier(round: Round) -> Iterator[tuple[str, Path]]:
    """(id, folder) of the rounds before, the last first, as far as each names the folder of another."""
    place = round.settings.previous
    for _ in range(_MOST_ROUNDS):
        if place is None or not place.is_dir():
            return
        settings = read_settings(place, Problems())
        if settings is None:
            return
        yield settings.id, place
        place = settings.previous
