"""Is a disclosure pack what the auditor made, and does it prove what it says? Needs nothing but the pack.

Streams; nothing of a pack is written to the disk. The key's fingerprint, published before the round, makes it proof
against somebody who makes a pack with a key of their own. Every member is held against the signed table of contents
and, apart from that, finding and records against the roots that the seal signed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from evidence import layout, seal
from evidence.fault import Fault, Faults, Problem
from evidence.pack import format as form
from evidence.pack.format import PackContents
from evidence.pack.maker import sums
from evidence.pack.places import check_places
from evidence.pack.proof_checks import Members, check_finding, check_records, content
from evidence.pack.reader import read_members
from evidence.pack.signed_members import check_signature, signed, signer
from evidence.pack.zip_file import PackBroken, PackReader, ZipChanged
from evidence.signing import findings_seal, keys
from evidence.signing.timestamp_chain import Roots
from evidence.signing.timestamp_token import BadToken, nonce_of, read
from evidence.store.recording import strict_time
from evidence.timestamps import Timestamp, check_time, held

_SUM_LINE = re.compile(rb"([0-9a-f]{64})  ([^\n\x00]{1,200})\n")


@dataclass(frozen=True, slots=True)
class PackVerification:
    """faults: none means that it proves what it says. fingerprint, contents: None when they cannot be read.

    stamps: the sound time stamps over the seals.
    """

    faults: tuple[Fault, ...]
    fingerprint: str | None
    contents: PackContents | None
    stamps: tuple[Timestamp, ...] = ()


def verify_pack(
    path: Path, *, trusted_key: str | None = None, authority_roots: Roots | None = None
) -> PackVerification:
    """trusted_key: fingerprint that the signer's key has to have, hex. authority_roots: what time stamps have to
    chain to; None for any. Raises OSError.
    """
    faults = Faults()
    try:
        with PackReader(path) as pack:
            members = read_members(pack, faults)
    except PackBroken as error:
        problem: Problem = "changed_zip" if isinstance(error, ZipChanged) else "invalid_pack"
        faults.add(path.name, "", problem, str(error))
        return PackVerification(tuple(faults.found()), None, None)
    key = signer(members, layout.SIGNER, trusted_key, faults)
    contents = _contents(members, key, faults)
    _check_sums(members, contents, faults)
    manifest = signed(members, layout.MANIFEST, layout.SIGNATURE, seal.FORMAT, key, faults)
    judged = signed(
        members, findings_seal.MANIFEST, findings_seal.SIGNATURE, findings_seal.FORMAT, key, faults
    )
    manifests: list[Mapping[str, Any]] = [manifest]
    if contents is not None:
        _check_order(contents, members, path.name, faults)
        _check_bonds(contents, members, manifest, judged, faults)
        manifests += check_places(contents, members, manifest, judged, faults)
        cited = check_finding(contents, members, judged, faults)
        check_records(contents, members, manifests, cited, faults)
    stamps = tuple(_stamps(members, manifest, "", authority_roots, faults))
    for number, other in enumerate(manifests[1:], 1):
        stamps += tuple(_stamps(members, other, form.folder_of(number), authority_roots, faults))
    fingerprint = keys.fingerprint(key) if key is not None else None
    return PackVerification(tuple(faults.found()), fingerprint, contents, stamps)


def _contents(members: Members, key: Ed25519PublicKey | None, faults: Faults) -> PackContents | None:
    """The table of contents, once its signature was looked at; members that it does not name are faults."""
    if form.CONTENTS not in members:
        faults.add(form.CONTENTS, "", "missing_file")
        return None
    check_signature(members, form.CONTENTS, form.SIGNATURE, key, faults)
    try:
        contents = PackContents.parse(content(members, form.CONTENTS))
    except ValueError as error:
        faults.add(form.CONTENTS, "", "invalid_manifest", str(error))
        return None
    wanted = set(contents.members())
    for name in members:
        if name not in wanted and not (form.is_stamp(name) and form.sealed_by(name) in wanted):
            faults.add(name, "", "extra_file")
    for name in wanted - members.keys() - {layout.SIGNER, form.CONTENTS, form.SIGNATURE}:
        faults.add(name, "", "missing_signature" if name.endswith(".sig") else "missing_file")
    if key is not None and contents.key != keys.fingerprint(key):
        faults.add(form.CONTENTS, "key", "foreign_signature", contents.key)
    return contents


def _check_order(contents: PackContents, members: Members, file: str, faults: Faults) -> None:
    """Members stand as they were written; their order says nothing either."""
    wanted = [name for name in contents.members(filter(form.is_stamp, members)) if name in members]
    known = frozenset(wanted)
    found = [name for name in members if name in known]
    for name, other in zip(found, wanted, strict=True):
        if name != other:
            faults.add(file, name, "changed_zip", f"{name} stands where {other} has to")
            return


def _check_sums(members: Members, contents: PackContents | None, faults: Faults) -> None:
    if layout.SUMS not in members:
        return
    listed = content(members, layout.SUMS)
    if contents is not None and hashlib.sha256(listed).hexdigest() != contents.sums:
        faults.add(layout.SUMS, "", "changed_file")
    wanted: dict[str, str] = {}
    for match in _SUM_LINE.finditer(listed):
        wanted[match.group(2).decode("utf-8", "replace")] = match.group(1).decode("ascii")
    if sums(wanted) != listed:
        faults.add(layout.SUMS, "", "changed_file", form.OTHER_FORM)
    for name, seen in members.items():
        if name in form.UNSUMMED:
            continue
        if name not in wanted:
            faults.add(name, "", "extra_file")
        elif seen.sha256 != wanted[name]:
            faults.add(name, "", "changed_file")
    for name in wanted.keys() - members.keys():
        faults.add(name, "", "missing_file")


def _check_bonds(
    contents: PackContents,
    members: Members,
    manifest: Mapping[str, Any],
    judged: Mapping[str, Any],
    faults: Faults,
) -> None:
    """Pack, findings and evidence name each other: none of them is of another round."""
    digests = {name: members[name].sha256 for name in form.SEALS if name in members}
    for field, wanted, name in (
        ("manifest", contents.manifest, layout.MANIFEST),
        ("findings_manifest", contents.findings_manifest, findings_seal.MANIFEST),
    ):
        if digests.get(name, wanted) != wanted:
            faults.add(form.CONTENTS, field, "changed_field", digests[name])
    if judged and judged.get("evidence") != digests.get(layout.MANIFEST):
        faults.add(findings_seal.MANIFEST, "evidence", "stale_findings")
    for name, values in ((layout.MANIFEST, manifest), (findings_seal.MANIFEST, judged)):
        if values and values.get("round") != contents.round:
            faults.add(name, "round", "changed_field", contents.round)


def _stamps(
    members: Members, manifest: Mapping[str, Any], folder: str, roots: Roots | None, faults: Faults
) -> Iterator[Timestamp]:
    """Those that are over the signature of a folder's seal and not older than the seal."""
    signature = content(members, folder + layout.SIGNATURE)
    stems = {_stem(name) for name in members if form.sealed_by(name) == folder + layout.MANIFEST}
    for over in sorted(filter(None, stems)):
        asked, replied = over + ".tsq", over + ".tsr"
        if absent := [name for name in (asked, replied) if name not in members]:
            faults.add(absent[0], "", "missing_file")
            continue
        try:
            nonce = nonce_of(content(members, asked), signature)
            token = read(content(members, replied), signature, nonce)
            check_time(token.time, since=strict_time(manifest.get("created")), until=None)
        except BadToken as error:
            faults.add(replied, "", error.problem, error.detail)
        except ValueError:
            faults.add(folder + layout.MANIFEST, "created", "invalid_manifest")
        else:
            stamp = held(folder + layout.SEALED, over.rpartition(".")[2], token, roots)
            if stamp.trusted is False:
                faults.add(replied, "", "untrusted_timestamp", stamp.why_not)
            yield stamp


def _stem(name: str) -> str:
    return name.rpartition(".")[0] if form.is_stamp(name) else ""
