"""Pages that are offered for an open claim: one key each, signed into the ledger, and nowhere while the claim is drawn."""

from __future__ import annotations

import html
import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from checks.finding import Finding, Subject
from govah import stages
from govah.aliases import choices_of
from reports.catalogue import TextCatalogue
from tests.reports.desk.rounds import Client, made, served
from tests.reports.desk.test_desk_browser import AXE, RUN, opened

pytestmark = [pytest.mark.processes, pytest.mark.sockets]

FA = TextCatalogue("fa")


def one(service: str, number: int = 2) -> Finding:
    offered = [
        {"url": url, "capture": capture, "heading": "صدور <b>", "words": ["صدور", "کسب"], "parts": [], "why_not": "too_little"}
        for url, capture in (("http://a1.test/s1", "c1"), ("http://a1.test/other", ""), ("javascript:alert(1)", ""))
    ]  # fmt: skip
    subject = Subject("service", service, f"http://a1.test/{service}")
    observed = {"candidates": offered[:number]}
    return Finding("a1", subject, "services.entry", 1, "inconclusive", "no_match", observed, ("c0", "c1"), 2, "service_entry")  # fmt: skip


def offered(url: str) -> list[dict[str, object]]:
    """Three pages."""
    return [
        {
            "url": f"{url}/{n}",
            "capture": "c1",
            "heading": "صدور",
            "words": [],
            "parts": [],
            "why_not": "too_little",
        }
        for n in (1, 2, 3)
    ]


FOUND = [one("s1"), one("s2", 3)]


@pytest.fixture
def round(tmp_path: Path) -> Path:
    return made(tmp_path, found=FOUND)


@pytest.fixture
def desk(round: Path) -> Iterator[Client]:
    with served(round, "--auditor", "زهرا") as client:
        yield client


def said(round: Path) -> dict[str, tuple[str, str, str | None]]:
    choices = choices_of(stages.read_round(round).round)
    return {id: (c.choice, c.by, c.alias.address if c.alias else None) for id, c in choices.items()}


def test_a_page_is_chosen_and_chosen_anew(round: Path, desk: Client) -> None:
    path = f"/finding/{FOUND[0].id}"
    for choice in ("3", "x", "", "-1"):
        refused = desk.send(f"{path}/page", choice=choice, by="زهرا")
        assert refused.status == 422 and FA.text("desk.no_choice") in html.unescape(refused.text)
    assert desk.send(f"{path}/page", choice="1", by=" ").status == 422 and said(round) == {}
    done = desk.send(f"{path}/page", choice="1", by="زهرا")
    assert done.status == 303, html.unescape(done.text)
    assert done.headers["location"].startswith(f"/finding/{FOUND[1].id}?"), "the next one opens"
    assert said(round) == {"s1": ("page", "زهرا", "http://a1.test/s1")}
    assert FA.text("alias_choice.page") in html.unescape(desk.get(path).text)
    assert desk.send(f"{path}/page", choice="0", by="B").status == 303
    assert desk.send(f"/finding/{FOUND[1].id}/page", choice="?", by="B").status == 303
    assert said(round) == {"s1": ("none", "B", None), "s2": ("cannot_tell", "B", None)}
    assert desk.post(f"{path}/page", {"choice": "1", "by": "x"}).status == 403


def test_nothing_is_offered_while_the_claim_is_drawn(round: Path, desk: Client) -> None:
    mark = desk.mark(f"/finding/{FOUND[0].id}")
    assert desk.post("/worklist/draw", {"mark": mark, "size": "5"}).status == 303
    assert desk.get(f"/finding/{FOUND[0].id}").status == 404
    assert desk.post(f"/finding/{FOUND[0].id}/page", {"mark": mark, "choice": "1", "by": "x"}).status == 404
    assert FA.text("desk.candidates") not in html.unescape(desk.get("/case/s1").text) and said(round) == {}


def test_it_takes_a_key_and_enter(round: Path, desk: Client, browser: Browser) -> None:
    context = browser.new_context(bypass_csp=True)
    page, told = opened(context, desk)
    page.goto(f"http://127.0.0.1:{desk.port}/finding/{FOUND[1].id}?lang=fa")
    page.evaluate(AXE + ";0")
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert [found for found in page.evaluate(RUN) if found[1] in ("serious", "critical")] == []
    assert page.locator("a[href^=javascript]").count() == 0 and page.locator("fieldset b").count() == 0
    page.keyboard.press("2")
    page.keyboard.press("?")
    assert page.is_checked('input[value="?"]') and not page.is_visible("dialog#keys")
    page.keyboard.press("0")
    page.keyboard.press("Enter")
    page.wait_for_url("**done=page**")
    assert said(round) == {"s2": ("none", "زهرا", None)} and told == []
    context.close()


@pytest.mark.thorough
def test_fifty_cases_are_settled_by_keys_alone_whatever_kills_the_desk(
    tmp_path: Path, browser: Browser
) -> None:
    services = [f"k{n:02}" for n in range(50)]
    found = [replace(one(id, 0), observed={"candidates": offered(f"http://a1.test/{id}")}) for id in services]
    round = made(tmp_path, found=found)
    rows = "".join(f"a1,{id},خدمت {id},yes,http://a1.test/{id},transaction\n" for id in services)
    (round / "services.csv").write_text(
        "agency,service,title,electronic,url,level\n" + rows, encoding="utf-8"
    )
    keys = dict(zip(services, itertools.cycle("1203?"), strict=False))
    word = {"0": "none", "?": "cannot_tell"}
    context = browser.new_context()

    def settle(desk: Client, begin: int, end: int) -> None:
        """From the first page on, by keys alone. The desk is killed while the last case of all but the last desk is sent."""
        page, _ = opened(context, desk)
        page.keyboard.press("/")
        page.wait_for_url("**/findings")
        for _ in range(begin + 1):
            page.keyboard.press("j")
        page.keyboard.press("Enter")
        for number in range(begin, end):
            page.wait_for_url(f"**/finding/{found[number].id}**")
            page.keyboard.press(keys[services[number]])
            if number == end - 1 < len(services) - 1:
                page.keyboard.press("Enter")
                desk.kill()
            else:
                # The address of the case before says "done" as well: what was sent is waited for.
                with page.expect_response(lambda answer: answer.request.method == "POST"):
                    page.keyboard.press("Enter")
        page.close()

    done = 0
    for end in (17, 34, len(services)):
        with served(round, "--auditor", "زهرا") as desk:
            settle(desk, done, end)
        told = said(round)
        assert end - 1 <= len(told) <= end, "what was recorded is there, whole"
        assert {id: choice for id, (choice, _, _) in told.items()} == {
            id: word.get(keys[id], "page") for id in services[: len(told)]
        }
        done = len(told)
    assert done == len(services)
    assert {id: url for id, (_, _, url) in said(round).items() if url} == {
        id: f"http://a1.test/{id}/{keys[id]}" for id in services if keys[id] in "123"
    }
    context.close()
