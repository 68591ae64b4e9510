"""The datasets of all sources together: those that share an address are one, and who says it is kept."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from checks.datasets.catalogues.entry import Entry
from checks.datasets.catalogues.sources import Record, Source
from claims.model import Period
from claims.persian import tight
from web.urls import host, identity

_SITE = re.compile(r"^https?://(?:www\.)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A dataset, as one source or several list it. said: (source, record), in the order of the sources."""

    said: tuple[tuple[Source, Record], ...]

    @property
    def title(self) -> str:
        return next((record.entry.title for _, record in self.said if record.entry.title), "")

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(record.entry for _, record in self.said)

    @property
    def urls(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(url for entry in self.entries for url in entry.urls))

    @property
    def captures(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(record.capture for _, record in self.said))

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(source.kind for source, _ in self.said))

    @property
    def own(self) -> bool:
        """A list of the agency's own has it."""
        return any(source.own for source, _ in self.said)

    @property
    def newest(self) -> dt.date | None:
        return max((day for entry in self.entries if (day := entry.newest) is not None), default=None)

    @property
    def cycle(self) -> Period | None:
        return next((cycle for entry in self.entries if (cycle := entry.cycle) is not None), None)

    @property
    def licence(self) -> str:
        return next((entry.licence for entry in self.entries if entry.licence), "")


def key_of(url: str) -> str:
    """An address for comparison: http or https, with or without www and a slash at the end."""
    return _SITE.sub("", identity(url)).rstrip("/")


def merged(sources: Iterable[Source]) -> list[Found]:
    """One for each dataset, by title and then by address."""
    groups: list[_Group] = []
    by_key: dict[str, _Group] = {}
    by_title: dict[tuple[str, str], list[_Group]] = defaultdict(list)
    for source in sources:
        distinct = _distinct(source)
        shared = _shared(distinct)
        titles = _titles(distinct)
        fresh: list[_Group] = []
        for records in distinct:
            entry = records[0].entry
            keys = [key for url in entry.urls if (key := key_of(url)) not in shared]
            name = (host(source.url), tight(entry.title))
            group = next((known for key in keys if (known := by_key.get(key)) and known.free(source)), None)
            if group is None and titles.get(name[1]) == 1:
                alike = [known for known in by_title.get(name, ()) if known.free(source)]
                group = alike[0] if len(alike) == 1 else None
            if group is None:
                group = _Group([])
                groups.append(group)
            group.said += ((source, record) for record in records)
            for key in keys:
                by_key.setdefault(key, group)
            fresh.append(group)
        for group, records in zip(fresh, distinct, strict=True):
            name = (host(source.url), tight(records[0].entry.title))
            if name[1] and group not in by_title[name][-1:]:
                by_title[name].append(group)
    found = [Found(tuple(group.said)) for group in groups]
    return sorted(found, key=lambda one: (tight(one.title), one.title, one.urls, one.entries[0].id))


@dataclass(slots=True, eq=False)
class _Group:
    said: list[tuple[Source, Record]]

    def free(self, source: Source) -> bool:
        """Whether that source has no dataset in it yet: it would not list one as two."""
        return all(known is not source for known, _ in self.said)


def _distinct(source: Source) -> list[list[Record]]:
    """Records of each dataset of a source: pages that overlap bring one more than once."""
    found: dict[str, list[Record]] = defaultdict(list)
    for record in source.records:
        found[record.entry.id].append(record)
    return list(found.values())


def _shared(distinct: Sequence[Sequence[Record]]) -> frozenset[str]:
    """Addresses that several datasets of one source have: they say nothing of which it is."""
    seen: set[str] = set()
    shared: set[str] = set()
    for records in distinct:
        keys = {key_of(url) for url in records[0].entry.urls}
        shared |= keys & seen
        seen |= keys
    return frozenset(shared)


def _titles(distinct: Sequence[Sequence[Record]]) -> dict[str, int]:
    counted: dict[str, int] = defaultdict(int)
    for records in distinct:
        if title := tight(records[0].entry.title):
            counted[title] += 1
    return counted
