"""Whose host is it, and whose page? Other bodies of the round, by host and by name."""

from __future__ import annotations

from collections.abc import Iterator

from checks.case import Case
from checks.lines import selector
from checks.reading import Reading
from checks.services.wording import Said
from checks.similarity import NEAR, distance, simhash
from checks.wordlist import spread
from claims.model import Agency, Service
from claims.persian import tight
from evidence.document import Document, looks_like_html
from evidence.records import Capture, HttpFacts
from evidence.urls import host

# Second levels below which bodies register, such as gov.ir.
_SHARED_LEVELS = frozenset("gov ac co org net sch id com edu".split())
_MENTIONS = 3
_LEAST_NAME = 8
_MOST_PAGES = 200


def own_host(case: Case, name: str) -> bool:
    """The portal's host, a declared one, one below them, or one of the same registered domain."""
    own = _hosts(case.agency)
    if name in own or name.removeprefix("www.") in own:
        return True
    others = {
        entry for agency in case.round.agencies if agency.id != case.agency.id for entry in _hosts(agency)
    }
    if name in others or name.removeprefix("www.") in others:
        return False
    if any(name.endswith(f".{entry}") for entry in own):
        return True
    domain = _domain(host(case.agency.portal))
    return _domain(name) == domain and domain not in {_domain(entry) for entry in others}


def _hosts(agency: Agency) -> set[str]:
    names = {host(agency.portal)}
    names |= {host(entry if "://" in entry else f"http://{entry}/") for entry in agency.hosts}
    return {name.removeprefix("www.") for name in names if name}


def _domain(name: str) -> str:
    labels = name.split(".")
    keep = 3 if len(labels) >= 3 and labels[-2] in _SHARED_LEVELS else 2
    return ".".join(labels[-keep:])


def other_body(
    case: Case, service: Service | None, page: Reading, *, headings_only: bool = False, mentions: bool = True
) -> Said | None:
    """The line that names another body of the round as the one whose page this is; None when none does.

    A heading that names it, or its name again and again, or a page that is the same as one of its own; and
    the agency's own name nowhere. A parent or a daughter of the agency is no other body. mentions: whether
    its name again and again is enough.
    """
    own = tight(case.agency.name)
    told = tight(page.text)
    if len(own) >= _LEAST_NAME and own in told:
        return None
    claimed = tight(service.title) if service is not None else ""
    for agency in _others(case):
        name = tight(agency.name)
        if name not in told or name in claimed:
            continue
        for line in page.headings:
            if name in tight(line.text):
                return Said(line.text[:300], selector(line.node))
        if headings_only:
            continue
        said = next((line for line in page.own if name in tight(line.text)), None)
        if said is not None and (
            (mentions and told.count(name) >= _MENTIONS) or _same_as_theirs(case, agency, page)
        ):
            return Said(said.text[:300], selector(said.node))
    return None


def _others(case: Case) -> Iterator[Agency]:
    for agency in case.round.agencies:
        if agency.id == case.agency.id or agency.id == case.agency.parent or agency.parent == case.agency.id:
            continue
        if len(tight(agency.name)) >= _LEAST_NAME and tight(agency.name) not in tight(case.agency.name):
            yield agency


def _same_as_theirs(case: Case, agency: Agency, page: Reading) -> bool:
    mine = simhash(page.text)
    if mine is None:
        return False
    hashes = case.shared.derived(("page hashes", agency.id), lambda: _hashes(case, agency))
    return any(distance(mine, other) <= NEAR for other in hashes)


def _hashes(case: Case, agency: Agency) -> tuple[int, ...]:
    found: list[int] = []
    for capture in case.evidence.captures(agency.id, "http"):
        if len(found) >= _MOST_PAGES:
            break
        if (value := _hash(case, capture)) is not None:
            found.append(value)
    return tuple(found)


def _hash(case: Case, capture: Capture) -> int | None:
    facts = capture.facts
    if not isinstance(facts, HttpFacts) or facts.status != 200 or capture.purpose not in ("claim", "page"):
        return None
    body = case.evidence.body(capture.id)
    if not looks_like_html(body[:1024], facts.header("content-type")):
        return None
    page = Reading(Document(body, capture.url, facts.header("content-type")))
    return simhash(" ".join(spread(line.text) for line in page.own))
