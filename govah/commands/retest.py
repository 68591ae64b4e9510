"""`govah retest`: one claim is visited and judged again because of a reply, and what came of it goes on record."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from checks import basis
from checks.finding import Finding, is_listed
from claims.model import Alias, Round
from claims.read import is_finding
from crawler.retest import Retest
from evidence.errors import EvidenceError
from evidence.kinds.http import HttpFacts
from evidence.regular_files import digest
from evidence.retests import planned
from evidence.signing.earlier_judgements import earlier
from evidence.signing.findings_seal import CLAIMS, MANIFEST
from evidence.signing.findings_seal_state import FindingsSealState
from evidence.store import EvidenceStore
from govah import judgements, round_loading, stages
from govah.commands.check import check_round
from govah.commands.crawl import crawl_round, ended
from govah.commands.replies import last_seen, named, signer_of, take_in, write
from govah.commands.score import score_round
from govah.exits import Exit
from govah.replies import ledger_of, replies_of
from govah.round_paths import RoundPaths
from govah.terminal.console import Speaker
from govah.terminal.reply_lines import check_name, told_outcome
from reports.replies import outcome, settled_by
from reports.results_db.findings_file import FindingsFile
from web.urls import identity, is_web

_MOST_ADDRESSES = 50  # beside the claimed ones
_VISITED = frozenset({"claim", "dataset", "page", "link"})

Claim = tuple[str, str, str]  # agency, "service" or "dataset", id


def retest(
    speaker: Speaker,
    round: Round,
    name: str,
    by: str,
    key: Path | None,
    browser: str | None,
    control_timeout: float,
    jobs: int,
) -> Exit:
    """name: id of a service or dataset, or of a finding about one."""
    by = named(speaker, by)
    store = round_loading.evidence(speaker, round)
    signer = signer_of(speaker, round, key)
    findings, stand = round_loading.sealed_file(speaker, round)
    claim = _claim(speaker, round, findings, name)
    take_in(speaker, round, store, signer)
    order = _begun(speaker, round, claim) or _order(
        speaker, round, store, findings.get(claim[0], []), stand, claim
    )
    crawled = crawl_round(
        speaker, _narrowed(round, claim), None, key, browser, control_timeout, jobs, retest=order
    )
    if crawled.state != "complete":
        return ended(speaker, crawled)
    check_round(speaker, round, frozenset({claim[0]}), key, jobs)
    entry = _entry(speaker, round, order)
    write(speaker, round, signer, "retested", by, entry)
    score_round(speaker, round)
    speaker.json({"retest": entry})
    _tell(speaker, round, entry)
    return Exit.DONE


def _claim(speaker: Speaker, round: Round, findings: FindingsFile, name: str) -> Claim:
    for finding in findings.with_id(name) if is_finding(name) else ():
        if finding.id == name:
            if finding.subject.kind not in ("service", "dataset") or is_listed(finding):
                speaker.fail(Exit.USAGE, "replies.only_claims", finding=name)
            return finding.agency, finding.subject.kind, finding.subject.id
    services = {service.id: service.agency for service in round.services}
    datasets = {dataset.id: dataset.agency for dataset in round.datasets}
    if name not in services and name not in datasets:
        speaker.fail(Exit.USAGE, "replies.no_such_subject", subject=name)
    return (services[name], "service", name) if name in services else (datasets[name], "dataset", name)


def _begun(speaker: Speaker, round: Round, claim: Claim) -> Retest | None:
    """A re-test that did not come to its end; it comes first."""
    told = {entry.get("retest") for entry in ledger_of(round).entries if entry["event"] == "retested"}
    for plan in planned(RoundPaths(round.folder).evidence):
        order = Retest.from_json(plan)
        if order.number in told:
            continue
        if (order.agency, order.kind, order.subject) != claim:
            speaker.fail(Exit.USAGE, "replies.unfinished", subject=order.subject, folder=round.folder)
        return order
    return None


def _order(
    speaker: Speaker,
    round: Round,
    store: EvidenceStore,
    findings: list[Finding],
    stand: FindingsSealState,
    claim: Claim,
) -> Retest:
    places = RoundPaths(round.folder)
    if store.manifest_sha256 is None:
        speaker.fail(Exit.USAGE, "replies.unsealed", folder=round.folder)
    try:
        stages.still_as_sealed(store, places.evidence)
    except EvidenceError as error:
        speaker.fail(Exit.TAMPERED, "cli.evidence_error", detail=error)
    agency, kind, subject = claim
    if not _judged_so(round, store, stand, places.results, agency):
        # else nobody could tell what the portal changed from what rules, settings or claims did
        speaker.fail(Exit.USAGE, "replies.check_first", folder=round.folder)
    about = [f for f in findings if (f.agency, f.subject.kind, f.subject.id) == claim]
    chosen = round.aliases.get(subject) if kind == "service" else None
    addresses = _addresses(store, about, round.agency(agency).portal, chosen)
    if not addresses and not _has_address(round, claim):
        speaker.fail(Exit.USAGE, "replies.no_address", subject=subject)
    ledger = ledger_of(round)
    ids = {finding.id for finding in about}
    waiting = [one.id for one in replies_of(round).of(agency) if ids & one.findings]
    return Retest(
        number=len(planned(places.evidence)) + 1,
        agency=agency,
        kind=kind,
        subject=subject,
        addresses=addresses,
        replies=tuple(waiting),
        entries=len(ledger.entries),
        head=ledger.head,
    )


def _judged_so(
    round: Round, store: EvidenceStore, stand: FindingsSealState, results: Path, agency: str
) -> bool:
    """Whether the findings about an agency are by today's rules, of these settings and of these claims."""
    judged = stand.judged
    settings = basis.settings(round, stages.as_of(round, store))
    if judged is None or judged["rules"] != basis.rules() or judged["settings"] != settings:
        return False
    now, then = (
        sorted(line for line in lines if _is_judged(json.loads(line), agency))
        for lines in (basis.claim_lines(round), judgements.read_claims(results / CLAIMS))
    )
    return now == then


def _is_judged(claim: Mapping[str, Any], agency: str) -> bool:
    """Answers are not, nor is a page that an auditor chose and nobody has seen yet: it moves nothing before it is visited."""
    unseen = claim["subject"] == basis.ALIAS and not claim["claim"]["capture"]
    return bool(claim["agency"] == agency and claim["subject"] != basis.ANSWERS and not unseen)


def _has_address(round: Round, claim: Claim) -> bool:
    return claim[1] == "dataset" or any(one.url for one in round.services if one.id == claim[2])


def _addresses(
    store: EvidenceStore, findings: Iterable[Finding], portal: str, chosen: Alias | None
) -> tuple[str, ...]:
    """The page that an auditor chose, and what the findings rest on: first hops of visits, in order; the home page is every
    claim's and none's.
    """
    found: dict[str, str] = {} if chosen is None else {chosen.address: chosen.address}
    for finding in findings:
        for name in finding.captures:
            try:
                capture = store.get(name)
            except KeyError:  # verification names it
                continue
            facts = capture.facts
            first = isinstance(facts, HttpFacts) and facts.previous is None
            if first and capture.purpose in _VISITED and capture.agency == finding.agency:
                found.setdefault(identity(capture.url), capture.url)
    found.pop(identity(portal), None)
    return tuple(url for url in found.values() if is_web(url))[:_MOST_ADDRESSES]


def _narrowed(round: Round, claim: Claim) -> Round:
    """The round with one claim of one agency."""
    agency, kind, subject = claim
    return replace(
        round,
        agencies=(round.agency(agency),),
        services=tuple(s for s in round.services if kind == "service" and s.id == subject),
        datasets=tuple(d for d in round.datasets if kind == "dataset" and d.id == subject),
    )


def _entry(speaker: Speaker, round: Round, order: Retest) -> dict[str, Any]:
    """What came of it: the judgement before held against the one after, finding by finding."""
    places = RoundPaths(round.folder)
    store = round_loading.evidence(speaker, round)
    before_at = _before(places.results, store.manifest_sha256)
    subject = (order.agency, order.kind, order.subject)
    then_all, _ = round_loading.sealed_file(speaker, round, before_at)
    now_all, _ = round_loading.sealed_file(speaker, round)
    before, after = (
        {f.id: f for f in found.get(order.agency, ()) if (f.agency, f.subject.kind, f.subject.id) == subject}
        for found in (then_all, now_all)
    )
    settled = settled_by(after.values(), order.number)
    rows = []
    for id in sorted({*before, *after}):
        then, now = before.get(id), after.get(id)
        one = now or then
        assert one is not None
        rows.append(
            {
                "id": id,
                "check": one.check,
                "before": outcome(then),
                "after": outcome(now),
                "seen_before": last_seen(then, store),
                "seen_after": last_seen(now, store),
            }
        )
    return {
        "retest": order.number,
        "agency": order.agency,
        "subject": {"kind": order.kind, "id": order.subject},
        "replies": list(order.replies),
        "findings": rows,
        "settled": settled,
        "score": {
            "before": _score(round, store, then_all, order.agency),
            "after": _score(round, store, now_all, order.agency),
        },
        "judgement": {
            "before": digest((before_at or places.results) / MANIFEST),
            "after": digest(places.results / MANIFEST),
        },
    }


def _before(results: Path, evidence: str | None) -> Path | None:
    """Folder of the last judgement that rests on other evidence than there is now, of those set aside; None without one."""
    return next(
        (folder for folder in reversed(earlier(results)) if judgements.rests_on(folder) != evidence), None
    )


def _score(round: Round, store: EvidenceStore, findings: FindingsFile, agency: str) -> float | None:
    """The agency's verified score by a judgement."""
    scores = stages.scored(round, store, findings.counting(replies_of(round).withdrawn))
    return scores.of(agency).score.verified


def _tell(speaker: Speaker, round: Round, entry: dict[str, Any]) -> None:
    for row in entry["findings"]:
        then, now = (None if o is None else (o[0], o[1]) for o in (row["before"], row["after"]))
        key = "replies.moved" if then != now else "replies.stands"
        speaker.say(key, check=check_name(row["check"]), before=told_outcome(then), after=told_outcome(now))
    if not entry["settled"]:
        speaker.say("replies.unsettled")
    score = entry["score"]
    speaker.say(
        "replies.score",
        agency=entry["agency"],
        before="–" if score["before"] is None else f"{score['before']:.2f}",
        after="–" if score["after"] is None else f"{score['after']:.2f}",
    )
    speaker.say("replies.report", folder=round.folder)
