"""What each command does with a round, and how it says so. The stages do the work."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path
from typing import Any

from rich.table import Table

from checks.finding import VERDICTS, Finding
from claims.model import Round
from claims.problems import RoundError
from claims.read import Reading
from crawler.browser import find_browser
from crawler.crawl import crawl as run_crawl
from evidence.errors import EvidenceBusy, EvidenceError, EvidenceMissing
from evidence.keys import KeyUnusable
from evidence.store import EvidenceStore
from govah import stages
from govah.console import Speaker, text, visible
from govah.exits import Exit
from govah.progress import CrawlDisplay
from reports.html.write import write_report
from reports.terminal import agencies_table, verdicts_table
from scoring.load import ModelError, load_model, shipped
from scoring.model import Model
from scoring.score import Scores, score as run_score
from scoring.worklist import for_rebuttal, worklist as make_worklist


def read(speaker: Speaker, folder: Path) -> Reading:
    """The round, or its problems and exit status 2."""
    try:
        reading = stages.read_round(folder)
    except RoundError as error:
        speaker.problems(error.problems)
        raise SystemExit(int(Exit.USAGE)) from None
    except ModelError as error:
        model_problems(speaker, error)
        raise SystemExit(int(Exit.USAGE)) from None
    if reading.warnings and not speaker.quiet and not speaker.as_json:
        speaker.problems(reading.warnings)
    return reading


def chosen(speaker: Speaker, round: Round, wanted: list[str] | None) -> frozenset[str] | None:
    """The agencies of --agency; None for all."""
    if not wanted:
        return None
    known = {agency.id for agency in round.agencies}
    unknown = [name for name in wanted if name not in known]
    if unknown:
        speaker.fail(Exit.USAGE, "cli.unknown_agency", agency=", ".join(unknown), known=", ".join(sorted(known)))
    return frozenset(wanted)


def evidence(speaker: Speaker, round: Round) -> EvidenceStore:
    try:
        return EvidenceStore.open(stages.Places(round.folder).evidence)
    except EvidenceMissing:
        speaker.fail(Exit.USAGE, "cli.no_evidence", folder=round.folder)
    except EvidenceError as error:
        speaker.fail(Exit.TAMPERED, "cli.evidence_error", detail=error)


def findings_of(speaker: Speaker, round: Round) -> list[Finding]:
    try:
        return stages.read_findings(stages.Places(round.folder).findings)
    except FileNotFoundError:
        speaker.fail(Exit.USAGE, "cli.no_findings", folder=round.folder)
    except (ValueError, KeyError) as error:
        speaker.fail(Exit.TAMPERED, "cli.broken_findings", detail=error)


def crawl(
    speaker: Speaker,
    round: Round,
    agencies: frozenset[str] | None,
    key: Path | None,
    browser: str | None,
    patience: float,
    jobs: int,
) -> Exit:
    found = find_browser(browser)
    if browser is not None and found is None:
        speaker.fail(Exit.USAGE, "cli.no_such_browser", path=browser)
    if found is None and round.settings.crawl.render != "never":
        speaker.note("cli.no_browser")
    if not round.settings.network.controls:
        speaker.note("cli.uncontrolled")
    try:
        with CrawlDisplay(speaker) as display:
            outcome = run_crawl(
                round,
                stages.Places(round.folder).evidence,
                agencies=agencies,
                progress=display,
                now=stages.now,
                new_id=stages.new_id,
                signer=stages.signer(key),
                browser=found,
                stop=threading.Event(),
                patience=patience,
                contexts=jobs,
            )
    except EvidenceBusy as error:
        speaker.fail(Exit.USAGE, "cli.busy", detail=error)
    except KeyUnusable as error:
        speaker.fail(Exit.USAGE, "cli.bad_key", detail=error)
    except EvidenceError as error:
        speaker.fail(Exit.TAMPERED, "cli.evidence_error", detail=error)
    speaker.json({"state": outcome.state, "coverage": dict(outcome.coverage), "detail": outcome.detail})
    if outcome.state != "complete":
        speaker.note(f"cli.crawl_{outcome.state}", folder=round.folder, detail=outcome.detail)
        return Exit.INCOMPLETE
    speaker.say("cli.crawl_done", fetched=outcome.coverage.get("fetched", 0))
    return Exit.DONE


def check(
    speaker: Speaker, round: Round, agencies: frozenset[str] | None, key: Path | None, jobs: int
) -> list[Finding]:
    store = evidence(speaker, round)
    try:
        return stages.judge(round, store, agencies, key, jobs)
    except KeyUnusable as error:
        speaker.fail(Exit.USAGE, "cli.bad_key", detail=error)


def score(speaker: Speaker, round: Round) -> dict[str, Any]:
    _, results = stages.weigh(round, evidence(speaker, round), findings_of(speaker, round))
    return results


def report(
    speaker: Speaker,
    round: Round,
    agencies: frozenset[str] | None,
    pdf: bool = False,
    browser: str | None = None,
) -> Path:
    store = evidence(speaker, round)
    findings = findings_of(speaker, round)
    scores, results = stages.weigh(round, store, findings)
    index = write_report(round, results, findings, scores, store, stages.Places(round.folder).report, agencies)
    if pdf:
        from reports.pdf import PrintError, print_report

        found = find_browser(browser)
        if found is None:
            speaker.fail(Exit.USAGE, "cli.pdf_needs_browser")
        try:
            print_report(index.parent, found)
        except PrintError as error:
            speaker.fail(Exit.USAGE, "cli.pdf_failed", detail=error)
    return index


def verify(speaker: Speaker, folder: Path, fingerprint: str | None) -> Exit:
    places = stages.Places(folder)
    if not places.evidence.is_dir():
        speaker.fail(Exit.USAGE, "cli.no_evidence", folder=folder)
    faults = stages.verify_round(folder, fingerprint)
    rows = [{"file": f.file, "item": f.item, "problem": f.problem, "detail": f.detail} for f in faults]
    speaker.json({"intact": not faults, "faults": rows})
    if not faults:
        speaker.say("cli.verified", folder=folder)
        speaker.say("cli.verify_limits")
        return Exit.DONE
    table = Table(title=text("cli.tampered", count=len(faults)), title_style="bold red", title_justify="left")
    for name in ("file", "item", "problem"):
        table.add_column(text(f"cli.column_{name}"), overflow="fold")
    for fault in faults:
        table.add_row(visible(fault.file), visible(fault.item), visible(text(f"fault.{fault.problem}", detail=fault.detail)))
    if not speaker.as_json:
        speaker.out.print(table)
    return Exit.TAMPERED


def summary(speaker: Speaker, round: Round, results: dict[str, Any], findings: list[Finding] | None) -> None:
    speaker.table(agencies_table(round, results, text, visible))
    if findings is not None:
        verdicts(speaker, findings)


def verdicts(speaker: Speaker, findings: list[Finding]) -> None:
    speaker.table(verdicts_table(findings, text))


def explain(speaker: Speaker, round: Round, subject: str) -> None:
    from govah.explaining import explain_indicator, explain_subject

    agency, _, part = subject.partition("/")
    if agency not in {a.id for a in round.agencies}:
        known = ", ".join(sorted(a.id for a in round.agencies))
        speaker.fail(Exit.USAGE, "cli.unknown_agency", agency=agency, known=known)
    store = evidence(speaker, round)
    findings = [f for f in findings_of(speaker, round) if f.agency == agency]
    if part and any(part in (f.subject.id, f.id) for f in findings):
        explain_subject(speaker, store, [f for f in findings if part in (f.subject.id, f.id)])
        return
    scores = _scores(round, store, findings_of(speaker, round))
    try:
        explain_indicator(speaker, scores, agency, part or None, findings)
    except KeyError:
        speaker.fail(Exit.USAGE, "cli.unknown_subject", subject=part)


def _scores(round: Round, store: EvidenceStore, findings: list[Finding]) -> Scores:
    model = stages.model_of(round.settings, round.folder)
    return run_score(round, findings, model, as_of=stages.as_of(round, store))


def worklist(speaker: Speaker, round: Round, size: int) -> None:
    findings = findings_of(speaker, round)
    cases = make_worklist(round, findings, "services.entry", size=size, seed=round.settings.crawl.seed)
    disputed = for_rebuttal(findings)
    speaker.json(
        {
            "audit": [
                {
                    "service": case.service.id,
                    "agency": case.service.agency,
                    "title": case.service.title,
                    "url": case.service.url,
                    "outcome": case.stratum,
                    "design": case.design,
                    "probability": case.probability,
                    "priority": round_to(case.priority),
                }
                for case in cases
            ],
            "rebuttal": [{"finding": f.id, "agency": f.agency, "subject": f.subject.id, "reason": f.reason} for f in disputed],
        }
    )
    table = Table(title=text("cli.worklist"), title_justify="left")
    for name in ("agency", "service", "title", "outcome", "design"):
        table.add_column(text(f"cli.column_{name}"), overflow="fold")
    for case in cases:
        table.add_row(
            visible(case.service.agency),
            visible(case.service.id),
            visible(case.service.title),
            text(f"stratum.{case.stratum}"),
            text(f"design.{case.design}"),
        )
    speaker.table(table)
    table = Table(title=text("cli.rebuttal"), title_justify="left")
    for name in ("agency", "subject", "reason", "finding"):
        table.add_column(text(f"cli.column_{name}"), overflow="fold")
    for f in disputed:
        table.add_row(visible(f.agency), visible(f.subject.id), text(f"reason.{f.reason}"), f.id)
    speaker.table(table)


def round_to(value: float) -> float:
    return float(f"{value:.6g}")


def diff(speaker: Speaker, old: Path, new: Path) -> None:
    """Findings whose verdict or reason changed; a change of the check's version is told apart."""
    before = {f.id: f for f in findings_of(speaker, read(speaker, old).round)}
    after = {f.id: f for f in findings_of(speaker, read(speaker, new).round)}
    rows: list[dict[str, Any]] = []
    for id in sorted(before.keys() | after.keys()):
        a, b = before.get(id), after.get(id)
        if a is not None and b is not None and (a.verdict, a.reason) == (b.verdict, b.reason):
            continue
        one = b or a
        assert one is not None
        rows.append(
            {
                "finding": id,
                "agency": one.agency,
                "check": one.check,
                "subject": one.subject.id,
                "before": None if a is None else {"verdict": a.verdict, "reason": a.reason},
                "after": None if b is None else {"verdict": b.verdict, "reason": b.reason},
                "rule_changed": a is not None and b is not None and a.check_version != b.check_version,
            }
        )
    speaker.json({"changed": rows})
    table = Table(title=text("cli.changed", count=len(rows)), title_justify="left")
    for name in ("agency", "subject", "before", "after", "cause"):
        table.add_column(text(f"cli.column_{name}"), overflow="fold")
    for row in rows:
        cause = "cli.rule_changed" if row["rule_changed"] else "cli.portal_changed"
        table.add_row(
            visible(row["agency"]), visible(row["subject"]), _outcome(row["before"]), _outcome(row["after"]), text(cause)
        )
    speaker.table(table)


def _outcome(value: dict[str, Any] | None) -> str:
    if value is None:
        return "–"
    shown = text(f"verdict.{value['verdict']}")
    return shown if value["reason"] is None else f"{shown}: {text('reason.' + value['reason'])}"


def model_check(speaker: Speaker, file: Path) -> None:
    """Every error of a model file, or its counts."""
    from checks.engine import check_ids
    from scoring.load import parse

    if not file.is_file():
        speaker.fail(Exit.USAGE, "cli.no_such_file", path=file)
    try:
        model = parse(file.read_bytes(), file.name, check_ids())
    except ModelError as error:
        model_problems(speaker, error)
        raise SystemExit(int(Exit.USAGE)) from None
    _model_summary(speaker, model)


def model_show(speaker: Speaker, name: str) -> None:
    path = Path(name)
    try:
        model = load_model(name, Path()) if name in shipped() else load_model(path.name, path.parent)
    except ModelError as error:
        if name not in shipped() and not path.exists():
            speaker.fail(Exit.USAGE, "cli.unknown_model", name=name, known=", ".join(shipped()))
        model_problems(speaker, error)
        raise SystemExit(int(Exit.USAGE)) from None
    _model_summary(speaker, model)


def _model_summary(speaker: Speaker, model: Model) -> None:
    contents = model.contents
    speaker.json({"sha256": model.sha256, "model": contents.model_dump(mode="json", by_alias=True)})
    names = "fa" if text("cli.language") == "fa" else "en"
    speaker.say("cli.model_title", title=getattr(contents.model.title, names), id=model.id, version=model.version, sha256=model.sha256)
    table = Table()
    for column in ("indicator", "title", "weight", "class", "checks"):
        table.add_column(text(f"cli.column_{column}"), overflow="fold")
    for axis in contents.axis:
        table.add_section()
        table.add_row("", f"[bold]{visible(getattr(axis.name, names))}[/]", str(axis.weight), "", "")
        for indicator in contents.indicator:
            if indicator.axis == axis.id:
                checks = sorted({part.check for part in indicator.part if hasattr(part, "check")})
                table.add_row(
                    indicator.id,
                    visible(getattr(indicator.name, names)),
                    f"{indicator.weight:g}",
                    indicator.evidence_class,
                    visible(", ".join(checks)),
                )
    speaker.table(table)


def model_problems(speaker: Speaker, error: ModelError) -> None:
    rows = [{"line": p.line, "where": p.where, "code": p.code, "value": p.value, "expected": _expected(p)} for p in error.problems]
    speaker.json({"problems": rows})
    if speaker.as_json:
        return
    table = Table(title=text("cli.model_problems", source=visible(error.source)), title_justify="left")
    for name in ("line", "where", "value", "expected"):
        table.add_column(text(f"cli.column_{name}"), overflow="fold")
    for row in rows:
        table.add_row(*(visible(row[name] if row[name] is not None else "") for name in ("line", "where", "value", "expected")))
    speaker.err.print(table)


def _expected(problem: Any) -> str:
    try:
        return text(f"model_problem.{problem.code}", value=problem.value, detail=problem.detail)
    except KeyError:
        return str(problem.detail or problem.code)


def counts(findings: list[Finding]) -> dict[str, int]:
    """Findings by verdict, in the order of the contract."""
    found = Counter(finding.verdict for finding in findings)
    return {verdict: found[verdict] for verdict in VERDICTS if found[verdict]}
