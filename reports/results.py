"""results.json: the round as one record for machines, exactly as the contract gives it.

Scores run from 0 to 100; every other share (axes, indicators, ratios, coverage) from 0 to 1. Holds no rule of
its own: scores come from `scoring`, everything else from the findings. The same input gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Any, BinaryIO

from checks.finding import Finding
from claims.model import Round
from evidence.redaction import personal, secrets
from evidence.signing.findings_seal_state import FindingsSealState
from reports.agency_record import Json, agency_record, ratio, rounded, statement_record, statements_of, three
from reports.datasets import Key, same_content
from reports.edits import Edits
from reports.error_rates import as_json as rates_json
from reports.finding_counts import FindingCounts, count_findings
from reports.hosts.national import ROWS, rows_of
from reports.replies import RepliesReport, as_data, of_round
from reports.results_file import AT_HAND, ResultsFile, StoredAgency
from scoring.error_rates import error_rates, taken_back_of
from scoring.facts import RoundFacts, by_agency
from scoring.model import Contents
from scoring.open_data import QUESTIONS, OpenDataStatement, pooled
from scoring.score import AgencyScore, NationalScore, Scores, tree_of
from scoring.sensitivity import shifts_of
from scoring.work_sharing import WorkSharing, in_this_process

SCHEMA = "govah-results/1"


@dataclass(frozen=True)
class AgencyNotes:
    """What the country's figures need of one agency. hosts: number of them by row of `reports.hosts.national`.

    withdrawn: whether an auditor took a finding back.
    """

    tally: FindingCounts
    hosts: Counter[str]
    statements: tuple[OpenDataStatement, ...]
    withdrawn: bool

    @classmethod
    def of(cls, round: Round, agency: str, findings: Sequence[Finding]) -> AgencyNotes:
        return cls(
            FindingCounts.of(findings),
            Counter(row for finding in findings for row in rows_of(finding)),
            tuple(statements_of(round, agency, findings)),
            any(map(taken_back_of, findings)),
        )


@dataclass(frozen=True, slots=True)
class Provenance:
    """What made the record, and from what. findings: how they stand to their seal."""

    version: str
    manifest_sha256: str | None
    findings: FindingsSealState = FindingsSealState("sealed")  # noqa: RUF009 (frozen)


@dataclass(frozen=True, slots=True)
class AuditTrail:
    """What happened beside the findings.

    edits: what of the round's files is other than it was crawled and judged, printed as `edits` where there is anything.
    """

    replies: RepliesReport = RepliesReport()  # noqa: RUF009 (frozen)
    edits: Edits = field(default_factory=Edits)


class AgencySerializer:
    """Writes down one agency. Goes to other processes with all of the round, and builds the trees there itself."""

    def __init__(
        self,
        round: Round,
        findings: Mapping[str, Sequence[Finding]],
        contents: Contents,
        as_of: dt.datetime,
        duplicates: Mapping[Key, Sequence[Key]],
        trail: AuditTrail,
    ) -> None:
        self._made_of = (round, findings, contents, as_of, duplicates, trail)
        self._round = round
        self._findings = findings
        self._contents = contents
        self._own: dict[str, Sequence[Finding]] = {}  # of the agency at hand
        self._facts = RoundFacts(round, self._own, as_of)
        self._duplicates = duplicates
        self._trail = trail

    def __reduce__(self) -> tuple[type[AgencySerializer], tuple[Any, ...]]:
        return AgencySerializer, self._made_of

    def __call__(self, score: AgencyScore, crawl: Mapping[str, Any] | None) -> tuple[Json, AgencyNotes]:
        """crawl: what it says of itself about the agency, printed as `crawl` where it says anything."""
        id = score.agency.id
        findings = sorted(self._findings.get(id, ()), key=attrgetter("id"))
        self._own.clear()
        self._own[id] = findings
        tree = tree_of(self._contents, self._facts.of(id)) if score.trees is None else score.tree
        record: Json = rounded(agency_record(self._round, score, tree, findings, crawl, self._duplicates))
        if mine := self._trail.replies.of(id):
            record["replies"] = [as_data(answer) for answer in mine]
        if edited := self._trail.edits.to_json(id):
            record["edits"] = edited
        return personal.values(secrets.values(record)), AgencyNotes.of(self._round, id, findings)


@dataclass(frozen=True, slots=True)
class AgencyEncoder:
    """What the serializer writes down, as a file of many holds it; and of it what stays at hand."""

    serializer: AgencySerializer

    def __call__(
        self, agency: tuple[AgencyScore, Mapping[str, Any] | None]
    ) -> tuple[bytes, Json, AgencyNotes]:
        """agency: its score, and the crawl's account of it."""
        record, notes = self.serializer(*agency)
        text = "  " + _text(record).replace("\n", "\n  ")
        return _utf8(text), {key: record[key] for key in AT_HAND}, notes


class ResultsWriter:
    """The record of a round as it is made, agency by agency; what is said of all of them follows from what was noted of each."""

    def __init__(
        self,
        round: Round,
        findings: Iterable[Finding] | Mapping[str, Sequence[Finding]],
        scores: Scores,
        *,
        as_of: dt.datetime,
        provenance: Provenance,
        trail: AuditTrail,
        account_of: Callable[[str], Mapping[str, Any] | None] = lambda _: None,
        datasets: Iterable[Finding] | None = None,
    ) -> None:
        """account_of: what the crawl says of itself about an agency, asked when that is written down. datasets: the findings about
        datasets, where they are at hand by themselves."""
        self._round = round
        self._findings = findings if isinstance(findings, Mapping) else by_agency(findings)
        self._scores = scores
        self._replies = trail.replies
        self._account_of = account_of
        duplicates = same_content(self._every() if datasets is None else datasets)
        self._serializer = AgencySerializer(
            round, self._findings, scores.model.contents, as_of, duplicates, trail
        )
        self.tally = FindingCounts()
        """All findings counted, once each agency was told."""
        self.hosts: Counter[tuple[str, str]] = Counter()
        """Number of hosts by kind of agency and row."""
        self._statements: dict[str, Sequence[OpenDataStatement]] = {}
        self._withdrawn = False
        self._ordered = sorted(scores.agencies, key=lambda score: score.agency.id)
        model, judged = scores.model, provenance.findings.judged
        self._about = {
            "schema": SCHEMA,
            "tool": {"name": "govah", "version": provenance.version},
            "round": {
                "id": round.settings.id,
                "title": round.settings.title,
                "vantage": round.settings.vantage,
                "as_of": as_of.astimezone(dt.UTC).isoformat().replace("+00:00", "Z"),
                "model": {"id": model.id, "version": model.version, "sha256": model.sha256},
                "evidence": {"manifest_sha256": provenance.manifest_sha256},
                "controlled": bool(round.settings.network.controls),
                "judged": None if judged is None else dict(judged),
                "findings": {"seal": provenance.findings.state},
                **({"edits": edited} if (edited := trail.edits.to_json()) else {}),
            },
        }

    def agencies(self) -> Iterator[Json]:
        """Their records, in order of ids."""
        for score in self._ordered:
            record, notes = self._serializer(score, self._account_of(score.agency.id))
            self._note(score.agency.id, score.agency.kind, notes)
            yield record

    def write(self, file: BinaryIO, path: Path, share: WorkSharing) -> Json:
        """Sorted keys, one value a line, UTF-8, without ever holding the whole. path: where the file will lie.

        Returns the record, with agencies that are read from there.
        """
        stored = ResultsFile(path)
        entries: list[StoredAgency] = []
        scores = self._ordered if share is in_this_process else map(AgencyScore.without_trees, self._ordered)
        agencies = ((score, self._account_of(score.agency.id)) for score in scores)
        offset = file.write(b'{\n "agencies": [\n')
        for score, (text, at_hand, notes) in zip(
            self._ordered, share(AgencyEncoder(self._serializer), agencies), strict=True
        ):
            if entries:
                offset += file.write(b",\n")
            entries.append(StoredAgency(at_hand, stored, offset, len(text)))
            offset += file.write(text)
            self._note(score.agency.id, score.agency.kind, notes)
        rest = self.rest()
        file.write(b"\n ],\n" + _utf8(_text(rest)).removeprefix(b"{\n") + b"\n")
        return {**rest, "agencies": entries}

    def rest(self) -> Json:
        """All but the agencies, once each of these was told."""
        for stranger in sorted(self._findings.keys() - self._statements.keys()):  # is no longer in the round
            self._note(stranger, "", AgencyNotes.of(self._round, stranger, self._findings[stranger]))
        hosts = count_findings((row, count) for (_, row), count in self.hosts.items())
        record = self._about | {
            "national": _national(self._scores.national)
            | {
                "hosts": {row: hosts[row] for row in ROWS} if hosts else {},
                "open_data": _national_data([self._statements[a.id] for a in self._round.agencies]),
            }
            | self._error_rates()
            | _sensitivity(self._scores)
        }
        told: Json = rounded(record)
        return told | of_round(self._replies)

    def _note(self, agency: str, kind: str, notes: AgencyNotes) -> None:
        self.tally.add(notes.tally)
        self.hosts.update({(kind, row): count for row, count in notes.hosts.items()})
        self._statements[agency] = notes.statements
        self._withdrawn |= notes.withdrawn

    def _every(self) -> Iterator[Finding]:
        return (finding for agency in self._findings for finding in self._findings[agency])

    def _error_rates(self) -> Json:
        """How often the program is wrong, as auditors found; no key where nothing was audited."""
        if not (self._round.verdicts or self._round.untold or self._withdrawn):
            return {}
        rates = error_rates(self._round, self._every())
        return {"error_rates": rates_json(rates)} if rates else {}


def _national(national: NationalScore) -> Json:
    estimate = national.estimate
    return {
        "agencies": national.agencies,
        "cooperated": national.cooperated,
        "not_cooperated": national.agencies - national.cooperated,
        "electronic_ratio": {
            **ratio(national.electronic),
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
        "score": three(national.score),
    }


def _national_data(every: Sequence[Sequence[OpenDataStatement]]) -> Json | None:
    """The same over all agencies that declare data, and how many agencies there are of each state."""
    national: Json = {}
    for question in QUESTIONS:
        said = [one for each in every for one in each if one.question == question]
        if said:
            states = Counter(one.state for one in said)
            national[question] = statement_record(pooled(said)) | {"agencies": dict(sorted(states.items()))}
    return national or None


def _sensitivity(scores: Scores) -> Json:
    """What other choices of the model would do to the ranks, by kind; no key where nobody could change places."""
    decimals = scores.model.contents.model.decimals
    shifts = {kind: shifts_of(scores.shape, own, decimals) for kind, own in scores.standings.items()}
    told = {kind: [asdict(shift) for shift in found] for kind, found in shifts.items() if found}
    return {"sensitivity": told} if told else {}


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)


def _utf8(text: str) -> bytes:
    """What was crawled may hold halves of surrogate pairs, which UTF-8 has no bytes for."""
    return text.encode("utf-8", "replace")
