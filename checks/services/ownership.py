"""Whose form is it? The kind that a form gives a page of a service, and the forms that are another's.

How a form is told by its own content is for `checks.page.forms.kinds`; what the page comes to is for `look`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from checks.page.content import PageContent
from checks.page.dialogs import in_dialog
from checks.page.forms.kinds import Form
from checks.page.forms.wizards import wizard
from checks.page.wordlist import phrases, spread, table
from checks.services import wording
from checks.services.actions import gateway, names_matter_beside, names_other, names_other_act
from checks.services.kinds import Kind
from checks.services.matching.declared import Named, is_name, joining
from checks.services.matching.gates import acts_agree
from checks.services.matching.shortened import part_of, shared
from checks.services.matching.tie import ServiceMatch
from checks.services.matching.titles import MATCH, Titles
from checks.services.matching.titles import read as read_title
from checks.services.matching.weighing import less_foreign, limits
from claims.model import Service
from claims.persian import QUESTION_MARKS

_BY_FORM: dict[str, Kind] = {
    "service": "service_form",
    "payment": "payment",
    "tracking": "tracking",
    "join": "login",
    "login": "login",
    "booking": "booking",
    "estimate": "estimate",
}
# Acts that are done by a message.
_MESSAGES = frozenset({"complain", "advise"})
# Acts that are done by asking.
_ASKED = frozenset({"inquiry", "track", "pay"})
# Those of them that only tell something.
_TOLD = frozenset({"inquiry", "track"})
# Acts by which somebody gets what is ready.
_HAD = frozenset({"receive", "view"})
_POLL = 3  # Fields below a question that only asks for an opinion. By hand.
_FACTS = 2  # Personal facts that a form asks for before it is a service's: one alone may be a contact
# Best first: what a page with several forms is.
_RANK: tuple[Kind, ...] = (
    "service_form", "wizard", "payment", "sign_on", "tracking", "booking", "estimate", "login",
)  # fmt: skip


def of_another(titles: Titles, service: Service, form: Form) -> bool:
    match = titles.best(form.heading, titles.own(service)) if form.heading else None
    return (
        match is not None
        and match.service != service.id
        and match.score >= MATCH
        and match.score > titles.score(service, form.heading)
    )


def best_form(
    titles: Titles,
    service: Service,
    page: PageContent,
    found: Sequence[Form],
    *,
    signs_on: Callable[[Form], bool],
    alone: bool = False,
) -> tuple[Kind, Form] | None:
    """What the page is by its forms. alone: it is the service's, and no form of it another's.

    signs_on: whether the gateway that a form is sent to is told whom it works for.
    """
    ranked: list[tuple[int, int, Kind, Form]] = []
    for position, form in enumerate(found):
        if form.closed:
            continue
        only = alone and not any(doubtful(other) for other in found if other is not form)
        if form.kind == "bare" and gateway(form.target) == "sso":
            kind: Kind | None = "sign_on" if signs_on(form) else "login"
        else:
            kind = _form_kind(titles, service, page, form, only=only)
        if kind is None and only and form.kind == "other":
            mine = (
                _in_its_dialog(titles, service, form)
                or _by_its_button(service, form)
                or _says_what_it_does(service, form)
            )
            kind = "service_form" if mine else None
        if kind is not None:
            ranked.append((_RANK.index(kind), position, kind, form))
    ranked.sort(key=lambda row: row[:2])
    return (ranked[0][2], ranked[0][3]) if ranked else None


def _form_kind(titles: Titles, service: Service, page: PageContent, form: Form, *, only: bool) -> Kind | None:
    if form.kind == "service" and phrases("page/words/pages.toml", "step_words").find(form.words):
        return "wizard"
    if form.kind in ("service", "lookup", "other", "bare") and wizard(page, form):
        return "wizard"
    if form.kind == "lookup":
        own = _wants_answer(service, form) or titles.score(service, form.inner) >= MATCH
        return _form_of_asking(service) if own else None
    if form.kind == "join" and titles.score(service, form.heading) >= MATCH:
        return "service_form"
    main = only and _is_main(page, form.heading)
    if asks_under_its_title(titles, service, form):
        return _form_of_asking(service)
    if main and _asks_alone(service, form):
        return "tracking"  # it answers, and takes nothing in
    if form.kind in ("contact", "other"):
        named = main or titles.score(service, form.heading) >= MATCH
        sent = titles.score(service, form.inner) >= MATCH and _by_its_button(service, form)
        return "service_form" if named and (sent or _under_its_title(titles, service, form)) else None
    if form.kind == "comment":
        return None
    if form.kind == "booking" and _books_all(service):
        return "service_form"
    return _BY_FORM.get(form.kind)


def _form_of_asking(service: Service) -> Kind:
    return "tracking" if read_title(service.title).actions & _ASKED == {"track"} else "service_form"


def asks_under_its_title(titles: Titles, service: Service, form: Form) -> bool:
    """A field with a button that only asks or searches, right under the title of a service of asking. A search of the portal has
    a name or a place that says so."""
    answers = phrases("page/words/pages.toml", "answer_words")
    return (
        (form.kind == "search" or (form.kind == "other" and any(map(answers.find, form.buttons))))
        and bool(read_title(service.title).actions & _ASKED)
        and titles.score(service, form.heading) >= MATCH
        and not any(field.boxed or field.asks == "search" for field in form.fields)
        and any(field.asks != "choice" for field in form.fields)
        and not form.marked_search
    )


def _asks_alone(service: Service, form: Form) -> bool:
    """A field with a button that only asks, on the page of a service that tells something. A sign for a button asks too, where
    the field is for a number or a name.
    """
    answers = phrases("page/words/pages.toml", "answer_words")
    sign = any(form.buttons) and not any(map(str.isalnum, "".join(form.buttons)))
    personal = any(field.asks == "case" for field in form.fields)
    return (
        form.kind == "other"
        and bool(read_title(service.title).actions & _TOLD)
        and (any(map(answers.find, form.buttons)) or (sign and personal))
        and any(field.asks != "choice" for field in form.fields)
        and not any(field.boxed for field in form.fields)
        and not form.marked_search
    )


def _books_all(service: Service) -> bool:
    """Whether a booking is all that is claimed. It is an interaction: where more is claimed, it is less than the service."""
    return "book" in read_title(service.title).actions and service.level not in ("transaction", "integration")


def _under_its_title(titles: Titles, service: Service, form: Form) -> bool:
    """A form of two facts about a person or case and a button, under the claimed title or what the page is called.

    A complaint looks like a message to the webmaster: one of its own words has to be the service's then.
    """
    personal = sum(field.asks in ("case", "file", "tracking") for field in form.fields)
    asked = form.heading.rstrip().endswith(QUESTION_MARKS) and len(form.fields) <= _POLL
    enough = personal >= _FACTS or (personal and form.kind == "other" and len(form.fields) > _FACTS)
    if not enough or not form.buttons or asked:
        return False
    if form.kind != "contact" or titles.score(service, form.inner) >= MATCH:
        return True
    claim = read_title(service.title)
    said = [*form.buttons, *(field.label for field in form.fields if field.asks == "long")]
    return phrases("page/words/pages.toml", "contact_words").find(service.title) is not None or any(
        set(told.words) & set(claim.words) or told.actions & claim.actions & _MESSAGES
        for told in map(read_title, said)
    )


def _is_main(page: PageContent, heading: str) -> bool:
    return page.main_heading is not None and heading == page.main_heading.text


def _by_its_button(service: Service, form: Form) -> bool:
    """A form that takes a text or a file, whose button sends what the title speaks of: «فرستادن گزارش» for a report."""
    taken = any(field.asks in ("long", "file") for field in form.fields)
    if not taken or len(form.fields) < _FACTS:
        return False
    sends, claim = phrases("page/words/pages.toml", "send_words"), spread(service.title).split()
    return any(
        sends.find(button) and any(word in claim for word in sends.removed(button).split())
        for button in form.buttons
    )


def _says_what_it_does(service: Service, form: Form) -> bool:
    """A form that is posted by a button with the act of the title, or its matter and no other act: «شروع ثبت‌نام»."""
    claim = read_title(service.title)
    for said in map(read_title, form.buttons):
        acts, things = said.actions & claim.actions, set(said.words) & set(claim.words)
        if form.posted and (acts or things) and acts_agree(claim, said) > 0:
            return True
    return False


def _in_its_dialog(titles: Titles, service: Service, form: Form) -> bool:
    """A dialog with a form for a person's facts, under a part of the title that no other service shares."""
    personal = sum(field.asks in ("case", "file") for field in form.fields)
    return (
        personal >= _FACTS
        and any(form.buttons)
        and in_dialog(form.node)
        and part_of(service.title, form.heading)
        and not shared(titles, service, form.heading)
    )


def _wants_answer(service: Service, form: Form) -> bool:
    """The service itself is to be told something, or the button names its matter: «مشاهده فیش». So does the heading over a form
    that finds one's own paper, to be printed: «پرینت کارت»."""
    claim = read_title(service.title)
    answers = phrases("page/words/pages.toml", "answer_words")
    if claim.actions & _ASKED or answers.find(service.title):
        return True
    prints = phrases("page/words/pages.toml", "print_words").find(form.heading) is not None
    if prints and claim.actions & _HAD and set(read_title(form.heading).words) & set(claim.words):
        return True
    return any(set(read_title(answers.removed(button)).words) & set(claim.words) for button in form.buttons)


def of_messages(service: Service) -> bool:
    """Whether a message is what the service takes: a complaint, advice."""
    told = phrases("page/words/pages.toml", "contact_words").find(service.title)
    return told is not None or bool(read_title(service.title).actions & _MESSAGES)


def about_another(page: PageContent, tied: ServiceMatch) -> bool:
    """Only a sub-heading names the service, and the main heading names something else."""
    return tied.aside and page.main_heading is not None and not wording.is_generic(page.main_heading.text)


def under_another(
    titles: Titles, service: Service, page: PageContent, tied: ServiceMatch, form: Form
) -> bool:
    """The form of such a page, unless the heading over it names the service."""
    return about_another(page, tied) and titles.score(service, form.heading) < MATCH


def names_another(titles: Titles, service: Service, page: PageContent, form: Form) -> bool:
    """The heading over the form names a matter of which title and main heading say nothing: «پرداخت نذورات»."""
    heading, main = form.heading, page.main_heading
    sent = [*form.buttons, *(field.label for field in form.fields if field.asks == "long")]
    if any(names_other_act(service.title, words) for words in sent):
        return True
    if not heading or heading.rstrip().endswith(QUESTION_MARKS) or titles.score(service, heading) >= MATCH:
        return False
    if names_matter_beside(service.title, heading):
        return True
    if wording.is_generic(heading) or phrases("page/words/pages.toml", "section_words", "form_parts").find(
        heading
    ):
        return False
    if any(spread(field.label) == spread(heading) for field in form.fields):
        return False  # it says what the field asks
    if wizard(page, form) and sum(spread(line.text) == spread(heading) for line in page.lines) > 1:
        return False  # it is one of the steps
    about = service.title if main is None else f"{service.title} {main.text}"
    return names_other(about, heading)


def leads_to_another(service: Service, page: PageContent, form: Form) -> bool:
    """A form one hop on, on a page whose headings say nothing of the service and name something else."""
    main = page.main_heading
    parts = phrases("page/words/pages.toml", "form_parts")
    told = main.text if main is not None and not wording.is_generic(main.text) else ""
    if names_other(service.title, parts.removed(told)):
        return True
    if _does_another_act(service, form.heading):
        return True
    return parts.find(form.heading) is None and names_other(service.title, form.heading)


def _does_another_act(service: Service, heading: str) -> bool:
    """Whether a heading is about the service's matter, and does something else with it: a fee is paid where a loan is asked for."""
    claim, said = read_title(service.title), read_title(heading)
    about_it = bool(said.words) and set(said.words) <= set(claim.words)
    return about_it and bool(said.actions) and acts_agree(claim, said) == 0


def fits_another(tied: ServiceMatch) -> bool:
    """Whether a page that nothing ties says something of another claim of the agency, and nothing of this one; or enough to be
    the other's. A log-in there is before that one."""
    constants = table("page/words/titles.toml")["declared"]
    theirs = -min((part.weight for part in tied.parts if part.name == "rival"), default=0.0)
    return theirs >= float(constants["named" if _says_nothing(tied) else "strong"])


def _says_nothing(tied: ServiceMatch) -> bool:
    """Whether nothing on a page that was weighed is of the title."""
    return all(part.name == "rival" for part in tied.parts)


def names_another_matter(
    titles: Titles, service: Service, page: PageContent, name: Named, form: Form, tied: ServiceMatch
) -> bool:
    """Whether a log-in is called by an act that the title does not do, or by a matter, beside words of systems and of logging in,
    of which it says hardly anything. One word is a matter where no word of systems is beside it, and nothing on the page is of the
    title.

    name: of the page, which stands for a main heading that there is not, or that is none; the heading over the log-in for both.
    """
    main = page.main_heading
    called = main.text if main is not None and is_name(main.text, name) else name.text or form.heading
    systems = phrases("page/words/pages.toml", "action", "system_words")
    beside = phrases("page/words/pages.toml", "action", "action_words", "system_words", "form_parts")
    left = beside.removed(called)
    said, claim = read_title(left), read_title(service.title)
    if said.actions and said.words and acts_agree(claim, said) == 0:
        return True
    # «سامانه سجام» may be what does it
    may_be_system = systems.find(called) is not None or not _says_nothing(tied)
    if len(set(left.split()) - joining()) < (2 if may_be_system else 1):
        return False
    have, foreign = titles.shares(claim, said) if claim.words and said.words else (0.0, 1.0)
    other = float(table("page/words/titles.toml")["declared"]["other"])
    return foreign > other and less_foreign(have, foreign) < limits().named


def doubtful(form: Form) -> bool:
    """Whether the form may be an entry: a page with something to fill in and to send is never called empty."""
    if form.is_entry:
        return True
    if form.kind == "other":
        return bool(form.buttons) or any(field.asks != "choice" for field in form.fields)
    sends = phrases("page/words/pages.toml", "send_words", "action")
    return form.kind == "bare" and any(sends.find(button) for button in form.buttons)


def may_be_message(titles: Titles, service: Service, form: Form) -> bool:
    """A form like a message to the webmaster, under the service's own title: what it sends may be the service."""
    return form.kind == "contact" and bool(form.buttons) and titles.score(service, form.inner) >= MATCH


def searches_by_more(form: Form) -> bool:
    """Whether a search asks more than that of a portal does: what it finds may be the service."""
    return form.kind == "search" and len(form.fields) > 2
