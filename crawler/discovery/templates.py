"""Which pages of an agency are measured: the home page, a service's entry, one for each of the biggest templates.

Pages of one template share their shape: which elements of the frame they have, with which classes. The shape is
read from the page as it came, cheaply; how often something repeats says nothing. Order of arrival changes nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

MOST_PAGES = 6  # home, a service's entry, four templates (docs/accessibility.md)
# Shapes of pages that are told apart. Later ones are no template: only the biggest are measured.
_MOST_SHAPES = 500
_READ = 400_000  # Characters of a page from which its shape is made. The rest is more of the same. By hand.
_NEAR = 4  # bits of 64 that two pages of one template may differ in
_ELEMENT = re.compile(
    r"""<(header|nav|main|section|article|aside|footer|form|fieldset|table|ul|ol|dl|div|iframe|video|h1|h2)\b"""
    r"""(?:[^>]{0,300}?\bclass\s*=\s*["']?([^"'>]{0,200}))?""",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+")


def shape(source: str) -> int:
    """64 bits (SimHash) of the set of elements and classes of a page; pages of one template differ in few."""
    features: set[str] = set()
    for match in _ELEMENT.finditer(source[:_READ]):
        name = match.group(1).lower()
        features.add(name)
        features.update(f"{name}.{_NUMBER.sub('0', word)}" for word in (match.group(2) or "").split()[:8])
    return _simhash(frozenset(features))


@lru_cache(maxsize=1024)  # pages of one template have one set of features
def _simhash(features: frozenset[str]) -> int:
    sums = [0] * 64
    for feature in features:
        value = int.from_bytes(hashlib.blake2b(feature.encode("utf-8", "replace"), digest_size=8).digest())
        for bit in range(64):
            sums[bit] += 1 if value >> bit & 1 else -1
    return sum(1 << bit for bit, total in enumerate(sums) if total > 0)


@dataclass(frozen=True, slots=True)
class ChosenPage:
    """A page to be measured. source: id of the capture that it came with."""

    url: str
    source: str


@dataclass(slots=True)
class _Template:
    shape: int
    pages: int
    page: ChosenPage


class Templates:
    """Per agency. Keeps one page for each shape, however many pages there are."""

    def __init__(self) -> None:
        self._home: tuple[ChosenPage, int] | None = None
        self._entries: dict[str, tuple[ChosenPage, int]] = {}
        self._shapes: dict[int, _Template] = {}

    def met(self, page: ChosenPage, source: str, *, home: bool = False, claim: str | None = None) -> None:
        """A page of the agency with status 200. claim: identity of the claimed URL that led to it."""
        found = shape(source)
        if home and self._home is None:
            self._home = page, found
        if claim is not None:
            self._entries.setdefault(claim, (page, found))
        known = self._shapes.get(found)
        if known is not None:
            known.pages += 1
            known.page = min(known.page, page, key=_plainness)
        elif len(self._shapes) < _MOST_SHAPES:
            self._shapes[found] = _Template(found, 1, page)

    def choose(self, claims: Iterable[str]) -> tuple[ChosenPage, ...]:
        """At most `MOST_PAGES`. claims: identities of the claimed URLs, in order; the first that was met counts."""
        chosen = [self._home] if self._home is not None else []
        chosen += [self._entries[claim] for claim in claims if claim in self._entries][:1]
        pages = {page.url: page for page, _ in chosen}
        taken = [found for _, found in chosen]
        for template in self._clusters():
            if len(pages) >= MOST_PAGES:
                break
            if not any(_near(template.shape, other) for other in taken):
                pages.setdefault(template.page.url, template.page)
        return tuple(pages.values())

    def _clusters(self) -> list[_Template]:
        """Shapes that are near each other as one template, the biggest first; its plainest page stands for it."""
        leaders: list[_Template] = []
        for template in sorted(self._shapes.values(), key=lambda t: (-t.pages, _plainness(t.page))):
            leader = next((other for other in leaders if _near(other.shape, template.shape)), None)
            if leader is None:
                leaders.append(_Template(template.shape, template.pages, template.page))
            else:
                leader.pages += template.pages
        return sorted(leaders, key=lambda t: (-t.pages, _plainness(t.page)))


def _near(one: int, other: int) -> bool:
    return (one ^ other).bit_count() <= _NEAR


def _plainness(page: ChosenPage) -> tuple[int, str]:
    return len(page.url), page.url
