"""`links.summary`: how many links were followed, and how many of them lead nowhere? One finding about the agency.

Looked at: the same addresses as `links.target` judges, the agency's own hosts apart. Not looked at: how often an address
is linked to. What nobody could settle is in neither number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from checks.case import Case
from checks.finding import Finding
from checks.link_index import survey
from checks.links.judgements import MOST_UNASKED, is_unasked, judgements, reported
from checks.links.outcome import BROKEN, INCONCLUSIVE, Judgement
from checks.outcome import in_time
from checks.reasons import LINKS
from checks.word_sets import OF_PAGES
from claims.hosts import own_hosts
from web.urls import host


class LinksSummary:
    """How many links were followed, and how many of them lead nowhere; the agency's own hosts apart."""

    id = "links.summary"
    version = 4
    reasons = LINKS
    words = OF_PAGES

    def judge(self, case: Case) -> Iterator[Finding]:
        reasons = [
            "own_error" if isinstance(judgement, Exception) else judgement.reason
            for target, judgement, _ in reported(case)
            if target.fragment is None or isinstance(judgement, Exception) or judgement.reason
        ]
        broken = sum(reason in BROKEN for reason in reasons)
        inconclusive = sum(reason in INCONCLUSIVE for reason in reasons)
        checked = len(reasons) - inconclusive
        unasked = sum(is_unasked(judgement) for _, judgement in judgements(case))
        yield case.finding(
            self,
            case.subject,
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
    for target, judgement, _ in reported(case):
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


CHECK = LinksSummary()
