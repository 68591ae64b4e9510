"""What a page says of how a service is done: in person, electronically, by e-mail, not yet, or nothing but a template.

Sentence by sentence, denials first. Word lists are in `checks/page/words/pages.toml` and `checks/services/words.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from selectolax.lexbor import LexborNode

from checks.derivations import once
from checks.page.cards.card import card_lines, unfilled_card
from checks.page.cards.labels import field_of
from checks.page.content import PageContent
from checks.page.lines import TextBlock, ancestry, selector
from checks.page.wordlist import matches, patterns, phrases, spread, table
from checks.services.title_words import read as read_title
from claims.persian import QUESTION_MARK, QUESTION_MARKS, SEMICOLON
from web.urls import path

_FILE = "page/words/pages.toml"
_WORDS = "services/words.toml"
_END = re.compile(rf"[.!?;\n•{QUESTION_MARK}{SEMICOLON}]\s+|[!\n•{QUESTION_MARK}{SEMICOLON}]|\.$")
_SITE = re.compile(
    r"(?<![\w@.])(?:https?://|www\.)[^\s<>()]{4,}|(?<![\w@.-])[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.(?:ir|com|org|net|test|gov)(?![\w-])"
)
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{1,200}")
_ASKS = (*QUESTION_MARKS, "!", "…")
_SENTENCE = 8  # words
_LITTLE = 300  # Characters of a page on which one line speaks for all of it. By hand.
_SHORT = 600  # Characters of a short page: longer ones say "soon" or "in person" about parts. By hand.
_LONG = 2_000  # Characters from which a page must show four marks of a template instead of two. By hand.
_LONGEST = 2_000  # Characters of a sentence that are read. The rest is cut; it bounds the patterns.


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence that decided, and where it stands."""

    text: str
    selector: str


def sentences(page: PageContent) -> Iterator[tuple[str, TextBlock]]:
    """Sentences of the page's own text: links, options, labels, headings, fields of a card and questions left out."""
    stated = card_lines(page)
    for line in page.own:
        if line.linked or line.tag in ("option", "label", "button", "select") or line.node.mem_id in stated:
            continue
        if 0 < line.heading < 7 or _names_field(line):  # names a matter and states nothing
            continue
        start = 0
        for end in (*_END.finditer(line.text), None):
            part = line.text[start : end.start() if end is not None else None].strip()
            start = end.end() if end is not None else 0
            asked = end is not None and end.group()[0] in QUESTION_MARKS
            if len(part) > 3 and not asked:  # a question states nothing
                yield part[:_LONGEST], line


def _names_field(line: TextBlock) -> bool:
    """The label of a card's field, though nothing stands beside it: «تعداد بار مراجعه حضوری | -» sends nobody anywhere."""
    cell = next((node for node in ancestry(line.node, 3) if node.tag in ("th", "dt", "td")), None)
    if cell is None or not field_of(line.text):
        return False
    return cell.tag != "td" or any(other.tag == "td" for other in _after(cell))


def _after(cell: LexborNode) -> Iterator[LexborNode]:
    """What follows a cell in its row."""
    beside = cell.next
    while beside is not None:
        yield beside
        beside = beside.next


def in_person(page: PageContent, subject: str = "") -> Said | None:
    """The first sentence that sends people somewhere, for the service as a whole; None when there is none.

    subject: the service's title; what it is about is no mere step of it.
    """
    for text, line in sentences(page):
        if _sends_people(text, spread(subject)):
            return Said(text[:300], selector(line.node))
    return None


def _sends_people(text: str, subject: str = "") -> bool:
    words = spread(text)
    if _denies_electronic(words):
        return True
    rest = _without_denials(words)
    if not any(pattern.search(rest) for pattern in patterns(_FILE, "in_person")):
        return False
    if any(pattern.search(words) for pattern in patterns(_FILE, "in_person_only")):
        return True
    steps = (
        match.group() for pattern in patterns(_FILE, "in_person_step") for match in pattern.finditer(rest)
    )
    return all(step in subject for step in steps)


@once
def on_paper(page: PageContent) -> Said | None:
    """The sentence by which sheets are printed or signed, and handed in; None where it names a way by wire."""
    (wire,) = patterns(_FILE, "by_wire")
    for text, line in sentences(page):
        words = spread(text)
        if any(pattern.search(words) for pattern in patterns(_FILE, "on_paper")) and not wire.search(words):
            return Said(text[:300], selector(line.node))
    return None


def _without_denials(words: str) -> str:
    words = _without_asides(words)
    for denied in patterns(_FILE, "in_person_denied"):
        words = denied.sub(" ", words)
    return words


def _without_asides(words: str) -> str:
    for aside in patterns(_FILE, "in_person_aside"):
        words = aside.sub(" ", words)
    return words


def _denies_electronic(words: str) -> bool:
    if any(pattern.search(words) for pattern in patterns(_FILE, "need_denied")):
        return False
    return any(pattern.search(words) for pattern in patterns(_FILE, "not_electronic"))


def electronic(page: PageContent) -> Said | None:
    """The first sentence that says that the service is done electronically; None when none does."""
    for text, line in sentences(page):
        words = spread(text)
        if _denies_electronic(words):
            continue
        rest = _without_denials(words)
        denies_visits = rest != _without_asides(words)
        said = any(pattern.search(words) for pattern in patterns(_FILE, "electronic"))
        if (said and not matches(_WORDS, "denial", rest)) or (denies_visits and not _sends_people(text)):
            return Said(text[:300], selector(line.node))
    return None


def denies(text: str) -> bool:
    """Whether a sentence says that something is not, by the verb at its end: «قبض پرداخت‌نشده» is no denial."""
    return matches(_WORDS, "denial", " ".join(spread(text).split()[-2:]))


def by_email(page: PageContent, addresses: int) -> Said | None:
    """The sentence that asks for papers by e-mail. addresses: mail links of the page's own."""
    if not addresses and not _MAIL.search(page.text):
        return None
    for text, line in sentences(page):
        words = spread(text)
        named = _MAIL.search(text) or any(p.search(words) for p in patterns(_FILE, "by_email"))
        if named and any(p.search(words) for p in patterns(_FILE, "send_papers")):
            return Said(text[:300], selector(line.node))
    return None


def unlinked_site(page: PageContent) -> Said | None:
    """The sentence that sends people to a site that is written out and not linked; None when none does."""
    linked = " ".join(anchor.text(deep=True) for line in page.own for anchor in line.anchors)
    for text, line in sentences(page):
        match = _SITE.search(_MAIL.sub(" ", text))
        if match and match.group() not in linked and matches(_WORDS, "sends_to_site", text):
            return Said(text[:300], selector(line.node))
    return None


def points_elsewhere(page: PageContent) -> Said | None:
    """The sentence by which the service is done in a system that the page names and does not link to."""
    for text, line in sentences(page):
        words = spread(text)
        if not matches(_WORDS, "denial", words) and any(
            p.search(words) for p in patterns(_FILE, "points_to")
        ):
            return Said(text[:300], selector(line.node))
    return None


def says_nothing(page: PageContent) -> Said | None:
    """The sentence of a short page by which it could not say more to us: an error, a session that ended."""
    if len(page.text) > _SHORT:
        return None
    words = phrases(_FILE, "no_statement")
    for text, line in sentences(page):
        if words.find(text):
            return Said(text[:300], selector(line.node))
    return None


def opens_later(page: PageContent) -> Said | None:
    """The sentence by which asking opens at another time: what is to be seen on that day is not denied on this."""
    for text, line in sentences(page):
        if matches(_FILE, "opens_later", text):
            return Said(text[:300], selector(line.node))
    return None


def takes_no_requests(page: PageContent) -> Said | None:
    """The sentence by which a request is not dealt with on this page: «درخواست خدمت از این راه بررسی نمی‌شود»."""
    for text, line in sentences(page):
        if matches(_FILE, "takes_no_requests", text):
            return Said(text[:300], selector(line.node))
    return None


def under_construction(page: PageContent, subject: str = "") -> Said | None:
    """The heading, or the sentence of a page that says little else, by which the page is not ready.

    subject: the service's title, whose own words say nothing of the page.
    """
    words, alone = phrases(_FILE, "under_construction"), phrases(_FILE, "under_construction_alone")
    claimed = spread(subject)
    for line in page.headings[:4]:
        if alone.is_whole(line.text) and len(page.text) < _LITTLE:
            return Said(line.text[:300], selector(line.node))
        marked = words.find(line.text)
        if not marked or marked in claimed or _qualifies(line.text, marked):
            continue
        if len(line.text) < 120 and len(page.text) < _SHORT:
            return Said(line.text[:300], selector(line.node))
    if len(page.text) > _SHORT:
        return None
    for text, line in sentences(page):
        marked = words.find(text)
        if not marked or marked in claimed or not _states(text, marked):
            continue
        if len(page.text) < _LITTLE:
            return Said(text[:300], selector(line.node))
    return _announced(page)


def _announced(page: PageContent) -> Said | None:
    """The sentence by which a page that says little else is to come, in words of no list.

    It is told by two of four: that it is not yet, that people work on it, that it comes soon, that one be patient.
    """
    words = spread(page.text) if len(page.text) < _LITTLE else ""
    if not words or any(pattern.search(words) for pattern in patterns(_FILE, "announced_move")):
        return None
    told = [patterns(_FILE, f"announced_{sign}") for sign in ("not_yet", "work", "soon", "patience")]
    if sum(any(pattern.search(words) for pattern in signs) for signs in told) < 2:
        return None
    first = next(
        (line for line in page.own if any(p.search(spread(line.text)) for signs in told for p in signs)), None
    )
    return Said(first.text[:300], selector(first.node)) if first is not None else None


def _states(text: str, marked: str) -> bool:
    """The mark is what the sentence says, not what some noun in it is: «ساختمان در دست احداث آقای رضایی …»."""
    after = spread(text).partition(marked)[2].split()
    return not _qualifies(text, marked) and (len(after) <= 2 or phrases(_WORDS, "stating").is_whole(after[0]))


def _qualifies(text: str, marked: str) -> bool:
    """The mark says which of several things are meant: «راه‌های در دست تعمیر». A plural that is bound to what follows ends so."""
    before = spread(text).partition(marked)[0].split()
    return bool(before) and before[-1].endswith(tuple(table(_WORDS)["bound_plural"]))


def placeholder(page: PageContent, subject: str = "") -> Said | None:
    """A mark of a template that nobody filled in; several where each alone may be innocent.

    subject: the service's title, whose own words are no such mark.
    """
    if (empty := unfilled_card(page)) is not None:
        return Said(empty.label.text[:300], selector(empty.label.node))
    claimed = spread(subject)
    words = phrases(_FILE, "placeholder")
    needed = 2 if len(page.text) < _LONG else 4
    weak: list[Said] = []
    for line in page.own:
        if line.tag in ("option", "label", "button", "select") or line.linked:
            continue
        marked = words.find(line.text)
        if marked and marked not in claimed:
            return Said(line.text[:300], selector(line.node))
        for pattern in patterns(_FILE, "placeholder_patterns"):
            for _ in pattern.finditer(line.text[:5_000]):
                weak.append(Said(line.text[:300], selector(line.node)))
                if len(weak) >= needed:
                    return weak[0]
    return None


def unfilled(page: PageContent) -> Said | None:
    """One mark of a template that was not filled in. Alone it may be innocent: see `placeholder`."""
    for line in page.own:
        if line.tag in ("option", "label", "button", "select") or line.linked:
            continue
        if any(pattern.search(line.text[:5_000]) for pattern in patterns(_FILE, "placeholder_patterns")):
            return Said(line.text[:300], selector(line.node))
    return None


def still_loading(page: PageContent) -> bool:
    """The page says little but that more is to come."""
    if len(page.text) > _SHORT:
        return False
    words = phrases(_FILE, "loading")
    return any(len(line.text) < 100 and words.find(line.text) for line in page.own)


def is_search_results(page: PageContent) -> bool:
    """The page answers a search of the portal."""
    words = phrases(_FILE, "search_results")
    if any(words.find(line.text) for line in page.headings if len(line.text) < 250):
        return True
    if words.find(page.document.title):
        return True
    typed = [
        (node.attributes.get("value") or "").strip()
        for node in page.document.tree.css("input[value]")
        if (node.attributes.get("type") or "text").lower() in ("text", "search")
    ]
    return any(len(value) > 3 and words.find(page.text) for value in typed)


def is_collection(page: PageContent) -> bool:
    """The page gathers many matters under a heading of its own: questions, news, notices."""
    main = page.main_heading
    return main is not None and phrases(_FILE, "collection").is_whole(main.text)


def of_the_portal(title: str) -> bool:
    """Whether a claim is of nothing but what a portal does for its visitors: an account, a password, a message to it."""
    matters = phrases("page/words/pages.toml", "portal_matter")
    return matters.find(title) is not None and not read_title(matters.removed(title)).words


def is_generic(text: str) -> bool:
    """A heading that says nothing about which service it is: «جزئیات خدمت», the name of a portal."""
    words = spread(text)
    openings = phrases(_FILE, "generic_opening").phrases
    return (
        not words
        or phrases(_FILE, "generic_heading", "under_construction_alone").is_whole(text)
        or any(f"{words} ".startswith(f"{phrase} ") for phrase in openings)
    )


def tells(text: str) -> bool:
    """A heading that is a question or a sentence: «نامه شما کجاست؟», «از پیام خود باخبر شوید»."""
    words = spread(text).split()
    return text.rstrip().endswith(_ASKS) or len(words) > _SENTENCE or bool(words and words[-1] in _verbs())


@cache
def _verbs() -> frozenset[str]:
    return frozenset(map(spread, table(_FILE)["sentence_ends"]))


def for_staff(page: PageContent, heading: str) -> bool:
    """Whether a log-in says that it is for those who run the portal, or work for the body. heading: over its fields."""
    main = page.main_heading
    if path(page.document.url).lstrip("/").partition("/")[0].lower() in table(_FILE)["staff_folders"]:
        return True
    said = (page.document.title[:300], heading, main.text if main is not None else "")
    return any(phrases(_FILE, "staff_words").find(text) is not None for text in said)


def is_news(page: PageContent) -> bool:
    """The page is a news article."""
    marks = phrases(_FILE, "news").all(page.text)
    source = page.document.source
    if (
        '"NewsArticle"' in source
        or '"ReportageNewsArticle"' in source
        or 'itemtype="http://schema.org/NewsArticle"' in source
    ):
        return True
    if matches(_FILE, "news_opening", page.text[:_LONGEST]):
        return True
    where = path(page.document.url).lower()
    in_news = any(pattern.search(where) for pattern in patterns(_FILE, "news_paths"))
    return len(marks) >= 2 or (in_news and bool(marks))


def is_ahead(page: PageContent) -> bool:
    """The news article is of what is to begin."""
    return matches(_FILE, "news_ahead", page.text[:_LONGEST])
