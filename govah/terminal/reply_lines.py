"""The story of a reply as lines for a terminal: found, replied, and what was done since."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from claims.model import Round
from govah.replies import replies_of
from govah.terminal.console import Speaker, text, visible
from reports.replies import ReplyRecord


def tell_replies(speaker: Speaker, round: Round, agency: str, findings: Collection[str]) -> None:
    """Replies about any of these findings; without findings, all of the agency."""
    known = replies_of(round)
    if findings:
        answers = [one for one in known.answers if one.findings & set(findings)]
    else:
        answers = list(known.of(agency))
    if speaker.quiet or speaker.as_json:
        return
    for line in _lines(answers):
        speaker.line(line)


def _lines(answers: Sequence[ReplyRecord]) -> list[str]:
    lines: list[str] = []
    for one in answers:
        for found in one.shown:
            lines.append(
                text(
                    "replies.line_found",
                    day=found.seen_before or "–",
                    check=check_name(found.check),
                    outcome=told_outcome(found.before),
                )
            )
        lines.append(
            text(
                "replies.line_replied",
                day=one.reply["date"],
                by=visible(one.reply["by"]),
                stance=text(f"stance.{one.reply['stance']}"),
                said=visible(one.reply["text"]),
                reply=visible(one.id),
            )
        )
        for step in one.steps:
            lines.append(
                text(
                    f"replies.line_{'retested' if step.retest is not None else 'said'}",
                    day=step.time[:10],
                    by=visible(step.by),
                    state=text(f"reply_state.{step.state}"),
                    said=visible(step.text),
                )
            )
            lines += [
                text("replies.line_row", check=check_name(one_row.check), outcome=told_outcome(one_row.after))
                for one_row in step.shown
                if step.retest is not None
            ]
    return lines


def check_name(check: str) -> str:
    element = check.removeprefix("elements.")
    return text(f"check.{check}") if element == check else text(f"element.{element}")


def told_outcome(found: tuple[str, str | None] | None) -> str:
    if found is None:
        return text("replies.nothing")
    verdict, reason = found
    return text(f"verdict.{verdict}") + (f" ({text('reason.' + reason)})" if reason else "")
