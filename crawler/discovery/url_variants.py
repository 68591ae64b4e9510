"""Pages that are another page once more: on another host of the agency, in other letter case, for printing, in
the language that the page has anyway, under a session's name.

Told by comparison: a way of writing an address (`_relations`) is closed when its first pages held no word that
the page they vary does not hold. Then an address is no page of its own where the page it varies was asked for.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice

from crawler.discovery.novelty import MOST_TEXT
from web.document import Document
from web.urls import host

ENOUGH = 6  # pages alike that close a way of writing
PER_DIFFERENT = 10  # pages alike that outweigh one that was not
MOST_CLOSED = 30  # ways of writing, per agency
MOST_KEPT = 100  # pages whose words are kept, per agency
_FIRST = 30  # of them at once, the others one in eight
_STEP = 8  # Every eighth page after those is kept: pages from all parts of a portal, within MOST_KEPT
_FEWEST_WORDS = 8  # Words of a page that is compared. With fewer, two pages are alike by chance.
_MOST_EXTRA = 8  # words of the variant alone: «print», «back»
_LEAST_OF = 0.3  # of the words of the page it varies
_MOST_PARAMETERS = 8  # Parameters of an address that are looked at. Later ones close nothing.
_SITE = re.compile(r"(https?://[^/?#]+)(/[^?]*)(?:\?(.*))?$", re.DOTALL)
_PLAIN = re.compile(r"[a-z]{1,12}|[01]?", re.IGNORECASE)
_SESSION = re.compile(r"(?=[^0-9]*\d)(?=[^A-Za-z]*[A-Za-z])[0-9A-Za-z_.~-]{12,}")
_PATH_PARAMETER = re.compile(r";([^/;=]*)(?:=[^/;]*)?")


def _relations(url: str) -> Iterator[tuple[str, str]]:
    """(way of writing, the address without it). The empty way is that of another host: path and query are left."""
    match = _SITE.match(url)
    if match is None:
        return
    site, path, query = match.groups()
    tail = f"?{query}" if query else ""
    yield "", path + tail
    yield f"{site} case", f"{site}{path.lower()}{tail.lower()}"
    if ";" in path:
        for found in islice(_PATH_PARAMETER.finditer(path), _MOST_PARAMETERS):
            yield f"{site} ;{found.group(1)}", f"{site}{path[: found.start()]}{path[found.end() :]}{tail}"
    segments = path.split("/")[1:]
    for at in {0, len(segments) - 1 if segments[-1] else len(segments) - 2}:
        if 0 <= at < len(segments) and (token := _token(segments[at])) and not token.isdigit():
            rest = "/".join(segments[:at] + segments[at + 1 :])
            place = f"{token}/" if at == 0 else f"/{token}"
            yield f"{site} {place}", f"{site}/{rest}{tail}"
    parameters = query.split("&")[:_MOST_PARAMETERS] if query else []
    for at, parameter in enumerate(parameters):
        name, _, value = parameter.partition("=")
        if (token := _token(value)) is not None:
            rest = "&".join(parameters[:at] + parameters[at + 1 :])
            yield f"{site} ?{name}={token}", f"{site}{path}{'?' if rest else ''}{rest}"


def _token(value: str) -> str | None:
    """What stands for a value that many addresses may share: itself, or any session; None for the name of a thing."""
    if _PLAIN.fullmatch(value):
        return value
    return "*" if _SESSION.fullmatch(value) else None


@dataclass(slots=True)
class _KeptPage:
    url: str
    words: array[int]


@dataclass(slots=True)
class _VariantRule:
    """extra: words that the variants have alone, by the first of them."""

    extra: frozenset[int]
    alike: int = 0
    different: int = 0


class UrlVariants:
    """Per agency. Addresses are identities."""

    def __init__(self) -> None:
        self._asked: set[str] = set()
        self._pages = 0
        self._kept: dict[str, _KeptPage] = {}
        self._number = 0
        self._ways: dict[str, _VariantRule] = {}
        self._closed: set[str] = set()
        self._sites: dict[str, set[str]] = {}
        self._stood: set[str] = set()

    def known(self, url: str) -> bool:
        """Whether a page that was asked for is this one in another writing."""
        if not self._closed:
            return False
        for way, rest in _relations(url):
            if not way:
                if any(site + rest in self._asked for site in self._sites.get(_site(url), ())):
                    return True
            elif way in self._closed and (rest in self._stood or (rest != url and rest in self._asked)):
                return True
        return False

    def asked(self, url: str) -> None:
        """A page is fetched."""
        self._asked.add(url)
        if self._closed:
            self._stood.update(rest for way, rest in _relations(url) if way in self._closed)

    def came(self, url: str, document: Document) -> None:
        """A page with 200 came."""
        self._pages += 1
        words: frozenset[int] | None = None
        relations = list(_relations(url))
        for way, rest in relations:
            other = self._kept.get(rest)
            if other is None or other.url == url:
                continue
            if not way and host(other.url) == host(url):
                continue  # http and https of one host are two services, both looked at
            # which of two hosts is asked first need not be the one that answers first: they are compared both ways
            one, two = _site(url), _site(other.url)
            names = [way] if way else [f"{one} as {two}", f"{two} as {one}"]
            if len(self._closed) >= MOST_CLOSED or self._closed.issuperset(names):
                continue
            words = words if words is not None else _words(document)
            self._compare(names[0], words, other.words)
            if not way:
                self._compare(names[1], frozenset(other.words), words)
        if self._number < MOST_KEPT and (self._pages <= _FIRST or self._pages % _STEP == 0):
            self._number += 1
            kept = _KeptPage(url, array("I", words if words is not None else _words(document)))
            for key in (url, *(rest for _, rest in relations)):
                self._kept.setdefault(key, kept)

    def _compare(self, name: str, words: frozenset[int], other: Collection[int]) -> None:
        """words: of the variant. other: those of the page that it varies."""
        if name in self._closed or len(words) < _FEWEST_WORDS:
            return
        extra = words.difference(other)
        way = self._ways.get(name)
        if way is None:
            way = self._ways[name] = _VariantRule(extra if len(extra) <= _MOST_EXTRA else frozenset())
        if extra <= way.extra and len(words) >= _LEAST_OF * len(other):
            way.alike += 1
        else:
            way.different += 1
        if way.alike >= max(ENOUGH, PER_DIFFERENT * way.different):
            self._close(name)

    def _close(self, name: str) -> None:
        self._closed.add(name)
        site, mirrors, of = name.partition(" as ")
        if mirrors:
            self._sites.setdefault(site, set()).add(of)
        else:
            self._stood.update(rest for url in self._asked for way, rest in _relations(url) if way == name)


def _site(url: str) -> str:
    return "/".join(url.split("/", 3)[:3])


def _words(document: Document) -> frozenset[int]:
    """Of the words of a page, those that are letters only; what counts visitors or tells the time is not."""
    body = document.tree.body
    text = body.text(separator=" ") if body is not None else ""
    return frozenset(hash(word) & 0xFFFFFFFF for word in set(text[:MOST_TEXT].split()) if word.isalpha())
