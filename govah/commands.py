"""What each command does with a round, and how it says so. The stages do the work."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks.finding import VERDICTS, Finding
from claims.model import Round
from crawler.browser.renderer import find_browser
from crawler.crawl import crawl as run_crawl
from crawler.engine.progress import CrawlOutcome
from crawler.fleet.dask_link import Scheduler
from crawler.fleet.one_shard import crawl_shard
from crawler.means import Means
from crawler.retest import Retest
from evidence import layout
from evidence.errors import EvidenceBusy, EvidenceError
from evidence.regular import digest
from evidence.signing import findings_seal
from evidence.signing.earlier import earlier
from evidence.signing.findings_standing import standing
from evidence.signing.keys import KeyUnusable
from govah import clustering, judgements, rights, round_before, stages
from govah.browser_lines import tell_cost, tell_open, try_out
from govah.console import Speaker, named, text, visible
from govah.exits import Exit
from govah.given import (
    counted,
    evidence,
    findings_file,
    judged_findings,
    key_unusable,
    not_sealed,
    refuse_links,
    refused,
    told_broken,
)
from govah.meant import hint
from govah.places import Places
from govah.planning import shard_of, tell_plan, told_trouble
from govah.progress import CrawlDisplay, Display, judging
from govah.stamps import asked_json, tell_asked

if TYPE_CHECKING:
    from reports.tally import Tally

_FINDING = re.compile(r"f[0-9a-f]{3,20}")
_NAMED = ("service", "dataset", "host")
_PAGES_PER_JOB = 2  # rendered at once: most of a page's time is waiting for its rest


def crawl(
    speaker: Speaker,
    round: Round,
    agencies: frozenset[str] | None,
    key: Path | None,
    browser: str | None,
    patience: float,
    jobs: int,
    retest: Retest | None = None,
    shard: str | None = None,
    scheduler: Scheduler | None = None,
) -> CrawlOutcome:
    """Crawls and says how it ended; `ended` gives the exit status. retest: the one claim that the round holds.

    shard: the only one to crawl, as `--shard` has it. scheduler: of the workers that crawl. Raises ClusterUnusable.
    """
    refuse_links(speaker, Places(round.folder).evidence)
    rights.tell(speaker, round.folder)
    part = None if shard is None else shard_of(speaker, shard)
    if round.settings.crawl.spiders:
        _refuse_unusable_spiders(speaker, round)
    found = find_browser(browser)
    if browser is not None and found is None:
        speaker.fail(Exit.USAGE, "cli.no_such_browser", path=browser)
    # Workers of a cluster have browsers of their own.
    trial = try_out(speaker, round.settings.crawl, found) if scheduler is None else None
    with told_trouble(speaker, Places(round.folder).evidence), CrawlDisplay(speaker) as display:
        start = (
            partial(
                run_crawl,
                signer=stages.signer(key, round.folder),
                retest=retest,
                lanes=jobs,
                planned=partial(tell_plan, speaker, round.settings.crawl),
                elsewhere=None if scheduler is None else clustering.elsewhere(speaker, scheduler),
            )
            if part is None
            else partial(crawl_shard, shard=part[0], count=part[1])
        )
        try:
            outcome = start(
                round,
                Places(round.folder).evidence,
                means=Means(
                    stages.now,
                    stages.new_id,
                    browser=found,
                    sandbox="on" if trial is not None and trial.sandboxed else "auto",
                    patience=patience,
                    contexts=_PAGES_PER_JOB * (jobs if scheduler is None else 1),
                ),
                agencies=agencies,
                progress=display,
                stop=threading.Event(),
            )
        except EvidenceBusy as busy:
            if part is None:
                raise
            # whoever has the shard may be lost: what started us tries again, and is let in a minute after the last sign
            speaker.fail(Exit.INCOMPLETE, "spread.held", shard=part[0], detail=busy)
    tell_asked(speaker, round.folder, outcome.stamps)
    if outcome.state != "complete":
        again = str(round.folder) if part is None else f"{round.folder} --shard {shard}"
        if scheduler is not None:
            again += f" --cluster {scheduler.address}"
        speaker.note(f"cli.crawl_{outcome.state}", again=again, detail=outcome.detail)
        if any(name in outcome.detail for name in ("WriteFailed", "EvidenceUnreachable")):
            speaker.note("cli.not_writable", folder=Places(round.folder).evidence)
        stop_file = Places(round.folder).evidence / layout.STOP
        if part is not None and stop_file.exists():
            speaker.note("cluster.stop_file", path=stop_file, folder=round.folder)
    elif part is not None:
        speaker.say("spread.shard_done", shard=part[0], shards=part[1], folder=round.folder)
    elif retest is None:
        exchanges, failed = (outcome.coverage.get(key, 0) for key in ("exchanges", "failed"))
        speaker.say("cli.crawl_done", exchanges=exchanges, failed=failed)
        visited, rendered = (outcome.coverage.get(key, 0) for key in ("visited", "rendered"))
        if visited and rendered:
            share = f"{100 * rendered / visited:.1f}"
            speaker.say("cli.crawl_rendered", rendered=rendered, visited=visited, share=share)
        if exchanges == failed:
            speaker.note("cli.nothing_answered")
        if round.settings.crawl.spiders and outcome.detail:
            speaker.note("cli.spiders_trouble", detail=outcome.detail)
    if retest is None:
        tell_cost(speaker, outcome.coverage)
    return replace(outcome, browser=trial)


def _refuse_unusable_spiders(speaker: Speaker, round: Round) -> None:
    from crawler.spiders.own import SpiderUnusable, own_spiders

    try:
        own_spiders(round)
    except SpiderUnusable as error:
        why = text(f"cli.spider_{error.why}", detail=error.detail)
        speaker.fail(Exit.USAGE, "cli.no_such_spider", name=error.name, why=why, folder=round.folder)


def ended(speaker: Speaker, outcome: CrawlOutcome) -> Exit:
    """The exit status of a crawl that is the last thing done, and its answer under --json."""
    said = {"state": outcome.state, "coverage": dict(outcome.coverage), "detail": outcome.detail}
    browser = None if outcome.browser is None else outcome.browser.to_json()
    speaker.json({**said, "browser": browser, "timestamps": asked_json(outcome.stamps)})
    return Exit.DONE if outcome.state == "complete" else Exit.INCOMPLETE


def check(
    speaker: Speaker,
    round: Round,
    agencies: frozenset[str] | None,
    key: Path | None,
    jobs: int,
    scheduler: Scheduler | None = None,
) -> list[Finding]:
    """scheduler: of the workers that judge, in place of processes here. Raises ClusterUnusable."""
    refuse_links(speaker, Places(round.folder).results)
    over: stages.Over | None = None
    if scheduler is not None:
        from govah.judging_elsewhere import run_over

        over = partial(run_over, scheduler, partial(clustering.note, speaker))
    store = evidence(speaker, round)
    results = Places(round.folder).results
    before = len(earlier(results))
    try:
        with Display(speaker, text("progress.judging"), lines=False) as display:
            found = stages.judge(round, store, agencies, key, jobs, judging(display), over)
    except judgements.OtherRules as error:
        speaker.fail(Exit.USAGE, "cli.other_rules", detail=error, folder=round.folder)
    except judgements.NotProven as error:
        not_sealed(speaker, round.folder, error.standing, "unsealed.check_whole")
    except KeyUnusable as error:
        key_unusable(speaker, error)
    except EvidenceError as error:
        speaker.fail(Exit.TAMPERED, "cli.evidence_error", detail=error)
    except PermissionError as error:
        refused(speaker, error)
    round_before.tell(speaker, round)
    for set_aside in earlier(results)[before:]:
        speaker.note("cli.set_aside", earlier=set_aside, folder=round.folder)
    stand = standing(results, Places(round.folder).evidence, digest(Places(round.folder).findings) or "")
    if stand.state == "foreign":  # nobody would be shown them as the auditor's
        speaker.note("unsealed.foreign", folder=round.folder, sealed_by=stand.sealed_by, signer=stand.signer)
        speaker.note("unsealed.go_on")
    seal = digest(results / findings_seal.MANIFEST)
    if seal is not None:
        speaker.say("cli.findings_seal", sha256=seal)
    tell_open(speaker, found, store)
    return found


def score(speaker: Speaker, round: Round, jobs: int = 1, unsealed: bool = False) -> stages.Weighed:
    """unsealed: findings that are not as they were sealed are scored all the same."""
    from govah.edit_lines import tell_edits

    refuse_links(speaker, Places(round.folder).results)
    findings, stand = findings_file(speaker, round, unsealed)
    with told_broken(speaker):
        weighed = stages.weigh(round, evidence(speaker, round), findings, stand, jobs)
        _lost_verdicts(speaker, round, findings.every())
    tell_edits(speaker, round.folder, weighed.results["round"].get("edits"))
    return weighed


def _lost_verdicts(speaker: Speaker, round: Round, findings: Iterable[Finding]) -> None:
    """Says so where an auditor's work counts nowhere."""
    from scoring.error_rates import without_finding

    lost = without_finding(round, findings)
    if lost:
        named = ", ".join(f"{verdict.subject} {verdict.check}" for verdict in lost[:10])
        speaker.note("audits.without_finding", count=len(lost), subjects=named)


def report(
    speaker: Speaker,
    round: Round,
    agencies: frozenset[str] | None,
    pdf: bool = False,
    browser: str | None = None,
    jobs: int = 1,
    every_page: bool = False,
    unsealed: bool = False,
) -> tuple[Path, stages.Weighed]:
    """Scores and writes the report; returns its first page, and what it tells. every_page: also of a country's agencies.

    unsealed: as for `score`.
    """
    from govah.edit_lines import tell_edits
    from govah.exporting_findings import beside_report
    from govah.replies import replies_of
    from reports.html.write import (
        MOST_AGENCIES,
        Counted,
        write_report,
    )  # a crawl starts without the templates

    refuse_links(speaker, Places(round.folder).results)
    store = evidence(speaker, round)
    findings, stand = findings_file(speaker, round, unsealed)
    target = Places(round.folder).report
    with told_broken(speaker):
        weighed = stages.weigh(round, store, findings, stand, jobs)
        tell_edits(speaker, round.folder, weighed.results["round"].get("edits"))
        country = len(round.agencies) > MOST_AGENCIES
        if not country:  # first, for the report links to what lies beside it
            beside_report(speaker, round, list(findings.every()), stand, store)
        index = write_report(
            round,
            weighed.results,
            findings,
            weighed.scores,
            store,
            target,
            agencies,
            replies_of(round),
            jobs,
            counted=Counted(weighed.tally, weighed.hosts),
            every_page=every_page,
        )
    if country and not every_page:
        speaker.note("cli.pages_left", n=len(round.agencies) - len(agencies or ()), folder=round.folder)
    if round.settings.previous is not None:
        from govah.trending import write_page

        write_page(speaker, round, weighed.results, weighed.scores, target, unsealed)
    if pdf:
        from reports.html.places import page_of
        from reports.pdf import PrintError, print_report

        found = find_browser(browser)
        if found is None:
            speaker.fail(Exit.USAGE, "cli.pdf_needs_browser")
        try:
            others = frozenset() if agencies is None else {agency.id for agency in round.agencies} - agencies
            print_report(index.parent, found, frozenset(map(page_of, others)))
        except PrintError as error:
            speaker.fail(Exit.USAGE, "cli.pdf_failed", detail=error)
    return index, weighed


def summary(
    speaker: Speaker, round: Round, results: dict[str, Any], tally: Tally, every: bool = False
) -> None:
    """What came of a round, for the eye or the ear. every: all agencies and all reasons, however many."""
    from govah.story_lines import figure
    from reports.audits import error_table
    from reports.terminal import agencies_table, data_table, left_out, national_line, rank_lines

    width = None if speaker.plain else speaker.out.width
    speaker.line(national_line(results, text))
    speaker.show(agencies_table(round, results, text, named, width, every))
    if not every and (left := left_out(results)):
        speaker.say("ending.how_all", n=left, folder=round.folder)
    for line in rank_lines(results, text, figure):
        speaker.line(line)
    for table in (
        data_table(round, results, text, visible),
        error_table(results["national"].get("error_rates", []), text),
    ):
        if table is not None:
            speaker.show(table)
    verdicts(speaker, tally, every)


def verdicts(speaker: Speaker, tally: Tally, every: bool = False) -> None:
    """Findings counted: claimed services first, then the few most frequent reasons; all of them with `every`."""
    from reports.counts_table import faults_table, kinds_table, open_table, own_errors, services_table
    from reports.counts_table import verdicts_table as every_reason

    tables = [
        services_table(tally, text, None if speaker.plain else speaker.out.width),
        kinds_table(tally, text),
    ]
    tables += [every_reason(tally, text)] if every else [faults_table(tally, text), open_table(tally, text)]
    for table in tables:
        if table is not None:
            speaker.show(table)
    for line in own_errors(tally, text, visible):
        speaker.line(line)


def next_steps(speaker: Speaker, round: Round, report: Path) -> None:
    """Where the report lies, and what is usually done next."""
    speaker.say("cli.report_done", path=report)
    first = min(agency.id for agency in round.agencies)
    speaker.say("ending.next", folder=round.folder, agency=first)


def explain(speaker: Speaker, round: Round, subject: str, unsealed: bool = False) -> None:
    from govah.explaining import explain_claim, explain_indicator, explain_subject
    from govah.host_lines import explain_hosts, names_of
    from govah.reply_lines import tell_replies
    from reports.agency_record import open_data
    from scoring.facts import RoundFacts

    agency, _, part = subject.partition("/")
    store = evidence(speaker, round)
    judged, _ = judged_findings(speaker, round, unsealed)
    findings = counted(speaker, round, judged)
    about = [f for f in judged if f.id == subject]
    if not about and _FINDING.fullmatch(subject) and agency not in {a.id for a in round.agencies}:
        about = [f for f in judged if f.id.startswith(subject)]
        about = about if len(about) == 1 else []
    if not about:
        if agency not in {a.id for a in round.agencies}:
            if _FINDING.fullmatch(subject):
                path = Places(round.folder).findings
                speaker.fail(Exit.USAGE, "cli.unknown_finding", finding=subject, path=path)
            known = {a.id for a in round.agencies}
            speaker.fail(Exit.USAGE, "cli.unknown_agency", agency=agency, hint=hint(agency, known))
        about = [f for f in judged if f.agency == agency and part and part in names_of(f)]
    claimed = {service.id: service for service in round.services}
    named = next(
        (f.subject.id for f in about if f.subject.kind == "service" and f.subject.id in claimed), None
    )
    if named is not None:
        explain_claim(speaker, round, store, claimed[named], about)
    elif any(f.check == "hosts.security" for f in about):
        explain_hosts(speaker, findings, about, stages.as_of(round, store))
    elif about:
        explain_subject(speaker, store, about)
    else:
        own = [f for f in findings if f.agency == agency]
        try:
            scores = stages.scored(round, store, findings)
            facts = RoundFacts(round, own, stages.as_of(round, store)).of(agency)
            data = None if part else open_data(round, agency, own)
            explain_indicator(speaker, scores, facts, part or None, own, data)
        except KeyError:
            known = {f.subject.id for f in own if f.subject.kind in _NAMED}
            known |= stages.model_of(round.settings, round.folder).indicator_ids
            speaker.fail(Exit.USAGE, "cli.unknown_subject", subject=part, hint=hint(part, known))
    if about or not part:
        tell_replies(speaker, round, agency, {finding.id for finding in about})


def counts(findings: list[Finding]) -> dict[str, int]:
    """Findings by verdict, in the order of the contract."""
    found = Counter(finding.verdict for finding in findings)
    return {verdict: found[verdict] for verdict in VERDICTS if found[verdict]}
