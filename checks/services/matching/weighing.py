"""What speaks for the page at a declared address being the service's own, and what against: each part with its weight.

An agency that declares an address has said that the service is there. No single place has to name it by its title then:
the page's name, the words of the links that lead to it, its text and its entry are weighed together, against all that
else the agency claims. The same goes for a page that the service's own page leads to. Only what is strong is held against
anyone.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from checks.case import Case
from checks.page.boilerplate import best_view
from checks.page.content import PageContent
from checks.page.forms.kinds import Form
from checks.page.wordlist import table
from checks.services.matching.declared import Named, is_name
from checks.services.matching.gates import (
    acts_agree,
    near,
    numbers_agree,
    numbers_beside,
    only_lacks_act,
    opposed,
    soft,
    speaks_of,
)
from checks.services.matching.parts import wording
from checks.services.matching.shortened import denied, lies_elsewhere, part_of
from checks.services.matching.titles import Titles
from checks.services.title_words import Title, read
from checks.services.wording import tells
from claims.model import Service
from web.urls import identity

PartName = Literal["title", "heading", "choice", "link", "body", "entry", "rival"]
_MOST_HEADINGS = 4  # Headings of a page that speak for it. Lower ones are about parts. By hand.
_MOST_LINKS = 8  # Wordings of links to one page. More say the same.
_MOST_LINES = 300  # Lines of a page whose words count. It bounds the time. By hand.
_MOST_CHOICES = 60  # Choices of a list whose words count. It bounds the time. By hand.
_LONGEST = 300  # Characters of a wording, as in titles.py.
_FACTS = 2  # Fields of an unknown form that make it an entry: one alone may be a search. As in ownership.py.
# What a form of a kind does, whatever the page calls it.
_DONE: Mapping[str, frozenset[str]] = {
    "tracking": frozenset({"track", "inquiry"}),
    "lookup": frozenset({"inquiry"}),
    "booking": frozenset({"book"}),
    "payment": frozenset({"pay"}),
}
_WHOLE = 0.999  # From here on all of the title: shares are sums of fractions.
_LINE = 200  # Characters of a line that can name a rival, as in tie.py.
_CHOICES = ("option", "label", "button", "select", "li")


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that speaks for the page (weight above 0) or against it. text: the words that do."""

    name: PartName
    weight: float
    text: str


_NO_CHOICE = Part("choice", 0.0, "")


@dataclass(frozen=True, slots=True)
class Weighed:
    """parts: in the order in which they were asked. total: their sum. rival: the other claim that they name best.

    accepted: enough speaks for it, and clearly more than for any other claim of the agency. strong: so much that what the page
    says may be held against the agency. whole: its text says every thing of the title.
    """

    parts: tuple[Part, ...]
    total: float
    rival: str
    accepted: bool
    strong: bool = False
    whole: bool = False


@cache
def _constant(name: str) -> float:
    return float(table("page/words/titles.toml")["declared"][name])


@dataclass(frozen=True, slots=True, order=True)
class MatchThresholds:
    """What a page has to come to: together, together where its name has a word in another's place, by its name, and above
    every other claim."""

    needed: float
    besides: float
    named: float
    margin: float


@cache
def limits() -> MatchThresholds:
    return MatchThresholds(*map(_constant, ("needed", "needed_besides", "named", "margin")))


@dataclass(frozen=True, slots=True)
class RivalSums:
    """What speaks for the best of the other claims: of those that may be meant by this address, and of those that are declared at
    another."""

    here: float
    elsewhere: float = 0.0


def rival_sums(sums: Iterable[tuple[float, Service]], url: str) -> RivalSums:
    """sums: what speaks for each rival at the address."""
    best = {True: 0.0, False: 0.0}
    for found, other in sums:
        apart = lies_elsewhere(other, url)
        best[apart] = max(best[apart], found)
    return RivalSums(best[False], best[True])


def enough(limits: MatchThresholds, own: float, name: float, rivals: RivalSums, *, besides: bool) -> bool:
    """own: what speaks for the claim; name: of it, what the page's name says. A claim that is declared elsewhere has its own page:
    here it only may not fit better."""
    return (
        own >= (limits.besides if besides else limits.needed)
        and name >= limits.named
        and own - rivals.here >= limits.margin
        and own >= rivals.elsewhere
    )


def has_entry(found: Sequence[Form]) -> bool:
    """Whether a form of the page's own may be what the service begins with."""
    return any(
        not form.closed
        and (form.is_entry or (form.kind == "other" and len(form.fields) >= _FACTS and any(form.buttons)))
        for form in found
    )


def weigh(
    titles: Titles,
    service: Service,
    page: PageContent,
    name: Named,
    found: Sequence[Form],
    links: Sequence[str],
    *,
    led: bool = False,
    leads: Sequence[str] = (),
) -> Weighed:
    """A page that is said to be the service's, against every claim of the agency.

    links: words of those that say so. led: the service's own page says so, and not only the declaration. leads: words of what the
    page itself leads on by.
    """
    others = titles.others(service)
    said = _Said.of(titles, (service, *others), page, name, found, links, leads)
    if _is_of_another_matter(titles, service, page, said, led=led):
        return Weighed((), 0.0, "", accepted=False)
    parts = list(_parts(titles, service, said))
    own = math.fsum(part.weight for part in parts)
    if said.chosen(service).weight > 0:  # a form with a choice for each serves them all
        others = [one for one in others if said.chosen(one).weight <= 0]
    naming = naming_of(parts)
    rivals = [
        (math.fsum(part.weight for part in _parts(titles, one, said)), one)
        for one in rivals_of(service, naming, others)
    ]
    best, rival = max(((total, one.id) for total, one in rivals), default=(0.0, ""))
    if best > 0:
        parts.append(Part("rival", -best, rival))
    besides = in_its_place(service, naming.text)
    sums = rival_sums(rivals, page.document.url)
    # the service's own page says which it is, so that a word in the place of another costs nothing there
    accepted = (
        enough(limits(), own, naming.weight, sums, besides=besides and not led)
        and not (besides and not led and _is_another_paper(service, naming.text))
        and not lists_another(titles, page, others)
    )
    strong = (
        accepted
        and naming.name != "choice"
        and naming.weight >= _constant("strong_name")
        and own >= _constant("strong")
        and not besides
        and (naming.name == "heading" or any(part.name == "body" for part in parts))
    )
    whole = set(read(service.title).words) <= said.words
    return Weighed(tuple(parts), own, rival if best > 0 else "", accepted, strong, whole)


def rivals_of(service: Service, naming: Part, others: Sequence[Service]) -> list[Service]:
    """Claims that the page may be meant for as well. Where its name is a part of the title, one that lacks a thing of it is none."""
    if not part_of(service.title, naming.text):
        return list(others)
    things = set(read(naming.text).words)
    return [one for one in others if things <= set(read(one.title).words)]


def naming_of(parts: Sequence[Part]) -> Part:
    """What names the page best: its `<title>`, a heading or a choice; a part without weight where none does."""
    names_ = (part for part in parts if part.name in ("title", "heading", "choice"))
    return max(names_, key=lambda part: part.weight, default=Part("title", 0.0, ""))


def lists_another(titles: Titles, page: PageContent, others: Sequence[Service]) -> bool:
    """Whether another claim of the agency stands on the page as a line of its own."""
    lines = (line for line in page.own if not line.linked and line.tag not in _CHOICES)
    return any(titles.named(line.text, others) for line in lines if len(line.text) <= _LINE)


def _is_of_another_matter(
    titles: Titles, service: Service, page: PageContent, said: _Said, *, led: bool
) -> bool:
    """Whether the main heading is a name, and mostly of something else; not where `<title>` or links name the service.

    A heading that is a part of the title stands for all of it unless what stands beside it denies the rest.
    """
    main = page.main_heading
    if main is None or not is_name(main.text, said.name) or said.chosen(service).weight > 0:
        return False
    if part_of(service.title, main.text):
        return denied(titles, service, page, main)
    claim, parts = read(service.title), wording(main.text).parts
    if not any(part.words for part in parts):  # an act alone is of no matter: «رسیدگی به شکایات»
        return acts_agree(claim, read(main.text)) == 0
    shares = [titles.shares(claim, part) for part in parts if part.words and claim.words]
    mine, foreign = max(shares, key=lambda share: -share[1], default=(0.0, 1.0))
    told = max((said.naming(titles, service, text) for text in (said.name.text, *said.links)), default=0.0)
    return foreign > _constant("other") and not ((mine > 0 or led) and told >= _constant("told"))


@dataclass(frozen=True, slots=True)
class _Said:
    """What the page says, by where. choices: by claim, what a form of a service offers that names it best: one form may
    serve many. done: what its forms do by their kind; begun: what each button or lead says that it does."""

    name: Named
    headings: tuple[str, ...]
    choices: Mapping[str, Part]
    links: tuple[str, ...]
    words: frozenset[str]
    entry: frozenset[str]
    done: frozenset[str]
    begun: tuple[frozenset[str], ...]

    @classmethod
    def of(
        cls,
        titles: Titles,
        claims: Sequence[Service],
        page: PageContent,
        name: Named,
        found: Sequence[Form],
        links: Sequence[str],
        leads: Sequence[str],
    ) -> _Said:
        entry = " ".join(
            words
            for form in found
            for words in (form.heading, *form.buttons, *(field.label for field in form.fields))
        )
        main = page.main_heading
        # one that is a link is the name of another page
        below = (line.text for line in page.headings if not line.linked)
        headings = dict.fromkeys([*([main.text] if main is not None else []), *below])
        words = (word for line in page.own[:_MOST_LINES] for word in read(line.text[:_LONGEST]).words)
        return cls(
            name,
            tuple(headings)[:_MOST_HEADINGS],
            _chosen(titles, claims, tuple(_choices(found))),
            tuple(links),
            frozenset(words),
            frozenset(read(entry[:1_500]).words),
            frozenset(act for form in found for act in _DONE.get(form.kind, ()))
            | ({"complain"} if any(form.kind == "service" and not form.closed for form in found) else set()),
            tuple(read(text[:_LONGEST]).actions for text in (*_sent(found), *leads)),
        )

    def naming(self, titles: Titles, service: Service, text: str) -> float:
        """As `names`. A wording that says an act which the form does not do is about that act."""
        acts = {act for part in wording(text[:_LONGEST]).parts for act in part.actions}
        acts -= read(self.name.portal).actions
        claimed = read(service.title).actions
        done = self.done.union(*(begun for begun in self.begun if begun <= claimed))
        return names(titles, service, text, done if not acts or acts & done else frozenset())

    def chosen(self, service: Service) -> Part:
        """The choice that is the service's very title; without weight where none is."""
        return self.choices.get(service.id, _NO_CHOICE)


def _sent(found: Sequence[Form]) -> Iterator[str]:
    """The words of buttons that send an entry."""
    for form in found:
        if form.is_entry and not form.closed:
            yield from form.buttons


def _chosen(titles: Titles, claims: Sequence[Service], choices: Sequence[str]) -> Mapping[str, Part]:
    found = {}
    for claim in claims if choices else ():
        rated = ((names(titles, claim, text), text) for text in choices)
        weight, text = max(rated, key=lambda row: row[0])
        found[claim.id] = Part("choice", weight if weight >= _constant("chosen") else 0.0, text)
    return found


def _choices(found: Sequence[Form]) -> Iterator[str]:
    for form in found:
        if form.kind == "service":
            for option in form.node.css("option")[:_MOST_CHOICES]:
                if text := " ".join(option.text(deep=True).split())[:_LONGEST]:
                    yield text


def _parts(titles: Titles, service: Service, said: _Said) -> Iterator[Part]:
    named = [
        said.chosen(service),
        Part("title", said.naming(titles, service, said.name.text), said.name.text),
        *(Part("heading", said.naming(titles, service, text), text) for text in said.headings),
    ]
    best = max(named, key=lambda part: part.weight)
    if best.weight <= 0 and _acts_alone(titles, service, said):
        best = Part("title", _constant("act"), said.name.text or best.text)
    if best.weight > 0:
        yield best
    links = [Part("link", said.naming(titles, service, text), text) for text in said.links]
    led = max(links, key=lambda part: part.weight, default=None)
    if led is not None and led.weight > 0:
        # a link that says all of the title, to a page that calls itself something else, repeats the declaration
        repeats = led.weight > _constant("repeats") and in_its_place(service, best.text)
        if not repeats:
            yield replace(led, weight=_constant("link") * led.weight)
    wanted = set(read(service.title).words)
    told: tuple[tuple[PartName, frozenset[str]], ...] = (("body", said.words), ("entry", said.entry))
    for name, words in told:
        if mine := wanted & words:
            share = math.fsum(map(titles.weight, mine)) / math.fsum(map(titles.weight, wanted))
            yield Part(name, _constant(name) * share, " ".join(sorted(mine)))


def _acts_alone(titles: Titles, service: Service, said: _Said) -> bool:
    """«پیگیری» over a form that tracks, for the one claim of the agency that is about tracking; and the same of complaints, which
    no form shows by its kind alone."""
    claimed = read(service.title).actions
    of_names = [text for text in (said.name.text, *said.headings[:1]) if text and is_name(text, said.name)]
    return any(
        act in said.done
        and only_one_does(titles, service, act)
        and (act == "track" or bool(of_names))
        and all(acts_alone(text, act, claimed) for text in of_names)
        for act in ("track", "complain")
    )


def only_one_does(titles: Titles, service: Service, act: str) -> bool:
    """Whether the claim is about an act, and no other of the agency."""
    return act in read(service.title).actions and not any(
        act in read(one.title).actions for one in titles.others(service)
    )


def acts_alone(text: str, act: str, beside: frozenset[str] = frozenset()) -> bool:
    """Whether a wording says the act and no matter: «پیگیری درخواست». beside: acts that it may say as well."""
    return all(
        act in part.actions and part.actions <= beside | {act} and not part.words
        for part in wording(text[:_LONGEST]).parts
    )


def names(titles: Titles, service: Service, text: str, done: frozenset[str] = frozenset()) -> float:
    """How much of the title a wording says, less what it says besides; 0 where acts, numbers or opposites differ.

    What is called by the very matter and no act is of any act upon it that is not done to a paper: «مسابقه خط» for «ثبت‌نام مسابقه خط».
    done: acts that the page's form does, for which it needs no word.
    """
    claim, best = read(service.title), 0.0
    for part in wording(text[:_LONGEST]).parts:
        if part.empty or opposed(claim.words, part.words):
            continue
        first = part.words[:1] if part.actions else part.words
        if any(word in speaks_of() and word not in claim.words for word in first):
            continue
        if numbers_agree(claim.numbers, part.numbers) == 0:
            continue
        acts = replace(part, actions=part.actions | (done & claim.actions))
        agree = acts_agree(claim, acts) > 0
        if not agree and not only_lacks_act(claim, acts):
            continue
        have, extra = _shares(titles, claim, part)
        if not agree and (extra or have <= _WHOLE):
            continue
        best = max(best, less_foreign(have, extra))
    return best


def less_foreign(have: float, extra: float) -> float:
    """What a name says of a title, less its share for what it says besides: both as of `Titles.shares`."""
    return have - _constant("foreign") * extra


def _shares(titles: Titles, claim: Title, part: Title) -> tuple[float, float]:
    """As `Titles.shares`, with numbers: each weighs as much as the heaviest word of the title («سامانه ۱۳۷»)."""
    heavy = max(map(titles.weight, claim.words), default=1.0)
    words, said = (math.fsum(map(titles.weight, one.words)) for one in (claim, part))
    have, extra = titles.shares(claim, part) if claim.words and part.words else (0.0, 1.0)
    told = numbers_beside(claim.numbers, part.numbers)
    shared, foreign = len(claim.numbers & told), len(told - claim.numbers)
    mine, theirs = words + heavy * len(claim.numbers), said + heavy * len(told)
    return (
        (have * words + heavy * shared) / mine if mine else 0.0,
        (extra * said + heavy * foreign) / theirs if theirs else 1.0,
    )


def in_its_place(service: Service, text: str) -> bool:
    """Whether each part of a wording leaves out a thing of the title and says another."""
    title = read(service.title)
    claim = set(title.words) - soft()
    parts = [part for part in wording(text[:_LONGEST]).parts if part.words]
    for part in parts:
        said, plain = set(part.words), set(part.words) - set(part.phrases)
        lacks = any(not plain & set(title.phrases.get(word, ())) for word in claim - said)
        if not (lacks and said - title.every):
            return False
    return bool(parts)


def _is_another_paper(service: Service, text: str) -> bool:
    """Whether a part of a wording says a near paper in the place of the title's, and one of the two is of a further thing:
    «پروانه ساختمان» is no «گواهی پایان کار ساختمان»."""
    title = read(service.title)
    wanted = set(title.words) - soft()
    for part in wording(text[:_LONGEST]).parts:
        lacks, adds = wanted - set(part.words), set(part.words) - soft() - title.every
        replaced = {word for word in lacks if near().get(word, frozenset()) & adds}
        papers = {paper for word in replaced for paper in near()[word]}
        if replaced and (lacks - replaced or adds - papers):
            return True
    return False


def led_by(case: Case, service: Service) -> tuple[str, ...]:
    """The words of the links that lead to the service's declared address from other pages. A headline, which tells of the
    service in a sentence, is no name of the page."""
    index = case.derived("links to declared addresses", lambda: _links(case))
    return index.get(identity(service.url or ""), ())


def _links(case: Case) -> Mapping[str, tuple[str, ...]]:
    wanted = {identity(one.url) for one in case.round.services_of(case.agency.id) if one.url}
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for capture in case.pages:
        if not case.is_html(capture):
            continue
        for link in case.document(best_view(case, capture)).links:
            key = identity(link.url)
            if key not in wanted or key == identity(capture.url) or len(found[key]) >= _MOST_LINKS:
                continue
            if link.text and not tells(link.text):
                found[key].setdefault(link.text[:_LONGEST])
    return {key: tuple(texts) for key, texts in found.items()}
