"""The name that a page has in its `<title>` alone: half of all real pages have no heading, or the portal's name as one.

It ties a page only at the address that was declared for the service, and holds nothing against anyone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from checks.case import Case
from checks.outcome import received
from checks.page.content import PageContent
from checks.page.trail import last_step
from checks.page.wordlist import phrases, spread, table
from checks.services import wording
from checks.services.matching.titles import MATCH, Titles
from claims.model import Service
from claims.persian import TATWEEL
from web.urls import identity

# «صفحه - سایت», «سایت | صفحه», and DotNetNuke's «سایت > صفحه»; a stretched letter that stands alone is a dash.
_PARTS = re.compile(rf"\s[-–—:{TATWEEL}]\s|[|»«›‹·•]|::|\s[/>]\s")
_LONGEST = 200  # Characters of a heading that are compared. It bounds the time. By hand.
# What stands over a box, whatever the page is about.
_BOXES = ("poll_words", "newsletter_words")


@dataclass(frozen=True, slots=True)
class Named:
    """text: what of the `<title>`, or of the trail, is the page's own, "" for nothing. portal: how the portal calls itself, spread."""

    text: str
    portal: str


@cache
def joining() -> frozenset[str]:
    """Words of a name that say nothing of its matter."""
    return frozenset(map(spread, table("services/words.toml")["joining"]))


def named(case: Case, page: PageContent) -> Named:
    """What is left of the `<title>` without the parts that the home page's has too, else the last step of the page's trail."""
    home = case.derived("portal's names", lambda: _names(case))
    if identity(page.document.url) == identity(case.agency.portal):
        return Named("", spread(" ".join(home)))
    known = {spread(part) for title in home for part in (title, *_PARTS.split(title))}
    parts = [part.strip() for part in _PARTS.split(page.document.title[:300])]
    own = " ".join(part for part in parts if part and spread(part) not in known)
    if not own:
        step = page.derived("trail", lambda: last_step(page.document))
        own = "" if spread(step) in known else step
    return Named(own, spread(" ".join(home)))


def heading_of(case: Case, page: PageContent) -> str:
    """What the page calls itself: its main heading, else what of `<title>` is its own, else its first line."""
    main = page.main_heading
    text = main.text if main is not None else named(case, page).text
    return " ".join((text or next((line.text for line in page.own), "")).split())[:_LONGEST]


def _names(case: Case) -> tuple[str, ...]:
    """The agency's name, and the `<title>` and first heading of its home page."""
    found = [case.agency.name]
    for visit in case.visits(case.agency.portal)[:1]:
        if received(case, visit) is None and case.is_html(visit.final):
            document = case.document(visit.final)
            heading = document.tree.css_first("h1")
            found += [document.title, heading.text(deep=True)[:200] if heading is not None else ""]
    return tuple(name for name in found if name.strip())


def is_named(titles: Titles, service: Service, page: PageContent, name: Named) -> float:
    """How well the `<title>` names the service, 0 to 1; 0 where a heading of the page says something else."""
    if not name.text or _says_another(titles, service, page, name):
        return 0.0
    score = titles.score(service, name.text)
    return max(score, MATCH if _acts_alone(service, name) else 0.0)


def is_name(text: str, name: Named) -> bool:
    """Whether a heading may be the name of a matter: no general word, question, sentence, box or name of the portal."""
    if (
        wording.is_generic(text)
        or wording.tells(text)
        or phrases("page/words/pages.toml", *_BOXES).find(text)
    ):
        return False
    return not set(spread(text).split()) - joining() <= set(name.portal.split())


def _says_another(titles: Titles, service: Service, page: PageContent, name: Named) -> bool:
    """Whether the main heading is a name, beside the portal's and the page's, and not the service's."""
    main = page.main_heading
    if main is None or not is_name(main.text, name) or titles.score(service, main.text) >= MATCH:
        return False
    known = set(name.portal.split()) | set(spread(name.text).split()) | joining()
    return not set(spread(main.text).split()) <= known


def _acts_alone(service: Service, name: Named) -> bool:
    """«ثبت درخواست» for «ثبت درخواست در سامانهٔ ۱۳۷» on the portal of that name: the portal's own name says the rest."""
    title, text = spread(service.title), spread(name.text)
    if f" {text} " not in f" {title} ":
        return False
    rest = set(phrases("page/words/pages.toml", "system_words").removed(title).split())
    return rest - set(text.split()) - joining() <= set(name.portal.split())
