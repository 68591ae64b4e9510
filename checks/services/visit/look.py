"""What one page is, for one claim: the kind of page, how it is tied, and the sentence or form that says so.

One page at a time; where its links lead is for `hop`, what follows for the claim is for `entry`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from checks.case import Case
from checks.outcome import received
from checks.page.boilerplate import reading
from checks.page.cards.card import cards
from checks.page.content import PageContent
from checks.page.controls import pictured
from checks.page.forms.kinds import Form, forms
from checks.page.lines import selector
from checks.page.soft404 import is_for_editors, needs_browser
from checks.services import wording
from checks.services.actions import Action, actions, away, beyond, says_form
from checks.services.card_file import CardFile, card_file
from checks.services.duplicates import Twin
from checks.services.foreign import about_other_body, copied, other_body
from checks.services.gateways import asked_by, names_client
from checks.services.kinds import ENTRY_KINDS, HALF_KINDS, Kind
from checks.services.login_choice import login_choice
from checks.services.matching.declared import named
from checks.services.matching.tie import ServiceMatch, tie
from checks.services.matching.titles import MATCH, Titles
from checks.services.matching.weighing import has_entry, led_by, weigh
from checks.services.ownership import (
    about_another,
    asks_under_its_title,
    best_form,
    doubtful,
    fits_another,
    leads_to_another,
    may_be_message,
    names_another,
    names_another_matter,
    of_another,
    of_messages,
    searches_by_more,
    under_another,
)
from checks.services.title_words import read
from checks.services.visit.blockers import Blocker, leaving, unseen
from checks.services.visit.surroundings import Framed, framed_pages, repeated_forms
from claims.model import Service
from evidence.kinds.page import PageFacts
from evidence.records import Capture
from web.urls import identity

Reason = Literal["ambiguous", "not_attempted"]
# Characters of a page that may say nothing. Twice as many call pages of the fixtures hollow that inform.
_HOLLOW = 200
# Words beside the title with which such a page informs all the same, and characters of a line in which they are looked for. By hand.
_SAYS, _READ = 8, 300
_LOGIN = 1_500  # characters of a log-in that is the wall before a service. A longer page only has a log-in. By hand
_FOR_MESSAGES = frozenset({"contact", "poll", "comment"})
_ON_ANY_PAGE = frozenset({"search", "newsletter", "captcha", "bare"})
_SHOWN = 120  # Characters of an address that a finding quotes


@dataclass(frozen=True, slots=True)
class PageClassification:
    """One page, read for one claim.

    excerpt, selector: what decided. rendered: read from the browser's DOM. scripted: scripts run that were
    not seen at work. blockers: what of it may hold what was missed. doubt: reason for which the page may not be held
    against anyone for what it says: words that say both; None when there is none. twin: the page of another agency
    that a hollow page is a copy of; None for any other.
    """

    kind: Kind
    tie: ServiceMatch
    capture: Capture
    excerpt: str
    selector: str
    rendered: bool
    scripted: bool
    actions: tuple[Action, ...]
    blockers: tuple[Blocker, ...] = ()
    doubt: Reason | None = None
    form: Form | None = None
    twin: Twin | None = None

    @property
    def only_asks(self) -> bool:
        """Whether what decided is a form that answers, and takes nothing in."""
        return self.form is not None and self.form.kind in ("lookup", "search")

    @property
    def open_for(self) -> str | None:
        """Reason for which the page may not be held against anyone; None where it may."""
        return self.blockers[0].reason if self.blockers else self.doubt


def look(
    case: Case,
    titles: Titles,
    service: Service,
    capture: Capture,
    *,
    linked: Action | None = None,
    part: PageContent | None = None,
) -> PageClassification:
    """The page of a capture. linked: the link of the service's own page that led here. part: only that of it."""
    page = part or reading(case, capture)
    framed = framed_pages(case, page) if part is None else Framed((), (), ())
    return _look(case, titles, service, capture, page, framed, linked=linked)


def _look(
    case: Case,
    titles: Titles,
    service: Service,
    capture: Capture,
    page: PageContent,
    framed: Framed,
    *,
    linked: Action | None,
) -> PageClassification:
    found = forms(page, repeated_forms(case, page))
    inner = [form for other in framed.pages for form in forms(other.page)]
    every = [*found, *inner]
    if (choice := login_choice(case, service, page, every)) is not None:
        every.append(choice)
    extra = [form.heading for form in inner if form.heading]
    declared = named(case, page) if service.url is not None and linked is None else None
    # without their lines, which stand on another page
    inside = [replace(card, line=None) for other in framed.pages for card in cards(other.page)]
    tied = tie(titles, service, page, extra, declared=declared, framed=inside)
    if declared is not None and tied.completed:
        weighed = weigh(titles, service, page, declared, every, led_by(case, service))
        tied = replace(tied, completed=not weighed.strong)
    leads = tuple(_as_file(case, lead) for lead in actions(page, titles, service))
    if tied.how == "none" and not (tied.listing or tied.ambiguous):
        leading = has_entry(every) or any(not lead.weak for lead in leads)
        if declared is not None:
            led = led_by(case, service)
            on = [lead.text for lead in leads if lead.kind == "link" and not (lead.weak or lead.other)]
            tied = _weighed(case, titles, service, page, every, tied, led, leading=leading, leads=on)
        elif linked is not None and leading:
            tied = _weighed(case, titles, service, page, every, tied, (linked.text,), led=not linked.weak)
    known = {identity(action.url) for action in leads if action.url}
    further: dict[str, Action] = {}
    for lead in (*away(service, leaving(case, page)), *beyond(page, case.owns)):
        if identity(lead.url) not in known:
            further.setdefault(identity(lead.url), lead)
    file = card_file(case, titles, service, page) if linked is None else None
    for url in file.addresses if file is not None else ():
        if (
            identity(url) not in known
        ):  # a lead like a button's: what stands there has to say that it is the service
            further.setdefault(identity(url), Action("link", url, url[:_SHOWN], "", away=True))
    base = PageClassification(
        kind="untied",
        tie=tied,
        capture=capture,
        excerpt=tied.text,
        selector=tied.selector,
        rendered=isinstance(capture.facts, PageFacts),
        scripted=bool(page.document.scripts) and not isinstance(capture.facts, PageFacts),
        actions=(*leads, *further.values()),
        blockers=_blockers(titles, service, page, capture, framed, every, leads, file),
    )
    return _settle(case, titles, service, page, base, every, linked=linked is not None)


def _as_file(case: Case, lead: Action) -> Action:
    """A link to a form of which every visit got a document is one to a file, whatever its address says («LinkClick.aspx?…»)."""
    visits = case.visits(lead.url) if lead.kind == "link" and says_form(lead.text) else ()
    brings = [received(case, one) is None and not case.is_html(one.final) for one in visits]
    return replace(lead, kind="file", form_file=True) if brings and all(brings) else lead


def _weighed(
    case: Case,
    titles: Titles,
    service: Service,
    page: PageContent,
    found: Sequence[Form],
    tied: ServiceMatch,
    links: Sequence[str],
    *,
    led: bool = False,
    leading: bool = True,
    leads: Sequence[str] = (),
) -> ServiceMatch:
    """The tie of a page that no place of it names alone, where it stands at the declared address, or the service's own page
    leads to it. links: the words of what leads here. leading: it has an entry, or leads to what may be one; leads: the words of
    links that do."""
    if tied.other is not None or wording.is_collection(page):
        return tied
    weighed = weigh(titles, service, page, named(case, page), found, links, led=led, leads=leads)
    strong = weighed.strong or (weighed.whole and wording.is_news(page))
    if not weighed.accepted or not (leading or strong):
        return replace(tied, parts=weighed.parts)
    best = max(weighed.parts, key=lambda part: part.weight)
    return replace(
        tied,
        how="declared",
        score=min(1.0, weighed.total),
        text=best.text[:200],
        completed=not strong,
        parts=weighed.parts,
    )


def _blockers(
    titles: Titles,
    service: Service,
    page: PageContent,
    capture: Capture,
    framed: Framed,
    found: Sequence[Form],
    leads: Sequence[Action],
    file: CardFile | None,
) -> tuple[Blocker, ...]:
    """What of a service's page may be the entry, or lead to it. Links that leave are followed, and told by `hop`."""
    fields = (
        Blocker("field", "ambiguous", form.heading or form.words[:120], form.selector)
        for form in found
        if _may_begin(titles, service, form) and not _begins_nothing(titles, service, page, form)
    )
    # where the text says that sheets are to be printed and handed in, it says what the files are
    nameless = [lead for lead in leads if lead.nameless]
    told = bool(nameless) and wording.on_paper(page) is not None
    files = (
        Blocker("file", "ambiguous", lead.text, lead.selector, lead.url) for lead in nameless if not told
    )
    unread = (Blocker("card_file", "not_attempted", url=file.url),) if file is not None and file.state else ()
    return (*unseen(page, capture, framed), *fields, *files, *unread)


def _may_begin(titles: Titles, service: Service, form: Form) -> bool:
    return (
        doubtful(form)
        or searches_by_more(form)
        or asks_under_its_title(titles, service, form)
        or may_be_message(titles, service, form)
    )


def _begins_nothing(titles: Titles, service: Service, page: PageContent, form: Form) -> bool:
    """Whether a form shows what the page says: all is disabled where it is out of use, and where people are sent to an office
    it asks for one number about something else."""
    if form.closed:
        return wording.under_construction(page, service.title) is not None
    asked = [field for field in form.fields if field.asks != "captcha"]
    return (
        len(asked) == 1
        and form.kind in ("lookup", "other")
        and names_another(titles, service, page, form)
        and wording.in_person(page, service.title) is not None
    )


def _settle(
    case: Case,
    titles: Titles,
    service: Service,
    page: PageContent,
    base: PageClassification,
    found: list[Form],
    *,
    linked: bool,
) -> PageClassification:
    if wording.is_search_results(page):
        return replace(base, kind="search_results")
    if base.tie.listing or (wording.is_collection(page) and (base.tie.aside or not base.tie.tied)):
        return replace(base, kind="list")
    mine = [form for form in found if not of_another(titles, service, form)]
    if not base.tie.tied and any(form.kind == "login" for form in mine):
        # a box for tracking beside a login is whoever's
        mine = [form for form in mine if form.kind != "tracking"]
    alone = base.tie.tied and not base.tie.aside and len(mine) == len(found)

    def signs_on(form: Form) -> bool:
        return names_client(case, service, asked_by(form), None)

    best = best_form(titles, service, page, mine, signs_on=signs_on, alone=alone)
    if best is not None and _of_news(titles, service, page, base.tie, best[1]):
        return replace(base, kind="news")
    if best is not None and _may_count(base.tie, best[0], page, linked=linked):
        kind, form = best
        editors = form.is_account and (
            is_for_editors(page.document.url) or wording.for_staff(page, form.heading)
        )
        if editors or wording.of_the_portal(service.title):
            return replace(base, kind="unclear", doubt="ambiguous", form=form)
        if (kind in ENTRY_KINDS or kind in HALF_KINDS) and _not_to_be_trusted(case, service, page):
            return replace(base, kind="unclear", doubt="ambiguous", form=form)
        if (
            kind == "login"
            and not (linked or base.tie.tied)
            and (
                fits_another(base.tie)
                or names_another_matter(titles, service, page, named(case, page), best[1], base.tie)
            )
        ):
            return replace(base, kind="unclear", doubt="ambiguous", form=form)
        if kind in ENTRY_KINDS and (
            names_another(titles, service, page, form)
            or under_another(titles, service, page, base.tie, form)
            or (not base.tie.tied and leads_to_another(service, page, form))
        ):
            return replace(base, kind="unclear", doubt="ambiguous", form=form)
        said = form.heading or form.words[:300] or base.excerpt
        return replace(base, kind=kind, excerpt=said[:300], selector=form.selector, form=form)
    aside = base.tie.how != "code" and base.tie.card is None
    if aside and wording.is_news(page) and (service.url is None or linked or not _only_retells(page, base)):
        return replace(base, kind="news")
    if base.tie.other is not None:
        return replace(base, kind="other_service")
    if not base.rendered and needs_browser(page):
        return replace(base, kind="shell", excerpt=page.text[:300])
    if about_another(page, base.tie) or base.tie.completed:
        base = replace(base, doubt="ambiguous")
    return _without_form(case, service, page, base, found, linked=linked)


def _of_news(titles: Titles, service: Service, page: PageContent, tied: ServiceMatch, form: Form) -> bool:
    """A form below a news article is for its readers, unless it names the service itself."""
    if tied.how != "heading" or titles.score(service, form.inner) >= MATCH:
        return False
    return wording.is_news(page)


def _only_retells(page: PageContent, base: PageClassification) -> bool:
    """Whether an article is all that stands at the declared address: it names the service, leads nowhere, and is not of what is to
    begin."""
    names_it = base.tie.tied and not (base.tie.aside or base.tie.completed)
    return names_it and all(lead.weak for lead in base.actions) and not wording.is_ahead(page)


def _may_count(tied: ServiceMatch, kind: Kind, page: PageContent, *, linked: bool) -> bool:
    if tied.tied:
        return True
    if tied.ambiguous or tied.listing or tied.other is not None:
        return False
    if kind == "login":  # a login that names nothing is still the wall that people meet
        return len(page.text) < _LOGIN
    return linked


def _not_to_be_trusted(case: Case, service: Service, page: PageContent) -> bool:
    """A form on a page that is a template, or another body's."""
    return (
        wording.placeholder(page, service.title) is not None
        or other_body(case, service, page, headings_only=True) is not None
    )


def _of_nobody(
    service: Service, page: PageContent, base: PageClassification, found: Sequence[Form]
) -> PageClassification:
    """A page that nothing ties to the service. Where it is there for messages, and says that it takes no requests, it informs."""
    kinds = {form.kind for form in found}
    if not kinds & _FOR_MESSAGES or not kinds <= _FOR_MESSAGES | _ON_ANY_PAGE or of_messages(service):
        return base
    said = wording.takes_no_requests(page)
    return (
        base if said is None else replace(base, kind="information", excerpt=said.text, selector=said.selector)
    )


def _without_form(
    case: Case,
    service: Service,
    page: PageContent,
    base: PageClassification,
    found: Sequence[Form],
    *,
    linked: bool,
) -> PageClassification:
    tied = base.tie
    if (tied.tied or linked) and (said := wording.placeholder(page, service.title)) is not None:
        return replace(base, kind="hollow", excerpt=said.text, selector=said.selector)
    if tied.tied and (copy := copied(case, service, page)) is not None:
        said = copy.said
        return replace(base, kind="hollow", excerpt=said.text, selector=said.selector, twin=copy.twin)
    if (said := wording.says_nothing(page)) is not None:
        return replace(base, kind="unclear", doubt="ambiguous", excerpt=said.text, selector=said.selector)
    if (said := wording.under_construction(page, service.title)) is not None and (
        tied.tied or linked or (len(page.text) < _HOLLOW and all(action.weak for action in base.actions))
    ):
        # a page with hardly more than that says so of whatever it stands for
        doubt = None if tied.completed and len(page.text) < _HOLLOW else base.doubt
        return replace(
            base, kind="under_construction", excerpt=said.text, selector=said.selector, doubt=doubt
        )
    if tied.ambiguous:
        return replace(base, kind="unclear")
    if not tied.tied and not linked:
        return _of_nobody(service, page, base, found)
    if (said := wording.opens_later(page)) is not None:
        base = replace(base, doubt="ambiguous", excerpt=said.text, selector=said.selector)
    mails = sum(action.kind == "mail" for action in base.actions)
    if (said := wording.by_email(page, mails)) is not None:
        theirs = other_body(case, service, page, headings_only=True) is not None
        kind: Kind = "unclear" if theirs else "papers_by_email"
        return replace(base, kind=kind, excerpt=said.text, selector=said.selector)
    if (said := other_body(case, service, page)) is not None:
        return replace(base, kind="hollow", excerpt=said.text, selector=said.selector)
    at = _by_what_it_says(service, page, base)
    told = service.level in ("none", "information")  # such a claim is met by a page that informs
    if (
        at.kind == "information"
        and at.open_for is None
        and not told
        and (said := about_other_body(case, service, page)) is not None
    ):
        return replace(at, kind="hollow", excerpt=said.text, selector=said.selector)
    return at


def _informs(service: Service, page: PageContent) -> bool:
    """Whether a short page says something beside the title."""
    said = {word for line in page.own for word in read(line.text[:_READ]).words}
    return len(said - set(read(service.title).words)) >= _SAYS


def _by_what_it_says(service: Service, page: PageContent, base: PageClassification) -> PageClassification:
    files = [action for action in base.actions if action.kind == "file" and action.form_file]
    electronic = wording.electronic(page)
    card = base.tie.card
    in_person = wording.in_person(page, service.title)
    if in_person is None and card is not None and card.line is not None and (stated := card.in_person):
        in_person = wording.Said(stated[:300], selector(card.line.node))
    if in_person is not None and electronic is not None:
        return replace(
            base, kind="in_person", doubt="ambiguous", excerpt=in_person.text, selector=in_person.selector
        )
    printed = wording.on_paper(page) if any(action.kind == "file" for action in base.actions) else None
    if printed is not None and electronic is None:
        return replace(base, kind="form_download", excerpt=printed.text, selector=printed.selector)
    if in_person is not None and not files:
        return replace(base, kind="in_person", excerpt=in_person.text, selector=in_person.selector)
    if files:
        return replace(base, kind="form_download", excerpt=files[0].text[:300], selector=files[0].selector)
    if (site := wording.unlinked_site(page) or wording.points_elsewhere(page)) is not None:
        return replace(
            base, kind="information", doubt="not_attempted", excerpt=site.text, selector=site.selector
        )
    if len(page.text) < _HOLLOW:
        # what a picture below the heading says was not read
        base = replace(base, doubt="not_attempted" if pictured(page) else base.doubt)
        if not _informs(service, page):
            return replace(base, kind="hollow", excerpt=page.text[:300])
    longest = max(wording.sentences(page), key=lambda item: len(item[0]), default=None)
    if longest is None:
        return replace(base, kind="information")
    return replace(base, kind="information", excerpt=longest[0][:300], selector=selector(longest[1].node))
