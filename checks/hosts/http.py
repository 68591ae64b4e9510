"""What a host does with a visitor over HTTP: redirects, HSTS, cookies, and what its pages load and send."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from checks.case import Case, Visit
from checks.hosts.security_txt import PATH, security_txt
from checks.hosts.set_cookie import Cookie, insecure_cookies
from checks.link_index import survey
from checks.outcome import challenge, endless
from checks.page.http_policies import policies
from checks.page.http_security import (
    Hsts,
    InsecureUse,
    insecure_uses,
    policies_in,
    referrers_in,
    remembered,
)
from evidence.kinds.http import HttpFacts
from evidence.records import Capture
from web.urls import host, host_port, is_web, literal, origin

_MOST_COOKIES = 20  # Cookies named in one finding. One is enough for the verdict.


@dataclass(frozen=True, slots=True)
class HttpLook:
    """problems: in every visit that was the portal's own. proven: the visits may carry a contradiction; spaced: if they
    may not, it is not for want of time between them.

    once: problems of pages that were visited once.
    plain_answered: something of the portal's own came over http on port 80.
    """

    problems: frozenset[str]
    proven: bool
    spaced: bool
    plain_answered: bool
    once: frozenset[str]
    facts: dict[str, Any]
    captures: tuple[str, ...] = field(default=())


def http_look(case: Case, name: str, port: int) -> HttpLook:
    base = f"https://{name}/" if port == 443 else f"https://{name}:{port}/"
    secure = [visit for visit in case.visits(base) if _is_portals(case, visit)]
    plain = (
        [visit for visit in case.visits(f"http://{name}/") if _is_portals(case, visit)] if port == 443 else []
    )
    cookies, cookie_captures = _cookies(case, name, port)
    uses = survey(case).insecure.get(origin(base), [])
    problems = _in_all(plain, _plain_problems) | _in_all(secure, lambda visit: _secure_problems(visit, name))
    if cookies:
        problems |= {"insecure_cookie"}
    problems |= {"form_to_http" if use.kind == "form" else "mixed_content" for use in uses}
    proven = all(case.proven(visits) for visits in (plain, secure) if visits)
    return HttpLook(
        problems=frozenset(problems),
        proven=proven,
        spaced=all(case.spaced([visit.first for visit in visits]) for visits in (plain, secure) if visits),
        plain_answered=bool(plain),
        once=_once(case, uses),
        facts={
            "http": _hops(plain),
            "https": _hops(secure),
            "hsts": _hsts_facts(secure, name),
            "policies": _policies(case, secure),
            "security_txt": _security_txt(case, name) if port == 443 else None,
            "cookies": cookies,
            "insecure": [[use.kind, use.page, use.target, use.element] for use in uses],
        },
        captures=tuple(id for visit in (*plain, *secure) for id in visit.ids) + cookie_captures,
    )


@dataclass(frozen=True, slots=True)
class PolicyLooks:
    """pages: what each visit that led to a page of the host showed of its policies. answered: the portal's own answer came."""

    pages: tuple[dict[str, Any], ...]
    answered: bool
    captures: tuple[str, ...]


def policy_looks(case: Case, name: str, port: int) -> PolicyLooks:
    base = f"https://{name}/" if port == 443 else f"https://{name}:{port}/"
    secure = [visit for visit in case.visits(base) if _is_portals(case, visit)]
    told = [(visit, _policies_of(case, visit)) for visit in secure]
    return PolicyLooks(
        tuple(policy for _, policy in told if policy is not None),
        bool(secure),
        tuple(id for visit, _ in told for id in visit.ids),
    )


def _once(case: Case, uses: Iterable[InsecureUse]) -> frozenset[str]:
    """`form_to_http`, unless a page with such a form was proven to have one."""
    forms = [use for use in uses if use.kind == "form"]
    if not forms or any(_sends_twice(case, page) for page in dict.fromkeys(use.page for use in forms)):
        return frozenset()
    return frozenset({"form_to_http"})


def _sends_twice(case: Case, page: str) -> bool:
    visits = [visit for visit in case.visits(page) if visit.status == 200 and case.is_html(visit.final)]
    return case.proven(visits) and all(
        any(use.kind == "form" for use in insecure_uses(page, visit.facts, case.document(visit.final)))
        for visit in visits
    )


def _is_portals(case: Case, visit: Visit) -> bool:
    """An answer of the portal itself: not a failure, an error of its own, a firewall's page, or a part of a head."""
    status = visit.first.facts.status if isinstance(visit.first.facts, HttpFacts) else None
    if not _is_answer(status):
        return False
    if any(_is_cut(hop) for hop in visit.hops):
        return False
    return challenge(case, Visit((visit.first,))) is None and challenge(case, visit) is None


def _is_cut(hop: Capture) -> bool:
    """Whether the connection may have ended inside the head: what is not there may have been to come."""
    facts = hop.facts
    assert isinstance(facts, HttpFacts)
    return facts.status is not None and facts.failure is not None and facts.truncated is None


def _in_all(visits: Iterable[Visit], problems: Callable[[Visit], set[str]]) -> set[str]:
    found = [problems(visit) for visit in visits]
    return set.intersection(*found) if found else set()


def _plain_problems(visit: Visit) -> set[str]:
    """From http://host/: it has to end on https, without a detour back."""
    problems = _downgrades(visit)
    if visit.looped:
        return problems | ({"redirect_loop"} if endless(visit) else set())
    if not any(_redirects(hop) for hop in visit.hops) and any(_is_page_over_http(hop) for hop in visit.hops):
        problems.add("http_not_redirected")
    return problems


def _redirects(hop: Capture) -> bool:
    """From http to https, by an answer that is no page: a Refresh header leads on from one, as markup does."""
    facts = hop.facts
    assert isinstance(facts, HttpFacts)
    moved = hop.url.startswith("http:") and 300 <= (facts.status or 0) < 400
    return moved and (facts.redirect or "").startswith("https:")


def _is_page_over_http(hop: Capture) -> bool:
    facts = hop.facts
    return isinstance(facts, HttpFacts) and hop.url.startswith("http:") and 200 <= (facts.status or 0) < 300


def _secure_problems(visit: Visit, name: str) -> set[str]:
    problems = _downgrades(visit)
    if visit.looped:
        return problems | ({"redirect_loop"} if endless(visit) else set())
    problem = _hsts(visit, name).problem
    # What an answer that did not come would have said outweighs the ones before it, unless they are malformed.
    if literal(name) is None and problem is not None and (problem == "hsts_invalid" or _arrived(visit)):
        problems.add(problem)
    return problems


def _arrived(visit: Visit) -> bool:
    """Whether the way led to an answer of the portal's."""
    return not visit.open and _is_answer(visit.status)


def _is_answer(status: int | None) -> bool:
    return status is not None and (status < 400 or status in (404, 410))


def _downgrades(visit: Visit) -> set[str]:
    urls = [hop.url for hop in visit.hops]
    if visit.facts.redirect is not None and is_web(visit.facts.redirect):
        urls.append(visit.facts.redirect)
    steps = itertools.pairwise(urls)
    down = any(before.startswith("https:") and after.startswith("http:") for before, after in steps)
    return {"https_downgrade"} if down else set()


def _hsts(visit: Visit, name: str) -> Hsts:
    """What a browser remembers of the host after the visit, at whatever port it heard it (RFC 6797, 8.1)."""
    return remembered(
        hop.facts.header_all("strict-transport-security")
        for hop in visit.hops
        if isinstance(hop.facts, HttpFacts) and hop.url.startswith("https:") and host(hop.url) == name
    )


def _hsts_facts(secure: list[Visit], name: str) -> dict[str, Any] | None:
    if not secure:
        return None
    read = _hsts(secure[-1], name)
    if read.value is None and not _arrived(secure[-1]):
        return None
    return {
        "value": None if read.value is None else read.value[:200],
        "max_age": read.max_age,
        "subdomains": read.subdomains,
        "preload": read.preload,
    }


def _policies(case: Case, secure: list[Visit]) -> dict[str, Any] | None:
    """Of the page that the host's own address leads to; None when that is no page, or another host's."""
    if not secure:
        return None
    return _policies_of(case, secure[-1])


def _policies_of(case: Case, visit: Visit) -> dict[str, Any] | None:
    if visit.open or visit.status != 200 or origin(visit.final.url) != origin(visit.first.url):
        return None
    if not case.is_html(visit.final):
        return policies(visit.facts)
    document = case.document(visit.final)
    return policies(visit.facts, policies_in(document), referrers_in(document))


def _security_txt(case: Case, name: str) -> dict[str, Any] | None:
    """None when it was not asked for, or a firewall answered in the portal's place."""
    asked = f"https://{name}{PATH}"
    visits = case.visits(asked)
    if not visits or challenge(case, visits[-1]) is not None or visits[-1].open or visits[-1].looped:
        return None
    final = visits[-1].final
    return security_txt(visits[-1].facts, case.evidence.body(final.id), asked, final.url, case.as_of)


def _hops(visits: list[Visit]) -> list[list[Any]]:
    """[status, address] of each hop of the last visit."""
    if not visits:
        return []
    return [[hop.facts.status, hop.url] for hop in visits[-1].hops if isinstance(hop.facts, HttpFacts)]


def _cookies(case: Case, name: str, port: int) -> tuple[list[Cookie], tuple[str, ...]]:
    """Session cookies that any page of the host sets over https without protection; each name once."""
    found: dict[str, Cookie] = {}
    captures: list[str] = []
    for capture in _answers(case).get((name, port), ()):
        facts = capture.facts
        assert isinstance(facts, HttpFacts)
        kept = insecure_cookies(facts, name, capture.time)
        fresh = [cookie for cookie in kept if str(cookie["name"]) not in found]
        if fresh and len(found) < _MOST_COOKIES and challenge(case, Visit((capture,))) is None:
            found |= {str(cookie["name"]): cookie for cookie in fresh}
            captures.append(capture.id)
    return [found[key] for key in sorted(found)], tuple(captures)


def _answers(case: Case) -> dict[tuple[str, int], list[Capture]]:
    """Good answers and redirects over https that set cookies, by host and port."""
    return case.derived("host_http.answers", lambda: _with_cookies(case.captures))


def _with_cookies(captures: Iterable[Capture]) -> dict[tuple[str, int], list[Capture]]:
    found: dict[tuple[str, int], list[Capture]] = {}
    for capture in captures:
        facts = capture.facts
        if (
            isinstance(facts, HttpFacts)
            and capture.url.startswith("https:")
            and 200 <= (facts.status or 0) < 400
            and facts.header("set-cookie") is not None
            and not _is_cut(capture)
        ):
            found.setdefault(host_port(capture.url), []).append(capture)
    return found
