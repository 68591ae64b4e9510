"""`govah explain`: how a number came about, and the whole story of one claim."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from rich.table import Table

from checks.finding import Finding
from checks.reasons import DIFFER
from checks.registry import check_of
from checks.retested import OBSERVED, case_of
from checks.services.chapters import Story
from checks.services.matching.titles import Titles
from checks.services.story import story
from checks.vantages import OBSERVED as VANTAGE
from claims.model import Round, Service
from evidence.errors import EvidenceError
from evidence.records import Capture
from evidence.store import EvidenceStore
from govah.exits import Exit
from govah.stages import as_of
from govah.terminal.catalogue_lines import listed_line
from govah.terminal.console import Speaker, text, visible
from govah.terminal.gain_lines import gain_lines
from govah.terminal.score_lines import ScoreLines
from govah.terminal.trace_lines import figure
from govah.terminal.trace_view import tell
from reports.distinct import likeness
from reports.terminal import data_lines
from scoring.distinct import RankIntervals
from scoring.explain import explain, gains_json
from scoring.facts import AgencyFacts
from scoring.gains import gains
from scoring.score import Scores


def explain_indicator(
    speaker: Speaker,
    scores: Scores,
    facts: AgencyFacts,
    node: str | None,
    findings: list[Finding],
    data: Mapping[str, Any] | None = None,
) -> None:
    """Prints the tree of an agency, axis or indicator. Raises KeyError when there is no such node.

    facts, findings: of the agency. data: what is said of the agency's datasets as a whole, as in results.json.
    """
    agency = facts.agency.id
    told = explain(scores, agency, node, findings)
    steps = gains(scores.model.contents, facts) if node is None else None
    if steps is not None:
        told["gains"] = gains_json(steps)
    if data is not None:
        told["open_data"] = dict(data)
    speaker.json(told)
    if speaker.quiet or speaker.as_json:
        return
    titles = {service.id: service.title for service in facts.services}
    titles |= {dataset.id: dataset.title for dataset in facts.datasets}
    command = f"govah explain ROUND {visible(agency)}/{{id}}"
    lines = ScoreLines(scores.model.contents, findings, titles, command, speaker.out.width, node is None)
    speaker.show(lines.tree(told["node"]))
    speaker.say("cli.explain_model", id=told["model"]["id"], sha256=told["model"]["sha256"])
    if steps is not None:
        for said in rank_lines(scores, agency):
            speaker.line(said)
        if steps:
            gain_lines(speaker, steps, titles)
    for stated in data_lines(data, text) if data is not None else ():
        speaker.line(stated)
    if node is None and (line := listed_line(findings)) is not None:
        speaker.line(line)


def rank_lines(scores: Scores, agency: str) -> Iterator[str]:
    """The agency's place, and whether it can be told from those of others; nothing of one without a rank."""
    own = scores.of(agency)
    if own.rank is None:
        return
    low, high = figure(own.rank.low), figure(own.rank.high)
    interval = low if low == high else text("branch.value_range", lower=low, upper=high)
    ranks = {s.agency.id: s.rank for s in scores.agencies if s.rank and s.agency.kind == own.agency.kind}
    yield f"{text('report.rank')} {figure(own.rank.place)} {text('report.rank_of', of=figure(own.rank.of), interval=interval)}"
    yield likeness(RankIntervals(ranks), agency, text, visible, figure)


def explain_claim(
    speaker: Speaker, round: Round, store: EvidenceStore, service: Service, findings: list[Finding]
) -> None:
    """The whole story of one claim, judged once more from the evidence, and what is on file of it."""
    try:
        last = max((int(finding.observed.get(OBSERVED, 0)) for finding in findings), default=0)
        agency, clock = round.agency(service.agency), as_of(round, store)
        case = case_of(round, agency, store, clock, "service", service.id, last)
        entry = check_of("services.entry")
        filed = next((finding for finding in findings if finding.check == entry.id), None)
        if filed is not None:  # it was told from elsewhere where nobody was let in here
            case = case.vantages.get(filed.observed.get(VANTAGE, ""), case)
        finding = next(iter(entry.judge(case.narrowed(services=(service,)))))
        told = as_data(story(case, Titles.of(round), service, finding), store, round.folder)
    except EvidenceError as error:
        speaker.fail(Exit.TAMPERED, "cli.evidence_error", detail=error)
    except Exception as error:
        # what the check itself could not judge is on file as our own error
        speaker.note("story.untold", error=type(error).__name__)
        explain_subject(speaker, store, findings)
        return
    told["on_file"] = None if filed is None else {"verdict": filed.verdict, "reason": filed.reason}
    if store.also:
        told["vantage"] = case.evidence.vantage  # the story is of what it alone saw
    speaker.json({"findings": [finding.to_json() for finding in findings], "story": told})
    tell(speaker, told)
    # the story is that of one vantage point, the finding of all
    differ = filed is not None and filed.reason == DIFFER
    said = (told["verdict"], told["reason"])
    if filed is not None and not differ and (filed.verdict, filed.reason) != said:
        now, then = (f"{one['verdict']} {one['reason'] or ''}".strip() for one in (told, told["on_file"]))
        speaker.note("story.differs", now=now, filed=then)
    others = [finding for finding in findings if differ or finding is not filed]
    if others and not (speaker.quiet or speaker.as_json):
        _tables(speaker, store, others)


def as_data(told: Story, store: EvidenceStore, folder: Path) -> dict[str, Any]:
    """The story as JSON values: what `--json` gives, and what the terminal is told from."""
    service, finding = told.service, told.finding
    chapters = asdict(replace(told, captures=(), finding=finding, service=service))
    for name in ("finding", "service", "captures"):
        del chapters[name]
    for gate in chapters["gates"]:
        gate["figures"] = dict(gate["figures"])
    data = chapters | {
        "round": str(folder),
        "claim": {
            "agency": service.agency,
            "service": service.id,
            "title": service.title,
            "url": service.url,
            "code": service.code,
            "electronic": service.electronic,
            "level": service.level,
            "phases": sorted(service.phases),
            "fee": service.fee,
        },
        "check": finding.check,
        "verdict": finding.verdict,
        "reason": finding.reason,
        "attempts": finding.attempts,
        "observed": dict(finding.observed),
        "captures": [_proof(store, capture) for capture in told.captures],
    }
    plain: dict[str, Any] = json.loads(json.dumps(data))
    return plain


def _proof(store: EvidenceStore, capture: Capture) -> dict[str, Any]:
    """A capture, and where in the evidence its bytes lie; with several vantage points, in whose."""
    place = store.location(capture.id)
    return {
        **({"vantage": capture.vantage, "folder": str(store.folder_of(capture.id))} if store.also else {}),
        "id": capture.id,
        "kind": capture.kind,
        "url": capture.url,
        "time": capture.time.isoformat(timespec="seconds"),
        "sha256": capture.sha256,
        "file": place.file,
        "offset": place.offset,
        "length": place.length,
    }


def explain_subject(speaker: Speaker, store: EvidenceStore, findings: list[Finding]) -> None:
    """Everything that was concluded of one subject, with the captures it rests on."""
    speaker.json({"findings": [finding.to_json() for finding in findings]})
    if not (speaker.quiet or speaker.as_json):
        _tables(speaker, store, findings)


def _tables(speaker: Speaker, store: EvidenceStore, findings: list[Finding]) -> None:
    for finding in findings:
        table = Table(
            title=f"{finding.check} {visible(finding.subject.id)}", title_justify="left", show_header=False
        )
        table.add_column(style="bold")
        table.add_column(overflow="fold")
        outcome = text(f"verdict.{finding.verdict}")
        table.add_row(
            text("report.verdict"),
            outcome
            + (f": {text('reason.' + finding.reason)} [dim]{finding.reason}[/]" if finding.reason else ""),
        )
        table.add_row(text("report.address"), visible(finding.subject.url or "–"))
        if finding.criterion:
            table.add_row(text("report.criterion"), visible(_text("criterion", finding.criterion)))
        if finding.effect:
            table.add_row(text("report.effect"), visible(_text("effect", finding.effect)))
        table.add_row(text("report.attempts"), str(finding.attempts))
        for name, value in sorted(finding.observed.items()):
            table.add_row(visible(_text("observed", name)), visible(_shown(name, value)))
        for capture_id in finding.captures:
            try:
                capture = store.get(capture_id)
            except KeyError:
                table.add_row(text("report.capture"), visible(capture_id))
                continue
            when = capture.time.strftime("%Y-%m-%d %H:%M:%SZ")
            table.add_row(
                text("report.capture"),
                f"{visible(f'{when}  {capture.kind}  {capture.url}')}\n{visible(f'{capture.id}  sha256 {capture.sha256}')}"
                + (f"\n{text('report.vantage')} {visible(capture.vantage)}" if store.also else ""),
            )
        speaker.show(table)


def _shown(name: str, value: Any) -> str:
    """In words where the value is a code, or a list of codes, that has some."""
    if isinstance(value, str):
        return _text(name, value) if value else value
    if isinstance(value, list) and value and all(isinstance(one, str) and one for one in value):
        words = [_text(name, one) for one in value]
        if words != value:
            return text("host_words.comma").join(words)
    return json.dumps(value, ensure_ascii=False)


def _text(table: str, code: str) -> str:
    try:
        return text(f"{table}.{code}")
    except KeyError:
        return code
