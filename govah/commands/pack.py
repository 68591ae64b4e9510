"""`govah pack` and `govah verify PACK`: one finding that leaves the house, and what a stranger makes of it."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from claims.special_files import is_special_file
from evidence import layout
from evidence.errors import EvidenceError
from evidence.fault import Fault, Faults
from evidence.pack.format import PackContents
from evidence.pack.maker import LARGEST_BODY, NoSuchFinding, SealedByOtherKey, find_finding, write_pack
from evidence.pack.verifier import verify_pack
from evidence.pack.witnesses import pack_witnesses
from evidence.pack.zip_file import PackBroken
from evidence.redaction.text import KINDS, RedactionRules, load_rules
from evidence.signing.findings_seal import FindingLine
from evidence.signing.keys import KeyMissing, KeyUnusable, Signer, default_path, load
from evidence.verify.witnesses import Witnesses
from govah import stages
from govah.exits import Exit
from govah.round_loading import refuse_links
from govah.round_paths import RoundPaths
from govah.sealed_round import other_name
from govah.terminal.console import Speaker, visible
from govah.terminal.faults import fault_text, tell_faults
from govah.terminal.progress import Display
from govah.terminal.timestamps import (
    RoundTimestamps,
    roots_or_fail,
    round_timestamps_json,
    tell_round_timestamps,
)
from govah.terminal.witnesses import tell_witnesses, witnesses_json
from reports.pack import pages

_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,64}")


def pack(
    speaker: Speaker,
    folder: Path,
    wanted: str,
    key: Path | None,
    output: Path | None,
    keep: list[str],
    whole: bool,
    jobs: int,
) -> None:
    """keep: kinds of personal data that are left in. whole: bodies of any kind and size."""
    try:
        rules = load_rules().keeping(keep)
    except ValueError as error:
        speaker.fail(Exit.USAGE, "cli.pack_unknown_kind", kinds=error, known=", ".join(sorted(KINDS)))
    places = RoundPaths(folder)
    if not places.evidence.is_dir():
        speaker.fail(Exit.USAGE, "cli.no_evidence", folder=folder)
    signer = _signer(speaker, key)
    finding = _finding(speaker, places, wanted)
    if output is None:
        refuse_links(speaker, places.results)
    target = output or places.results / "packs" / f"{_plain(finding.id)}.zip"
    if target.resolve().is_relative_to(places.evidence.resolve()):
        speaker.fail(Exit.USAGE, "cli.pack_in_evidence", path=target)
    with Display(speaker, "verify", lines=False):
        faults = stages.verify_round(folder, None, jobs=jobs)
    if faults:
        _refuse(speaker, faults)
    try:
        with Display(speaker, "pack", lines=False):
            contents = _write(
                speaker, places, finding, signer, target, rules, None if whole else LARGEST_BODY
            )
    except SealedByOtherKey as error:
        speaker.fail(Exit.USAGE, "cli.pack_foreign_key", fingerprint=error)
    except EvidenceError as error:
        speaker.fail(Exit.TAMPERED, "cli.evidence_error", detail=error)
    except PackBroken as error:
        speaker.fail(Exit.USAGE, "cli.pack_not_written", path=target, detail=error)
    except OSError as error:
        speaker.fail(Exit.USAGE, "cli.pack_not_written", path=target, detail=error.strerror or error)
    size = target.stat().st_size
    if named := other_name(folder, contents.round):
        speaker.note("cli.verified_relabelled", sealed=contents.round, named=named)
    speaker.say("cli.pack_done", finding=finding.id, path=target, size=size, **_counts(contents))
    if any(record.body == "unread" for record in contents.records):
        speaker.note("cli.pack_unread")
    if false := _false_witnesses(target, contents):
        speaker.note("cli.pack_false_witness", files=", ".join(false))
    speaker.json({"pack": str(target), "bytes": size, **_told(contents)})


def _false_witnesses(path: Path, contents: PackContents) -> list[str]:
    """Records of cited probes that verify.html refuses: another place sealed them, or the round was renamed since."""
    faults = Faults()
    pack_witnesses(path, contents, faults)
    return [fault.file for fault in faults.found()]


def _finding(speaker: Speaker, places: RoundPaths, wanted: str) -> FindingLine:
    if is_special_file(places.findings):
        speaker.fail(Exit.USAGE, "cli.not_a_file", path=places.findings)
    try:
        return find_finding(places.findings, wanted)
    except FileNotFoundError:
        speaker.fail(Exit.USAGE, "cli.no_findings", folder=places.folder)
    except NoSuchFinding as error:
        if error.candidates:
            known = ", ".join(error.candidates)
            speaker.fail(Exit.USAGE, "cli.pack_ambiguous", finding=wanted, candidates=known)
        speaker.fail(Exit.USAGE, "cli.pack_unknown", finding=wanted, path=places.findings)


def _write(
    speaker: Speaker,
    places: RoundPaths,
    finding: FindingLine,
    signer: Signer,
    target: Path,
    rules: RedactionRules,
    largest: int | None,
) -> PackContents:
    """The pack takes the target's place once it verifies."""
    target.parent.mkdir(layout.PRIVATE_FOLDER, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".pack-") as folder:
        draft = Path(folder) / target.name
        draft.touch(layout.PRIVATE)  # who discloses it decides to whom
        with draft.open("wb") as file:
            contents = write_pack(
                file,
                places.evidence,
                places.findings,
                finding,
                signer=signer,
                pages=pages,
                rules=rules,
                also=[path for path, _ in stages.also_of(places.folder)],
                largest=largest,
            )
        if faults := verify_pack(draft, trusted_key=signer.fingerprint).faults:
            _refuse(speaker, faults)  # the round changed under our hands
        layout.put_in_place(draft, target)
    return contents


def verify_file(
    speaker: Speaker, path: Path, fingerprint: str | None, authority_roots: Path | None, witness: bool = False
) -> Exit:
    """witness: handshake witnesses in it are verified too."""
    roots = roots_or_fail(speaker, None, authority_roots)
    faults = Faults()
    witnesses: Witnesses | None = None
    with Display(speaker, "verify", lines=False):
        found = verify_pack(path, trusted_key=fingerprint, authority_roots=roots)
        faults.extend(found.faults)
        if witness and found.contents is not None and not found.faults:
            witnesses = pack_witnesses(path, found.contents, faults)
    rows = [fault.as_data() for fault in faults.found()]
    answer = {
        "intact": not rows,
        "faults": rows,
        "fingerprint": found.fingerprint,
        "compared": fingerprint is not None,
    }
    stamps = RoundTimestamps(found.stamps, ())
    answer |= {
        name: value for name, value in round_timestamps_json(stamps).items() if name != "missing_timestamps"
    }
    if witnesses is not None:
        answer |= witnesses_json(witnesses, {})
    speaker.json(answer if found.contents is None else {**answer, **_told(found.contents)})
    if rows or found.contents is None:
        tell_faults(speaker, faults.found())
        return Exit.TAMPERED
    contents = found.contents
    counts = _counts(contents)
    speaker.say("cli.pack_verified", path=path, finding=contents.finding.id, round=contents.round, **counts)
    if counts["redacted"] or contents.finding.state == "redacted":
        speaker.say("cli.pack_redacted")
    by = "cli.sealed_by" if fingerprint is None else "cli.sealed_by_published"
    speaker.say(by, fingerprint=found.fingerprint)
    for place in contents.places:
        speaker.say("vantage.packed", vantage=visible(place.vantage), fingerprint=place.key)
    tell_round_timestamps(speaker, path, stamps)
    if witnesses is not None:
        tell_witnesses(speaker, witnesses, {})
    speaker.say("cli.verify_limits")
    return Exit.DONE


def _signer(speaker: Speaker, key: Path | None) -> Signer:
    """The auditor's key, which is never made here: a new one sealed nothing."""
    path = key or default_path(os.environ)
    try:
        return load(path)
    except KeyMissing:
        speaker.fail(Exit.USAGE, "cli.pack_no_key", path=path)
    except (KeyUnusable, OSError) as error:
        speaker.fail(Exit.USAGE, "cli.bad_key", detail=error)


def _refuse(speaker: Speaker, faults: Sequence[Fault]) -> None:
    first = faults[0]
    speaker.fail(
        Exit.TAMPERED,
        "cli.pack_refused",
        count=len(faults),
        file=first.file,
        item=first.item,
        problem=fault_text(first),
    )


def _plain(id_: str) -> str:
    """A name for a file: an id is ours, and looked at all the same."""
    return id_ if _PLAIN.fullmatch(id_) else hashlib.sha256(id_.encode("utf-8", "replace")).hexdigest()[:20]


def _counts(contents: PackContents) -> dict[str, int]:
    states = [record.state for record in contents.records]
    return {"whole": states.count("whole"), "redacted": states.count("redacted")}


def _told(contents: PackContents) -> dict[str, Any]:
    names = ["", *(place.vantage for place in contents.places)]
    places = [{"vantage": one.vantage, "key": one.key, "manifest": one.manifest} for one in contents.places]
    records = [
        {
            "capture": record.capture,
            "type": record.type,
            "state": record.state,
            "leaf": record.leaf,
            "body": record.body,
            "left_out": record.left_out,
            "redactions": dict(record.redactions),
            **({"vantage": names[record.place]} if record.place else {}),
        }
        for record in contents.records
    ]
    finding = contents.finding
    return {
        "round": contents.round,
        "finding": {"id": finding.id, "state": finding.state, "redactions": dict(finding.redactions)},
        "records": records,
        "kept": list(contents.kept),
        **({"vantages": places} if places else {}),
    }
