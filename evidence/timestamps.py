"""Time stamps of others over the opening checkpoint and over the seal, beside the evidence.

    opening.A.tsq, opening.A.tsr      over the first line of checkpoints.jsonl
    manifest.A.tsq, manifest.A.tsr    over manifest.sig; `manifest-N.A.…` over an earlier one, manifest-N.sig

A is the authority's id, made of its address. A reply is kept as it came, with the request that it answers, once
it is known to prove something; an authority that is silent or talks nonsense leaves nothing behind.
Not here: the network (`ask` is given), bytes of requests and replies (`evidence.signing.timestamp_token`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from evidence import layout
from evidence.errors import EvidenceError
from evidence.regular_files import content
from evidence.signing.timestamp_chain import Roots, fingerprint, why_untrusted
from evidence.signing.timestamp_token import MOST_BYTES, BadToken, TimestampToken, nonce_of, read, request
from evidence.store import plan as plans
from evidence.store.recording import parse_time, time_text

TOLERANCE = dt.timedelta(minutes=10)  # by which the authority's clock and the auditor's may differ


class AuthoritySilent(Exception):
    """An authority could not be reached, or did not answer in time, or not with a reply."""


@dataclass(frozen=True, slots=True)
class TimestampService:
    """How time stamps are got. authorities: their addresses. ask: sends a request to one of them and gives its
    reply; raises AuthoritySilent. nonce: a fresh random number. roots: None when the auditor named none.
    """

    authorities: tuple[str, ...]
    ask: Callable[[str, bytes], bytes]
    nonce: Callable[[], int]
    now: Callable[[], dt.datetime]
    roots: Roots | None


@dataclass(frozen=True, slots=True)
class StampAttempt:
    """What asking an authority came to. over: as in `layout.stamp_names`. time: of the token; None when there is
    none. "untrusted": it is kept, and chains to none of the roots, or there are no roots. detail: why.
    """

    over: str
    authority: str
    outcome: Literal["stamped", "untrusted", "failed"]
    time: dt.datetime | None
    detail: str


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A sound token that is kept. authority: its id. signer: who the certificate says it is. key: SHA-256 of the
    key that signed it (SubjectPublicKeyInfo).

    trusted: None when there are no roots to hold it against. why_not: why it chains to none of them.
    """

    over: str
    authority: str
    time: dt.datetime
    signer: str
    key: str
    trusted: bool | None
    why_not: str


def authority_id(address: str) -> str:
    """How an authority is called in the names of files."""
    return hashlib.sha256(address.encode()).hexdigest()[:16]


def missing(evidence: Path, over: str, authorities: Iterable[str]) -> list[str]:
    """Addresses of the authorities of which there is no token over it."""
    there = [evidence / name for held, a in layout.stamps(evidence) for name in layout.stamp_names(held, a)]
    whole = {path.name for path in there if path.is_file()}
    return [a for a in authorities if not whole.issuperset(layout.stamp_names(over, authority_id(a)))]


def stamp(
    evidence: Path, over: str, stamping: TimestampService, stopping: Callable[[], bool] = lambda: False
) -> list[StampAttempt]:
    """Asks every authority that has not stamped it yet. over: layout.OPENING or layout.SEALED. stopping: whether
    no more are to be asked.

    Raises no error of an authority: its silence stops nothing. An opening that a seal covers already is left alone.
    """
    asked: list[StampAttempt] = []
    if over == layout.OPENING and (evidence / layout.MANIFEST).exists():
        return asked
    for address in missing(evidence, over, stamping.authorities):
        if stopping():
            break
        asked.append(_ask(evidence, over, address, stamping))
    return asked


def _ask(evidence: Path, over: str, address: str, stamping: TimestampService) -> StampAttempt:
    files = [evidence / name for name in layout.stamp_names(over, authority_id(address))]
    for path in files:  # what a crash left of an earlier reply would be one half of a time stamp
        path.unlink(missing_ok=True)
        path.with_name(path.name + ".part").unlink(missing_ok=True)
    nonce = stamping.nonce()
    try:
        subject, since = _subject(evidence, over)
        query = request(subject, nonce)
        reply = stamping.ask(address, query)
        token = read(reply, subject, nonce)
        check_time(token.time, since=since, until=stamping.now())
    except (AuthoritySilent, BadToken) as error:
        return StampAttempt(over, address, "failed", None, str(error))
    for path, told in zip(files, (query, reply), strict=True):
        layout.write_whole(path, told)
    why = "no roots are named" if stamping.roots is None else why_untrusted(token, stamping.roots)
    return StampAttempt(over, address, "untrusted" if why else "stamped", token.time, why)


def examine(
    evidence: Path, over: str, authority: str, *, roots: Roots | None, until: dt.datetime | None
) -> Timestamp:
    """A time stamp that is kept, held against what it is over. until: when its files are known to have been there.

    Raises BadToken, and FileNotFoundError when a file of it is not there.
    """
    query, reply = (_read_bounded(evidence / name) for name in layout.stamp_names(over, authority))
    subject, since = _subject(evidence, over)
    token = read(reply, subject, nonce_of(query, subject))
    check_time(token.time, since=since, until=until)
    return held(over, authority, token, roots)


def held(over: str, authority: str, token: TimestampToken, roots: Roots | None) -> Timestamp:
    """A sound token as a time stamp, held against the roots when there are any."""
    why = "" if roots is None else why_untrusted(token, roots)
    trusted = None if roots is None else not why
    return Timestamp(over, authority, token.time, token.name, fingerprint(token.signer), trusted, why)


def counted(stamps: Iterable[Timestamp]) -> tuple[list[Timestamp], list[Timestamp]]:
    """(those that count, those whose key stamped the same already): a token that was copied to another name, or an
    authority that was asked at two addresses, is one witness. The one that chains to a root counts, then the earliest.
    """
    count: list[Timestamp] = []
    again: list[Timestamp] = []
    seen: set[tuple[str, str]] = set()
    for one in sorted(stamps, key=lambda s: (s.over, not s.trusted, s.time, s.authority)):
        (again if (one.over, one.key) in seen else count).append(one)
        seen.add((one.over, one.key))
    return count, again


def _read_bounded(path: Path) -> bytes:
    if path.is_symlink() or not path.is_file():
        raise FileNotFoundError(path)
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def _subject(evidence: Path, over: str) -> tuple[bytes, dt.datetime]:
    """(the bytes that a token is over, when they were made by the auditor's clock). Raises BadToken."""
    try:
        if over == layout.OPENING:
            first, end, _ = _held(evidence / layout.CHECKPOINTS).partition(b"\n")
            if not end:
                raise ValueError("no whole line")
            return first + end, plausible(plans.opened_at(evidence))
        manifest = json.loads(_held(evidence / f"{over}.json"))
        return _held(evidence / f"{over}.sig"), plausible(parse_time(manifest["created"]))
    except (OSError, ValueError, LookupError, TypeError, RecursionError, EvidenceError):
        raise BadToken("foreign_timestamp", "what it is over is not there") from None


def _held(path: Path) -> bytes:
    """What a file of its own holds: whose folder it is, we may not know. Raises FileNotFoundError for anything else."""
    found = content(path)
    if found is None:
        raise FileNotFoundError(path)
    return found


def plausible(time: dt.datetime) -> dt.datetime:
    """A time that can be counted with. Raises ValueError: what is read here may have been edited."""
    if time.tzinfo is None or not 2000 <= time.year < 9000:
        raise ValueError(f"no time of a seal: {time}")
    return time


def check_time(time: dt.datetime, *, since: dt.datetime, until: dt.datetime | None) -> None:
    """Raises BadToken for a time at which the token cannot have been made, whichever clock was wrong."""
    if time < since - TOLERANCE:
        detail = f"{time_text(time)} is before {time_text(since)}, when that was made"
    elif until is not None and time > until + TOLERANCE:
        detail = f"{time_text(time)} is after {time_text(until)}, when the token was there"
    else:
        return
    raise BadToken("mistimed_timestamp", detail)
