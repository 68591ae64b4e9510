"""`govah diff`: two judgements, of two rounds or of one, loaded, compared and told. The comparing is `reports.changes`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from checks import basis
from checks.finding import Finding
from checks.registry import rule_of
from claims.model import Round
from evidence.canonical import canonical, canonical_line
from evidence.errors import EvidenceError
from evidence.kinds.http import HttpFacts
from evidence.signing.findings_seal import CLAIMS, FINDINGS
from evidence.signing.findings_seal_state import FindingsSealState, seal_state
from evidence.store import EvidenceStore
from govah import judgements, round_loading, stages
from govah.exits import Exit
from govah.round_paths import RoundPaths
from govah.sorted_lines import SortedLines
from govah.terminal.console import Speaker, text, visible
from reports.causes import LoadedJudgement
from reports.changes import JudgementComparison, compare
from reports.changes_table import ChangeNames, as_data, change_data, tables
from reports.claim_lines import ClaimLines
from reports.results_db.findings_file import FindingsById, FindingsFile, finding_of
from web.urls import identity

_LIMITS = frozenset(("max_pages", "time_budget", "blocked_agency"))
# Of a host: what differs from look to look, and what is the round's and not the host's.
_OF_THE_LOOK = frozenset(("days_left", "address", "bundles"))


@dataclass(frozen=True, slots=True)
class _Side:
    path: Path
    round: Round
    store: EvidenceStore
    judgement: LoadedJudgement


def diff(
    speaker: Speaker, old: Path, new: Path, rejudge: bool, jobs: int, unsealed: bool = False
) -> JudgementComparison:
    then, now = _load(speaker, old, unsealed), _load(speaker, new, unsealed)
    with _between(speaker, then, now, jobs) if rejudge else nullcontext() as between:
        comparison = compare(then.judgement, now.judgement, between)
    names = ChangeNames(then.judgement, now.judgement, text)
    speaker.json_list(
        {
            "old": _about(then),
            "new": _about(now),
            "rejudged": rejudge,
            **as_data(comparison, then.judgement, now.judgement),
        },
        "changed",
        (change_data(change, names) for change in comparison.changes),
    )
    _tell(speaker, then, now, comparison, rejudge)
    for table in tables(comparison, names, text, visible):
        speaker.show(table)
    return comparison


def _load(speaker: Speaker, path: Path, unsealed: bool) -> _Side:
    folder, results = judgements.folders(path)
    round = round_loading.read(speaker, folder).round
    store = round_loading.evidence(speaker, round)
    try:
        judgement, stand = load(round, store, results)
    except FileNotFoundError:
        speaker.fail(Exit.USAGE, "cli.no_findings", folder=path)
    except (ValueError, KeyError, TypeError) as error:
        speaker.fail(Exit.TAMPERED, "cli.broken_findings", detail=error)
    if not (
        stand.proven and results != RoundPaths(folder).results
    ):  # of one that was set aside the evidence may have grown
        round_loading.accepted(speaker, path, stand, unsealed)
    return _Side(path, round, store, judgement)


def load(
    round: Round, store: EvidenceStore, results: Path, findings: FindingsFile | None = None
) -> tuple[LoadedJudgement, FindingsSealState]:
    """The judgement in a folder of results, and how it stands to its seal. Raises FileNotFoundError, ValueError, KeyError,
    TypeError. findings: as they were judged, where they are read already.

    Results that do not say which claims and settings they were made by are taken to have had those of the round's files.
    """
    places = RoundPaths(round.folder)
    findings = findings or FindingsFile(results / FINDINGS, {})
    stand = seal_state(results, places.evidence, findings.sha256, replaced=results != places.results)
    judged = stand.judged
    claims = ClaimLines(judgements.read_claims(results / CLAIMS)) or ClaimLines(basis.claim_lines(round))
    by_id, checks, unreached = FindingsById(findings), set[str](), set[str]()
    for finding in by_id:
        checks.add(rule_of(finding.check))
        if finding.check == "reach.portal" and finding.verdict == "inconclusive":
            unreached.add(finding.agency)
    judgement = LoadedJudgement(
        findings=by_id,
        claims=claims,
        rules=judged["rules"] if judged else None,
        settings=judged["settings"] if judged else basis.settings(round, stages.as_of(round, store)),
        evidence=judgements.rests_on(results),
        shown=partial(_shown, store),
        answered=_Answered(store),
        checks=frozenset(checks),
        cut_short=frozenset(
            agency.id
            for agency in round.agencies
            if agency.id in unreached or _cut_short(stages.crawl_account(store, agency.id))
        ),
    )
    return judgement, stand


class _Answered:
    """Whether an address was answered; the store is read through when it is first asked."""

    def __init__(self, store: EvidenceStore) -> None:
        self._store = store

    @cached_property
    def _addresses(self) -> frozenset[str]:
        return frozenset(
            identity(capture.url)
            for capture in self._store.captures(kind="http")
            if isinstance(capture.facts, HttpFacts) and (capture.facts.status or 599) < 500
        )

    def __call__(self, url: str) -> bool:
        return identity(url) in self._addresses


def _cut_short(account: Mapping[str, Any] | None) -> bool:
    return account is None or account["state"] != "complete" or bool(_LIMITS & account["unfetched"].keys())


def _shown(store: EvidenceStore, finding: Finding) -> tuple[Any, ...]:
    """Addresses, answers and content that a finding cites, without ids and times. Of a host: what was found of it."""
    if finding.check == "hosts.security":
        told = {n: value for n, value in finding.observed.get("facts", {}).items() if n not in _OF_THE_LOOK}
        return (canonical(told),) if told else ()
    seen = set()
    for capture_id in finding.captures:
        try:
            capture = store.get(capture_id)
        except KeyError:  # verification names it; here it is nothing to compare
            continue
        facts = capture.facts
        answer = (facts.status, facts.failure, facts.redirect) if isinstance(facts, HttpFacts) else ()
        seen.add(canonical([capture.kind, capture.url, answer, capture.sha256]))
    return tuple(sorted(seen))


@contextmanager
def _between(speaker: Speaker, then: _Side, now: _Side, jobs: int) -> Iterator[Iterable[Finding]]:
    """What the rules of NEW, which have to be this program's, find in OLD's evidence, in order of ids. It lies in a file for
    temporary things that has no name."""
    if now.judgement.rules != basis.rules():
        speaker.fail(Exit.USAGE, "cli.diff_other_rules", new=now.path)
    with SortedLines(Path(tempfile.gettempdir())) as lines:
        try:
            for finding in stages.run_over(then.round, then.store, None, jobs):
                lines.add(finding.id, canonical_line(finding.to_json()))
        except EvidenceError as error:
            speaker.fail(Exit.TAMPERED, "cli.evidence_error", detail=error)
        yield map(finding_of, lines.merged())


def _about(side: _Side) -> dict[str, Any]:
    return {
        "folder": str(side.path),
        "round": side.round.settings.id,
        "as_of": (side.judgement.settings or {}).get("as_of"),
        "evidence": side.judgement.evidence,
        "findings": len(side.judgement.findings),
    }


def _tell(speaker: Speaker, then: _Side, now: _Side, comparison: JudgementComparison, rejudged: bool) -> None:
    """What was compared, before what came of it."""
    for key, side in (("cli.diff_old", then), ("cli.diff_new", now)):
        told = _about(side)
        evidence = (side.judgement.evidence or "–")[:12]
        as_of = (told["as_of"] or "–")[:16].replace("T", " ")
        speaker.say(key, round=told["round"], as_of=as_of, evidence=evidence, folder=side.path)
    if comparison.same_evidence:
        speaker.say("cli.diff_same_evidence")
    elif then.judgement.evidence is not None and then.judgement.evidence == now.judgement.evidence:
        speaker.say("vantage.diff_others")
    else:
        speaker.say("cli.diff_other_evidence")
    if not comparison.rules_known:
        speaker.say("cli.diff_rules_unknown")
    elif comparison.rules:
        speaker.say("cli.diff_rules", count=len(comparison.rules), checks=", ".join(comparison.rules))
    else:
        speaker.say("cli.diff_same_rules")
    if comparison.claims:
        named = [f"{kind} {id}" for kind, id in comparison.claims[:10]]
        more = ["…"] if len(comparison.claims) > len(named) else []
        speaker.say("cli.diff_claims", count=len(comparison.claims), claims=", ".join(named + more))
    if comparison.settings:
        speaker.say("cli.diff_settings", settings=", ".join(comparison.settings))
    speaker.say("cli.diff_same", same=comparison.same, retold=comparison.retold)
    undecided = sum(
        count for (_, causes), count in comparison.counts.items() if "rule" in causes and len(causes) > 1
    )
    if undecided and not rejudged and not comparison.same_evidence:
        speaker.say("cli.diff_rejudge", count=undecided, old=then.path, new=now.path)
