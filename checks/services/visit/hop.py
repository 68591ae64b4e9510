"""One hop from the service's page along its action links, never further."""

from __future__ import annotations

from dataclasses import dataclass, replace

from checks.case import Case, Visit
from checks.outcome import received, unattempted
from checks.page.boilerplate import reading
from checks.page.soft404 import answered_alike, error_answer
from checks.services.actions import Action, aside, gateway, route
from checks.services.foreign import other_body
from checks.services.gateways import comes_back_to
from checks.services.kinds import ASIDE_KINDS, ENTRY_KINDS, HALF_KINDS
from checks.services.matching.declared import is_name, named
from checks.services.matching.gates import does_instead
from checks.services.matching.titles import MATCH, Titles
from checks.services.matching.weighing import in_its_place
from checks.services.title_words import read
from checks.services.visit.browsed import view_of
from checks.services.visit.look import PageClassification, look
from checks.services.visit.seen import EntryResult, at_gateway, homes, judged
from checks.services.visit.shared_targets import is_linked_elsewhere, shared_target
from claims.model import Service
from evidence.kinds.page import PageFacts
from web.urls import host, identity

_MOST = 10  # Links followed from a page, and weak ones beside them. Later ones are not. By hand.
_NO_ENTRY = {
    "in_person": "in_person_only",
    "form_download": "form_download_only",
    "document": "form_download_only",
    "under_construction": "under_construction",
    "hollow": "hollow",
    "information": "information_only",
    "other_service": "wrong_service",
}
_SAYS_NO_WAY = ("information", "hollow")
_ORDER = {"verified": 0, "partial": 1}


@dataclass(frozen=True, slots=True)
class LinkResult:
    """Where one action led. seen: an entry, half of one, or a reason why nobody can say; None for nothing there.

    entry: a form or the like stood there, of which nothing says whose it is.
    """

    seen: EntryResult | None
    nothing: str | None = None
    entry: bool = False


def onward(
    case: Case, titles: Titles, service: Service, at: PageClassification, url: str, captures: tuple[str, ...]
) -> EntryResult:
    """The service's page with what lies one hop on. `captures`: what the look at the page rests on."""
    if at.kind in ENTRY_KINDS:
        return judged(at.kind, at, url, "claimed_url", captures)
    here = judged(at.kind, at, url, "claimed_url", captures) if at.kind in HALF_KINDS else None
    if at.kind in ASIDE_KINDS:
        return _open("no_match", at, url, captures)
    if not at.tie.tied:
        return here or _untied(at, url, captures)
    led = [result for _, result in followed(case, titles, service, at, captures)]
    found = [result.seen for result in led if result.seen is not None]
    entries = sorted(
        (seen for seen in found if seen.verdict in _ORDER), key=lambda seen: _ORDER[seen.verdict]
    )
    if entries and (here is None or entries[0].verdict == "verified"):
        if other_body(case, service, reading(case, at.capture), headings_only=True) is not None:
            return _open(
                "ambiguous", at, url, captures
            )  # what another body's page leads to is not the agency's
        return replace(entries[0], look=at)
    if here is not None:
        return here
    if found:
        return replace(found[0], look=at)
    dead = next((result.nothing for result in led if result.nothing is not None), None)
    return _nothing(at, url, captures, dead)


def _untied(at: PageClassification, url: str, captures: tuple[str, ...]) -> EntryResult:
    if at.kind == "shell":
        return _open("needs_browser", at, url, captures)
    if at.kind == "other_service":
        if at.scripted:
            return _open("needs_browser", at, url, captures)
        return EntryResult(
            "contradicted", "wrong_service", url, captures, at.kind, at.excerpt, at.selector, look=at
        )
    if at.kind in ("under_construction", "information"):
        return _nothing(at, url, captures, None)
    if at.kind not in ASIDE_KINDS and (at.tie.ambiguous or at.kind == "unclear"):
        return _open("ambiguous", at, url, captures)
    return _open("no_match", at, url, captures)


def _nothing(at: PageClassification, url: str, captures: tuple[str, ...], dead: str | None) -> EntryResult:
    """A page of this service without an entry, and nothing one hop on."""
    if at.kind == "shell":
        return _open("needs_browser", at, url, captures)
    reason = _NO_ENTRY.get(at.kind)
    if reason is None:
        return _open("ambiguous", at, url, captures)
    if at.open_for is not None:
        return _open(at.open_for, at, url, captures)
    if any(action.kind == "script" for action in at.actions):
        return _open("not_attempted", at, url, captures, "script_action")
    notes = (f"action_{dead}",) if dead else ()
    return EntryResult(
        "contradicted", reason, url, captures, at.kind, at.excerpt, at.selector, look=at, notes=notes
    )


def _open(
    reason: str, at: PageClassification, url: str, captures: tuple[str, ...], note: str = ""
) -> EntryResult:
    return EntryResult(
        "inconclusive",
        reason,
        url,
        captures,
        at.kind,
        at.excerpt,
        at.selector,
        look=at,
        notes=(note,) if note else (),
    )


def _leads(at: PageClassification) -> list[Action]:
    leads = [action for action in at.actions if action.kind == "link"]
    firm = sorted((a for a in leads if not a.weak), key=lambda action: (not action.named, action.told))
    return [*firm[:_MOST], *[action for action in leads if action.weak][:_MOST]]


def followed(
    case: Case, titles: Titles, service: Service, at: PageClassification, captures: tuple[str, ...]
) -> list[tuple[Action, LinkResult]]:
    """Every action link of the page that is worth a hop, in order, with what stood there.

    None where no hop is made: an entry needs none, and a page of nobody's leads nowhere.
    """
    if at.kind in ENTRY_KINDS or at.kind in ASIDE_KINDS or not at.tie.tied:
        return []
    return [(action, _follow(case, titles, service, at, action, captures)) for action in _leads(at)]


def _follow(
    case: Case,
    titles: Titles,
    service: Service,
    at: PageClassification,
    action: Action,
    captures: tuple[str, ...],
) -> LinkResult:
    led = lead(case, titles, service, at, action, captures)
    if action.weak and (led.seen is None or led.seen.verdict not in _ORDER) and not led.entry:
        return LinkResult(
            None
        )  # a link like any other says nothing against a page, and nothing for it untied
    return led


def lead(
    case: Case,
    titles: Titles,
    service: Service,
    at: PageClassification,
    action: Action,
    captures: tuple[str, ...],
) -> LinkResult:
    """Where a link leads, one hop on."""
    via = f"action: {action.text}"[:160]
    if identity(action.url) in homes(case) and not route(action.url):
        return LinkResult(None)
    visits = case.visits(action.url)
    if not visits:
        return LinkResult(_unread(at, action, unattempted(case, action.url), captures, via))
    outcomes = [received(case, visit) for visit in visits]
    for visit in visits:
        if (arrived := at_gateway(case, service, visit, via)) is not None:
            if action.other:
                return LinkResult(_unread(at, action, "ambiguous", (*captures, *visit.ids), via))
            if (
                action.weak and arrived.verdict != "verified"
            ):  # a link like any other, to a wall for everybody
                mine = _may_be_its(case, titles, service, action)
                return LinkResult(_unread(at, action, "ambiguous", (*captures, *visit.ids), via), entry=mine)
            return LinkResult(replace(arrived, captures=(*captures, *visit.ids)))
    good = next((visit for visit, outcome in zip(visits, outcomes, strict=True) if outcome is None), None)
    if good is None:
        return _dead(case, at, action, visits, captures, via)
    return _arrive(case, titles, service, at, action, good, captures, via)


def _dead(
    case: Case,
    at: PageClassification,
    action: Action,
    visits: tuple[Visit, ...],
    captures: tuple[str, ...],
    via: str,
) -> LinkResult:
    outcomes = {received(case, visit) for visit in visits}
    if outcomes == {("contradicted", "dead_link")} and case.proven(visits):
        return LinkResult(None, "dead_link")
    reasons = [outcome[1] for outcome in (received(case, visit) for visit in visits) if outcome is not None]
    reason = next((reason for reason in reasons if reason != "dead_link"), "not_attempted")
    return LinkResult(_unread(at, action, reason, captures, via))


def _arrive(
    case: Case,
    titles: Titles,
    service: Service,
    at: PageClassification,
    action: Action,
    visit: Visit,
    captures: tuple[str, ...],
    via: str,
) -> LinkResult:
    final = visit.final
    rests = (*captures, *visit.ids)
    if identity(final.url) in homes(case) and not route(action.url):
        return LinkResult(None, "redirects_home")
    if not case.is_html(final):
        if error_answer(case, final) is not None:
            return LinkResult(None, "soft_404")
        if case.owns(host(final.url)):
            return LinkResult(None, "document")
        return LinkResult(_unread(at, action, "ambiguous", rests, via))
    view = view_of(case, action.url, visit)
    if view.failure is not None:
        entry = action.weak and view.failure == "needs_browser" and _may_be_its(case, titles, service, action)
        return LinkResult(_unread(at, action, view.failure, (*rests, *view.ids), via), entry=entry)
    capture = view.page or final
    where = final.url if view.page is None else action.url
    if isinstance(capture.facts, PageFacts) and (kind := gateway(capture.facts.final_url)) is not None:
        where = capture.facts.final_url
        if kind == "payment" and not action.other:
            there = look(case, titles, service, capture, linked=action)
            return LinkResult(judged("payment", there, where, via, (*rests, *view.ids)))
    if (error := error_answer(case, capture)) is not None:
        doubt = view.broken or ("server_error" if error.reason == "server_error" else None)
        if doubt is not None:
            return LinkResult(_unread(at, action, doubt, (*rests, *view.ids), via))
        return LinkResult(None, "soft_404")
    there = look(case, titles, service, capture, linked=action)
    rests = (*rests, *view.ids)
    if there.kind in ENTRY_KINDS or there.kind in HALF_KINDS:
        return _found(case, titles, service, at, action, there, where, rests, via)
    if there.kind in ("shell", "unclear") or there.open_for is not None or view.lost:
        unseen = there.kind == "shell" or there.scripted or view.lost
        reason = "needs_browser" if unseen else there.open_for or "ambiguous"
        # a form that was looked at is another's, but on the service's own page, and on a host to which a page that says no way
        # of its own sends people
        sent = at.kind in _SAYS_NO_WAY and host(where) != host(at.capture.url)
        may_enter = unseen or (
            (sent or there.form is None or there.tie.tied)
            and any(one.kind == "field" for one in there.blockers)
        )
        entry = may_enter and action.weak and _may_be_its(case, titles, service, action)
        return LinkResult(_unread(at, action, reason, rests, via), entry=entry)
    if answered_alike(case, capture):
        return LinkResult(_unread(at, action, "ambiguous", rests, via, "like_random_path"))
    if there.kind == "other_service":
        return LinkResult(_unread(at, action, "ambiguous", rests, via))
    if not case.owns(host(where)):
        # another body's house: what its pages lead to is not for one hop to say
        return LinkResult(_unread(at, action, "ambiguous", rests, via))
    if _leads_on(case, at, action, there):
        return LinkResult(_unread(at, action, "not_attempted", rests, via, "leads_on"))
    return LinkResult(None, there.kind)


def _leads_on(case: Case, at: PageClassification, action: Action, there: PageClassification) -> bool:
    """Whether the page has action links of its own: what lies two hops on was not looked at, and is denied by nobody."""
    known = {*homes(case), identity(at.capture.url), identity(there.capture.url), identity(action.url)}
    return any(lead.kind == "link" and identity(lead.url) not in known for lead in there.actions)


def _found(
    case: Case, titles: Titles, service: Service, at: PageClassification, action: Action, there: PageClassification, where: str,
    rests: tuple[str, ...], via: str,
) -> LinkResult:  # fmt: skip
    seen = judged(there.kind, there, where, via, rests)
    # the link of a list, and little else, says that the page is the service's
    named_by_list = there.tie.how == "declared" and not at.tie.tied
    if there.tie.tied and not (named_by_list and _calls_itself_another(case, service, at, action, there)):
        return LinkResult(seen)
    if there.kind == "login" and _has_its_own_way(case, titles, service, at, action, where):
        return LinkResult(seen)
    if action.weak and (there.kind not in ENTRY_KINDS or action.other):
        if _may_be_its(case, titles, service, action):
            return LinkResult(_unread(at, action, "ambiguous", rests, via), entry=True)
        return LinkResult(None)
    if not case.owns(host(where)) and gateway(where) is None:
        return LinkResult(_unread(at, action, "no_match", rests, via))
    if action.away:  # nothing but its place says that it has to do with the service
        return LinkResult(_unread(at, action, "ambiguous", rests, via), entry=there.kind in ENTRY_KINDS)
    if there.kind in ENTRY_KINDS and (
        action.told or action.other or shared_target(case, titles, service, action)
    ):
        # a form for whatever the agency does is not the form of this service
        return LinkResult(_unread(at, action, "ambiguous", rests, via), entry=True)
    if there.kind in ENTRY_KINDS and _calls_itself_another(case, service, at, action, there):
        return LinkResult(_unread(at, action, "ambiguous", rests, via), entry=True)
    if there.kind in HALF_KINDS and there.kind != "login" and not at.tie.tied:
        # behind a link of a list, a reckoning that says nothing of the service may be any other's
        return LinkResult(_unread(at, action, "ambiguous", rests, via), entry=True)
    return LinkResult(seen)


def _calls_itself_another(
    case: Case, service: Service, at: PageClassification, action: Action, there: PageClassification
) -> bool:
    """Whether the link or the name of the page behind it says another act: «تمدید» on the page of «صدور». What a link of a list
    says stands against any other name as well, and where there is none, against the button."""
    page = reading(case, there.capture)
    main, name = page.main_heading, named(case, page)
    called = main.text if main is not None and is_name(main.text, name) else name.text
    if any(does_instead(read(service.title), read(text)) for text in (called, action.text)):
        return True
    if at.tie.tied:
        return False
    if called:
        return in_its_place(service, called)
    sent = there.form.buttons if there.form is not None else ()
    return any(does_instead(read(service.title), read(text), sent=True) for text in sent)


def _has_its_own_way(
    case: Case, titles: Titles, service: Service, at: PageClassification, action: Action, where: str
) -> bool:
    """Whether the agency's log-in is told to send people on from here to a place of its own, to which no other service leads."""
    onto = comes_back_to(where)
    if not onto or action.other or not case.owns(host(where)) or not case.owns(host(onto)):
        return False
    known = {*homes(case), identity(at.capture.url), identity(where)}
    if identity(onto) in known or is_linked_elsewhere(case, service, action.url):
        return False
    return _may_be_its(case, titles, service, action)


def _may_be_its(case: Case, titles: Titles, service: Service, action: Action) -> bool:
    """Whether a link like any other may be the way in all the same: in words that no list has, to where no other service leads."""
    named = titles.best(action.text, titles.own(service)) if action.text else None
    if named is not None and named.score >= MATCH and named.service != service.id:
        return False
    return not (aside(service, action.text) or shared_target(case, titles, service, action))


def _unread(
    at: PageClassification, action: Action, reason: str, captures: tuple[str, ...], via: str, note: str = ""
) -> EntryResult:
    return EntryResult(
        "inconclusive", reason, action.url, captures, at.kind, action.text, action.selector, via, at,
        notes=(note,) if note else (),
    )  # fmt: skip
