"""Which links of an agency's pages lead nowhere? One finding for each broken or unsettled address.

Broken is what a visitor meets too, seen twice; whatever may be ours or a firewall's is inconclusive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from checks.case import Case, Check, Visit
from checks.finding import Finding, Subject
from checks.link_index import Target, own_hosts, survey
from checks.links.outcome import BROKEN, INCONCLUSIVE, Judgement, judge_fragment, judge_page
from checks.outcome import in_time, own_error
from evidence.records import Capture, HttpFacts
from web.urls import host

MOST_UNASKED = 1_000  # findings of an agency about addresses that nobody asked for


class LinksTarget:
    """Every distinct address that the agency's pages link to, whatever the element."""

    id = "links.target"
    version = 5

    def judge(self, case: Case) -> Iterator[Finding]:
        unasked = 0
        for target, judgement, alike in _told(case):
            unasked += _is_unasked(judgement)
            if _is_unasked(judgement) and unasked > MOST_UNASKED:
                continue  # a site map may list millions: `links.summary` counts them
            if isinstance(judgement, Exception):
                address = target.key + (f"#{target.fragment}" if target.fragment else "")
                subject = Subject("link", address, target.url)
                yield own_error(self, case, subject, judgement)
            elif judgement.reason is not None:
                yield self._finding(case, target, judgement, alike)

    def _finding(self, case: Case, target: Target, judgement: Judgement, alike: int) -> Finding:
        broken = judgement.reason in BROKEN
        fragment = f"#{target.fragment}" if target.fragment else ""
        last = judgement.visits[-1] if judgement.visits else None
        seen = [target.source, *(id for visit in judgement.visits for id in visit.ids), *judgement.captures]
        return Finding(
            agency=case.agency.id,
            subject=Subject("link", target.key + fragment, target.url + fragment),
            check=self.id,
            check_version=self.version,
            verdict="contradicted" if broken else "inconclusive",
            reason=judgement.reason,
            observed={
                "status": last.status if last else None,
                "failure": last.facts.failure if last else None,
                "detail": judgement.detail,
                "final_url": last.final.url if last else None,
                "found_on": target.found_on,
                "found_on_count": target.found_on_count,
                "text": " ".join(target.text.split()),
                "element": target.element,
                "reference": target.reference,
                "chain": _chain(last) if last else [],
                **({"alike": alike} if alike else {}),
            },
            captures=in_time(case, seen),
            attempts=max(len(judgement.visits), len(judgement.captures)),
            criterion="links_lead_on",
            effect=f"link_{judgement.reason}" if broken else "link_unsettled",
        )


def _chain(visit: Visit) -> list[str]:
    """What each hop of a redirected visit answered, in order; empty without a redirect."""
    hops = [f"{_answer(hop)} {hop.url}" for hop in visit.hops]
    return hops if len(hops) > 1 else []


def _answer(hop: Capture) -> str:
    facts = hop.facts
    assert isinstance(facts, HttpFacts)
    return str(facts.status or facts.failure)


def _is_unasked(judgement: Judgement | Exception) -> bool:
    """Whether nobody asked for the address: an example is as good as all of them."""
    return isinstance(judgement, Judgement) and judgement.reason == "limit" and not judgement.visits


class LinksSummary:
    """How many links were followed, and how many of them lead nowhere; the agency's own hosts apart."""

    id = "links.summary"
    version = 4

    def judge(self, case: Case) -> Iterator[Finding]:
        reasons = [
            "own_error" if isinstance(judgement, Exception) else judgement.reason
            for target, judgement, _ in _told(case)
            if target.fragment is None or isinstance(judgement, Exception) or judgement.reason
        ]
        broken = sum(reason in BROKEN for reason in reasons)
        inconclusive = sum(reason in INCONCLUSIVE for reason in reasons)
        checked = len(reasons) - inconclusive
        unasked = sum(_is_unasked(judgement) for _, judgement in judgements(case))
        yield Finding(
            agency=case.agency.id,
            subject=Subject("agency", case.agency.id, case.agency.portal),
            check=self.id,
            check_version=self.version,
            verdict="inconclusive" if not checked else "partial" if broken else "verified",
            reason=None if checked else _foremost(reasons),
            observed={
                "pages": survey(case).pages,
                "checked": checked,
                "broken": broken,
                "inconclusive": inconclusive,
                **_inside(case),
                **({"unlisted": unasked - MOST_UNASKED} if unasked > MOST_UNASKED else {}),
            },
            captures=in_time(case, [page.id for page in case.pages[:1]]),
            attempts=1 if checked else 0,
            criterion="links_lead_on",
            effect="links_share",
        )


def _inside(case: Case) -> dict[str, int]:
    """Addresses on the agency's own hosts alone. One that is linked with http and with https is one for who visits it."""
    own = own_hosts(case.agency)
    told: dict[str, set[str | None]] = {}
    for target, judgement, _ in _told(case):
        reason = judgement.reason if isinstance(judgement, Judgement) else "own_error"
        if host(target.url) in own and (target.fragment is None or reason):
            address = f"{target.key.partition('://')[2]}#{target.fragment or ''}"
            told.setdefault(address, set()).add(reason)
    settled = [reasons for reasons in told.values() if reasons - INCONCLUSIVE]
    return {
        "inside_checked": len(settled),
        "inside_broken": sum(bool(reasons & BROKEN) for reasons in settled),
    }


def _foremost(reasons: Sequence[str | None]) -> str | None:
    """Why not one link was settled: the most frequent reason, of several the first by name; None without a link."""
    counted = Counter(reason for reason in reasons if reason is not None)
    return min(counted, key=lambda reason: (-counted[reason], reason), default=None)


def _told(case: Case) -> list[tuple[Target, Judgement | Exception, int]]:
    """The judgements, those of one host's certificate once, at its first address; with how many more addresses share it."""
    return case.derived("links.told", lambda: list(_once_a_host(judgements(case))))


def _once_a_host(
    judged: Sequence[tuple[Target, Judgement | Exception]],
) -> Iterator[tuple[Target, Judgement | Exception, int]]:
    faults = Counter(fault for _, judgement in judged if (fault := _fault(judgement)) is not None)
    met = set[tuple[str, str]]()
    for target, judgement in judged:
        fault = _fault(judgement)
        if fault not in met:
            yield target, judgement, faults[fault] - 1 if fault is not None else 0
        if fault is not None:
            met.add(fault)


def _fault(judgement: Judgement | Exception) -> tuple[str, str] | None:
    """(host with port, reason) of a certificate at fault."""
    if isinstance(judgement, Exception) or judgement.certificate is None:
        return None
    return judgement.certificate, judgement.reason or ""


def judgements(case: Case) -> list[tuple[Target, Judgement | Exception]]:
    """One for each distinct address; a fragment counts only where the page behind it is there."""
    return case.derived("links.judgements", lambda: list(_judgements(case)))


def _judgements(case: Case) -> Iterator[tuple[Target, Judgement | Exception]]:
    targets = survey(case).targets
    visits: dict[str, tuple[Visit, ...]] = {}
    for key, fragment in sorted(targets, key=lambda pair: (pair[0], pair[1] or "")):
        target = targets[key, fragment]
        if fragment is None:
            judgement = _guarded(partial(judge_page, case, target))
            if isinstance(judgement, Judgement) and judgement.reason is None:
                visits[key] = judgement.visits
            yield target, judgement
        elif key in visits:
            yield target, _guarded(partial(judge_fragment, case, target, visits[key]))


def _guarded(judge: Callable[[], Judgement]) -> Judgement | Exception:
    try:
        return judge()
    except Exception as error:
        return error


CHECKS: tuple[Check, ...] = (LinksTarget(), LinksSummary())
