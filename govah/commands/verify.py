"""`govah verify`: what is asked about, and how the answer is told. The verification is `evidence.verify.folder`."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from evidence import layout, reply_ledger
from evidence.fault import Fault, Faults
from evidence.regular_files import digest, is_regular, unreadable_reason
from evidence.signing import findings_seal
from evidence.signing.earlier_judgements import earlier
from evidence.signing.keys import plain
from evidence.store import plan as plans
from evidence.vantages import left_out
from evidence.verify.witnesses import Witnesses, check_witnesses, witnesses_of_all
from govah import stages
from govah.exits import Exit
from govah.round_paths import RoundPaths, key_of, sealed_by
from govah.sealed_round import other_name, sealed_round
from govah.terminal.console import Speaker, visible
from govah.terminal.faults import tell_faults
from govah.terminal.progress import Display
from govah.terminal.timestamps import (
    RoundTimestamps,
    roots_or_fail,
    round_timestamps,
    round_timestamps_json,
    tell_round_timestamps,
)
from govah.terminal.witnesses import opening_times, tell_witnesses, witnesses_json

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


def verify(
    speaker: Speaker,
    path: Path,
    fingerprint: str | None,
    rebuild: bool = False,
    authority_roots: Path | None = None,
    *,
    published: Path | None = None,
    jobs: int = 1,
    witness: bool = False,
) -> Exit:
    """path: of a round, or of a disclosure pack. witness: handshake witnesses are verified too."""
    if fingerprint is not None and not _FINGERPRINT.fullmatch(plain(fingerprint)):
        speaker.fail(Exit.USAGE, "cli.bad_fingerprint", value=visible(fingerprint[:100]))
    try:
        if path.is_file():
            return _verify_file(speaker, path, fingerprint, authority_roots, witness)
        _expect_round(speaker, path)
        places = RoundPaths(path)
    except OSError as error:  # without the right to it, with a name longer than any, on a disk that fails
        speaker.fail(Exit.USAGE, "cli.cannot_be_read", path=error.filename or path, detail=error.strerror)
    from govah.commands.rebuild import rebuild_indexes

    indexes = rebuild_indexes(speaker, places.evidence, fingerprint, jobs) if rebuild else None
    roots = roots_or_fail(speaker, path, authority_roots)
    with Display(speaker, "verify", lines=False):
        faults = stages.verify_round(path, fingerprint, roots, published=published, jobs=jobs)
        vantages = stages.also_of(path)
        also = [one for one, _ in vantages]
        witnesses = _witnesses(places.evidence, also, faults) if witness and not faults else None
    answer = _answer(path, faults, fingerprint)
    whole = not any(fault.problem == "unreadable_file" for fault in faults)
    stamps = round_timestamps(places.evidence, roots) if whole else RoundTimestamps((), ())
    ledger = reply_ledger.read(path, key_of(path))
    answer |= {"replies": ledger.head}
    answer |= {
        "earlier": len(earlier(places.results)) if not faults else None,
        "vantages_left_out": left_out(places.results) if not faults else [],
        "vantages": [_vantage(*one) for one in vantages] if not faults else [],
        **round_timestamps_json(stamps),
    }
    opened: dict[str, dt.datetime] = {}
    if witnesses is not None:
        opened = opening_times(places.evidence, stamps.stamps)
        for place in also:
            opened |= opening_times(place, round_timestamps(place, roots).stamps)
        answer |= witnesses_json(witnesses, opened)
    speaker.json(answer if indexes is None else {**answer, "indexes": indexes})
    if faults:
        tell_faults(speaker, faults)
        return Exit.TAMPERED
    speaker.say("cli.verified", folder=path)
    if answer["relabelled"]:
        speaker.note("cli.verified_relabelled", sealed=answer["round"], named=answer["relabelled"])
    elif answer["round"] is not None:
        speaker.say("cli.verified_round", round=answer["round"])
    speaker.say("cli.verified_scope" if answer["findings"] else "cli.verified_no_findings")
    if answer["earlier"]:
        speaker.say("cli.verified_earlier", count=answer["earlier"])
    if answer["vantages_left_out"]:
        speaker.note("vantage.left_out", keys=", ".join(map(visible, answer["vantages_left_out"])))
    if answer["findings"]:
        speaker.say("cli.verified_seal", sha256=answer["findings_manifest"])
    if ledger.head is not None:
        speaker.say("replies.verified", count=len(ledger.entries), sha256=ledger.head)
    by = "cli.sealed_by" if fingerprint is None else "cli.sealed_by_published"
    speaker.say(by, fingerprint=answer["fingerprint"])
    for place in answer["vantages"]:
        speaker.say("vantage.packed", vantage=visible(place["vantage"]), fingerprint=place["key"])
    tell_round_timestamps(speaker, path, stamps)
    if witnesses is not None:
        tell_witnesses(speaker, witnesses, opened)
    speaker.say("cli.verify_limits")
    return Exit.DONE


def _vantage(evidence: Path, key: str) -> dict[str, Any]:
    """Of another vantage point whose folder verified, as it is told of a pack."""
    return {
        "vantage": plans.vantage(evidence),
        "key": plain(key),
        "manifest": digest(evidence / layout.MANIFEST),
    }


def _witnesses(evidence: Path, also: Sequence[Path], faults: list[Fault]) -> Witnesses:
    """Of a round that has no fault so far; theirs are added. also: evidence of other vantage points."""
    places = []
    for place in (evidence, *also):
        found = Faults()
        places.append(check_witnesses(place, found))
        named = (replace(fault, file=f"{place}/{fault.file}") for fault in found.found())
        faults.extend(named if place in also else found.found())
    return witnesses_of_all(places)


def _expect_round(speaker: Speaker, path: Path) -> None:
    if (path / "evidence").is_dir():
        return
    if (path / layout.MANIFEST).is_file() and (path / layout.CHECKPOINTS).is_file():
        speaker.fail(Exit.USAGE, "cli.the_evidence_itself", path=path, round=path.absolute().parent)
    if path.is_dir() and (path / "round.toml").is_file():
        speaker.fail(Exit.USAGE, "cli.no_evidence", folder=path)
    if not path.exists():
        speaker.fail(Exit.USAGE, "cli.no_such_file", path=path)
    speaker.fail(Exit.USAGE, "cli.not_a_round", path=path)


def _verify_file(
    speaker: Speaker, path: Path, fingerprint: str | None, authority_roots: Path | None, witness: bool
) -> Exit:
    reason = unreadable_reason(path.resolve())
    if reason is not None:
        speaker.fail(Exit.USAGE, "cli.cannot_be_read", path=path, detail=reason)
    if not _may_be_a_pack(path):
        speaker.fail(Exit.USAGE, "cli.not_a_round", path=path)
    from govah.commands.pack import verify_file

    return verify_file(speaker, path, fingerprint, authority_roots, witness)


def _may_be_a_pack(path: Path) -> bool:
    """A damaged one as well: by its name, its beginning or its end."""
    if path.suffix.lower() == ".zip":
        return True
    with path.open("rb") as file:
        return file.read(2) == b"PK" or zipfile.is_zipfile(file)


def _answer(folder: Path, faults: Sequence[Fault], fingerprint: str | None) -> dict[str, Any]:
    """What --json gives. findings: whether there are any; findings_manifest: SHA-256 of the seal over them.
    round: that the seal names; relabelled: what round.toml calls it, where that is something else."""
    places = RoundPaths(folder)
    sealed = sealed_round(places.evidence)
    return {
        "intact": not faults,
        "faults": [fault.as_data() for fault in faults],
        "round": sealed,
        "relabelled": other_name(folder, sealed),
        "fingerprint": sealed_by(folder),
        "compared": fingerprint is not None,
        "findings": is_regular(places.findings),
        "findings_manifest": digest(places.results / findings_seal.MANIFEST),
    }
