"""What is said of time stamps: which were got, which a round carries, which are missing and how to get them."""

from __future__ import annotations

import datetime as dt
import json
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claims.problems import Problems
from claims.settings import FILE, read_settings
from evidence import layout
from evidence.errors import EvidenceError
from evidence.fault import Faults
from evidence.regular_files import content, unreadable_reason
from evidence.store import plan as plans
from evidence.store.recording import time_text
from govah.exits import Exit
from govah.terminal.console import Speaker, text

if TYPE_CHECKING:  # a crawl without authorities starts without what reads tokens
    from evidence.signing.timestamp_chain import Roots
    from evidence.timestamps import StampAttempt, Timestamp

_LARGEST_SETTINGS = 1 << 20  # bytes of round.toml
_MOST = 100  # authorities of a plan that are looked for: whose plan it is, we may not know


@dataclass(frozen=True, slots=True)
class RoundTimestamps:
    """Sound time stamps of a round, and (what, address) of those that its plan set out to get and it has not."""

    stamps: tuple[Timestamp, ...]
    missing: tuple[tuple[str, str], ...]


class RootsUnusable(EvidenceError):
    """A file of roots. reason: why it cannot be read, in the system's words; None when it holds no certificates."""

    def __init__(self, path: Path, reason: str | None) -> None:
        super().__init__(f"{path}: {reason or 'no certificates'}")
        self.path = path
        self.reason = reason


def roots_of(folder: Path | None, given: Path | None) -> Roots | None:
    """Whom time stamps have to chain to: the file that was given, else what round.toml names, else nobody.

    folder: of the round, None for a pack. Raises RootsUnusable for a file that cannot be used, and PermissionError
    for a round.toml that may not be read.
    """
    from evidence.signing.timestamp_chain import parse_roots

    if given is None and folder is not None and readable(folder / FILE):
        settings = read_settings(folder, Problems())
        given = settings.seal.authority_roots if settings is not None else None
    if given is None:
        return None
    pem = content(given.resolve())
    if pem is None:
        raise RootsUnusable(given, _why_not(given))
    try:
        return parse_roots(pem)
    except EvidenceError:
        raise RootsUnusable(given, None) from None


def roots_or_fail(speaker: Speaker, folder: Path | None, given: Path | None) -> Roots | None:
    """As `roots_of`; what cannot be used ends the command with exit status 2."""
    try:
        return roots_of(folder, given)
    except RootsUnusable as error:
        if error.reason is None:
            speaker.fail(Exit.USAGE, "cli.roots_expected", path=error.path)
        speaker.fail(Exit.USAGE, "cli.bad_roots", detail=error)
    except PermissionError as error:
        speaker.fail(Exit.USAGE, "cli.cannot_be_read", path=error.filename, detail=error.strerror)


def _why_not(path: Path) -> str:
    """Why there is no content of a file, in the system's words."""
    try:
        found = path.stat()
    except OSError as error:
        return (error.strerror or str(error)).lower()
    if stat.S_ISDIR(found.st_mode):
        return "is a directory"
    return unreadable_reason(path.resolve()) or "not a regular file"


def readable(path: Path) -> bool:
    """Whether a file of a round that may be anybody's is neither a pipe nor past all bounds."""
    return path.is_file() and path.stat().st_size <= _LARGEST_SETTINGS


def round_timestamps(evidence: Path, roots: Roots | None) -> RoundTimestamps:
    from evidence import timestamps
    from evidence.verify.timestamps import check_timestamps

    found = check_timestamps(evidence, {}, roots, (), Faults())
    lacking = [
        (over, address)
        for over in (layout.OPENING, layout.SEALED)
        for address in timestamps.missing(evidence, over, _planned(evidence))
    ]
    return RoundTimestamps(tuple(found), tuple(lacking))


def _planned(evidence: Path) -> list[str]:
    """Authorities that the plan in force names, whatever else it says."""
    try:
        named = json.loads(content(plans.in_force(evidence)) or b"")["plan"]["authorities"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return []
    found = named if isinstance(named, list) else []
    return [address for address in found[:_MOST] if isinstance(address, str) and address.isascii()]


def round_timestamps_json(found: RoundTimestamps) -> dict[str, Any]:
    from evidence.timestamps import counted

    def told(stamps: Iterable[Timestamp]) -> list[dict[str, Any]]:
        return [
            {"over": s.over, "time": time_text(s.time), "signer": s.signer, "trusted": bool(s.trusted)}
            for s in stamps
        ]

    count, again = counted(found.stamps)
    return {
        "timestamps": told(count),
        "duplicate_timestamps": told(again),
        "missing_timestamps": [{"over": over, "authority": address} for over, address in found.missing],
    }


def tell_round_timestamps(speaker: Speaker, folder: Path, found: RoundTimestamps) -> None:
    from evidence.timestamps import counted

    count, again = counted(found.stamps)
    for stamp in count:
        key = "cli.carries_stamp" if stamp.trusted else "cli.carries_unvouched_stamp"
        speaker.say(key, over=_named(stamp.over), time=_shown(stamp.time), signer=stamp.signer)
    for stamp in again:
        said = {"over": _named(stamp.over), "time": _shown(stamp.time), "signer": stamp.signer}
        speaker.say(
            "cli.carries_stamp_again", **said, file=layout.stamp_names(stamp.over, stamp.authority)[1]
        )
    for over, address in found.missing:
        speaker.say(f"cli.stamp_missing_{over}", authority=address, folder=folder)


def attempts_json(asked: Iterable[StampAttempt]) -> list[dict[str, Any]]:
    return [
        {
            "over": one.over,
            "authority": one.authority,
            "outcome": one.outcome,
            "time": time_text(one.time) if one.time is not None else None,
            "detail": one.detail,
        }
        for one in asked
    ]


def tell_attempts(speaker: Speaker, folder: Path, asked: Iterable[StampAttempt]) -> None:
    """What came of asking authorities; what went wrong on standard error."""
    for one in asked:
        if one.time is None:
            key = f"cli.stamp_failed_{one.over}"
            speaker.note(key, authority=one.authority, detail=one.detail, folder=folder)
            continue
        said = {"authority": one.authority, "over": _named(one.over), "time": _shown(one.time)}
        if one.outcome == "stamped":
            speaker.say("cli.stamped", **said)
        else:
            speaker.note("cli.stamped_unvouched", **said, detail=one.detail)


def _shown(time: dt.datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"


def _named(over: str) -> str:
    place, _, over = over.rpartition("/")
    if place:
        return text("cli.over_place", place=place)
    _, earlier, number = over.partition("-")
    return text("cli.over_earlier", number=number) if earlier else text(f"cli.over_{over}")
