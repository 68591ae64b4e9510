"""`govah explain` on a claim: the whole story, in both languages, on any terminal, safe from what pages say."""

from __future__ import annotations

import copy
import io
import json
import subprocess
from collections import Counter
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from checks.case import Case, Shared
from checks.registry import check_of
from checks.services.matching.titles import Titles
from checks.services.story import story
from evidence.store import EvidenceStore
from govah.commands.explanations import as_data
from govah.stages import as_of, read_round
from govah.terminal.console import Speaker
from govah.terminal.trace_view import tell
from reports.catalogue import Language, TextCatalogue
from tests.depth import tries
from tests.rounds import govah

HOSTILE = "\x1b]0;owned\x07\x1b[31m\u202eevil\u2066[bold]x[/bold]\r\n\x9b2J"


TOLD_OF = ("barg-10", "abnama-08", "shahrak-22")
MOST = tries(1, 1_000)
ENTRY = check_of("services.entry")


def entries(audit: Any) -> dict[str, tuple[str, str | None]]:
    """Verdict and reason of each claim, as they were filed."""
    return {
        f["subject"]["id"]: (f["verdict"], f["reason"])
        for f in audit.findings
        if f["check"] == "services.entry"
    }


@pytest.fixture(scope="module")
def stories(audit: Any) -> dict[str, dict[str, Any]]:
    """Claims of the estate, told: usually one of each outcome, with and without an address, thoroughly all."""
    round_ = read_round(audit.round).round
    told = {}
    asked: Counter[tuple[str, str | None, bool]] = Counter()
    outcomes = entries(audit)
    with EvidenceStore.open(audit.round / "evidence") as store:
        shared, titles = Shared(round_, store), Titles.of(round_)
        for agency in round_.agencies:
            case = Case(round_, agency, store, as_of(round_, store), shared)
            for service in case.services:
                kind = (*outcomes[service.id], service.url is None)
                asked[kind] += 1
                if asked[kind] > MOST and service.id not in TOLD_OF:
                    continue
                finding = next(iter(ENTRY.judge(case.narrowed(services=(service,)))))
                told[service.id] = as_data(story(case, titles, service, finding), store, audit.round)
    return told


def shown(told: dict[str, Any], columns: int, language: Language, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("GOVAH_LANG", language)
    speaker = Speaker()
    out = io.StringIO()
    terminal = Console(file=out, width=columns, highlight=False, force_terminal=True, color_system=None)
    speaker.out = terminal
    tell(speaker, told)
    return out.getvalue()


def one_of_each(stories: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The first claim of each verdict, with and without a URL."""
    found: dict[str, dict[str, Any]] = {}
    for told in stories.values():
        url = "with" if told["claim"]["url"] else "without"
        found.setdefault(f"{told['verdict']} {url}", told)
    return found


def test_a_story_ends_as_the_finding_does(audit: Any, stories: dict[str, dict[str, Any]]) -> None:
    filed = entries(audit)
    assert {name: (told["verdict"], told["reason"]) for name, told in stories.items()} == {
        name: filed[name] for name in stories
    }
    assert set(filed.values()) == {filed[name] for name in stories}


def test_stories_are_data(stories: dict[str, dict[str, Any]]) -> None:
    assert json.loads(json.dumps(stories)) == stories
    for told in stories.values():
        cited = {capture["id"] for capture in told["captures"]}
        assert all(len(capture["sha256"]) == 64 for capture in told["captures"])
        assert sum(place["decided"] for place in told["places"]) <= 1
        for visit in told["visits"]:
            assert {hop["capture"] for hop in visit["hops"]} <= cited, told["claim"]
        for render in told["renders"]:
            assert {render["capture"], render["screenshot"]} - {None} <= cited, told["claim"]


def test_each_verdict_is_met_with_and_without_an_address(stories: dict[str, dict[str, Any]]) -> None:
    met = one_of_each(stories)
    verdicts = {"verified", "partial", "contradicted", "inconclusive", "not_applicable"}
    assert {name.split()[0] for name in met} == verdicts
    assert {"verified without", "contradicted without", "inconclusive without"} <= set(met)


@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize("columns", [60, 120])
def test_the_story_fits_the_terminal(
    stories: dict[str, dict[str, Any]], columns: int, language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = TextCatalogue(language)
    for name, told in one_of_each(stories).items():
        out = shown(told, columns, language, monkeypatch)
        assert max(cell_len(line) for line in out.splitlines()[1:]) <= columns, name
        assert not set(out) & {"\x1b", *map(chr, range(0x202A, 0x202F)), "\u2066", "\u2067"}
        # words from outside stand in isolates of ours; an end of line closes one that goes on in the next
        assert out.count("\u2068") == out.count("\u2069")
        together = "".join(out.split())
        for chapter in "claimed places visits renders tie page leads gates proofs".split():
            assert texts.text(f"story.{chapter}") in out, (name, chapter)
        for said in (texts.text(f"story_why.{told['verdict']}"), told["claim"]["title"]):
            assert "".join(said.split()) in together, (name, said)
        for capture in told["captures"]:
            assert capture["id"] in together and capture["sha256"] in together
        for place in told["places"]:
            assert "".join(place["url"].split()) in together


def test_what_the_story_of_a_sibling_says(stories: dict[str, dict[str, Any]]) -> None:
    told = next(told for told in stories.values() if told["reason"] == "wrong_service")
    rival = told["tie"]["rivals"][0]
    assert told["tie"]["other"] == rival["service"] and rival["score"] == 1.0
    states = {gate["name"]: gate["state"] for gate in told["gates"]}
    assert states == {
        "arrived": "met",
        "tied": "unmet",
        "render": "not_asked",
        "entry": "unmet",
        "unblocked": "not_asked",
        "evidence": "met",
        "visits_differ": "met",
        "no_second_visit": "met",
        "no_control": "met",
        "second_visit_too_soon": "met",
    }


def test_what_the_story_of_an_application_says(stories: dict[str, dict[str, Any]]) -> None:
    told = stories["barg-10"]
    assert told["reason"] == "needs_browser"
    sent = [tuple(row) for render in told["renders"] for row in render["would_send"]]
    assert any(method == "POST" and url.endswith("/api/form") for method, url in sent)
    assert any(render["finished"] for render in told["renders"])


def test_what_the_story_of_a_hop_says(stories: dict[str, dict[str, Any]]) -> None:
    told = stories["abnama-08"]
    lead = told["leads"][0]
    assert lead["followed"] and lead["verdict"] == "verified"
    assert told["tie"]["how"] == "code"


def test_the_level_is_told_with_what_shows_it(
    stories: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, told in one_of_each(stories).items():
        observed = told["observed"]
        assert (observed["level"] is not None) <= bool(observed.get("level_signs")), name
        out = shown(told, 200, "en", monkeypatch)
        for sign in observed.get("level_signs", ()):
            assert sign["captures"] and all(capture in out for capture in sign["captures"]), name
        assert ("signs of it" in out) is bool(observed.get("level_signs"))


def test_a_claim_that_is_found_without_an_address(stories: dict[str, dict[str, Any]]) -> None:
    found = [told for told in stories.values() if not told["claim"]["url"] and told["verdict"] == "verified"]
    assert {next(p["via"] for p in told["places"] if p["decided"]) for told in found} >= {"code"}
    for told in found:
        assert sum(place["decided"] for place in told["places"]) == 1


@pytest.mark.parametrize("columns", [60, 120])
def test_words_of_pages_cannot_touch_the_terminal(
    stories: dict[str, dict[str, Any]], columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for told in one_of_each(stories).values():
        hostile = poisoned(copy.deepcopy(told))
        for language in ("fa", "en"):
            out = shown(hostile, columns, language, monkeypatch)
            assert not any(char in out for char in "\x1b\x07\x9b\r\u202e\u2066")
            assert "⟦U+001B⟧" in "".join(out.split())
            assert "[bold]x[/bold]" in "".join(out.split())


def poisoned(value: Any, key: str = "") -> Any:
    """Every word that may come from a page or a claim, replaced."""
    if isinstance(value, dict):
        return {name: poisoned(inner, name) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [poisoned(inner, key) for inner in value]
    words = (
        "title",
        "url",
        "text",
        "excerpt",
        "selector",
        "found_on",
        "final_url",
        "would_send",
        "lost",
        "card",
        "what",
    )
    return HOSTILE if isinstance(value, str) and value and key in words else value


def test_the_command(audit: Any, stories: dict[str, dict[str, Any]]) -> None:
    done = govah("explain", audit.round, "shahrak/shahrak-22", key=audit.key)
    assert "\x1b" not in done.stdout and "govah verify" in done.stdout
    told = json.loads(govah("explain", audit.round, "shahrak/shahrak-22", "--json", key=audit.key).stdout)
    assert told["findings"][0]["subject"]["id"] == "shahrak-22"
    story_ = told["story"]
    assert story_["on_file"] == {"verdict": story_["verdict"], "reason": story_["reason"]}
    assert {**stories["shahrak-22"], "on_file": story_["on_file"]} == story_
    assert govah("explain", audit.round, "shahrak/shahrak-22", "--quiet", key=audit.key).stdout == ""


def test_the_bytes_can_be_taken_out_as_it_says(audit: Any, stories: dict[str, dict[str, Any]]) -> None:
    capture = stories["shahrak-22"]["captures"][0]
    out = shown_command(stories["shahrak-22"])
    record = subprocess.run(["bash", "-c", out], capture_output=True, timeout=30, check=True).stdout
    assert record.startswith(b"WARC/1.1") and capture["url"].encode() in record


def shown_command(told: dict[str, Any]) -> str:
    from govah.terminal.trace_lines import CHAPTERS

    return [said for _, said in CHAPTERS["proofs"](told)][-1]
