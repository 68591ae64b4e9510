"""One agency in results.json, exactly as the contract gives it. What is said of all of them: `reports.results`."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from checks.finding import Finding, Subject, is_listed
from claims.model import Round, Service
from reports.datasets import Key
from reports.hosts.browser_view import browser_view
from scoring.electronic import Electronic
from scoring.explain import attested, credited
from scoring.open_data import QUESTIONS, OpenDataStatement, statement
from scoring.score import AgencyScore, ScoreTriple
from scoring.tree import ScoreNode
from scoring.unread_agencies import often_unread

_DECIMALS = 4

Json = dict[str, Any]
BySubject = Mapping[tuple[str, str], list[Finding]]


def agency_record(
    round: Round,
    score: AgencyScore,
    tree: ScoreNode,
    findings: Sequence[Finding],
    crawl: Mapping[str, Any] | None,
    duplicates: Mapping[Key, Sequence[Key]],
) -> Json:
    agency, rank = score.agency, score.rank
    by_subject: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        by_subject[(finding.subject.kind, finding.subject.id)].append(finding)
    record: Json = {
        "id": agency.id,
        "name": agency.name,
        "kind": agency.kind,
        "cooperated": agency.cooperated,
        "ranked": rank is not None,
        "not_ranked_reason": score.not_ranked,
        "reach": _verdict(_first(findings, "reach.portal"), "not_attempted"),
        "coverage": tree.coverage,
        "electronic_ratio": ratio(score.electronic),
        "score": three(score.score),
        "rank": None
        if rank is None
        else {"place": rank.place, "low": rank.low, "high": rank.high, "of": rank.of},
        "axes": [_node(axis) for axis in tree.children],
        "indicators": [
            {
                **_node(indicator),
                "axis": axis.id,
                "findings": list(indicator.findings),
                **_documents(indicator),
                **_credits(indicator),
            }
            for axis in tree.children
            for indicator in axis.indicators
        ],
        "services": [
            _service(s, by_subject) for s in sorted(round.services_of(agency.id), key=lambda s: s.id)
        ],
        "datasets": [
            *(
                _dataset(Subject("dataset", d.id, d.url), agency.id, d.title, True, by_subject, duplicates)
                for d in sorted(round.datasets_of(agency.id), key=lambda d: d.id)
            ),
            *(
                _dataset(one.subject, agency.id, one.observed["title"], False, by_subject, duplicates)
                for one in _of(findings, "datasets.freshness")
                if is_listed(one)
            ),
        ],
        "open_data": open_data(round, agency.id, findings),
        "listed_data": listed_data(findings),
        "links": _links(findings),
        "hosts": [_host(f) for f in _of(findings, "hosts.security") if f.subject.kind == "host"],
        "elements": [_element(f) for f in _ordered(findings) if f.check.startswith("elements.")],
    }
    failed = often_unread(findings)
    if failed:
        record["failed"] = {"findings": failed[agency.id], "of": len(findings)}
    if crawl is not None:
        record["crawl"] = dict(crawl)
    return record


def _node(node: ScoreNode) -> Json:
    return {
        "id": node.id,
        "weight": node.weight,
        "declared": node.declared,
        "verified": node.verified,
        "possible": node.possible,
        "coverage": node.coverage,
    }


def _documents(indicator: ScoreNode) -> Json:
    """Documents that an indicator rests on, which prove nothing; no key where it rests on none."""
    told = [attested(part.attestation) for part in indicator.children if part.attestation is not None]
    return {"attestations": told} if told else {}


def _credits(indicator: ScoreNode) -> Json:
    """What claims alone are worth, from the round before; no key where that says nothing."""
    told = [credited(part.credit) for part in indicator.children if part.credit is not None]
    return {"claim_credits": told} if told else {}


def _service(service: Service, by_subject: BySubject) -> Json:
    findings = by_subject.get(("service", service.id), [])
    entry = _first(findings, "services.entry")
    return {
        "id": service.id,
        "code": service.code,
        "title": service.title,
        "url": service.url,
        "claimed": {"electronic": service.electronic, "level": service.level},
        **_verdict(entry, "not_attempted"),
        "level": entry.observed.get("level") if entry else None,
        "how": _how(entry),
        "findings": [finding.id for finding in findings],
    }


def _how(entry: Finding | None) -> str | None:
    """What ties page and claim; None where nothing does."""
    matched = entry.observed.get("matched") if entry else None
    return None if not matched or matched["how"] == "none" else matched["how"]


def _dataset(
    subject: Subject,
    agency_id: str,
    title: str,
    claimed: bool,
    by_subject: BySubject,
    duplicates: Mapping[Key, Sequence[Key]],
) -> Json:
    """claimed: the agency declares it; else only its catalogues list it."""
    findings = by_subject.get(("dataset", subject.id), [])
    fresh = _first(findings, "datasets.freshness")
    usable = _first(findings, "datasets.usability")
    dated = fresh.observed if fresh else {}
    seen = usable.observed if usable else {}
    return {
        "id": subject.id,
        "title": title,
        "url": subject.url,
        "claimed": claimed,
        "freshness": {
            **_verdict(fresh, "inconclusive_not_attempted"),
            "age_days": dated.get("age_days"),
            "period_days": dated.get("period_days"),
            "newest": dated.get("newest"),
            "dates": _dates(dated.get("dates", {})),
        },
        "usability": {
            **_verdict(usable, "not_attempted"),
            "stars": seen.get("stars"),
            "format": seen.get("format"),
            "licence": seen.get("licence"),
            "fix": list(seen.get("fix", ())),
        },
        "same_content": [
            {"agency": agency, "dataset": other}
            for agency, other in duplicates.get((agency_id, subject.id), ())
        ],
        "findings": [finding.id for finding in findings],
    }


def _dates(found: Mapping[str, str | None]) -> Json:
    """By what they prove: dates in the rows, and those that the agency and its server declare."""
    return {"proven": found.get("data"), "declared": found.get("declared"), "http": found.get("http")}


def _links(findings: Sequence[Finding]) -> Json:
    summary = _first(findings, "links.summary")
    counts = summary.observed if summary else {}
    targets = [finding for finding in _of(findings, "links.target") if finding.subject.kind == "link"]
    return {
        "pages": counts.get("pages", 0),
        "checked": counts.get("checked", 0),
        "broken": [
            {
                "url": finding.subject.id,
                "reason": finding.reason,
                "status": finding.observed.get("status"),
                "found_on": list(finding.observed.get("found_on", ())),
                "found_on_count": finding.observed.get("found_on_count", 0),
                "element": finding.observed.get("element", ""),
                "text": finding.observed.get("text", ""),
                "reference": finding.observed.get("reference", ""),
            }
            for finding in targets
            if finding.verdict == "contradicted"
        ],
        "inconclusive": [
            {"url": finding.subject.id, "reason": finding.reason}
            for finding in targets
            if finding.verdict == "inconclusive"
        ],
        "unlisted": counts.get("unlisted", 0),
    }


def _host(finding: Finding) -> Json:
    name, _, port = finding.subject.id.rpartition(":")
    return {
        "host": name,
        "port": int(port),
        "verdict": finding.verdict,
        "browser": browser_view(finding).kind,
        "problems": list(finding.observed.get("problems", ())),
        "facts": dict(finding.observed.get("facts", {})),
    }


def _element(finding: Finding) -> Json:
    return {
        "id": finding.check.removeprefix("elements."),
        "verdict": finding.verdict,
        "reason": finding.reason,
        "url": finding.observed.get("url"),
    }


def _ordered(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: (finding.subject.id, finding.id))


def _of(findings: Iterable[Finding], check: str) -> list[Finding]:
    return _ordered(finding for finding in findings if finding.check == check)


def _first(findings: Iterable[Finding], check: str) -> Finding | None:
    return next((finding for finding in findings if finding.check == check), None)


def _verdict(finding: Finding | None, missing: str) -> Json:
    """Verdict and reason; a look that left no finding is told as such, never as a result."""
    if finding is None:
        return {"verdict": "inconclusive", "reason": missing}
    return {"verdict": finding.verdict, "reason": finding.reason}


def open_data(round: Round, agency: str, findings: Iterable[Finding]) -> Json | None:
    """Whether the agency's data is mostly stale, mostly unusable; None for one that declares none. findings: about it."""
    said = statements_of(round, agency, findings)
    return rounded({one.question: statement_record(one) for one in said}) or None


def listed_data(findings: Sequence[Finding]) -> Json | None:
    """What the agency's catalogues list and nobody claims: how much, how much of it is judged, and what that says of all.

    The judged ones are a random sample where they are fewer, so that the share of the decided ones, with its interval,
    estimates that of the whole catalogue. None where no such dataset is judged.
    """
    ids = {finding.subject.id for finding in findings if is_listed(finding)}
    if not ids:
        return None
    told = _first(findings, "catalogue.datasets")
    sample = told.observed.get("drawn", {}) if told else {}
    said = [statement(question, findings, ids) for question in QUESTIONS]
    return {
        "listed": max(sample.get("listed", 0), len(ids)),
        "judged": len(ids),
        **rounded({one.question: statement_record(one) for one in said}),
    }


def statements_of(round: Round, agency: str, findings: Iterable[Finding]) -> list[OpenDataStatement]:
    findings = list(findings)
    ids = {dataset.id for dataset in round.datasets_of(agency)}
    return [statement(question, findings, ids) for question in QUESTIONS] if ids else []


def statement_record(said: OpenDataStatement) -> Json:
    low, high = said.bounds or (None, None)
    return {
        "question": said.question,
        "state": said.state,
        "bad": said.bad,
        "decided": said.decided,
        "undecided": said.undecided,
        "left_out": said.left_out,
        "share": said.share,
        "low": low,
        "high": high,
    }


def three(three: ScoreTriple) -> Json:
    return {"declared": three.declared, "verified": three.verified, "possible": three.possible}


def ratio(electronic: Electronic) -> Json:
    return {
        "declared": electronic.ratio(electronic.declared),
        "verified": electronic.ratio(electronic.verified),
        "possible": electronic.ratio(electronic.possible),
    }


def rounded(value: Any) -> Any:
    """Floats to four decimals, so that no difference in a sum's last bit shows; numbers JSON lacks are null."""
    if value is None or isinstance(value, str | int):  # most values, and a country has many
        return value
    if isinstance(value, float):
        return round(value, _DECIMALS) + 0.0 if math.isfinite(value) else None
    if isinstance(value, dict | Mapping):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return value
