"""The stages over one round folder: crawl, check, score, report, verify.

Strings the rooms together and knows where their files lie. Prints nothing.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import tempfile
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO

from checks.finding import Finding
from claims.model import Round, Settings
from claims.problems import Problems
from claims.read import LoadedRound, load_round
from claims.settings import FILE, read_settings
from evidence import layout, seal, vantages
from evidence.canonical import canonical_line
from evidence.errors import EvidenceDamaged
from evidence.fault import Fault, Faults
from evidence.records import Capture
from evidence.regular_files import digest, digest_of, is_regular
from evidence.retests import number_of
from evidence.signing import findings_seal
from evidence.signing.earlier_judgements import is_aside, last_seal, set_aside
from evidence.signing.evidence_manifests import manifest_in_force
from evidence.signing.findings_seal_state import FindingsSealState
from evidence.signing.keys import KeyUnusable, Signer, default_path, load
from evidence.store import EvidenceStore
from evidence.verify.replies import check_replies
from govah import judgements
from govah.round_paths import RoundPaths, key_of
from govah.sorted_lines import SortedLines
from scoring.load import load_model, shipped
from scoring.model import Model

if TYPE_CHECKING:
    from evidence.signing.timestamp_chain import Roots
    from reports.edits import Edits
    from reports.finding_counts import FindingCounts
    from reports.results_db.findings_file import FindingsById
    from scoring.score import Scores
    from scoring.work_sharing import WorkSharing
    from web.listed_datasets import Listing

_WORTH_A_PROCESS = 500  # agencies
_WORTH_JUDGING = 700 << 10  # bytes of segments: of less, a process starts longer than it judges


# Findings about agencies (all when None), agency by agency; takes how many are judged, and of how many.
Over = Callable[[Round, EvidenceStore, frozenset[str] | None, Callable[[int, int], None]], Iterable[Finding]]


def govah_version() -> str:
    return version("govah")


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def new_id() -> str:
    return str(uuid.uuid4())


def read_listing(body: bytes, url: str, content_type: str | None) -> Listing:
    """A `web.listed_datasets.ListingReader`. What reads catalogues is imported with the first one: few crawls meet any."""
    from checks.datasets.catalogues.listing import listing_of

    return listing_of(body, url, content_type)


def round_of(folder: Path) -> Round:
    """As a worker of a cluster reads it: what is wrong with it was said before. Raises as `read_round`."""
    return read_round(folder).round


def read_round(folder: Path) -> LoadedRound:
    """Raises RoundError, and scoring.problems.ModelError when the model cannot be used."""
    reading = load_round(
        folder, lambda settings: model_of(settings, folder).indicator_ids, today=now().date()
    )
    from govah.aliases import with_aliases

    reading = replace(reading, round=with_aliases(reading.round))
    settings = reading.round.settings
    if settings.previous is None:
        return reading
    from govah.round_before import with_audits

    return replace(reading, round=with_audits(reading.round, model_of(settings, folder)))


def model_of(settings: Settings, folder: Path) -> Model:
    """A shipped model names checks that are there, which a test sees to; any other is held against them."""
    if settings.model in shipped():  # a crawl starts without the checks and their word lists
        return load_model(settings.model, folder)
    from checks.registry import finding_ids

    return load_model(settings.model, folder, finding_ids())


def signer(key: Path | None, round_folder: Path) -> Signer:
    """The auditor's key, which `govah init` makes and nothing else does. Raises KeyMissing, KeyUnusable."""
    path = key_path(key, round_folder)
    try:
        return load(path)
    except OSError as error:
        raise KeyUnusable(f"{path}: {error.strerror or error}") from None


def key_path(key: Path | None, round_folder: Path) -> Path:
    """Where the auditor's key lies. Raises KeyUnusable inside a round: its folder is handed on, and the key is not."""
    path = key or default_path(os.environ)
    if path.resolve().is_relative_to(round_folder.resolve()):
        raise KeyUnusable(f"{path} lies inside the round; keep it elsewhere")
    return path


def evidence_of(round: Round, *, verify_jobs: int = 0) -> EvidenceStore:
    """The round's own evidence, with what other vantage points saw. Raises as `evidence.vantages.joined`.

    verify_jobs: processes that verify the folders of these first; 0 where they were verified before.
    """

    def faults_of(path: Path, key: str) -> list[Fault]:
        from evidence.verify.folder import verify  # and what reads time stamps, which a crawl starts without

        return verify(path, trusted_key=key, jobs=verify_jobs)

    return vantages.joined(
        RoundPaths(round.folder).evidence,
        round.settings.id,
        _also_of(round.settings),
        faults_of=faults_of if verify_jobs else None,
    )


def _also_of(settings: Settings) -> list[vantages.Vantage]:
    return [(one.path, one.key) for one in settings.also]


def missing_vantages(round: Round) -> list[str]:
    """Manifests of evidence from elsewhere that the sealed findings rest on, and that round.toml does not name as it was."""
    return vantages.missing(RoundPaths(round.folder).results, _also_of(round.settings))


def as_of(round: Round, store: EvidenceStore) -> dt.datetime:
    """The clock of all judgements: the round's own, else when the crawl opened."""
    return round.settings.as_of or store.opened


def judge(
    round: Round,
    store: EvidenceStore,
    agencies: frozenset[str] | None,
    key: Path | None,
    jobs: int,
    told: Callable[[int, int], None] = lambda done, total: None,
    over: Over | None = None,
) -> FindingsById:
    """Runs the checks and writes findings.jsonl; findings of agencies that are not named are kept. No more of a country is in
    the memory than a part of them.

    over: runs them elsewhere than here, `jobs` at once. told: takes how many agencies are judged, and of how many. Sealed
    findings that change are set aside first. Raises OtherRules when those to be kept were made otherwise, NotProven when they
    are not as sealed, KeyUnusable before anything is judged.
    """
    from checks import basis
    from reports.results_db.findings_file import FindingsById, FindingsFile
    from scoring.claim_credit import audited_answers

    places = RoundPaths(round.folder)
    signing = signer(key, round.folder)
    still_as_sealed(store, places.evidence)
    clock = as_of(round, store)
    judged = {"rules": basis.rules(), "settings": basis.settings(round, clock)}
    if audits := audited_answers(round):
        judged["audits"] = audits
    claims = basis.claim_lines(round)
    kept: Iterable[Finding] = ()
    if agencies is not None and places.findings.is_file():
        sealing = manifest_in_force(places.evidence) is not None
        kept, kept_claims = judgements.kept(
            places.results, places.evidence, agencies, judged, sealing=sealing
        )
        claims = judgements.merged(claims, kept_claims, agencies)
    found = (
        run_over(round, store, agencies, jobs, told) if over is None else over(round, store, agencies, told)
    )
    places.results.mkdir(parents=True, exist_ok=True)
    with SortedLines(places.results) as lines, tempfile.TemporaryFile(dir=places.results) as claimed:
        claimed.writelines(line.encode() for line in claims)
        for finding in chain(found, kept):
            lines.add(finding.id, canonical_line(finding.to_json()))
        put(places, lines.merged(), claimed, judged, signing)
    return FindingsById(FindingsFile(places.findings, {}))


def put(
    places: RoundPaths, lines: IO[bytes], claims: IO[bytes], judged: Mapping[str, Any], signing: Signer
) -> None:
    """Writes a judgement and seals it, after the sealed one that it replaces was set aside. lines, claims: files of them."""
    places.results.mkdir(parents=True, exist_ok=True)
    statement = findings_seal.statement(lines, places.evidence, judged, digest_of(claims))
    differs = digest_of(lines) != digest(places.findings)
    died = (places.results / findings_seal.UNFINISHED).exists()
    with judgements.being_written(places.results):
        if statement is not None or differs:
            set_aside(places.results, places.evidence, signing, statement)
        if statement is None and differs:
            judgements.unseal(places.results)
        with writing(places.results / findings_seal.CLAIMS) as file:
            claims.seek(0)
            shutil.copyfileobj(claims, file)
        with writing(places.findings) as file:
            lines.seek(0)
            shutil.copyfileobj(lines, file)
        findings_seal.seal_findings(
            places.results,
            places.evidence,
            signing,
            judged=judged,
            previous=last_seal(places.results),
            again=died and is_aside(places.results),
        )


def run_over(
    round: Round,
    store: EvidenceStore,
    agencies: frozenset[str] | None,
    jobs: int,
    told: Callable[[int, int], None] = lambda done, total: None,
) -> Iterator[Finding]:
    """Findings about the agencies (all when None), by at most so many processes as there are jobs; writes nothing."""
    from checks.engine import judge_agencies
    from scoring.work_sharing import Processes

    places = RoundPaths(round.folder)
    wanted = [agency.id for agency in round.agencies if agencies is None or agency.id in agencies]
    clock = as_of(round, store)
    size = layout.size(layout.shards(places.evidence))
    processes = min(jobs, len(wanted), 1 + size // _WORTH_JUDGING)
    if processes < 2:
        yield from chain.from_iterable(judge_agencies(round, store, as_of=clock, agencies=agencies))
        return
    # One task an agency, in the order of the round; a process holds one agency at a time.
    judged = Processes(processes, at_once=1)(_AgencyJudge(round, clock), wanted)
    for done, found in enumerate(judged, 1):
        told(done, len(wanted))
        yield from found


def still_as_sealed(store: EvidenceStore, folder: Path) -> None:
    """Nothing is judged from files that changed after the seal. Raises EvidenceDamaged."""
    if store.manifest_sha256 is not None and seal.sums(folder) != (folder / layout.SUMS).read_bytes():
        raise EvidenceDamaged("its files are not those that were sealed; govah verify names them")


@dataclass(frozen=True)
class _AgencyJudge:
    """Goes to a process once, with the round; the evidence, which was looked at before, is opened there once."""

    round: Round
    clock: dt.datetime

    def __call__(self, agency: str) -> list[Finding]:
        from checks.engine import run_checks

        return run_checks(self.round, self._store, as_of=self.clock, agencies=frozenset({agency}))

    @cached_property
    def _store(self) -> EvidenceStore:
        also = [one.path for one in self.round.settings.also]
        return vantages.opened(RoundPaths(self.round.folder).evidence, also)


def scored(
    round: Round,
    store: EvidenceStore,
    findings: list[Finding] | Mapping[str, Sequence[Finding]],
    jobs: int = 1,
) -> Scores:
    """The findings under the round's model, at the round's own clock. jobs: most processes that share the work."""
    from scoring.score import score  # a crawl starts without numpy

    model = model_of(round.settings, round.folder)
    return score(round, findings, model, as_of=as_of(round, store), share=_share_of(round, jobs))


def _share_of(round: Round, jobs: int) -> WorkSharing:
    """As many processes as have enough to do to be worth their start."""
    from scoring.work_sharing import Processes, in_this_process

    number = min(jobs, len(round.agencies) // _WORTH_A_PROCESS)
    return in_this_process if number < 2 else Processes(number)


@dataclass(frozen=True, slots=True)
class ScoredRound:
    """A round as it was scored. results: as results.json has it, where its agencies are read from. tally: of all findings.

    hosts: number of them by kind of agency and row of `reports.hosts.national`.
    """

    scores: Scores
    results: dict[str, Any]
    tally: FindingCounts
    hosts: Mapping[tuple[str, str], int]


def weigh(
    round: Round,
    store: EvidenceStore,
    findings: list[Finding] | Mapping[str, Sequence[Finding]],
    stand: FindingsSealState,
    jobs: int = 1,
) -> ScoredRound:
    """Scores the findings and writes results.json, with no more of a country in the memory than every table of it shows.

    stand: how the findings stand to their seal; results.json says it, and all that is made from it.
    """
    from govah.replies import replies_of
    from reports.datasets import CHECKS
    from reports.results import AuditTrail, Provenance, ResultsWriter
    from reports.results_db.findings_file import FindingsFile

    places = RoundPaths(round.folder)
    scores = scored(round, store, findings, jobs)
    edited = edits(round, store, stand, crawled_agencies(round, store))
    writer = ResultsWriter(
        round,
        findings,
        scores,
        as_of=as_of(round, store),
        provenance=Provenance(govah_version(), store.manifest_sha256, stand),
        trail=AuditTrail(replies_of(round), edited),
        account_of=partial(crawl_account, store),
        datasets=findings.of_checks(CHECKS) if isinstance(findings, FindingsFile) else None,
    )
    with writing(places.results_json) as file:
        results = writer.write(file, places.results_json, _share_of(round, jobs))
    return ScoredRound(scores, results, writer.tally, writer.hosts)


def edits(round: Round, store: EvidenceStore, stand: FindingsSealState, crawled: Collection[str]) -> Edits:
    """What of the round's files is other than it was crawled and judged. crawled: agencies that the crawl has an account of."""
    from govah.round_edits import edits_of

    return edits_of(round, store, RoundPaths(round.folder).results, stand, crawled, as_of(round, store))


def crawl_account(store: EvidenceStore, agency: str) -> dict[str, Any] | None:
    """What the crawl says of itself about an agency: state, eligible, fetched, unfetched by reason; None where it says nothing."""
    captures = _accounts(store, agency)
    if not captures:
        return None
    body = json.loads(store.body(captures[-1].id))
    facts: Any = captures[-1].facts
    return {
        "state": facts.state,
        "eligible": facts.eligible,
        "fetched": facts.fetched,
        "coverage": _share(facts.fetched, facts.eligible),
        "controlled": facts.controlled,
        "rendered": body.get("rendered", 0),
        "rendered_share": _share(body.get("rendered", 0), facts.fetched),
        "unfetched": dict(sorted(Counter(reason for _, reason in body["unfetched"]).items())),
    }


def crawled_agencies(round: Round, store: EvidenceStore) -> frozenset[str]:
    """Agencies that the crawl has an account of; no account is read."""
    return frozenset(agency.id for agency in round.agencies if _accounts(store, agency.id))


def _accounts(store: EvidenceStore, agency: str) -> list[Capture]:
    """But those of re-tests."""
    return [capture for capture in store.captures(agency, "crawl") if not number_of(capture)]


def _share(part: int, whole: int) -> float:
    return round(part / whole, 3) if whole else 0.0


def verify_round(
    folder: Path,
    trusted_key: str | None,
    authority_roots: Roots | None = None,
    *,
    published: Path | None = None,
    jobs: int = 1,
) -> list[Fault]:
    from evidence.verify.folder import verify  # and what reads time stamps, which a crawl starts without
    from govah.replies import in_sheet

    places = RoundPaths(folder)
    # a findings file that is gone is a fault of its own, so it is always asked about
    faults = verify(
        places.evidence,
        findings=places.findings,
        trusted_key=trusted_key,
        authority_roots=authority_roots,
        published=published,
        also=also_of(folder),
        jobs=jobs,
    )
    of_replies = Faults()
    check_replies(folder, places.evidence, key_of(folder), partial(in_sheet, folder), of_replies)
    return faults + of_replies.found()


def also_of(folder: Path) -> list[vantages.Vantage]:
    """Evidence of other vantage points, as round.toml names it; none where that cannot be read."""
    settings = read_settings(folder, Problems()) if is_regular(folder / FILE) else None
    return [] if settings is None else _also_of(settings)


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """A file of the results, whole or not at all, in a folder that is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with layout.replaced_file(path) as file:
        yield file
