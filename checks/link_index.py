"""One walk over all pages of an agency: what they link to, and what they load or send over plain http.

A derivation that the checks of links and hosts share, so that a page is read once. Judges nothing.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from checks.case import Case
from checks.derivations import once
from checks.page.http_security import InsecureUse, insecure_uses
from claims.hosts import own_hosts
from evidence.kinds.http import HttpFacts
from evidence.kinds.page import PageFacts
from evidence.records import Capture
from web.challenge import challenge_marker
from web.charset import decode
from web.document import Document
from web.link_header import header_links
from web.links import Link, css_references
from web.sitemaps import MOST_OF_AGENCY, sitemap_entries
from web.urls import absolute, host, identity, is_too_long, is_web, origin, place, split_fragment

PAGES_LISTED = 20  # Pages named beside a link, the first by address. How many there are is counted apart.
_LABEL_KEPT = 200  # Characters of a link's words and of its reference. A finding quotes them.
_USES_KEPT = 20  # Things of one kind loaded or sent by plain http that are named. One decides.


@dataclass(slots=True)
class LinkTarget:
    """One distinct address that pages link to.

    key: its identity. fragment: what has to be on the page; None when nothing has to. url: as linked.
    found_on: the first addresses, sorted, of `found_on_count`. text, element, reference (as the page wrote it),
    source: of the first of them.
    origins: those of the pages it was found on. settled: on one of them no script gives its links other addresses.
    """

    key: str
    fragment: str | None
    url: str
    found_on: list[str] = field(default_factory=list)
    found_on_count: int = 0
    text: str = ""
    element: str = ""
    reference: str = ""
    source: str = ""
    origins: set[str] = field(default_factory=set)
    settled: bool = False
    _last: int = -1

    def met(self, number: int, page: str, home: str, source: str, link: Link, *, settled: bool) -> None:
        """Once a page; the first link to the target on it counts. home: the page's origin. settled: no script alters this link."""
        self.url = min(self.url, link.url)
        self.settled |= settled
        if number == self._last:
            return
        self._last = number
        self.found_on_count += 1
        self.origins.add(home)
        if len(self.found_on) < PAGES_LISTED or page < self.found_on[-1]:
            bisect.insort(self.found_on, page)
            del self.found_on[PAGES_LISTED:]
        if self.found_on[0] == page:
            self.text, self.element, self.source = link.text[:_LABEL_KEPT], link.element, source
            self.reference = link.raw.strip()[:_LABEL_KEPT]


@dataclass(slots=True)
class Survey:
    """targets: by identity and fragment; each has one without a fragment, which stands for all links to it.

    pages: those that were read. lengths: characters of their text, by id of the capture; shortest: by host.
    firewalls: ids of answers that were a firewall's, and no page.

    insecure: by origin of https pages, what they load or send over plain http, first ones kept.
    """

    pages: int = 0
    targets: dict[tuple[str, str | None], LinkTarget] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)
    shortest: dict[str, int] = field(default_factory=dict)
    firewalls: set[str] = field(default_factory=set)
    insecure: dict[str, list[InsecureUse]] = field(default_factory=dict)
    _number: int = 0

    def next_page(self) -> None:
        self._number += 1

    def add(self, page: str, source: str, links: Iterable[Link], *, rewritten: bool = False) -> None:
        """rewritten: a script of the page gives links other addresses, and what it made of them was not seen."""
        home = origin(page)
        for link in links:
            if not (link.fetchable or is_too_long(link.url)) or link.use == "canonical":
                continue
            within = link.raw.lstrip().startswith("#")
            if link.handled and not within:
                continue  # whoever follows it is led elsewhere
            key, settled = identity(link.url), not rewritten or within or link.element not in ("a", "area")
            self._target(key, None, link).met(self._number, page, home, source, link, settled=settled)
            if link.use == "page" and not link.handled and (fragment := place(link.fragment)) is not None:
                target = self._target(key, fragment, link)
                target.met(self._number, page, home, source, link, settled=settled)

    def _target(self, key: str, fragment: str | None, link: Link) -> LinkTarget:
        target = self.targets.get((key, fragment))
        if target is None:
            target = self.targets[key, fragment] = LinkTarget(key, fragment, link.url)
        return target

    def add_uses(self, page: str, uses: Iterable[InsecureUse]) -> None:
        kept = self.insecure.setdefault(origin(page), [])
        known = {use.target for use in kept}
        for use in uses:
            if len(kept) < _USES_KEPT and use.target not in known:
                kept.append(use)
                known.add(use.target)


@once
def survey(case: Case) -> Survey:
    """The walk, made once for this case."""
    found = Survey()
    own = own_hosts(case.agency)
    rendered = _rendered(case, own)
    for page in case.pages:
        if host(page.url) in own:
            found.next_page()
            address = identity(page.url)
            if _read_page(case, found, page, shown=any(map(_is_shown, rendered.get(address, ())))):
                found.pages += 1
                for view in rendered.pop(address, ()):
                    _read_rendered(case, found, page.url, view)
    for address in sorted(rendered):  # routes of a script, and pages that only the browser got to
        found.next_page()
        found.pages += 1
        for view in rendered[address]:
            _read_rendered(case, found, address, view)
    entries = 0
    for capture in case.captures:
        if (links := _listed(case, own, capture)) is not None:
            of_site_map = capture.purpose == "sitemap"
            kept = list(islice(links, MOST_OF_AGENCY - entries if of_site_map else None))
            entries += of_site_map * len(kept)
            found.next_page()
            found.add(capture.url, capture.id, kept)
    return found


def _rendered(case: Case, own: frozenset[str]) -> dict[str, list[Capture]]:
    views: dict[str, list[Capture]] = {}
    for capture in case.captures:
        facts = capture.facts
        if not isinstance(facts, PageFacts) or facts.failure == "crash" or host(facts.final_url) not in own:
            continue
        key = capture.url if "#" in capture.url else identity(capture.url)
        views.setdefault(key, []).append(capture)
    return views


def _is_shown(view: Capture) -> bool:
    """Whether the browser made the page a visitor sees: its links are the page's, and none that a script took away."""
    facts = view.facts
    return isinstance(facts, PageFacts) and facts.finished and (facts.status or 599) < 400


def _read_page(case: Case, found: Survey, page: Capture, *, shown: bool) -> bool:
    """shown: its links are read where the browser showed it."""
    facts = page.facts
    assert isinstance(facts, HttpFacts)
    document = case.document(page)
    length = found.lengths[page.id] = _text_length(document)
    if challenge_marker(facts, document) is not None:
        found.firewalls.add(page.id)
        return False
    name = host(page.url)
    found.shortest[name] = min(length, found.shortest.get(name, length))
    if not shown:
        found.add(page.url, page.id, document.links, rewritten=document.rewrites_links)
    found.add(page.url, page.id, header_links(facts.header_all("link"), page.url))
    if page.url.startswith("https:"):
        found.add_uses(page.url, insecure_uses(page.url, facts, document))
    return True


def _text_length(document: Document) -> int:
    """About that of `document.text`, which costs far more than the rest of the walk."""
    body = document.tree.body
    if body is None:
        return 0
    unseen = sum(len(node.text()) for node in document.tree.css("body script, body style, body noscript"))
    return max(0, len(" ".join(body.text(separator=" ").split())) - unseen)


def _read_rendered(case: Case, found: Survey, address: str, view: Capture) -> None:
    facts = view.facts
    assert isinstance(facts, PageFacts)
    document: Document = case.document(view)
    found.add(address, view.id, document.links)
    if facts.final_url.startswith("https:"):
        found.add_uses(
            facts.final_url,
            (InsecureUse("requested", address, url, "request") for url in facts.insecure),
        )


def _listed(case: Case, own: frozenset[str], capture: Capture) -> Iterator[Link] | None:
    """What a style sheet or a site map of the agency lists; None for anything else."""
    facts = capture.facts
    if not isinstance(facts, HttpFacts) or facts.status != 200 or capture.attempt != 1:
        return None
    if host(capture.url) not in own:
        return None
    kind = (facts.header("content-type") or "").partition(";")[0].strip().lower()
    if kind == "text/css":
        source = decode(case.evidence.body(capture.id), facts.header("content-type"))[0]
        return css_references(source, capture.url)
    if capture.purpose == "sitemap":
        return _entries(case.evidence.body(capture.id), capture.url)
    return None


def _entries(body: bytes, address: str) -> Iterator[Link]:
    for entry in sitemap_entries(body):
        target = absolute(address, entry)
        if target is not None and is_web(target):
            url, fragment = split_fragment(target)
            yield Link(url, fragment, entry, "", "sitemap", "page")
