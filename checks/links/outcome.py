"""What becomes of a visitor who follows one link: works, broken, or not for us to say."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from urllib.parse import unquote

from checks.case import Case, Visit
from checks.derivations import once
from checks.hosts.evidence import certificate_problem
from checks.link_index import LinkTarget, survey
from checks.outcome import challenge, endless, unattempted
from checks.page.boilerplate import best_view
from checks.page.soft404 import error_answer, front_instead
from evidence.kinds.http import Failure, HttpFacts
from evidence.kinds.page import PageFacts
from evidence.records import Capture
from web.http_dates import retry_after_seconds
from web.urls import folder, host, host_port, identity, is_web, origin

BROKEN = frozenset("not_found gone soft_404 server_error dns redirect_loop missing_fragment tls".split())
INCONCLUSIVE = frozenset("blocked timeout refused reset robots limit own_error".split())

_FAILURES: dict[Failure, str] = {
    "dns": "dns",
    "resolver": "own_error",
    "refused": "refused",
    "reset": "reset",
    "timeout": "timeout",
    "tls": "refused",  # the handshake failed: no certificate was seen that could be judged
    "protocol": "reset",
    "too_large": "limit",
    "private_address": "own_error",
    "bad_port": "limit",
    "own_error": "own_error",
}
# A page with so much text of its own does not say that it is not there.
_SUBSTANCE = 2_000
# Characters of the shortest page that count as a portal's frame. Longer, it is content.
_LONGEST_FRAME = 8_000
_SHUT = 3  # Addresses of a host that get 503, and nothing else comes, before this may be a ban. By hand.
_PASSING = 2  # Addresses of a host with a 503 that passes: one is a mishap. By hand.
_UNATTEMPTED = {"robots": "robots", "blocked": "blocked", "limit": "limit", "not_attempted": "limit"}
# Gone for good, in either wording: two answers that agree on this agree.
_ALIKE = {"gone": "not_found"}


@dataclass(frozen=True, slots=True)
class Judgement:
    """reason: of the contract, None when the link works. visits: those that told.

    captures: further ones it rests on. detail: a code of what was seen (a certificate's problem, a sign).
    certificate: host and port of the certificate that is at fault, for all links to that host alike.
    """

    reason: str | None
    visits: tuple[Visit, ...] = ()
    captures: tuple[str, ...] = ()
    detail: str | None = None
    certificate: str | None = None


def judge_page(case: Case, target: LinkTarget) -> Judgement:
    """Of an address as a whole, whatever the fragments of the links to it."""
    visits = case.visits(target.url)
    if not visits:
        return Judgement(_UNATTEMPTED[unattempted(case, target.url)])
    told = [(visit, outcome(case, visit)) for visit in visits]
    last = told[-1][1]
    if last is None:
        return _by_certificate(case, target, visits[-1]) or Judgement(None, visits[-1:])
    run = _last_run(told)
    if last not in BROKEN:
        return Judgement(last, run)
    if _may_be_our_pace(case, run):
        return Judgement("blocked", run)
    if not target.settled:  # a script may lead whoever follows the link elsewhere
        return Judgement("limit", run)
    if case.proven(run):
        return Judgement(last, run)
    if (working := [visit for visit, reason in told if reason is None]) and len(run) == 1:
        return Judgement(None, (working[-1],))
    others = [(visit, reason) for visit, reason in told if reason in INCONCLUSIVE]
    if others:
        return Judgement(others[-1][1], (others[-1][0],))
    controlled = case.controlled(visit.final for visit in run)
    return Judgement("limit" if controlled else "own_error", run)


def _may_be_our_pace(case: Case, run: Sequence[Visit]) -> bool:
    """Whether a 503 may be for whoever asks too often: web servers limit the rate of requests with it.

    It may where we did not wait as long as it asks for, where other addresses of the host answered 503 for a while, and where
    the host answered well until then and since then says 503 to everything.
    """
    if run[-1].status != 503:
        return False
    for earlier, later in pairwise(run):
        asked = retry_after_seconds(earlier.facts.header("retry-after"), earlier.final.time)
        if asked is not None and (later.first.time - earlier.final.time).total_seconds() < asked:
            return True
    load = _loads(case)[host(run[-1].final.url)]
    shut = load.served is not None and load.served < run[0].first.time and len(load.busy) >= _SHUT
    return shut or len(load.well & load.busy) >= _PASSING


@dataclass(slots=True)
class _HostLoad:
    """well, busy: identities of what was answered well, and with 503. served: when it was the last time."""

    well: set[str] = field(default_factory=set)
    busy: set[str] = field(default_factory=set)
    served: dt.datetime | None = None


@once
def _loads(case: Case) -> dict[str, _HostLoad]:
    loads: defaultdict[str, _HostLoad] = defaultdict(_HostLoad)
    for capture in case.captures:
        facts = capture.facts
        if not isinstance(facts, HttpFacts) or facts.status is None:
            continue
        load = loads[host(capture.url)]
        if facts.status < 400:
            load.well.add(identity(capture.url))
            load.served = max(load.served or capture.time, capture.time)
        elif facts.status == 503:
            load.busy.add(identity(capture.url))
    return loads


def outcome(case: Case, visit: Visit) -> str | None:
    """Code of one visit; None when a page or file was received."""
    facts = visit.facts
    if facts.status is None:
        if facts.late:
            return "own_error"
        return _FAILURES[facts.failure or "own_error"]
    if visit.looped:
        return "redirect_loop" if endless(visit) else "blocked"
    if _firewall(case, visit):
        return "blocked"
    if visit.open:
        return _UNATTEMPTED[unattempted(case, facts.redirect or "")]
    return _by_status(facts) or _by_body(case, visit)


def _firewall(case: Case, visit: Visit) -> bool:
    found = survey(case)
    if visit.final.id in found.lengths:
        return visit.final.id in found.firewalls
    return challenge(case, visit) is not None


def _by_status(facts: HttpFacts) -> str | None:
    status = facts.status or 0
    if status in (404, 410):
        return "not_found" if status == 404 else "gone"
    if status == 408:
        return "timeout"
    if 400 <= status < 500:
        return "blocked"
    if status >= 500:
        return "server_error"
    if status >= 300 and facts.redirect is not None and not is_web(facts.redirect):
        return None  # leads on into an application or a mail program
    return None if 200 <= status < 300 else "limit"


def _by_body(case: Case, visit: Visit) -> str | None:
    facts = visit.facts
    if facts.failure is not None or facts.truncated == "disconnect":
        return _FAILURES[facts.failure or "reset"]
    # A file that is longer than what we keep of it is there; it is only not read to its end.
    if facts.truncated is not None or (len(visit.hops) == 1 and _has_substance(case, visit.final)):
        return None
    if front_instead(case, visit):
        return "soft_404"
    error = error_answer(case, visit.final)
    if error is not None and error.sign == "editors_login":
        return "blocked"  # what lies behind is for those who edit the portal: there may be a page for them
    if error is None and (view := best_view(case, visit.final)) is not visit.final:
        shown = error_answer(case, view)
        error = shown if shown is not None and shown.sign == "front_page" else None
    return None if error is None else error.reason


def _has_substance(case: Case, capture: Capture) -> bool:
    """Whether a page is spared the closer look: much text beside the frame, and no random path is answered.

    The frame is on every page, so it is no longer than the shortest page of the host, and hardly ever long.
    """
    found = survey(case)
    length = found.lengths.get(capture.id)
    frame = min(found.shortest.get(host(capture.url), 0), _LONGEST_FRAME)
    if length is None or length <= frame + _SUBSTANCE:
        return False
    answers = (sibling.facts for sibling in case.siblings(folder(capture.url)))
    return not any(isinstance(facts, HttpFacts) and facts.status == 200 for facts in answers)


def _last_run(told: Sequence[tuple[Visit, str | None]]) -> tuple[Visit, ...]:
    """The visits at the end that had one outcome."""
    run: list[Visit] = []
    last = _ALIKE.get(told[-1][1] or "", told[-1][1])
    for visit, reason in reversed(told):
        if _ALIKE.get(reason or "", reason) != last:
            break
        run.append(visit)
    return tuple(reversed(run))


def _by_certificate(case: Case, target: LinkTarget, visit: Visit) -> Judgement | None:
    """A certificate that browsers stop at, on the way from a page that was seen without that stop."""
    for hop in visit.hops:
        if not hop.url.startswith("https:") or target.origins <= {origin(hop.url)}:
            continue
        name, port = host_port(hop.url)
        problem = certificate_problem(case, name, port)
        if problem is None:
            continue
        reason = "tls" if problem.proven else problem.unproven_reason
        return Judgement(reason, (visit,), problem.captures, problem.code, f"{name}:{port}")
    return None


def judge_fragment(case: Case, target: LinkTarget, visits: Sequence[Visit]) -> Judgement:
    """Whether what the fragment names is on the page. The page itself was received."""
    assert target.fragment is not None
    visit = visits[-1]
    if not case.is_html(visit.final) or _redirect_names_another(visit):
        return Judgement(None, (visit,))
    document = case.document(visit.final)
    names = {target.fragment, unquote(target.fragment)}
    if names & document.ids:
        return Judgement(None, (visit,))
    views = case.rendered(visit.final.url) or case.rendered(target.url)
    if any(names & case.document(view).ids for view in views):
        return Judgement(None, (visit,))
    if visit.facts.truncated is not None or document.cut:
        return Judgement("limit", (visit,))
    finished = [view for view in views if isinstance(view.facts, PageFacts) and view.facts.finished]
    if not finished and document.scripts:  # which may make the place
        return Judgement("limit", (visit,), tuple(view.id for view in views))
    looks = _same_answer(case, target, visit)
    if not target.settled:
        return Judgement("limit", looks)
    if not case.proven(looks):
        return Judgement("limit" if case.controlled(look.final for look in looks) else "own_error", looks)
    return Judgement("missing_fragment", looks, tuple(view.id for view in finished))


def _redirect_names_another(visit: Visit) -> bool:
    """A redirect with a fragment of its own replaces the link's."""
    return any(
        isinstance(hop.facts, HttpFacts) and "#" in (hop.facts.header("location") or "")
        for hop in visit.hops[:-1]
    )


def _same_answer(case: Case, target: LinkTarget, visit: Visit) -> tuple[Visit, ...]:
    """Every visit whose page came and had no such place."""
    names = {target.fragment or "", unquote(target.fragment or "")}
    good = [other for other in case.visits(target.url) if other.status == visit.status]
    pages = [other for other in good if case.is_html(other.final)]
    return tuple(other for other in pages if not names & case.document(other.final).ids) or (visit,)
