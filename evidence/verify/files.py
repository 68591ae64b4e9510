"""Holds every file of the evidence folder against SHA256SUMS, and that list against the manifest."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from evidence import layout, seal
from evidence.fault import MOST_FAULTS, Faults, Problem
from evidence.regular_files import content, digest, entries, unreadable_reason
from evidence.signing.manifest_fields import hash_at
from evidence.store.derived_index import as_derived

_LINE = re.compile(rb"([0-9a-f]{64})  ([^\n\x00]{1,4096})\n")
# Finder, Explorer, KDE, NFS; Emacs, vim, nano, kate, LibreOffice.
_STRAY = re.compile(
    r"\.DS_Store|\._.+|\.localized|\.directory|\.nfs[0-9a-f]+|~\$.+"
    r"|(?i:(?:ehthumbs|thumbs)\.db(?::encryptable)?|desktop\.ini)"
    r"|.+~|#.+#|\.#.+|\..+\.sw[a-p]|.+\.(?:bak|orig|save)|\..+\.kate-swp|\.~lock\..+#"
)


@dataclass(frozen=True, slots=True)
class FileHashes:
    """What SHA256SUMS says. wanted: hash by name; lines: number of its line by name. as_sealed: the list itself is."""

    wanted: Mapping[str, str]
    lines: Mapping[str, int]
    as_sealed: bool


def read_sums(folder: Path, manifest: Mapping[str, Any], faults: Faults) -> FileHashes:
    path = folder / layout.SUMS
    listing = content(path)
    if listing is None:
        faults.add(layout.SUMS, "", "missing_file")
        return FileHashes({}, {}, False)
    as_sealed = hashlib.sha256(listing).hexdigest() == hash_at(manifest, "sha256sums")
    if not as_sealed:
        faults.add(layout.SUMS, "", "changed_file")
    wanted: dict[str, str] = {}
    lines: dict[str, int] = {}
    broken = 0
    for number, line in enumerate(BytesIO(listing), 1):
        match = _LINE.fullmatch(line)
        if match is None:
            faults.add(layout.SUMS, f"line {number}", "changed_file", "not as a seal writes it")
            broken += 1
            if broken > MOST_FAULTS:  # a file of nothing but line ends would have millions
                break
            continue
        name = match.group(2).decode("utf-8", "replace")
        if name in wanted:
            for twice in (lines[name], number):
                faults.add(layout.SUMS, f"line {twice}", "changed_file", name)
        wanted[name], lines[name] = match.group(1).decode("ascii"), number
    return FileHashes(wanted, lines, as_sealed)


def check_files(folder: Path, sums: FileHashes, known: Mapping[str, bool], faults: Faults) -> set[str]:
    """Names of the files that are as sealed. known: what has been found out of some already."""
    sound: set[str] = set()
    fitting = 0
    missing = dict(sums.wanted)
    present, empty = looked_through(folder)
    for name in present:
        file = folder / name
        if seal.unsummed(name):
            continue
        wanted = missing.pop(name, None)
        if wanted is None:
            faults.add(name, "", extra(name))
        elif known[name] if name in known else digest(file) == wanted:
            sound.add(name)
            fitting += 1
        elif (reason := unreadable_reason(file, whole=True)) is not None:
            faults.add(name, "", "unreadable_file", reason)
        elif as_derived(folder, name):
            sound.add(name)
            _doubt(name, sums, faults)
        else:
            faults.add(name, "", "changed_file")
            _doubt(name, sums, faults)
    for name in missing:
        faults.add(name, "", "missing_file")
        _doubt(name, sums, faults)
    for name in empty:
        if not any(sealed.startswith(name) for sealed in sums.wanted):
            faults.add(name, "", "extra_folder")
    if (
        not sums.as_sealed and fitting == len(sums.wanted) > 0
    ):  # so the hash of the list may be what was changed
        faults.add(layout.MANIFEST, "sha256sums", "changed_field")
    return sound


def looked_through(folder: Path) -> tuple[list[str], list[str]]:
    """Names of everything in a folder that is no folder, and of the folders that nothing lies in, with a stroke behind."""
    present: list[str] = []
    empty: set[str] = set()
    for path, is_folder in entries(folder, lambda error: None):
        name = path.relative_to(folder).as_posix()
        if is_folder:
            empty.add(f"{name}/")
        else:
            present.append(name)
        parent = path.parent
        empty.discard(f"{parent.relative_to(folder).as_posix()}/")
    return sorted(present), sorted(empty)


def extra(name: str) -> Problem:
    """What a file is that was not sealed: one that a file manager or an editor leaves, by its name, or any other."""
    return "stray_file" if _STRAY.fullmatch(name.rpartition("/")[2]) else "extra_file"


def _doubt(name: str, sums: FileHashes, faults: Faults) -> None:
    """In a list that was itself changed, the line that does not fit is named too: it may be the one at fault."""
    if not sums.as_sealed:
        faults.add(layout.SUMS, f"line {sums.lines[name]}", "changed_file", name)
