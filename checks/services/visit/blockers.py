"""What forbids a contradiction: whatever of a page's own may hold what was missed, and was not read or not seen at work.

One list for every check that can contradict. A blocker speaks for nobody: it only says that absence is no evidence here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from checks.case import Case
from checks.page.content import PageContent
from checks.page.controls import Control, controls
from checks.page.lines import ancestry, selector
from checks.page.wordlist import phrases
from checks.services.visit.surroundings import Framed, beside, framed_pages
from evidence.kinds.page import PageFacts
from evidence.records import Capture
from web.urls import host, identity, is_web, path

BlockerKind = Literal["leads_away", "field", "script", "frame", "file", "card_file"]
Reason = Literal["ambiguous", "not_attempted", "needs_browser"]

_DOCUMENT = re.compile(
    r"\.(?:pdf|docx?|xlsx?|pptx?|zip|rar|7z|jpe?g|png|gif|svg|webp|mp[34])$", re.IGNORECASE
)
# A link in so long a wording is a sentence.
_LABEL = 80
_CLASS = re.compile(r"(?i:(?:^|[\s_-])(?:btn|button|cta|dokme))|[a-z](?:Button|Btn)")
# Room around the words and a ground of its own: a button of a page whose classes say how it looks (Tailwind).
_LOOKS = re.compile(r"^(?=.*\bpx-\d)(?=.*\bpy-\d)(?=.*\b(?:bg|border|rounded)-)")
# So many hosts in one place are a list of links to others.
_LIST = 4


@dataclass(frozen=True, slots=True)
class Blocker:
    """kind: of what may hold what was missed. reason: of the contract, for the finding that stays open.

    text, selector: where it stands. url: where it leads, "" for what leads nowhere.
    """

    kind: BlockerKind
    reason: Reason
    text: str = ""
    selector: str = ""
    url: str = ""


def blockers(case: Case, page: PageContent, capture: Capture) -> Iterator[Blocker]:
    """Of any page, whatever it is for: scripts, frames, links that leave."""
    yield from unseen(page, capture, framed_pages(case, page))
    for control, url in leaving(case, page):
        yield Blocker("leads_away", "not_attempted", control.text[:120], selector(control.node), url)


def unseen(page: PageContent, capture: Capture, framed: Framed) -> Iterator[Blocker]:
    """What of the page itself was not seen at work or not read. framed: what stands in its frames."""
    if page.document.scripts and not isinstance(capture.facts, PageFacts):
        yield Blocker("script", "needs_browser")
    for url in framed.unread:
        yield Blocker("frame", "not_attempted", url=url)
    for url in framed.foreign:
        yield Blocker("frame", "ambiguous", url=url)


def leaving(case: Case, page: PageContent) -> list[tuple[Control, str]]:
    """Links of the page's own that look like buttons and lead to another host, whatever they say; not where many do."""
    found: dict[str, tuple[Control, str]] = {}
    for control in controls(page):
        url = leaves(case, page, control)
        if url is not None:
            found.setdefault(identity(url), (control, url))
    return [] if len({host(url) for _, url in found.values()}) >= _LIST else list(found.values())


def leaves(case: Case, page: PageContent, control: Control) -> str | None:
    """Where a control leads that looks like a button and leaves the page's host for one that may be an application's."""
    href = (control.node.attributes.get("href") or control.node.attributes.get("data-href") or "").strip()
    url = page.document.resolve(href[:2_000]) if href else None
    if url is None or not is_web(url) or host(url) == host(page.document.url) or _DOCUMENT.search(path(url)):
        return None
    if beside(host(url)) or identity(url) == identity(case.agency.portal):
        return None
    if phrases("page/words/pages.toml", "never_action").find(control.text):
        return None
    return url if _is_button(control) else None


def _is_button(control: Control) -> bool:
    """Marked as one, or a short wording that stands alone."""
    if len(control.text) > _LABEL:
        return False
    marked = any(
        node.tag == "button"
        or (node.attributes.get("role") or "") == "button"
        or _CLASS.search(node.attributes.get("class") or "")
        or _LOOKS.search(node.attributes.get("class") or "")
        for node in (control.node, *ancestry(control.node, 2))
    )
    return marked or not control.around
