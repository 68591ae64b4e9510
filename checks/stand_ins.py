"""What answers with 200 in a portal's place and is none: a server's default page, a parked domain, a notice of maintenance.

Told by the title or main heading of a page that says hardly more, never by a word on a page with content of its own.
Firewalls are for `web.challenge`, pages that are not there for `checks.page.soft404`.
"""

from __future__ import annotations

from typing import Literal

from checks.case import Case, Visit
from checks.page.wordlist import patterns, spread
from evidence.kinds.http import HttpFacts
from web.document import Document

StandIn = Literal["default_page", "parked", "maintenance", "server_error", "under_construction"]

_FILE = "page/words/stand_ins.toml"
# In this order: a default page may speak of configuration, an error of maintenance.
_KINDS: tuple[StandIn, ...] = ("server_error", "default_page", "parked", "maintenance", "under_construction")
# Debian's default page for Apache is the longest; the others say a few sentences.
_MOST_TEXT, _LONGEST_DEFAULT = 700, 5_000
# Links of a page that stands in for a portal; parked ones list advertisements. By hand.
_MOST_LINKS, _MOST_ADVERTISED = 5, 40
_MOST_ANCHORS = 100  # Links of a page that is not read for this at all: it is a portal's
_SAID_ALONE = 300  # Characters of a heading that says it alone. Longer is prose.
_SHORT_HEADING = 20  # Characters of a heading. If it is shorter, the first lines count as well.
_LARGEST = 200_000  # Bytes of a page that is read for this. Larger is a portal's own.
_HEADINGS = "h1, h2, h3"
_FIELDS = "input:not([type=hidden]):not([type=submit]):not([type=button]), select, textarea"


def stand_in(case: Case, visit: Visit) -> StandIn | None:
    """What stands in the page's place at the end of a visit; None for a page that may be the portal's own."""
    facts = visit.facts
    if facts.status != 200 or facts.size > _LARGEST or not case.is_html(visit.final):
        return None
    return case.derived(("stand in", visit.final.id), lambda: _told(facts, case.document(visit.final)))


def _told(facts: HttpFacts, document: Document) -> StandIn | None:
    """The cheap questions first: this is asked of every page, and most have many links, or another title."""
    if len(document.tree.css("a[href]")) > _MOST_ANCHORS:
        return None
    headings = [
        " ".join(node.text(deep=True, separator=" ").split()) for node in document.tree.css(_HEADINGS)[:2]
    ]
    said = [spread(text) for text in (document.title, *headings) if 0 < len(text) <= _SAID_ALONE]
    if not headings or len(headings[0]) < _SHORT_HEADING:
        # all that the page says, where it has no heading that says much, and says little
        text = document.text
        said += [spread(text)] if len(text) <= _SAID_ALONE else []
    kinds = [kind for kind in _KINDS if _says(said, kind)]
    long = _says(said, "long_default_page")
    if not (kinds or long) or document.refresh is not None or facts.header("refresh") is not None:
        return None
    if len(document.tree.css(_FIELDS)) > 1:
        return None
    if long and len(document.text) <= _LONGEST_DEFAULT:
        return "default_page"
    if len(document.text) > _MOST_TEXT:
        return None
    links = len({link.url for link in document.links if link.element == "a" and link.fetchable})
    return next(
        (kind for kind in kinds if links <= (_MOST_ADVERTISED if kind == "parked" else _MOST_LINKS)), None
    )


def _says(said: list[str], key: str) -> bool:
    return any(pattern.search(text) for pattern in patterns(_FILE, key) for text in said)
