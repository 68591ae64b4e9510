"""Where datasets were found: the catalogues among an agency's captures, each read and told whether it is whole.

A catalogue that was not read to its end says why. Not here: pages for people (`checks.datasets.catalogues.pages`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from checks.allowance import usual_seconds
from checks.case import Case, Visit
from checks.datasets.catalogues.entry import Entry
from checks.datasets.catalogues.reading import NOTHING, Reading
from checks.datasets.catalogues.sandbox import examine
from checks.outcome import received, unattempted
from claims.confined import ChildFailed
from evidence.kinds.http import HttpFacts
from evidence.records import Capture
from web.catalogue_answers import API, CkanRequest, action_of, is_named_catalogue, may_be_catalogue
from web.urls import host, identity

Kind = Literal[
    "ckan", "dcat", "data_json",
    "record",  # the RDF of one dataset
    "schema_org",  # records inside of pages
    "page",  # files that pages link to
]  # fmt: skip
# Why a catalogue is not known whole.
Lack = Literal[
    "robots", "limit", "blocked", "unreachable", "server_error", "not_attempted", "own_error",
    "malformed",  # its syntax breaks
    "fewer",  # it says that there are more than it gave
]  # fmt: skip
LACKS: tuple[Lack, ...] = (
    "robots", "limit", "blocked", "unreachable", "server_error", "not_attempted", "own_error", "malformed", "fewer",
)  # fmt: skip
MOST_RECORDS = 40_000  # of one source
_CATALOGUES: frozenset[Kind] = frozenset({"ckan", "dcat", "data_json"})


@dataclass(frozen=True, slots=True)
class Record:
    """An entry, and the capture that says it."""

    entry: Entry
    capture: str


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """One catalogue, or all pages that list data for people.

    url: where it is. own: on a host of the agency; a list that others keep is a claim of theirs, no evidence.
    listed: how many datasets it says that it has, None when it says nothing of it. lacks: why it is not known whole.
    """

    kind: Kind
    url: str
    own: bool
    records: tuple[Record, ...] = ()
    listed: int | None = None
    lacks: tuple[Lack, ...] = ()
    captures: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """It is a catalogue and was read to its end, so that what it does not list is not in it."""
        return self.kind in _CATALOGUES and not self.lacks

    @property
    def is_catalogue(self) -> bool:
        return self.kind in _CATALOGUES

    @property
    def is_document(self) -> bool:
        """A catalogue of whole documents, or a record: their length has no bound, as that of an API's answer has."""
        return self.kind in ("dcat", "data_json", "record")


@dataclass(slots=True)
class _SourceBuilder:
    """A source while its answers are read. leads: it names other catalogues."""

    records: list[Record] = field(default_factory=list)
    lacks: set[Lack] = field(default_factory=set)
    captures: list[str] = field(default_factory=list)
    listed: int | None = None
    leads: bool = False

    def take(self, seen: _Answer) -> None:
        self.captures += seen.visit.ids if seen.visit is not None else ()
        if seen.lack is not None:
            self.lacks.add(seen.lack)
        if seen.reading is None:
            return
        assert seen.visit is not None
        room = MOST_RECORDS - len(self.records)
        if len(seen.reading.entries) > room:
            self.lacks.add("limit")
        self.records += (Record(entry, seen.visit.final.id) for entry in seen.reading.entries[:room])
        if seen.reading.total is not None:
            self.listed = max(self.listed or 0, seen.reading.total)

    def made(self, kind: Kind, url: str, own: bool) -> Source:
        distinct = {record.entry.id for record in self.records}
        if self.listed is not None and len(distinct) < self.listed and not self.lacks:
            self.lacks.add("fewer")
        if kind in ("dcat", "data_json") and not distinct and not self.lacks and not self.leads:
            self.lacks.add("malformed")  # of no dataset, or in words that we do not know
        lacks = tuple(lack for lack in LACKS if lack in self.lacks)
        captures = tuple(dict.fromkeys(self.captures))
        return Source(kind, url, own, tuple(self.records), self.listed, lacks, captures)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of an address. reading: None when nothing could be read; lack: why, or why not all of it."""

    visit: Visit | None
    reading: Reading | None = None
    lack: Lack | None = None

    @property
    def is_missing(self) -> bool:
        """There is nothing at the address."""
        return self.visit is not None and self.visit.status == 404


def catalogues(case: Case, hosts: frozenset[str]) -> list[Source]:
    """Every catalogue that answered, and every API that is one but did not let itself be read. hosts: the agency's."""
    actions: dict[str, list[tuple[CkanRequest, str]]] = defaultdict(list)
    others: dict[str, str] = {}
    for url in _asked(case, hosts):
        action = action_of(url)
        if action is not None:
            actions[action.base].append((action, url))
        else:
            others[identity(url)] = url
    found = [
        source
        for base, asked in actions.items()
        if (source := _ckan(case, base, asked, host(f"{base}/") in hosts)) is not None
    ]
    return [*found, *_documents(case, list(others.values()), hosts)]


def doubts(case: Case, hosts: frozenset[str]) -> set[Lack]:
    """Why requests for catalogues brought no answer: what stands between us and one that may be there."""
    looks = (_look(case, url) for url in _asked(case, hosts))
    lacking = {look.lack for look in looks if look.lack is not None and not look.is_missing}
    refused = {
        _lack(unattempted(case, url)) for url in case.unfetched if action_of(url) or is_named_catalogue(url)
    }
    return lacking | refused


def _asked(case: Case, hosts: frozenset[str]) -> Iterable[str]:
    """Addresses that may be catalogues, in order of their first capture."""
    found: dict[str, str] = {}
    for capture in case.captures:
        facts = capture.facts
        if capture.kind != "http" or not isinstance(facts, HttpFacts):
            continue
        listing = capture.purpose == "listing" and facts.previous is None
        if not listing and capture.purpose in ("page", "link", "catalogue") and host(capture.url) in hosts:
            listing = facts.status == 200 and may_be_catalogue(capture.url, facts.header("content-type"))
        if listing:
            found.setdefault(identity(capture.url), capture.url)
    return found.values()


def _look(case: Case, url: str) -> _Answer:
    """The best of the visits of an address."""
    best = _Answer(None, None, _lack(unattempted(case, url)))
    for visit in case.visits(url):
        outcome = received(case, visit)
        if outcome is not None:
            best = _Answer(visit, None, _lack(outcome[1]))
            continue
        try:
            reading = _reading(case, visit)
        except ChildFailed:
            best = _Answer(visit, None, "own_error")
            continue
        if reading.fault == "none":
            best = _Answer(visit, NOTHING)
            continue
        lack: Lack | None = (
            "malformed" if reading.fault == "malformed" else "limit" if reading.fault == "limit" else None
        )
        return _Answer(visit, reading, "blocked" if reading.fault == "refused" else lack)
    return best


def _reading(case: Case, visit: Visit) -> Reading:
    capture = visit.final
    kind = visit.facts.header("content-type")
    key = ("catalogues.reading", capture.sha256, capture.url, kind)
    return case.derived(key, lambda: _examined(case, capture, kind))


def _examined(case: Case, capture: Capture, kind: str | None) -> Reading:
    body = case.evidence.body(capture.id)
    if case.child_time.over:
        return Reading(None, fault="limit", detail="time")
    with case.child_time.reading(usual_seconds(body)):
        return examine(body, capture.url, kind)


def _lack(reason: str) -> Lack:
    return next((lack for lack in LACKS if lack == reason), "server_error")


def _ckan(case: Case, base: str, asked: list[tuple[CkanRequest, str]], own: bool) -> Source | None:
    """None when it is no CKAN, or has moved elsewhere."""
    seen = [(action, _look(case, url)) for action, url in asked]
    if not any(look.reading is not None and look.reading.standard == "ckan" for _, look in seen):
        return None
    making = _SourceBuilder()
    by_name: dict[str, list[tuple[CkanRequest, _Answer]]] = defaultdict(list)
    for action, look in seen:
        by_name[action.name].append((action, look))
    searches = _by_start(by_name["package_search"])
    searched = any(_good(look) for look in searches)
    if searched:
        for look in searches:
            making.take(look)
    elif not by_name["package_list"]:
        making.lacks.update(look.lack for look in searches if look.lack is not None)
        making.lacks.update({"not_attempted"} if not making.lacks else ())
    else:
        _listed(making, by_name)
    making.lacks.update(_unfetched(case, f"{base}{API}package_"))
    if case.crawl is not None and case.crawl.state == "interrupted":
        making.lacks.add("not_attempted")  # a page that was to come leaves no trace
    making.captures = [id for _, look in seen if look.visit is not None for id in look.visit.ids]
    return making.made("ckan", f"{base}/", own)


def _by_start(searches: list[tuple[CkanRequest, _Answer]]) -> list[_Answer]:
    """One answer for each offset: a server that cannot sort was asked once more, without an order."""
    best: dict[int, _Answer] = {}
    for action, look in searches:
        if action.start not in best or not _good(best[action.start]):
            best[action.start] = look
    return [best[start] for start in sorted(best)]


def _good(look: _Answer) -> bool:
    return look.reading is not None and look.reading.fault == "" and look.reading.standard == "ckan"


def _listed(making: _SourceBuilder, by_name: dict[str, list[tuple[CkanRequest, _Answer]]]) -> None:
    """The way of the names: a list of them, and each asked for by itself."""
    for _, look in by_name["package_list"]:
        making.take(look)
    told = {action.id for action, look in by_name["package_show"] if _good(look)}
    for _, look in by_name["package_show"]:
        making.take(look)
    names = {
        name for _, look in by_name["package_list"] if look.reading is not None for name in look.reading.names
    }
    if names - told and not making.lacks:
        making.lacks.add("limit")


def _unfetched(case: Case, start: str) -> set[Lack]:
    """Why requests that begin so were not made."""
    head = identity(start)
    return {_lack(unattempted(case, url)) for url in case.unfetched if url.startswith(head)}


def _documents(case: Case, urls: list[str], hosts: frozenset[str]) -> Iterable[Source]:
    """Catalogues of one document or of several that follow one another."""
    seen = {identity(url): _look(case, url) for url in urls}
    readings = {key: look.reading for key, look in seen.items() if look.reading and look.reading.standard}
    # A page that another one names as its next is no beginning.
    following = {identity(reading.following) for reading in readings.values() if reading.following}
    for url in urls:
        key = identity(url)
        reading = readings.get(key)
        if reading is None or key in following:
            continue
        making = _SourceBuilder()
        walked: set[str] = set()
        while key not in walked and key in seen:
            walked.add(key)
            making.take(seen[key])
            page = readings.get(key)
            if page is None:
                break
            making.leads |= bool(page.nested)
            for one in page.nested:
                look = seen.get(identity(one)) or _look(case, one)
                if host(one) in hosts and look.lack is not None and not look.is_missing:
                    making.lacks.add(look.lack)
            if page.following is None:
                break
            key = identity(page.following)
            if key not in seen:
                making.lacks.add(_lack(unattempted(case, page.following)))
        kind: Kind = "data_json" if reading.standard == "data_json" else "dcat"
        if not (reading.catalogue or is_named_catalogue(url)):
            kind = "record"
        yield making.made(kind, url, host(url) in hosts)
