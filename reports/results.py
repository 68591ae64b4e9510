"""results.json: the round as one record for machines, exactly as the contract gives it.

Scores run from 0 to 100; every other share (axes, indicators, ratios, coverage) from 0 to 1. Holds no rule of
its own: scores come from `scoring`, everything else from the findings. The same input gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any, BinaryIO

from checks.finding import Finding
from claims.model import Dataset, Round, Service
from reports.audits import as_json as rates_json
from reports.datasets import Key, same_content
from reports.hosts.national import ROWS, rows_of
from reports.hosts.sight import sight
from reports.replies import Told, as_data, of_round
from reports.stored import AT_HAND, Entry, RecordsFile
from reports.tally import Tally, summed
from scoring.electronic import Electronic
from scoring.error_rates import error_rates, published_of
from scoring.explain import attested, credited
from scoring.facts import RoundFacts, by_agency
from scoring.model import Contents
from scoring.open_data import QUESTIONS, Statement, pooled, statement
from scoring.score import AgencyScore, NationalScore, Scores, Three, tree_of
from scoring.sensitivity import shifts_of
from scoring.sharing import Share, alone
from scoring.tree import Node

SCHEMA = "govah-results/1"
_DECIMALS = 4

Json = dict[str, Any]
BySubject = Mapping[tuple[str, str], list[Finding]]


@dataclass(frozen=True)
class Notes:
    """What the country's figures need of one agency. hosts: number of them by row of `reports.hosts.national`.

    withdrawn: whether an auditor took a finding back.
    """

    tally: Tally
    hosts: Counter[str]
    statements: tuple[Statement, ...]
    withdrawn: bool

    @classmethod
    def of(cls, round: Round, agency: str, findings: Sequence[Finding]) -> Notes:
        return cls(
            Tally.of(findings),
            Counter(row for finding in findings for row in rows_of(finding)),
            tuple(_statements(round, agency, findings)),
            any(published_of(finding) is not finding for finding in findings),
        )


class Clerk:
    """Writes down one agency. Goes to other processes with all of the round, and builds the trees there itself."""

    def __init__(
        self,
        round: Round,
        findings: Mapping[str, Sequence[Finding]],
        contents: Contents,
        as_of: dt.datetime,
        twins: Mapping[Key, Sequence[Key]],
        crawls: Mapping[str, Mapping[str, Any]],
        replies: Told,
    ) -> None:
        self._made_of = (round, findings, contents, as_of, twins, crawls, replies)
        self._round = round
        self._findings = findings
        self._contents = contents
        self._own: dict[str, Sequence[Finding]] = {}  # of the agency at hand
        self._facts = RoundFacts(round, self._own, as_of)
        self._twins = twins
        self._crawls = crawls
        self._replies = replies

    def __reduce__(self) -> tuple[type[Clerk], tuple[Any, ...]]:
        return Clerk, self._made_of

    def __call__(self, score: AgencyScore) -> tuple[Json, Notes]:
        id = score.agency.id
        findings = sorted(self._findings.get(id, ()), key=attrgetter("id"))
        self._own.clear()
        self._own[id] = findings
        tree = tree_of(self._contents, self._facts.of(id)) if score.trees is None else score.tree
        record: Json = _rounded(
            _agency(self._round, score, tree, findings, self._crawls.get(id), self._twins)
        )
        if mine := self._replies.of(id):
            record["replies"] = [as_data(answer) for answer in mine]
        return record, Notes.of(self._round, id, findings)


@dataclass(frozen=True, slots=True)
class Scribe:
    """What a clerk writes down, as a file of many holds it; and of it what stays at hand."""

    clerk: Clerk

    def __call__(self, score: AgencyScore) -> tuple[bytes, Json, Notes]:
        record, notes = self.clerk(score)
        text = "  " + _text(record).replace("\n", "\n  ")
        return _utf8(text), {key: record[key] for key in AT_HAND}, notes


class Book:
    """The record of a round as it is made, agency by agency; what is said of all of them follows from what was noted of each."""

    def __init__(
        self,
        round: Round,
        findings: Iterable[Finding] | Mapping[str, Sequence[Finding]],
        scores: Scores,
        *,
        manifest_sha256: str | None,
        as_of: dt.datetime,
        version: str,
        crawls: Mapping[str, Mapping[str, Any]] | None = None,
        judged: Mapping[str, Any] | None = None,
        replies: Told = Told(),  # noqa: B008 (frozen)
        datasets: Iterable[Finding] | None = None,
    ) -> None:
        """crawls, judged: as for `build`. datasets: the findings about datasets, where they are at hand by themselves."""
        self._round = round
        self._findings = findings if isinstance(findings, Mapping) else by_agency(findings)
        self._scores = scores
        self._replies = replies
        twins = same_content(self._every() if datasets is None else datasets)
        self._clerk = Clerk(round, self._findings, scores.model.contents, as_of, twins, crawls or {}, replies)
        self.tally = Tally()
        """All findings counted, once each agency was told."""
        self.hosts: Counter[tuple[str, str]] = Counter()
        """Number of hosts by kind of agency and row."""
        self._statements: dict[str, Sequence[Statement]] = {}
        self._withdrawn = False
        self._ordered = sorted(scores.agencies, key=lambda score: score.agency.id)
        model = scores.model
        self._about = {
            "schema": SCHEMA,
            "tool": {"name": "govah", "version": version},
            "round": {
                "id": round.settings.id,
                "title": round.settings.title,
                "vantage": round.settings.vantage,
                "as_of": as_of.astimezone(dt.UTC).isoformat().replace("+00:00", "Z"),
                "model": {"id": model.id, "version": model.version, "sha256": model.sha256},
                "evidence": {"manifest_sha256": manifest_sha256},
                "controlled": bool(round.settings.network.controls),
                "judged": None if judged is None else dict(judged),
            },
        }

    def agencies(self) -> Iterator[Json]:
        """Their records, in order of ids."""
        for score in self._ordered:
            record, notes = self._clerk(score)
            self._note(score.agency.id, score.agency.kind, notes)
            yield record

    def write(self, file: BinaryIO, path: Path, share: Share) -> Json:
        """Writes what `to_bytes` makes of the whole, without ever holding it. path: where the file will lie.

        Returns the record, with agencies that are read from there.
        """
        stored = RecordsFile(path)
        entries: list[Entry] = []
        scores = self._ordered if share is alone else map(AgencyScore.without_trees, self._ordered)
        offset = file.write(b'{\n "agencies": [\n')
        for score, (text, at_hand, notes) in zip(
            self._ordered, share(Scribe(self._clerk), scores), strict=True
        ):
            if entries:
                offset += file.write(b",\n")
            entries.append(Entry(at_hand, stored, offset, len(text)))
            offset += file.write(text)
            self._note(score.agency.id, score.agency.kind, notes)
        rest = self.rest()
        file.write(b"\n ],\n" + _utf8(_text(rest)).removeprefix(b"{\n") + b"\n")
        return {**rest, "agencies": entries}

    def rest(self) -> Json:
        """All but the agencies, once each of these was told."""
        for stranger in sorted(self._findings.keys() - self._statements.keys()):  # is no longer in the round
            self._note(stranger, "", Notes.of(self._round, stranger, self._findings[stranger]))
        hosts = summed((row, count) for (_, row), count in self.hosts.items())
        record = self._about | {
            "national": _national(self._scores.national)
            | {
                "hosts": {row: hosts[row] for row in ROWS} if hosts else {},
                "open_data": _national_data([self._statements[a.id] for a in self._round.agencies]),
            }
            | self._error_rates()
            | _sensitivity(self._scores)
        }
        rounded: Json = _rounded(record)
        return rounded | of_round(self._replies)

    def _note(self, agency: str, kind: str, notes: Notes) -> None:
        self.tally.add(notes.tally)
        self.hosts.update({(kind, row): count for row, count in notes.hosts.items()})
        self._statements[agency] = notes.statements
        self._withdrawn |= notes.withdrawn

    def _every(self) -> Iterator[Finding]:
        return (finding for agency in self._findings for finding in self._findings[agency])

    def _error_rates(self) -> Json:
        """How often the program is wrong, as auditors found; no key where nothing was audited."""
        if not self._round.verdicts and not self._withdrawn:
            return {}
        rates = error_rates(self._round, self._every())
        return {"error_rates": rates_json(rates)} if rates else {}


def build(
    round: Round,
    findings: Iterable[Finding] | Mapping[str, Sequence[Finding]],
    scores: Scores,
    *,
    manifest_sha256: str | None,
    as_of: dt.datetime,
    version: str,
    crawls: Mapping[str, Mapping[str, Any]] | None = None,
    judged: Mapping[str, Any] | None = None,
) -> Json:
    """The whole record. crawls: by agency, the crawl's own account, printed as `crawl` where there is one.

    judged: rules, settings and claims that the seal over the findings names; None without such a seal.
    """
    book = Book(
        round, findings, scores, manifest_sha256=manifest_sha256, as_of=as_of, version=version,
        crawls=crawls, judged=judged,
    )  # fmt: skip
    agencies = list(book.agencies())
    return {**book.rest(), "agencies": agencies}


def to_bytes(results: Json) -> bytes:
    """As the file holds it: sorted keys, one value a line, UTF-8."""
    return _utf8(_text(results)) + b"\n"


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)


def _utf8(text: str) -> bytes:
    """What was crawled may hold halves of surrogate pairs, which UTF-8 has no bytes for."""
    return text.encode("utf-8", "replace")


def _rounded(value: Any) -> Any:
    """Floats to four decimals, so that no difference in a sum's last bit shows; numbers JSON lacks are null."""
    if value is None or isinstance(value, str | int):  # most values, and a country has many
        return value
    if isinstance(value, float):
        return round(value, _DECIMALS) + 0.0 if math.isfinite(value) else None
    if isinstance(value, dict | Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value


def _three(three: Three) -> Json:
    return {"declared": three.declared, "verified": three.verified, "possible": three.possible}


def _ratio(electronic: Electronic) -> Json:
    return {
        "declared": electronic.ratio(electronic.declared),
        "verified": electronic.ratio(electronic.verified),
        "possible": electronic.ratio(electronic.possible),
    }


def _national(national: NationalScore) -> Json:
    estimate = national.estimate
    return {
        "agencies": national.agencies,
        "cooperated": national.cooperated,
        "not_cooperated": national.agencies - national.cooperated,
        "electronic_ratio": {
            **_ratio(national.electronic),
            "estimate": None
            if estimate is None
            else {
                "value": estimate.value,
                "low": estimate.low,
                "high": estimate.high,
                "audits": estimate.audits,
            },
        },
        "bands": dict(national.bands),
        "bands_verified": dict(national.bands_verified),
        "score": _three(national.score),
    }


def _sensitivity(scores: Scores) -> Json:
    """What other choices of the model would do to the ranks, by kind; no key where nobody could change places."""
    decimals = scores.model.contents.model.decimals
    shifts = {kind: shifts_of(scores.shape, own, decimals) for kind, own in scores.standings.items()}
    told = {kind: [asdict(shift) for shift in found] for kind, found in shifts.items() if found}
    return {"sensitivity": told} if told else {}


def _agency(
    round: Round,
    score: AgencyScore,
    tree: Node,
    findings: Sequence[Finding],
    crawl: Mapping[str, Any] | None,
    twins: Mapping[Key, Sequence[Key]],
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
        "electronic_ratio": _ratio(score.electronic),
        "score": _three(score.score),
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
            _dataset(d, by_subject, twins) for d in sorted(round.datasets_of(agency.id), key=lambda d: d.id)
        ],
        "open_data": open_data(round, agency.id, findings),
        "links": _links(findings),
        "hosts": [_host(f) for f in _of(findings, "hosts.security") if f.subject.kind == "host"],
        "elements": [_element(f) for f in _ordered(findings) if f.check.startswith("elements.")],
    }
    if crawl is not None:
        record["crawl"] = dict(crawl)
    return record


def _node(node: Node) -> Json:
    return {
        "id": node.id,
        "weight": node.weight,
        "declared": node.declared,
        "verified": node.verified,
        "possible": node.possible,
        "coverage": node.coverage,
    }


def _documents(indicator: Node) -> Json:
    """Documents that an indicator rests on, which prove nothing; no key where it rests on none."""
    told = [attested(part.attestation) for part in indicator.children if part.attestation is not None]
    return {"attestations": told} if told else {}


def _credits(indicator: Node) -> Json:
    """What claims alone are worth, from the round before; no key where that says nothing."""
    told = [credited(part.credit) for part in indicator.children if part.credit is not None]
    return {"claim_credits": told} if told else {}


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
        "findings": [finding.id for finding in findings],
    }


def _dataset(dataset: Dataset, by_subject: BySubject, twins: Mapping[Key, Sequence[Key]]) -> Json:
    findings = by_subject.get(("dataset", dataset.id), [])
    fresh = _first(findings, "datasets.freshness")
    usable = _first(findings, "datasets.usability")
    dated = fresh.observed if fresh else {}
    seen = usable.observed if usable else {}
    return {
        "id": dataset.id,
        "title": dataset.title,
        "url": dataset.url,
        "freshness": {
            **_verdict(fresh, "inconclusive_not_attempted"),
            "age_days": dated.get("age_days"),
            "period_days": dated.get("period_days"),
            "newest": dated.get("newest"),
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
            for agency, other in twins.get((dataset.agency, dataset.id), ())
        ],
        "findings": [finding.id for finding in findings],
    }


def open_data(round: Round, agency: str, findings: Iterable[Finding]) -> Json | None:
    """Whether the agency's data is mostly stale, mostly unusable; None for one that declares none. findings: about it."""
    said = _statements(round, agency, findings)
    return _rounded({one.question: _said(one) for one in said}) or None


def _statements(round: Round, agency: str, findings: Iterable[Finding]) -> list[Statement]:
    findings = list(findings)
    ids = {dataset.id for dataset in round.datasets_of(agency)}
    return [statement(question, findings, ids) for question in QUESTIONS] if ids else []


def _said(said: Statement) -> Json:
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


def _national_data(every: Sequence[Sequence[Statement]]) -> Json | None:
    """The same over all agencies that declare data, and how many agencies there are of each state."""
    national: Json = {}
    for question in QUESTIONS:
        said = [one for each in every for one in each if one.question == question]
        if said:
            states = Counter(one.state for one in said)
            national[question] = _said(pooled(said)) | {"agencies": dict(sorted(states.items()))}
    return national or None


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
    }


def _host(finding: Finding) -> Json:
    name, _, port = finding.subject.id.rpartition(":")
    return {
        "host": name,
        "port": int(port),
        "verdict": finding.verdict,
        "browser": sight(finding).kind,
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
