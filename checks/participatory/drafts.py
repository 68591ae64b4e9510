"""Drafts that a portal opens for comment: found in its consultations, each read with its own page.

One place for both checks that ask about them. What a draft is worth is theirs to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from checks.case import Case
from checks.dated import dates_of
from checks.derivations import once
from checks.elements.sections import Section, section
from checks.elements.words import names
from checks.inert_scripts import settled
from checks.page.content import PageContent
from checks.page.forms.kinds import Form
from checks.page.lines import TextBlock
from checks.page.page import Page
from checks.page.wordlist import pattern, phrases
from checks.participatory.blocks import PageBlock, blocks
from checks.participatory.draft_parts import State, form_of, forms_of, spoiled, text_of
from checks.participatory.draft_titles import SECTION, is_inner, is_title, may_title, names_title, subject
from checks.participatory.labelled import labelled
from checks.participatory.periods import OpenPeriod, period
from checks.participatory.targets import LinkedTarget, href, is_document, matter, target
from claims.persian import fold, tight
from web.urls import host, identity, path

_PARTICIPATION = "participation"

FILE = "participatory/words.toml"
_QUOTED = pattern(FILE, r"<quoted>\s?[«\"“](?P<title>[^«»\"“”]{8,200})[»\"”]")
# Links of a draft, pages of a list, drafts and unnamed blocks. Later ones are not read. By hand.
_MOST_LINKS, _MOST_PAGES, _MOST_DRAFTS, _MOST_UNNAMED = 4, 12, 80, 30


@dataclass(frozen=True, slots=True)
class Stated:
    """A line of a page, kept after the page is gone. heading: whether it is one; aside: a link or control."""

    text: str
    heading: bool
    aside: bool

    @classmethod
    def of(cls, line: TextBlock) -> Stated:
        return cls(line.text, bool(line.heading), line.linked or line.tag in ("option", "label", "button"))


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft. url: its own page, or the page that lists it. text, form: whether there is one to read, to fill in.

    unread: reason why a part of it was not seen. lines: all that is said of it. results: where links to its outcome lead.
    spoiled: `foreign` (another body's), `template`; None for what it seems.
    """

    title: str
    url: str
    period: OpenPeriod
    text: State
    form: State
    unread: str | None
    captures: tuple[str, ...]
    lines: tuple[Stated, ...] = field(repr=False)
    results: tuple[str, ...] = ()
    spoiled: str | None = None


@dataclass(frozen=True, slots=True)
class Drafts:
    """look: the section without its pages. url, rests, attempts: of its first page, url None where it has none.

    unlisted: pages of the list that nobody read, with the reason of the first.
    """

    look: Section
    url: str | None
    rests: tuple[str, ...]
    attempts: int
    listed: tuple[Draft, ...]
    unlisted: int
    reason: str | None


@once
def drafts(case: Case) -> Drafts:
    """All drafts that the consultations of the portal list, in order."""
    found = section(case, SECTION)
    pages = [*found.pages, *_beside(case, found)]
    waiting = [(page.url, page.reading, page.rests, settled(case, page.capture)) for page in pages]
    seen = {identity(url) for url, *_ in waiting}
    listed: dict[str, Draft] = {}
    unlisted: dict[str, str] = {}
    for url, page, rests, rendered in waiting:  # grows
        here = LinkedTarget("page", url, rests, page, rendered=rendered)
        for draft in _of_page(case, here):
            _keep(listed, draft)
        for further in _further(case, page):
            if identity(further) in seen or len(waiting) >= _MOST_PAGES:
                continue
            seen.add(identity(further))
            at = target(case, further)
            if at.kind == "page" and at.reading is not None:
                waiting.append((further, at.reading, at.captures, at.rendered))
            elif at.kind == "unread":
                unlisted[further] = at.reason or "not_attempted"
    first = pages[0] if pages else None
    return Drafts(
        look=replace(found, pages=()),
        url=first.url if first else None,
        rests=first.rests if first else (),
        attempts=first.attempts if first else 0,
        listed=tuple(listed.values())[:_MOST_DRAFTS],
        unlisted=len(unlisted),
        reason=next(iter(unlisted.values()), None),
    )


def _beside(case: Case, found: Section) -> Iterator[Page]:
    """Pages on participation that list drafts themselves."""
    known = {identity(page.url) for page in found.pages}
    for page in section(case, _PARTICIPATION).pages:
        here = LinkedTarget("page", page.url, page.rests, page.reading)
        if identity(page.url) not in known and any(True for _ in _of_page(case, here)):
            yield page


def _keep(listed: dict[str, Draft], draft: Draft) -> None:
    """The same draft on two pages is one: what tells more of it stays."""
    key = tight(" ".join(subject(draft.title)))
    known = listed.get(key)
    if known is None or _told(draft) > _told(known):
        listed[key] = draft


def _told(draft: Draft) -> tuple[bool, bool, bool, bool]:
    return draft.unread is None, draft.period.days is not None, draft.text == "yes", draft.form == "yes"


@dataclass(frozen=True, slots=True)
class _List:
    """A page that lists drafts, or is one's own: read once for all of them."""

    at: LinkedTarget
    page: PageContent
    forms: tuple[Form, ...]
    spoiled: str | None


def _of_page(case: Case, at: LinkedTarget) -> Iterator[Draft]:
    page = at.reading
    assert page is not None
    here = _List(at, page, forms_of(case, page), spoiled(case, [page]))
    main = page.main_heading
    if main is not None and is_title(main):
        yield _draft(case, here, PageBlock(main.text, tuple(matter(case)(page)), None))
        return
    found = blocks(
        page, is_title, lambda head: phrases(FILE, "deadline_heads").find(head) is not None, is_inner
    )
    for block in found:
        yield _draft(case, here, block)
    if found:
        return
    called = names(SECTION).find(f"{page.document.title} {main.text if main is not None else ''}")
    unnamed = list(_otherwise(case, here)) if called else []
    yield from unnamed or _in_sentences(case, here)


def _otherwise(case: Case, here: _List) -> Iterator[Draft]:
    """Matters of a list of consultations whose titles do not say that they are drafts: they ask for comments until a day."""
    main = here.page.main_heading
    found = blocks(here.page, lambda line: line is not main and may_title(line), lambda head: False, is_inner)
    for block in found[:_MOST_UNNAMED]:
        draft = _draft(case, here, block)
        if draft.period.closing is not None and any(
            phrases(FILE, "asks").find(line.text) for line in draft.lines
        ):
            yield draft


def _in_sentences(case: Case, here: _List) -> Iterator[Draft]:
    """Drafts that are named in running text, in quotation marks, with the days from and up to which they are open."""
    for line in here.page.own:
        named = _QUOTED.search(line.text) if not (line.heading or line.linked) else None
        if named is not None and len({*dates_of(line.text)}) >= 2:
            yield _draft(case, here, PageBlock(named["title"], (line,), None))


def _draft(case: Case, here: _List, block: PageBlock) -> Draft:
    lines = list(block.lines)
    inside = {line.node.mem_id for line in lines}
    beside = frozenset(line.text for line in here.page.lines if line.node.mem_id not in inside)
    leads = _links(case, here.page, lines)
    results = [url for url, said in leads if phrases(FILE, "results").find(said)]
    urls = [url for url, _ in leads if url not in results]
    targets = [target(case, url) for url in [url for url in urls if not is_document(url)][:_MOST_LINKS]]
    papers = [url for url in urls if is_document(url)]
    own = [
        (one, one.reading)
        for one in targets
        if one.reading is not None and _of_draft(one.reading, block.title)
    ]
    told = period(labelled(lines))
    of_page = matter(case)
    for _, page in own:
        mine = [line for line in of_page(page) if line.text not in beside]
        told = told.filled(period(labelled(mine)))
        lines += mine
        more = _links(case, page, mine)
        results += [url for url, said in more if phrases(FILE, "results").find(said)]
        papers += [url for url, _ in more if is_document(url) and url not in results]
    documents = [target(case, url) for url in papers[:_MOST_LINKS]]
    documents += [one for one in targets if one.kind == "document"]
    doubt = next((one for one in targets if one.kind == "unread"), None)
    form = form_of(
        block,
        here.at,
        here.forms,
        [form for _, page in own for form in forms_of(case, page)],
        seen=doubt is None and all(one.rendered for one, _ in own),
    )
    unread = next(
        (one.reason for one in (doubt, *documents) if one is not None and one.kind == "unread"), None
    )
    if form == "unknown":
        unread = unread or "needs_browser"
    captures = (
        *here.at.captures,
        *(id for one in (*(one for one, _ in own), *documents) for id in one.captures),
    )
    return Draft(
        title=block.title[:300],
        url=own[0][0].url if own else here.at.url,
        period=told,
        text=text_of(lines, documents, doubt),
        form=form,
        unread=unread,
        captures=tuple(dict.fromkeys(captures)),
        lines=tuple(map(Stated.of, lines)),
        results=tuple(dict.fromkeys(results)),
        spoiled=spoiled(case, [page for _, page in own], block.title) if own else here.spoiled,
    )


def _links(case: Case, page: PageContent, lines: Iterable[TextBlock]) -> list[tuple[str, str]]:
    """Links to pages and documents of the agency in these lines: address and words, each address once."""
    found: dict[str, str] = {}
    for line in lines:
        for anchor in line.anchors:
            url = href(page, anchor)
            if url is not None and case.owns(host(url)):
                said = " ".join(anchor.text(deep=True, separator=" ").split())[:200]
                found[url] = f"{found[url]} {said}" if url in found else said
    return list(found.items())


def _of_draft(page: PageContent, title: str) -> bool:
    """Whether a page that a draft links to is the draft's: it says its name."""
    return names_title(title, f"{page.document.title} {page.text}")


def _further(case: Case, page: PageContent) -> Iterator[str]:
    """Further pages of the same list: the next ones, and those of other states."""
    here = path(page.document.url).rstrip("/")
    for line in page.lines:
        for anchor in line.anchors:
            said = " ".join(anchor.text(deep=True, separator=" ").split())
            url = href(page, anchor)
            if url is None or len(said) > 40 or not case.owns(host(url)):
                continue
            below = path(url).rstrip("/")
            numbered = re.fullmatch(r"\d{1,2}", fold(said)) is not None
            if (
                (numbered or phrases(FILE, "further").find(said))
                and (below == here or below.startswith(f"{here}/"))
                and here
            ):
                yield url
