"""`govah candidates` and `govah alias`: the pages that may be those of open services, and what auditors say of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.table import Table

from checks.finding import Finding
from claims.aliases import AliasChoice
from claims.model import Round
from evidence.errors import EvidenceError
from govah import alias_recording, round_loading, stages
from govah.alias_recording import AliasRefused, ChosenPage, Proposal
from govah.aliases import choices_of, left_out
from govah.commands.replies import named, signer_of
from govah.exits import Exit
from govah.os_user import os_user
from govah.terminal.console import Speaker, text, visible
from govah.terminal.suggestions import hint
from govah.terminal.trace_lines import candidate_rows
from govah.terminal.trace_view import lay_out

_MOST_SHOWN = 200


def candidates(speaker: Speaker, round: Round, service: str | None, unsealed: bool = False) -> None:
    """Lists services without a page; or all that speaks for the candidates of one."""
    findings, _ = round_loading.judged_file(speaker, round, unsealed)
    known = {one.id for one in round.services}
    if service is not None and service not in known:
        speaker.fail(Exit.USAGE, "cli.unknown_subject", subject=service, hint=hint(service, known))
    with round_loading.report_broken(speaker):
        entries = [
            finding
            for finding in findings.of_checks((alias_recording.CHECK,))
            if finding.subject.id in known
            and (finding.subject.id == service or (service is None and alias_recording.is_open(finding)))
        ]
    said, proposed = choices_of(round), alias_recording.proposals(round)
    open = {finding.subject.id for finding in entries}
    titles = {one.id: one.title for one in round.services if one.id in open}
    told = [_told(finding, titles, said, proposed) for finding in entries]
    ignored = left_out(round)
    speaker.json({"services": told, "ignored_entries": ignored})
    if ignored:
        speaker.note("alias.left_out", count=ignored)
    if not told:
        speaker.say("alias.none_open")
    elif service is None:
        speaker.show(_table(told[:_MOST_SHOWN]))
        chosen = sum(one["choice"] is not None for one in told)
        speaker.say("alias.count", open=len(told), chosen=chosen)
    else:
        lay_out(speaker, list(candidate_rows(told[0]["candidates"])))
        _tell_choice(speaker, round, told[0])


def record(speaker: Speaker, round: Round, chosen: ChosenPage, auditor: str, key: Path | None) -> None:
    """Puts an auditor's word on the signed record."""
    by = named(speaker, auditor)
    store = round_loading.evidence(speaker, round)
    signer = signer_of(speaker, round, key)
    findings, _ = round_loading.sealed_file(speaker, round)
    entries = findings.of_checks((alias_recording.CHECK,))
    try:
        with round_loading.report_broken(speaker):
            said = alias_recording.record(
                round, store, entries, signer, chosen, by=by, user=os_user(), now=stages.now()
            )
    except AliasRefused as refused:
        status = Exit.TAMPERED if refused.code == "ledger_broken" else Exit.USAGE
        speaker.fail(status, f"alias.{refused.code}", **refused.params)
    except EvidenceError as error:
        speaker.fail(Exit.USAGE, "replies.not_written", detail=error)
    speaker.json(choice_data(said))
    unseen = said.alias is not None and not said.alias.capture
    address = said.alias.address if said.alias is not None else ""
    done = "alias.done_unseen" if unseen else f"alias.done_{said.choice}"
    speaker.say(done, service=said.service, address=address, folder=round.folder)


def words(speaker: Speaker, round: Round) -> None:
    """Pairs of words that chosen pages and claims have in each other's place, as rows of synonyms."""
    pairs = alias_recording.word_pairs(round)
    speaker.json(
        {
            "pairs": [
                {"page": one.page, "claim": one.claim, "count": len(one.services), "services": one.services}
                for one in pairs
            ]
        }
    )
    if not pairs:
        speaker.say("alias.no_words")
        return
    speaker.say("alias.words_about")
    for one in pairs:
        row = f'["{_quoted(one.claim)}", "{_quoted(one.page)}"],'
        speaker.line(visible(f"{row}  # {len(one.services)}: {' '.join(one.services[:5])}"))


def _quoted(word: str) -> str:
    return word.replace("\\", "\\\\").replace('"', '\\"')


def choice_data(said: AliasChoice) -> dict[str, Any]:
    """For `--json`."""
    alias = said.alias
    return {
        "service": said.service,
        "agency": said.agency,
        "choice": said.choice,
        "by": said.by,
        "time": said.time,
        "carried": said.carried or None,
        "entry": said.number,
        "alias": None
        if alias is None
        else {
            "address": alias.address,
            "heading": alias.heading,
            "portal": alias.portal,
            "capture": alias.capture or None,
            "reply": alias.reply or None,
        },
    }


def _told(
    finding: Finding,
    titles: Mapping[str, str],
    said: Mapping[str, AliasChoice],
    proposed: Mapping[str, Proposal],
) -> dict[str, Any]:
    id = finding.subject.id
    choice, before = said.get(id), proposed.get(id)
    return {
        "agency": finding.agency,
        "service": id,
        "title": titles[id],
        "finding": finding.id,
        "verdict": finding.verdict,
        "reason": finding.reason,
        "candidates": list(alias_recording.candidates(finding)),
        "choice": None if choice is None else choice_data(choice),
        "carried": None
        if before is None
        else {
            "round": before.round,
            "address": before.alias.address,
            "heading": before.alias.heading,
            "by": before.alias.by,
            "date": before.alias.date,
        },
    }


def _tell_choice(speaker: Speaker, round: Round, told: Mapping[str, Any]) -> None:
    if (choice := told["choice"]) is not None:
        speaker.line(_chosen(choice))
        if choice["alias"] is not None:
            speaker.line(f"   {visible(choice['alias']['address'])}")
    if (before := told["carried"]) is not None:
        named_so = {name: before[name] for name in ("round", "by", "address")}
        speaker.say("alias.carried", **named_so, folder=round.folder, service=told["service"])


def _chosen(choice: Mapping[str, Any]) -> str:
    return text(
        "alias.chosen",
        choice=text(f"alias_choice.{choice['choice']}"),
        by=visible(choice["by"]),
        day=choice["time"][:10],
    )


def _table(told: list[dict[str, Any]]) -> Table:
    table = Table(title=text("alias.title"), title_justify="left")
    for name in ("service", "claim", "choice", "best"):
        table.add_column(text(f"alias.column_{name}"), overflow="fold")
    for one in told:
        best = next(iter(one["candidates"]), None)
        state = "" if one["choice"] is None else _chosen(one["choice"])
        if one["choice"] is None and one["carried"] is not None:
            state = text("alias.carried_short", round=visible(one["carried"]["round"]))
        shown = "–" if best is None else f"{visible(best['heading'])}\n{visible(best['url'])}"
        table.add_row(
            f"{visible(one['agency'])}/{visible(one['service'])}", visible(one["title"]), state, shown
        )
    return table
