"""What each chapter of a claim's story says, line by line: a label, and what stands beside it.

Words of pages stand alone in their place and pass `visible`; figures and sentences are ours. How the lines are laid
out on the terminal is for `trace_view`.
"""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from claims.persian import persian_digits
from govah.terminal.console import isolated, text, visible

Told = Mapping[str, Any]
Row = tuple[str, str]

_LONGEST = 240
_MOST_LEADS = 12
_MOST_LOST = 6
_STYLES = {
    "verified": "green",
    "partial": "yellow",
    "contradicted": "red",
    "inconclusive": "magenta",
    "not_applicable": "dim",
}
# Of these it is told that they were not asked; of the others together.
_ALONE = ("tied", "render")
_SIGNS = {"met": "[green]✓[/]", "unmet": "[yellow]✗[/]", "not_asked": "[dim]–[/]"}


def _claimed(told: Told) -> Iterator[Row]:
    claim = told["claim"]
    yield text("story.title"), visible(claim["title"])
    yield text("story.url"), visible(claim["url"] or text("story.no_url"))
    if claim["code"]:
        yield text("story.code"), visible(claim["code"])
    yield text("story.electronic"), text("story.yes" if claim["electronic"] else "story.no")
    if claim["level"]:
        yield text("story.level"), _text("level", claim["level"])
    if claim["phases"]:
        yield (
            text("story.phases"),
            text("story.comma").join(_text("story_phase", phase) for phase in claim["phases"]),
        )
    if claim["fee"] is not None:
        yield text("story.fee"), text("story.yes" if claim["fee"] else "story.no")


def _places(told: Told) -> Iterator[Row]:
    for number, place in enumerate(told["places"], 1):
        via = text(f"story_via.{place['via']}")
        if place["score"] is not None:
            via = text("story.place_score", via=via, score=_score(place["score"]))
        mark = "▸" if place["decided"] else " "
        yield f"{mark} {figure(number)}", visible(place["url"])
        yield "", via
        if place["found_on"] and place["found_on"] != place["url"]:
            yield "", text("story.place_found_on", url=visible(place["found_on"]))
        if place["unattempted"]:
            yield "", text("story.not_visited", reason=_text("reason", place["unattempted"]))
        elif place["verdict"]:
            yield "", outcome(place["verdict"], place["reason"])
        else:
            yield "", text("story.place_unasked")
    if told["further_places"]:
        yield "", text("story.places_further", count=figure(told["further_places"]))
    if not told["places"]:
        yield "–", text("story.places_none")


def _visits(told: Told) -> Iterator[Row]:
    for number, visit in enumerate(told["visits"], 1):
        yield text("story.visit", number=figure(number)), visit["time"].replace("+00:00", "Z")
        for hop in visit["hops"]:
            yield "", visible(hop["url"])
            came = [text("story.status", status=figure(hop["status"]))] if hop["status"] is not None else []
            if hop["failure"]:
                came.append(text("story.no_answer", failure=_text("story_failure", hop["failure"])))
            yield "", "[dim]→[/] " + text("story.comma").join(came)
        yield "", text("story.control_alive" if visit["controlled"] else "story.control_dead")
        yield (
            "",
            outcome(visit["verdict"], visit["reason"]) if visit["verdict"] else text("story.arrived"),
        )
        for note in visit["notes"]:
            yield "", _text("note", note)
    if not told["visits"]:
        reasons = [place["unattempted"] for place in told["places"] if place["unattempted"]]
        yield (
            "–",
            text("story.not_visited", reason=_text("reason", reasons[0] if reasons else "not_attempted")),
        )


def _renders(told: Told) -> Iterator[Row]:
    for number, render in enumerate(told["renders"], 1):
        yield text("story.render", number=figure(number)), visible(render["url"])
        if render["final_url"] and render["final_url"] != render["url"]:
            yield "", text("story.render_ended", url=visible(render["final_url"]))
        rest = (
            text("story.render_finished")
            if render["finished"]
            else text(
                "story.render_unfinished", failure=_text("story_failure", render["failure"] or "unknown")
            )
        )
        yield "", rest if render["read"] else f"{rest} · {text('story.render_unread')}"
        yield "", text("story.render_requests", count=figure(render["requests"]))
        for method, url in render["would_send"][:_MOST_LOST]:
            yield "", text("story.render_sent", method=visible(method), url=short(url))
        for method, url, status in render["lost"][:_MOST_LOST]:
            yield (
                "",
                text(
                    "story.render_lost", method=visible(method), url=short(url), status=figure(status or "")
                ),
            )
        if render["screenshot"]:
            yield "", text("story.screenshot", capture=visible(render["screenshot"]))
    if not told["renders"]:
        yield "–", text("story.render_none")


def _tie(told: Told) -> Iterator[Row]:
    tie = told["tie"]
    if tie is None:
        yield "–", text("story.tie_none")
        return
    yield text("story.tie_how"), text(f"story_how.{tie['how']}")
    yield "", text("story.tie_score", score=_score(tie["score"]), needed=_score(tie["needed"]))
    if chosen := told["observed"].get("matched", {}).get("alias"):
        yield "", text("alias.report", by=visible(chosen["auditor"]), day=visible(chosen["date"]))
    if tie["text"]:
        yield text("story.tie_words"), short(tie["text"])
    if tie["selector"]:
        yield text("story.tie_where"), visible(tie["selector"])
    for number, rival in enumerate(tie["rivals"]):
        yield (
            "" if number else text("story.rival"),
            text(
                "story.rival_line",
                score=_score(rival["score"]),
                title=short(rival["title"]),
                service=visible(rival["service"]),
            ),
        )
    if not tie["rivals"]:
        yield text("story.rival"), text("story.rival_none")
    for number, part in enumerate(tie["parts"]):
        line = text("story.part_line", weight=_score(part["weight"]), part=_text("story_part", part["name"]))
        yield "" if number else text("story.parts"), f"{line} {short(part['text'])}"
    if tie["listing"]:
        yield "", text("story.tie_listing")
    if tie["other"]:
        yield "", text("story.tie_other", service=visible(tie["other"]))
    if tie["won_by"] is not None:
        key = "story.tie_lost" if tie["ambiguous"] else "story.tie_won"
        yield "", text(key, by=_score(tie["won_by"]), margin=_score(tie["margin"]))


def _candidates(told: Told) -> Iterator[Row]:
    seen = told["observed"]
    if void := seen.get("alias_void"):
        yield text("observed.alias_void"), visible(void["address"])
        yield "", f"{text('alias_void.' + void['void'])} {short(void['seen'])}".rstrip()
    if "candidates" in seen:
        yield from candidate_rows(seen["candidates"])
    elif not void:
        yield "–", text("alias.not_asked")


def candidate_rows(offered: Sequence[Told]) -> Iterator[Row]:
    """The pages that may be a service's: what speaks for each, and why it was not taken."""
    for number, page in enumerate(offered, 1):
        yield figure(number), short(page["heading"] or "–")
        yield "", visible(page["url"])
        if page["capture"]:
            yield text("story.capture"), visible(page["capture"])
        if page["words"]:
            yield text("alias.said_words"), short(text("story.comma").join(page["words"]))
        for part in page["parts"]:
            name = _text("story_part", part["part"])
            line = text("story.part_line", weight=_score(part["weight"]), part=name)
            yield text("story.parts") if part is page["parts"][0] else "", f"{line} {short(part['text'])}"
        yield text("alias.why_not"), _text("why_not", page["why_not"])
    if not offered:
        yield "–", text("alias.no_candidates")


def _page(told: Told) -> Iterator[Row]:
    page, seen = told["page"], told["observed"]
    if seen.get("page_kind"):
        yield text("story.kind"), _text("page_kind", seen["page_kind"])
    elif page is not None:
        yield text("story.kind"), _text("page_kind", page["kind"])
    if seen.get("excerpt"):
        yield text("story.excerpt"), short(seen["excerpt"])
    if seen.get("selector"):
        yield text("story.selector"), visible(seen["selector"])
    if seen.get("url"):
        yield text("story.url"), visible(seen["url"])
    if seen.get("level"):
        yield text("story.level_found"), _text("level", seen["level"])
    yield from _level(seen)
    for note in seen.get("notes", ()):
        yield "", _text("note", note)
    if seen.get("other_entry"):
        yield text("story.other_entry"), visible(seen["other_entry"]["url"])
    for number, (name, value) in enumerate(sorted(seen.get("card", {}).items())):
        said = value if isinstance(value, str) else str(value)
        field = _text("story_card", name)
        yield "" if number else text("story.card"), text("story.card_line", field=field, said=short(said))
    if page is None:
        return
    if page["doubt"]:
        yield text("story.doubt"), _text("reason", page["doubt"])
    yield text("story.capture"), visible(page["capture"])
    yield "", text("story.rendered" if page["rendered"] else "story.as_sent")
    if page["screenshot"]:
        yield "", text("story.screenshot", capture=visible(page["screenshot"]))


def _level(seen: Told) -> Iterator[Row]:
    """What shows the level, with the captures that it was seen on."""
    for number, sign in enumerate(seen.get("level_signs", ())):
        key = "story.sign_line" if sign.get("reached", True) else "story.sign_unreached"
        name, level = _text("page_kind", sign["sign"]), _text("level", sign["shows"])
        line = text(key, sign=name, level=level)
        yield "" if number else text("story.level_signs"), f"{line} {short(sign['what'])}".rstrip()
        yield "", visible(sign["url"])
        yield "", visible(text("story.comma").join(sign["captures"]))
    if seen.get("level_at_least"):
        least = _text("level", seen["level_at_least"])
        yield text("story.level_at_least"), text("story.at_least_line", level=least)


def _leads(told: Told) -> Iterator[Row]:
    for number, lead in enumerate(told["leads"][:_MOST_LEADS], 1):
        yield figure(number), short(lead["text"] or "–")
        if lead["url"]:
            yield "", visible(lead["url"])
        if not lead["followed"]:
            yield "", text("story.lead_not_followed", kind=text(f"story_action.{lead['kind']}"))
        elif lead["verdict"]:
            yield "", text("story.lead_followed", outcome=outcome(lead["verdict"], lead["outcome"]))
        elif lead["outcome"]:
            yield "", text("story.lead_followed", outcome=_text("note", f"action_{lead['outcome']}"))
        else:
            yield "", text("story.lead_nothing")
    further = len(told["leads"]) - _MOST_LEADS
    if further > 0:
        yield "", text("story.leads_further", count=figure(further))
    if not told["leads"]:
        yield "–", text("story.leads_none")


def _gates(told: Told) -> Iterator[Row]:
    asked = [gate for gate in told["gates"] if gate["state"] != "not_asked" or gate["name"] in _ALONE]
    for gate in asked:
        figures = {name: figure(value) for name, value in gate["figures"].items()}
        yield _SIGNS[gate["state"]], text(f"story_gate.{gate['name']}_{gate['state']}", **figures)
        if gate["name"] == "unblocked":
            for held in told["blockers"]:
                where = " · ".join(short(held[name]) for name in ("text", "url", "selector") if held[name])
                yield "", f"{text('story_blocker.' + held['kind'])} {where}".rstrip()
    if len(asked) < len(told["gates"]):
        yield _SIGNS["not_asked"], text("story_gate.others_not_asked")
    if told["verdict"] == "inconclusive":
        for code, table in (
            (told["reason"], "reason"),
            *((note, "note") for note in told["observed"]["notes"]),
        ):
            yield "▸", _text(table, code)
    yield "▸", f"[bold]{text('story_why.' + told['verdict'])}[/]"


def _proofs(told: Told) -> Iterator[Row]:
    for proof in told["captures"]:
        yield _text("capture", proof["kind"]), visible(proof["url"])
        yield "", f"{visible(proof['id'])} · {proof['time'].replace('+00:00', 'Z')}"
        yield "", f"sha256 {proof['sha256']}"
        if "vantage" in proof:
            yield "", f"{text('report.vantage')} {visible(proof['vantage'])}"
        if proof["file"]:
            yield "", f"{visible(proof['file'])} · {proof['offset']} + {proof['length']}"
    yield text("story.verify"), f"govah verify {visible(shlex.quote(told['round']))}"
    if told["captures"] and told["captures"][0]["file"]:
        first = told["captures"][0]
        folder = first.get("folder", f"{told['round']}/evidence")
        file = shlex.quote(f"{folder}/{first['file']}")
        yield (
            text("story.extract"),
            visible(f"tail -c +{first['offset'] + 1} {file} | head -c {first['length']} | gunzip"),
        )


def outcome(verdict: str, reason: str | None) -> str:
    said = f"[{_STYLES[verdict]}]{text(f'verdict.{verdict}')}[/]"
    return f"{said}: {_text('reason', reason)} [dim]({visible(reason)})[/]" if reason else said


def figure(value: object) -> str:
    """A figure of ours in the digits of the language; figures of pages stay as they are."""
    return persian_digits(str(value)) if text("cli.language") == "fa" else str(value)


def _score(value: float) -> str:
    shown = f"{value:.2f}"
    return figure(shown.replace(".", "٫")) if text("cli.language") == "fa" else shown


def short(value: str) -> str:
    """Words of others on one line, cut, and kept from turning the line around."""
    words = " ".join(value.split())
    return isolated(visible(words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"))


def _text(table: str, code: str) -> str:
    """The text of a code; the code itself where there is none, which shows more than a blank would."""
    for key in (f"{table}.{code}", f"failure.{code}" if table == "story_failure" else ""):
        with contextlib.suppress(KeyError):
            return text(key)
    return visible(code)


# In the order in which the story is told.
CHAPTERS: dict[str, Callable[[Told], Iterator[Row]]] = {
    "claimed": _claimed,
    "places": _places,
    "visits": _visits,
    "renders": _renders,
    "tie": _tie,
    "page": _page,
    "candidates": _candidates,
    "leads": _leads,
    "gates": _gates,
    "proofs": _proofs,
}
