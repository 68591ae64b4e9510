"""What earlier rounds knew of a dataset's content, read from the sealed findings of the round before.

A round's own findings carry the fingerprint and since when it is the same, so that one round back is enough; a round
in which a dataset could not be had hands on what it knew. Which came first, the times of their
captures tell, whatever `as_of` says.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from checks.case import Case
from checks.datasets.files.fingerprint import comparable, in_part, is_of_content, is_whole, summed
from checks.datasets.obtain import JudgedVisit, Obtained
from claims.model import Dataset, Round
from evidence import layout
from evidence.records import Capture
from evidence.signing.findings_seal import MANIFEST, SIGNATURE
from evidence.verify.round_summary import RoundSummary, read, trusted_keys
from web.urls import identity

CHECK = "datasets.freshness"
_BODY = "sha256:"
# Of findings that hold what a later round needs of its datasets.
_MARK = f'"check":"{CHECK}"'.encode()
_KEPT = (
    "fingerprint",
    "content_bytes",
    "content_since",
    "content_rounds",
    "content_seen",
    "content_gap_days",
    "content_changed_after",
    "content_copy",
    "content_same_day",
    "content_sightings",
)
# What tells of a sighting which capture it was.
_SIGHTING = ("round", "capture", "time")

Remembered = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CurrentContent:
    """The content of this round. print: of all its tables; of bodies without one, their SHA-256, which tells that
    nothing changed and not that something did. bytes: SHA-256 over all bodies. day: of the visit. copy: what is on file.
    """

    print: str
    bytes: str
    day: dt.date
    copy: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ContentHistory:
    """Of the present content. since: day of its first sighting; rounds: that had it, this one included; until: day of
    its last sighting. gap: most days between two sightings in a row. same_day: of the rounds, those on the day of the one
    before, which prove no length of time. sightings: the captures that were compared, of the round before and of this one. changed_after: last day on which the content was
    seen to be another; None when it never was. first: the copy of the first sighting.
    """

    since: dt.date
    until: dt.date
    rounds: int
    gap: int = 0
    changed_after: dt.date | None = None
    first: Mapping[str, Any] = field(default_factory=dict)
    same_day: int = 0
    sightings: tuple[Mapping[str, Any], ...] = ()

    @property
    def days(self) -> int:
        """Of how many days there is a sighting."""
        return self.rounds - self.same_day

    @property
    def span(self) -> int:
        return (self.until - self.since).days


def present(obtained: Obtained, round_id: str) -> CurrentContent | None:
    """None when not all that the dataset is made of was seen whole, and the same at each visit."""
    if not obtained.whole:
        return None
    prints: list[str] = []
    last: list[Capture] = []
    for file in (obtained, *obtained.others):
        seen = [s for s in file.seen if s.brought_data]
        found = {_print(s) for s in seen}
        if len(found) != 1 or None in found:
            return None
        prints.extend(found)  # type: ignore[arg-type]
        last.append(seen[-1].visit.final)
    together = _together(prints)
    if obtained.documents and not together.startswith(_BODY):
        together = in_part(together)  # a new report beside the same table is something new
        last.extend(file.seen[-1].visit.final for file in obtained.documents)
    return CurrentContent(
        together,
        _sha256(sorted(capture.sha256 for capture in last)),
        last[0].time.date(),
        _copy(last[0], round_id, len(last)),
    )


def _print(seen: JudgedVisit) -> str | None:
    assert seen.content is not None
    if seen.content.fault == "limit" or seen.visit.facts.truncated is not None:
        return None
    table = seen.content.table
    return table.fingerprint if table is not None else _BODY + seen.visit.final.sha256


def _together(prints: Sequence[str]) -> str:
    if len(prints) == 1:
        return prints[0]
    if any(text.startswith(_BODY) for text in prints):
        return _BODY + _sha256(sorted(prints))
    return summed(prints)


def _sha256(parts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _copy(capture: Capture, round_id: str, files: int) -> dict[str, Any]:
    return {
        "round": round_id,
        "capture": capture.id,
        "url": capture.url,
        "time": capture.time.astimezone(dt.UTC).isoformat(timespec="seconds"),
        "sha256": capture.sha256,
        "files": files,
    }


def past(case: Case, dataset: Dataset, now: CurrentContent | None) -> ContentHistory | None:
    """None when this round has no content to compare."""
    if now is None:
        return None
    this = {name: now.copy[name] for name in _SIGHTING}
    fresh = ContentHistory(now.day, now.day, 1, first=now.copy, sightings=(this,))
    known = remembered(case, dataset)
    seen, since = _day(known.get("content_seen")), _day(known.get("content_since"))
    rounds, gap = known.get("content_rounds"), known.get("content_gap_days")
    if seen is None or since is None or not isinstance(rounds, int) or since > seen:
        return fresh
    before = _last_sighting(known)
    # Without the time of that capture the day has to do: then two rounds of one day are one.
    order = _time(before["time"]) if before else None
    taken = dt.datetime.fromisoformat(this["time"])
    again = order == taken if order is not None else seen == now.day
    if seen > now.day or (order is not None and order > taken):
        return fresh
    sightings = (before, this) if before and not again else (this,)
    changed = _day(known.get("content_changed_after"))
    first = known.get("content_copy")
    same = _same(known, now)
    if same is None:
        return fresh
    if not same:
        # Another address may hold another thing: that it differs is no sign of work on this one.
        moved = known.get("url") != identity(dataset.url)
        return ContentHistory(
            now.day, now.day, 1, changed_after=None if moved else seen, first=now.copy, sightings=sightings
        )
    same_day = known.get("content_same_day")
    same_day = same_day if isinstance(same_day, int) else 0
    if again:  # the same captures, judged again
        rounds -= 1
    elif seen == now.day:
        same_day += 1
    return ContentHistory(
        since,
        now.day,
        rounds + 1,
        max(gap if isinstance(gap, int) else 0, (now.day - seen).days),
        changed,
        first if isinstance(first, Mapping) else now.copy,
        same_day,
        sightings,
    )


def _last_sighting(known: Remembered) -> dict[str, str] | None:
    """The capture that the round before saw last; None of a round that did not name it."""
    told = known.get("content_sightings")
    last = told[-1] if isinstance(told, list) and told else None
    if not isinstance(last, Mapping) or not all(isinstance(last.get(name), str) for name in _SIGHTING):
        return None
    return {name: last[name] for name in _SIGHTING} if _time(last["time"]) is not None else None


def _time(text: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _same(known: Remembered, now: CurrentContent) -> bool | None:
    """None when nothing can be said: prints of other rules, or bodies that differ and hold no table."""
    before = known.get("fingerprint")
    if known.get("content_bytes") == now.bytes:
        return True
    if not isinstance(before, str) or not comparable(before, now.print):
        return None
    if before == now.print:
        return True if is_whole(before) else None
    if now.print.startswith(_BODY) or not (is_of_content(before) and is_of_content(now.print)):
        return None
    return False


def remember(
    case: Case, dataset: Dataset, now: CurrentContent | None, known: ContentHistory | None
) -> dict[str, Any]:
    """What the next round will need, as observed values; and what became of the round before."""
    told = _told(case)
    if now is None or known is None:
        before = remembered(case, dataset)
        return told | {name: before[name] for name in _KEPT if name in before}
    return told | {
        "fingerprint": now.print,
        "content_bytes": now.bytes,
        "content_since": known.since.isoformat(),
        "content_rounds": known.rounds,
        "content_seen": now.day.isoformat(),
        "content_gap_days": known.gap,
        "content_changed_after": known.changed_after.isoformat() if known.changed_after else None,
        "content_copy": dict(known.first),
        "content_sightings": [dict(sighting) for sighting in known.sightings],
        **({"content_same_day": known.same_day} if known.same_day else {}),
    }


def _told(case: Case) -> dict[str, Any]:
    if case.settings.previous is None:
        return {}
    proven = round_before(case.round)
    return {"history": {"state": proven.state, "round": proven.round}}


def round_before(round: Round) -> RoundSummary:
    """The round before, as far as its seal proves it, of a round that names one.

    It has to be by the key that sealed this round, or the one that this round names.
    """
    return _known(round).proven


@dataclass(frozen=True, slots=True)
class _Known:
    proven: RoundSummary
    datasets: Mapping[tuple[str, str], Remembered]


def _known(round: Round) -> _Known:
    previous = round.settings.previous
    assert previous is not None
    return _read(previous, _state_of(previous), trusted_keys(round.folder, round.settings.previous_key))


# A process judges many agencies, each a case of its own, and all of them have this in common.
@lru_cache(maxsize=1)
def _read(previous: Path, state: tuple[Hashable, ...], trusted: frozenset[str]) -> _Known:
    proven = read(previous, hands_on, trusted)
    return _Known(proven, _by_dataset(proven.lines))


def _state_of(previous: Path) -> tuple[Hashable, ...]:
    """Another one when a file has changed in the meantime."""
    names = (
        "results/findings.jsonl",
        f"results/{MANIFEST}",
        f"results/{SIGNATURE}",
        f"evidence/{layout.SIGNER}",
    )
    files = [previous, *(previous / name for name in (*names, f"evidence/{layout.MANIFEST}"))]
    stats = [file.stat() for file in files if file.exists()]
    return tuple((stat.st_ino, stat.st_size, stat.st_mtime_ns) for stat in stats)


def hands_on(line: bytes, agencies: frozenset[str] | None = None) -> bool:
    """Whether a line of findings.jsonl is one that the next round needs. agencies: theirs alone; None for all."""
    return _MARK in line and (agencies is None or json.loads(line)["agency"] in agencies)


def remembered(case: Case, dataset: Dataset) -> Remembered:
    """What the round before knew of the dataset; empty when it did not, or may not be used."""
    if case.settings.previous is None:
        return {}
    return _known(case.round).datasets.get((dataset.agency, dataset.id), {})


def _by_dataset(lines: Sequence[bytes]) -> dict[tuple[str, str], Remembered]:
    found: dict[tuple[str, str], Remembered] = {}
    for line in lines:
        finding = json.loads(line)
        if finding["check"] == CHECK:
            subject = finding["subject"]
            url = identity(subject["url"]) if subject["url"] else None
            found[finding["agency"], subject["id"]] = {**finding["observed"], "url": url}
    return found


def _day(text: object) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
