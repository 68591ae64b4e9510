"""Is this page about this service? Code, card, headings, in that order of trust, against every other title.

Running text never ties a page, and <title> only at the declared address: search results, menus and lists say every title. A title that stands alone
under a heading that is an act and no matter («رهگیری») is its second half.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from checks.page.cards.card import Card, cards, codes
from checks.page.content import PageContent
from checks.page.lines import TextBlock, selector
from checks.page.wordlist import phrases, spread
from checks.services.matching.declared import Named, is_named
from checks.services.matching.shortened import completed
from checks.services.matching.titles import EXACT, MARGIN, MATCH, Match, Titles
from checks.services.matching.titles import read as read_title
from checks.services.matching.weighing import Part
from checks.services.wording import is_generic
from claims.model import Service
from claims.persian import digits
from web.urls import identity, split_fragment

How = Literal["code", "card", "heading", "declared", "alias", "none"]
# This many titles of other services under one another make a list.
_LIST = 3
_CHOICES = ("option", "label", "button", "select", "li")
_UNLIKE = 0.9  # of MATCH: a page whose titles all stay below it may be another service's. By hand
_MENTIONED = (
    0.8  # of MATCH: a line from here on mentions the service, so the page is not only another's. By hand
)
_LONGEST_MENTION = 400  # characters of a line that can mention a service. Longer is read by its words
_SHORT = 200  # Characters of a line that can be a title. Longer is a sentence.


@dataclass(frozen=True, slots=True)
class ServiceMatch:
    """How a page is tied to a claim.

    how: "none" when it is not. score: of the title, whatever it was found in. rivals: the two other services
    of the round that the page names best, where it names them.
    ambiguous: the page names another service as well as this one. listing: it is a list of services.
    other: the known service whose page this is by positive evidence; None otherwise.
    aside: only a heading under another matter names it, so that the page may be about something else.
    completed: the heading is a part of the title, and the text says the rest; nothing is held against anyone by it.
    parts: what was weighed for and against it at the declared address.
    """

    how: How
    score: float
    code: bool
    text: str
    selector: str
    rivals: tuple[Match, ...] = ()
    ambiguous: bool = False
    listing: bool = False
    other: str | None = None
    aside: bool = False
    completed: bool = False
    card: Card | None = None
    parts: tuple[Part, ...] = ()

    @property
    def tied(self) -> bool:
        return self.how != "none" and not self.ambiguous and not self.listing


def tie(
    titles: Titles,
    service: Service,
    page: PageContent,
    extra: Sequence[str] = (),
    *,
    declared: Named | None = None,
    framed: Sequence[Card] = (),
) -> ServiceMatch:
    """The page against the claim and all other claims. `extra`: headings of its frames (iframes).

    declared: its own name, where the page stands at the address that was declared for this service. framed: cards in its
    frames, which may say that the page is this service's, and never that it is another's.
    """
    found = cards(page)
    by_code = _by_code(titles, service, page, found)
    if by_code is not None:
        return by_code
    alone = _by_itself(titles, service, page, found, extra, declared, framed)
    if declared is None or titles.chosen != service.id or alone.other is not None:
        return alone
    # an auditor said that the page is the service's: then it is, unless it is another claim's on positive evidence
    return replace(alone, how="alias", text=service.title[:200], ambiguous=False, listing=False, aside=False)


def _by_itself(
    titles: Titles,
    service: Service,
    page: PageContent,
    found: Sequence[Card],
    extra: Sequence[str],
    declared: Named | None,
    framed: Sequence[Card],
) -> ServiceMatch:
    card = next((card for card in framed if service.code is not None and service.code in card.codes), None)
    if card is not None and len(framed) == 1 and not found:
        return ServiceMatch("code", 1.0, True, card.code, "", card=card)
    return _by_title(titles, service, page, found, extra, declared, framed)


def _by_code(
    titles: Titles, service: Service, page: PageContent, found: Sequence[Card]
) -> ServiceMatch | None:
    if service.code is None:
        return None
    present = codes(page)
    if service.code not in present:
        return None
    others = [code for code in present if code != service.code and any(titles.with_code(code))]
    if len(others) >= _LIST - 1 and len([card for card in found if card.code]) != 1:
        return ServiceMatch("code", 1.0, True, service.code, "", listing=True)
    card = next((card for card in found if service.code in card.codes), None)
    main = page.main_heading
    score = max(
        titles.score(service, main.text) if main is not None else 0.0,
        titles.score(service, card.title) if card is not None and card.title else 0.0,
    )
    line = card.line if card is not None and card.line is not None else _line_with(page, service.code)
    if others and card is None and score < MATCH:
        return ServiceMatch("code", score, True, service.code, selector(line.node), ambiguous=True)
    return ServiceMatch("code", score, True, line.text[:200], selector(line.node), card=card)


def _line_with(page: PageContent, code: str) -> TextBlock:
    return next((line for line in page.own if code in digits(line.text)), page.own[0])


def _by_title(
    titles: Titles,
    service: Service,
    page: PageContent,
    found: Sequence[Card],
    extra: Sequence[str],
    declared: Named | None,
    framed: Sequence[Card] = (),
) -> ServiceMatch:
    own = titles.own(service)
    main = page.main_heading
    level = main.heading if main is not None else 1
    first: list[tuple[str, TextBlock | None]] = [
        (line.text, line)
        for line in page.headings
        if line is main or (line.heading == level < 7 and not line.framed and not line.linked)
    ]
    tiers: list[list[tuple[str, TextBlock | None]]] = [
        [(card.title, card.line) for card in (*found, *framed) if card.title],
        first,
        [
            (line.text, line)
            for line in page.headings
            if (line.heading != level or level == 7 or line.linked) and line is not main
        ]
        + [(text, None) for text in extra],
    ]
    if (stated := _under_an_act(titles, service, page, own)) is not None:
        tiers[1].append((stated.text, stated))
    best = 0.0
    above: list[str] = []
    for depth, tier in enumerate(tiers):
        scored = [(titles.score(service, text), text, line) for text, line in tier]
        score, text, line = max(scored, key=lambda item: item[0], default=(0.0, "", None))
        best = max(best, score)
        above.extend(text for text, _ in tier)
        if score < MATCH:
            continue
        rivals = _rivals(titles, service, own, above)
        close = [rival for rival in rivals if rival.score >= score - MARGIN]
        how: How = "card" if depth == 0 else "heading"
        where = selector(line.node) if line is not None else ""
        card = next((card for card in (*found, *framed) if card.title == text), None) if depth == 0 else None
        below = card is None and line is not None and line not in (main, stated)
        listing = len(close) >= _LIST - 1 or (
            below and line is not None and (_among_peers(titles, service, page, line) or _is_card(page, line))
        )
        return ServiceMatch(
            how, score, False, text[:200], where, tuple(rivals[:2]),
            ambiguous=bool(close), listing=listing, card=card,
            aside=below and main is not None and titles.score(service, main.text) < MATCH,
        )  # fmt: skip
    if not found and (part := completed(titles, service, page, claimed=declared is not None)) is not None:
        return ServiceMatch("heading", best, False, part.text[:200], selector(part.node), completed=True)
    if not found and declared and (score := is_named(titles, service, page, declared)) >= MATCH:
        rivals = _rivals(titles, service, own, [*above, declared.text])
        unclear = any(rival.score >= score - MARGIN for rival in rivals)
        where = "head > title"
        return ServiceMatch(
            "declared",
            score,
            False,
            declared.text[:200],
            where,
            tuple(rivals[:2]),
            ambiguous=unclear,
            completed=True,
        )
    tiers[0] = [(card.title, card.line) for card in found if card.title]
    untied = _untied(titles, service, page, found, tiers, best)
    return replace(untied, ambiguous=any(_names_another(titles, service, card) for card in framed))


def _names_another(titles: Titles, service: Service, card: Card) -> bool:
    """Whether a card has the code or the very title of another claim."""
    if titles.is_code_of_another(service, card.codes):
        return True
    best = titles.best(card.title) if card.title else None
    return best is not None and best.service != service.id and best.score >= EXACT


def _under_an_act(
    titles: Titles, service: Service, page: PageContent, own: Sequence[Service]
) -> TextBlock | None:
    """The claimed title, word for word, as the one line of its kind under a main heading that names no matter."""
    main = page.main_heading
    if main is None or read_title(main.text).words:
        return None
    if not read_title(main.text).actions <= read_title(service.title).actions:
        return None
    others = [other for other in own if other.id != service.id]
    lines = [
        line
        for line in page.own
        if not line.heading and not line.linked and line.tag not in _CHOICES and len(line.text) <= _SHORT
    ]
    mine = [line for line in lines if spread(line.text) == spread(service.title)]
    rivals = any(titles.named(line.text, others) for line in lines)
    return mine[0] if len(mine) == 1 and not rivals else None


def _is_card(page: PageContent, line: TextBlock) -> bool:
    """Whether the same words lead on from the heading and from others of its level: «مشاهده» below each of three."""
    below: dict[int, set[str]] = {}
    said = set[str]()
    for block in page.own:
        if block.heading:
            said = below.setdefault(block.node.mem_id, set()) if block.heading == line.heading else set()
        elif block.linked:
            said.add(spread(block.text))
    mine = below.get(line.node.mem_id, set())
    return any(sum(text in others for others in below.values()) >= _LIST for text in mine)


def _among_peers(titles: Titles, service: Service, page: PageContent, line: TextBlock) -> bool:
    """Whether the heading stands among headings of its level that read like other services."""
    peers = 0
    for other in page.headings:
        if other is line or other.heading != line.heading or other.framed:
            continue
        peers += reads_like_another(titles, service, other.text)
    return peers >= _LIST - 1


def reads_like_another(titles: Titles, service: Service, text: str) -> bool:
    """Whether a heading names an act and a matter that are not this service's, claimed or not."""
    named = read_title(text)
    if not named.actions or not named.words or phrases("page/words/pages.toml", "section_words").find(text):
        return False
    return titles.score(service, text) < MATCH


def _rivals(titles: Titles, service: Service, own: Sequence[Service], texts: Sequence[str]) -> list[Match]:
    others = [other for other in own if other.id != service.id]
    best: dict[str, Match] = {}
    for text in texts:
        for match in titles.named(text, others):
            if match.service not in best or best[match.service].score < match.score:
                best[match.service] = match
    return sorted(best.values(), key=lambda match: (-match.score, match.service))


def _untied(
    titles: Titles,
    service: Service,
    page: PageContent,
    found: Sequence[Card],
    tiers: Sequence[Sequence[tuple[str, TextBlock | None]]],
    best: float,
) -> ServiceMatch:
    named: list[Match] = []
    by_card = False
    elsewhere = False
    where = ""
    text = ""
    for card in found:
        holder = next(titles.with_code(card.code), None) if card.code else None
        if holder is not None and holder.id != service.id:
            named.append(Match(1.0, holder.id))
            by_card = True
            text, where = card.code, selector(card.line.node) if card.line is not None else ""
    for name, line in [*tiers[0], *tiers[1]]:
        match = titles.best(name)
        if match is not None and match.service != service.id and match.score >= EXACT:
            named.append(match)
            elsewhere = elsewhere or (line is not None and _is_card(page, line))
            if not text:
                text, where = name, selector(line.node) if line is not None else ""
    distinct = {match.service for match in named}
    listing = len(distinct) >= _LIST
    mentioned = _offers(titles, service, page) if by_card else _mentions(titles, service, page, named)
    single = len(distinct) == 1 and not mentioned and not elsewhere
    other = named[0].service if single and best < MATCH * _UNLIKE else None
    if not named and best < MATCH * _UNLIKE:
        if (stranger := _stranger(titles, service, page, found)) is not None:
            other, text = stranger.code, stranger.title
            where = selector(stranger.line.node) if stranger.line is not None else ""
        elif (held := _holder(titles, service, page)) is not None:
            other, text, where = held[0].id, held[1].text, selector(held[1].node)
    rivals = tuple(sorted(named, key=lambda match: (-match.score, match.service))[:2])
    return ServiceMatch("none", best, False, text[:200], where, rivals, listing=listing, other=other)


def _stranger(titles: Titles, service: Service, page: PageContent, found: Sequence[Card]) -> Card | None:
    """The page's only card, when both its code and its title are of a service that nobody claimed.

    A code without a title is of what the main heading says, on a page that says less than half of the claim.
    """
    if service.code is None or len(found) != 1 or not found[0].code or service.code in found[0].codes:
        return None
    card = found[0]
    if not card.title:
        main = page.main_heading
        kin = any(
            one.startswith(two.rstrip("0"))
            for one, two in ((card.code, service.code), (service.code, card.code))
        )
        if main is None or kin or is_generic(main.text) or not _left_unsaid(titles, service, page):
            return None
        card = replace(card, title=main.text)
    told = _offers(titles, service, page) or _mentions(titles, service, page, [])
    return None if told or read_title(card.title).empty else card


def _holder(titles: Titles, service: Service, page: PageContent) -> tuple[Service, TextBlock] | None:
    """Another claim that declares this very page, whose title is the page's name, where the page says less than half of the claim.
    With it the line that says the name."""
    line = page.main_heading or next((line for line in page.headings if not line.framed), None)
    if line is None or line.linked or _is_card(page, line):
        return None
    for other in titles.others(service):
        if other.url and _adds_to(page.document.url, other.url) and titles.score(other, line.text) >= MATCH:
            told = _mentions(titles, service, page, []) or not _left_unsaid(titles, service, page)
            return None if told else (other, line)
    return None


def _adds_to(url: str, other: str) -> bool:
    """Whether an address is the other one with more in its query, or the same. A route behind «#» may be any page."""
    if any((split_fragment(one)[1] or "").startswith(("/", "!")) for one in (url, other)):
        return False
    (here, _, mine), (there, _, theirs) = (identity(one).partition("?") for one in (url, other))
    return here == there and set(filter(None, theirs.split("&"))) <= set(mine.split("&"))


def _left_unsaid(titles: Titles, service: Service, page: PageContent) -> bool:
    """Whether the page's own text lacks the words that are half of the title or more."""
    wanted = read_title(service.title).words
    said = {word for line in page.own for word in read_title(line.text[:_LONGEST_MENTION]).words}
    whole = math.fsum(map(titles.weight, wanted))
    return math.fsum(titles.weight(word) for word in wanted if word not in said) * 2 >= whole > 0


def _offers(titles: Titles, service: Service, page: PageContent) -> bool:
    """Whether a page with the card of another service has a heading, link or choice for the claimed one."""
    return any(
        titles.score(service, line.text) >= MATCH * _MENTIONED
        for line in page.own
        if line.heading or line.anchors or line.tag in ("option", "button", "label")
    )


def _mentions(titles: Titles, service: Service, page: PageContent, named: Sequence[Match]) -> bool:
    """Whether any line of the page's own says the claimed title, or its action where only that differs."""
    for line in page.own:
        if len(line.text) <= _LONGEST_MENTION and titles.score(service, line.text) >= MATCH * _MENTIONED:
            return True
    told = spread(page.text)
    if spread(service.title) and spread(service.title) in told:
        return True
    if not named:
        return False
    theirs = spread(titles.title_of(named[0].service)).split()
    mine = {word for word in spread(service.title).split() if word not in theirs and len(word) > 2}
    if any(mine & set(spread(line.text).split()) for line in page.own if line.tag == "option"):
        return True
    words = told.split()
    near = (set(words[position + 1 : position + 4]) for position, word in enumerate(words) if word in mine)
    return any(following & set(theirs) for following in near)
