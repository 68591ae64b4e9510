"""Where a catalogue may be: its base by an address inside of it, and what on a page hints at one. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

from claims.model import Agency, Dataset
from crawler.discovery import scope
from web.document import Document
from web.urls import absolute, host, is_web, origin

# What stands behind the base of a CKAN, in addresses that people meet.
_INSIDE = re.compile(r"(?:/[a-z]{2}(?:_[A-Z]{2})?)?/(?:dataset|api/3|organization|group)(?:[/?#]|$)")
_ORGANISATION = re.compile(r"/organization/([\w-]{1,100})(?:[/?#]|$)")
_ORGANISATION_NAME = re.compile(r"[\w-]{1,100}")
# Best first: of one page's alternates in several syntaxes one is enough.
_SYNTAXES = ("text/turtle", "application/ld+json", "application/rdf+xml")
_OF_A_DATASET = re.compile(r"/dataset/[^/]+\.\w+$")
_MOST_LINKS = 500  # Links of a page that may hint at a catalogue. Later ones are not looked at. By hand.


@dataclass(frozen=True, slots=True)
class CatalogueBase:
    """url: without a slash at its end. organisation: whose datasets are asked for, where others' are there too.

    own: on a host of the agency.
    """

    url: str
    organisation: str | None = None
    own: bool = True


def base_of(url: str) -> str | None:
    """The base of the catalogue that an address seems to be inside of; None when it looks like none's."""
    head = origin(url)
    match = _INSIDE.search(url, len(head))
    return url[: match.start()] if match is not None else None


def claimed_bases(
    agency: Agency, datasets: tuple[Dataset, ...], hosts: frozenset[str]
) -> Iterator[CatalogueBase]:
    """Bases that the claims of an agency lead to, best first; the portal's own root last."""
    named = absolute(agency.catalogue, "") if agency.catalogue else None
    if named is not None and is_web(named):
        own = host(named) in hosts
        organisation = None if own else _organisation(named)
        if own or organisation is not None:
            yield CatalogueBase(base_of(named) or origin(named), organisation, own)
    addresses = [target for dataset in datasets if (target := absolute(dataset.url, "")) is not None]
    ours = [target for target in addresses if is_web(target) and host(target) in hosts]
    yield from (CatalogueBase(base) for target in ours if (base := base_of(target)) is not None)
    yield CatalogueBase(origin(absolute(agency.portal, "") or agency.portal))
    yield from (CatalogueBase(origin(target)) for target in ours)


def hinted_bases(document: Document, hosts: frozenset[str], seen: set[str]) -> Iterator[CatalogueBase]:
    """Bases that the links of a page lead to: by their addresses, or by words that name open data.

    seen: addresses that were looked at before, since most pages have the same menus; these are added.
    """
    for reference in document.references[:_MOST_LINKS]:
        if reference.use != "page" or reference.element == "link" or reference.url in seen:
            continue
        seen.add(reference.url)
        if host(reference.url) not in hosts:
            continue
        base = base_of(reference.url)
        if base is not None:
            yield CatalogueBase(base)
        elif scope.names_catalogue(reference.link()):
            yield CatalogueBase(origin(reference.url))


def alternates(document: Document) -> Iterator[str]:
    """Addresses at which a page says that it can be had as RDF, in one syntax."""
    if not any(syntax in document.source for syntax in _SYNTAXES):
        return
    found: dict[str, str] = {}
    for node in document.tree.css("link[rel~=alternate][type][href]")[:50]:
        kind = (node.attributes.get("type") or "").partition(";")[0].strip().lower()
        target = absolute(document.base, (node.attributes.get("href") or "").strip())
        if kind in _SYNTAXES and target is not None and is_web(target):
            found.setdefault(kind, target)
    yield from [found[syntax] for syntax in _SYNTAXES if syntax in found][:1]


def of_a_dataset(url: str) -> bool:
    """Whether it is the RDF of one dataset of a CKAN, which its API tells of too."""
    return _OF_A_DATASET.search(url.partition("?")[0]) is not None


def _organisation(url: str) -> str | None:
    match = _ORGANISATION.search(url)
    if match is not None:
        return match.group(1)
    named = parse_qs(url.partition("?")[2][:2_000]).get("organization", [""])[0]
    return unquote(named) if _ORGANISATION_NAME.fullmatch(unquote(named)) else None
