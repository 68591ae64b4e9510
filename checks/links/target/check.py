"""`links.target`: which links of an agency's pages lead nowhere? One finding for each broken or unsettled address.

Looked at: every address that pages link to or load, whatever the element, and the places of pages that fragments name.
Those that one certificate stops are told once a host. Not looked at: links that only a script makes, whether a page is
about what its link says, and pages that were not fetched.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.case import Case, Visit
from checks.finding import Finding, Subject
from checks.link_index import LinkTarget
from checks.links.judgements import MOST_UNASKED, is_unasked, reported
from checks.links.outcome import BROKEN, Judgement
from checks.outcome import in_time, own_error
from checks.reasons import LINKS
from checks.word_sets import OF_PAGES
from evidence.kinds.http import HttpFacts
from evidence.records import Capture


class LinksTarget:
    """Every distinct address that the agency's pages link to, whatever the element."""

    id = "links.target"
    version = 5
    reasons = LINKS
    words = OF_PAGES

    def judge(self, case: Case) -> Iterator[Finding]:
        unasked = 0
        for target, judgement, alike in reported(case):
            unasked += is_unasked(judgement)
            if is_unasked(judgement) and unasked > MOST_UNASKED:
                continue  # a site map may list millions: `links.summary` counts them
            if isinstance(judgement, Exception):
                address = target.key + (f"#{target.fragment}" if target.fragment else "")
                subject = Subject("link", address, target.url)
                yield own_error(self, case, subject, judgement)
            elif judgement.reason is not None:
                yield self._finding(case, target, judgement, alike)

    def _finding(self, case: Case, target: LinkTarget, judgement: Judgement, alike: int) -> Finding:
        broken = judgement.reason in BROKEN
        fragment = f"#{target.fragment}" if target.fragment else ""
        last = judgement.visits[-1] if judgement.visits else None
        seen = [target.source, *(id for visit in judgement.visits for id in visit.ids), *judgement.captures]
        return case.finding(
            self,
            Subject("link", target.key + fragment, target.url + fragment),
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


CHECK = LinksTarget()
