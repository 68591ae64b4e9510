"""One own link of a declared list, home page or application root, where it and the claim are each other's best.

Never a second step, and never where two services have one title: what lies further on was not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.page.content import PageContent
from checks.page.controls import controls
from checks.page.lines import selector
from checks.page.wordlist import spread, table
from checks.services.actions import Action
from checks.services.candidates import labels_of, row_of
from checks.services.matching.titles import Titles
from checks.services.matching.weighing import names
from checks.services.wording import tells
from claims.model import Service
from web.urls import identity, is_web

_MOST = 600  # Links of a list that are compared with the claim. Later ones are not. It bounds the time.


def own_link(titles: Titles, service: Service, page: PageContent) -> Action | None:
    """The link of the page that names the service best, and no other claim of the agency as well; None for none."""
    own = titles.others(service)
    if any(spread(other.title) == spread(service.title) for other in own):
        return None
    constants = table("page/words/titles.toml")["declared"]
    best: dict[str, tuple[float, str, Action]] = {}
    for text, action in _links(page):
        score = names(titles, service, text)
        key = identity(action.url)
        if score > best.get(key, (0.0,))[0]:
            best[key] = (score, text, action)
    ranked = sorted(best.values(), key=lambda row: (-row[0], row[2].url))
    if not ranked or ranked[0][0] < constants["led"]:
        return None
    score, text, action = ranked[0]
    if len(ranked) > 1 and score - ranked[1][0] < constants["margin"]:
        return None
    rival = max((names(titles, other, text) for other in own), default=0.0)
    return action if score - rival >= constants["margin"] else None


def _links(page: PageContent) -> Iterator[tuple[str, Action]]:
    """The page's own links, each with its words and with those that stand beside it in its row of a list."""
    for number, control in enumerate(controls(page)):
        if number >= _MOST:
            return
        href = (control.node.attributes.get("href") or "").strip()
        url = page.document.resolve(href) if href and not href.startswith("#") else None
        if url is None or not is_web(url) or identity(url) == identity(page.document.url):
            continue
        action = Action("link", url, control.text[:120], selector(control.node), named=True)
        if control.text:
            yield control.text, action
        row = row_of(control.node, control.text)
        for label in labels_of(row, control.text) if row is not None else ():
            if not tells(label):  # a sentence beside a link names more than the link
                yield label, action
