"""A round as a WACZ 1.1.1 file: pages that the browser captured, for replay in the viewers of web archives.

The seal of the round goes along, so that every record that was copied can be followed to its leaf. The file holds
no time of its own: the same evidence gives the same bytes. Not here: records (`reports.export.replay_records`), index
(`reports.export.cdxj`), container (`reports.export.wacz_package`).
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from claims.persian import persian_digits
from evidence import layout, seal
from evidence.errors import EvidenceDamaged
from evidence.signing import keys
from evidence.signing.evidence_manifests import manifest_in_force
from evidence.store import EvidenceStore, warc
from evidence.store.recording import parse_time
from reports.catalogue import LANGUAGES, Language, TextCatalogue
from reports.export import records
from reports.export.cdxj import DATA, CdxjEntry, CdxjIndex
from reports.export.draft import put
from reports.export.replay_records import ReplayRecord, replay_records
from reports.export.wacz_package import WaczPackage

SUFFIX = ".wacz"
_FILE_BYTES = 1 << 29  # of one file of records
_MOST_NAMES = 5  # in a sentence
_FOLDER = "govah"  # of what a viewer does not read
_SEAL = (layout.MANIFEST, layout.SIGNATURE, layout.SIGNER, layout.RECORDS, layout.SUMS)


class EvidenceNotSealed(EvidenceDamaged):
    """Nothing vouches for what would be exported."""


@dataclass(frozen=True, slots=True)
class RoundInfo:
    """What the file says of its round. agencies: (id, name) of those whose evidence goes in."""

    round_id: str
    title: str
    language: Language
    agencies: tuple[tuple[str, str], ...]
    version: str


@dataclass(slots=True)
class ExportSummary:
    """What was written. records: by how they were made. left_out: what could not be handed on, by why."""

    pages: int = 0
    records: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    sha256: str = ""


def export(evidence: Path, target: Path, about: RoundInfo, file_bytes: int = _FILE_BYTES) -> ExportSummary:
    """Writes the file whole or not at all. Raises EvidenceNotSealed, EvidenceDamaged, OSError.

    file_bytes: after which a file of records is followed by the next.
    """
    manifest = _sealed_manifest(evidence)

    def write(draft: Path) -> ExportSummary:
        draft.touch(layout.PRIVATE)  # it holds the evidence
        with draft.open("w+b") as file:
            return _Export(store, about, manifest, draft.parent, file_bytes).run(WaczPackage(file), evidence)

    with EvidenceStore.open(evidence) as store:
        return put(target, write)


class _Export:
    def __init__(
        self,
        store: EvidenceStore,
        about: RoundInfo,
        manifest: Mapping[str, Any],
        folder: Path,
        file_bytes: int,
    ) -> None:
        """folder: for drafts of what is written later than it is made."""
        self._store = store
        self._about = about
        self._manifest = manifest
        self._folder = folder
        self._file_bytes = file_bytes
        self._exported = ExportSummary()

    def run(self, package: WaczPackage, evidence: Path) -> ExportSummary:
        index = CdxjIndex(self._folder / "index")
        pages = self._folder / "pages"
        try:
            with pages.open("wb") as listed:
                listed.write(_line({"format": "json-pages-1.0", "id": "pages", "title": self._about.title}))
                self._write_records(package, index, listed)
            with package.entry(f"indexes/{DATA}") as entry:
                blocks = index.write(entry.write)
        finally:
            index.close()
        package.add("indexes/index.idx", blocks)
        package.add_file("pages/pages.jsonl", pages)
        stamps = sorted(path.name for path in evidence.glob("manifest.*.ts[qr]"))
        for name in (*_SEAL, *stamps):
            package.add_file(f"{_FOLDER}/{name}", evidence / name)
        for language in LANGUAGES:
            package.add(f"{_FOLDER}/readme-{language}.txt", self._text("export.readme", language).encode())
        package.finish(self._describe())
        return self._exported

    def _write_records(self, package: WaczPackage, index: CdxjIndex, pages: BinaryIO) -> None:
        waiting = self._copies()
        copy = next(waiting, None)
        number = 0
        while copy is not None or number == 0:
            number += 1
            name = f"data-{number:05d}.warc.gz"
            with package.entry(f"archive/{name}") as entry:
                entry.write(warc.member(self._warcinfo(name)))
                while copy is not None and entry.size < self._file_bytes:
                    index.add(_entry(copy, name, entry.size))
                    entry.write(copy.member)
                    self._exported.records[copy.how] += 1
                    if copy.page is not None:
                        self._exported.pages += 1
                        pages.write(_line(copy.page))
                    copy = next(waiting, None)

    def _copies(self) -> Iterator[ReplayRecord]:
        for agency, _ in self._about.agencies:
            yield from replay_records(self._store, agency, self._exported.left_out)

    def _warcinfo(self, name: str) -> bytes:
        lines = {
            "software": f"govah {self._about.version}",
            "format": "WARC File Format 1.1",
            "isPartOf": warc.uri(self._about.round_id),
            "description": "copies from sealed evidence, for replay",
        }
        block = "".join(f"{key}: {value}\r\n" for key, value in lines.items())
        sealed = hashlib.sha256(json.dumps(self._manifest, sort_keys=True).encode()).hexdigest()
        return records.warcinfo(f"{sealed}/{name}", block, parse_time(self._manifest["created"]))

    def _describe(self) -> dict[str, Any]:
        exported = self._exported
        title, description = self._about.title, self._text("export.description", self._about.language)
        if self._about.language == "fa":  # viewers write from left to right
            description = "\n\n".join(f"\u2067{part}\u2069" for part in description.split("\n\n"))
        return {
            "title": title,
            "description": description,
            "metadata": {"title": title, "desc": description},  # where ReplayWeb.page looks
            "created": self._manifest["created"],
            "software": f"govah {self._about.version}",
            _FOLDER: {
                "round": self._about.round_id,
                "agencies": [agency for agency, _ in self._about.agencies],
                "records": dict(sorted(exported.records.items())),
                "left_out": dict(sorted(exported.left_out.items())),
                "key": self._manifest["key"],
            },
        }

    def _text(self, key: str, language: Language) -> str:
        catalogue = TextCatalogue(language)
        names = ", ".join(name for _, name in self._about.agencies)
        if (count := len(self._about.agencies)) > _MOST_NAMES:
            shown = persian_digits(str(count)) if language == "fa" else count
            names = catalogue.text("export.many_agencies", count=shown)
        return catalogue.text(
            key, round=self._about.round_id, agencies=names, fingerprint=self._manifest["key"]
        )


def _entry(copy: ReplayRecord, name: str, offset: int) -> CdxjEntry:
    sha256 = hashlib.sha256(copy.member).hexdigest()
    return CdxjEntry(
        copy.url, copy.time, copy.mime, copy.status, copy.digest, sha256, name, offset, len(copy.member)
    )


def _sealed_manifest(evidence: Path) -> Mapping[str, Any]:
    """The manifest, once every file is known to be the one that it vouches for."""
    content = manifest_in_force(evidence)
    if content is None:
        raise EvidenceNotSealed(str(evidence))
    try:
        signature, pem, sums = (
            (evidence / name).read_bytes() for name in (layout.SIGNATURE, layout.SIGNER, layout.SUMS)
        )
    except FileNotFoundError as error:
        raise EvidenceDamaged(f"{error.filename} is missing") from None
    key = keys.parse_public(pem)
    manifest = json.loads(content)
    if key is None or not keys.verifies(key, signature, content):
        raise EvidenceDamaged("the signature does not fit the manifest; govah verify names what is wrong")
    if manifest["sha256sums"] != hashlib.sha256(sums).hexdigest() or sums != seal.sums(evidence):
        raise EvidenceDamaged("its files are not those that were sealed; govah verify names them")
    return dict(manifest)


def _line(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values, ensure_ascii=True).encode("ascii") + b"\n"
